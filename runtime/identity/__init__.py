"""Principals, session credentials, roles, and the judge of every call."""
