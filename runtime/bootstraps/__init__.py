"""What runs INSIDE a sandbox, one folder a runtime; it imports nothing of ours.

Each folder has a ``runtime.toml`` that says how the runtime is found on this machine, what is mounted where, how its
bootstrap is started and which variables it sees. ``preview.toml`` and ``today.toml`` hold the variables that every
function of that generation sees. ``parts.py`` fetches what the folders need from npm and PyPI.
"""
