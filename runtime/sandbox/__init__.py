"""The contract of a sandbox, its backends, and what this host can enforce."""
