"""Functions, deployment packages, notifications: plain state, durable."""
