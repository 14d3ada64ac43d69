"""Serve an ASGI application on a socket that somebody else made.

The endpoint's own door and the two doors inside every sandbox are served by the same code: uvicorn's protocol on the
running event loop. A socket keeps the network namespace in which it was made, so a listener made inside a sandbox is
served from out here without any bridge.
"""

from __future__ import annotations
