"""Where a deployment package can be fetched: a signed address on the endpoint, good for ten minutes.

AWS answers GetFunction with a presigned S3 address, because it keeps packages in a bucket of its own. Here they lie in
the package store, and the endpoint serves ``/_lab/packages/<sha256>`` to whoever has an address that was signed here.
The key of the signature is made at the start and never leaves the process, so an address ends with the runtime.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from urllib.parse import urlencode

from runtime.clock import Clock
from runtime.errors import ServiceError

VALID_SECONDS = 600
PATH = "/_lab/packages/"


class PackageLocations:
    """Signs addresses of packages, and checks them when they come back."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)

    def location(self, endpoint_url: str, sha256: str) -> str:
        """Return an address of a package below the URL at which the caller reached the endpoint."""
        expires = str(int(self._clock.now().timestamp()) + VALID_SECONDS)
        query = urlencode({"Expires": expires, "Signature": self._signature(sha256, expires)})
        return f"{endpoint_url.rstrip('/')}{PATH}{sha256}?{query}"

    def check(self, sha256: str, expires: str, signature: str) -> None:
        """Raise ``ServiceError`` AccessDenied, as S3 words it, unless the address was signed here and is still good."""
        if not hmac.compare_digest(self._signature(sha256, expires).encode(), signature.encode()):
            raise ServiceError("AccessDenied", "Access Denied", 403)
        if int(expires) < self._clock.now().timestamp():
            raise ServiceError("AccessDenied", "Request has expired", 403)

    def _signature(self, sha256: str, expires: str) -> str:
        return hmac.new(self._key, f"{sha256}\n{expires}".encode(), hashlib.sha256).hexdigest()
