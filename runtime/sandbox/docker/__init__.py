"""The backend for hosts with Docker Engine: each sandbox is a container."""
