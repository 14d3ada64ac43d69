"""The session credentials that were handed out, in memory: whom they make of their bearer, and until when.

A session does not outlive the runtime, and its token is compared in constant time. An expired one is remembered for
a while, so that its bearer hears that it expired and not that it never was.
"""

from __future__ import annotations

import heapq
import hmac
import secrets
import string
from datetime import datetime, timedelta

from runtime.errors import ServiceError
from runtime.identity.principal import Credentials, Identity, Principal

REMEMBERED_AFTER_EXPIRY = timedelta(hours=1)
SESSION_KEY_PREFIX = "ASIA"
_KEY_CHARACTERS = string.ascii_uppercase + "234567"
_KEY_LENGTH = 16


def invalid_token() -> ServiceError:
    """Return the refusal of an access key or token that nobody has."""
    return ServiceError("InvalidClientTokenId", "The security token included in the request is invalid.", 403)


def expired_token() -> ServiceError:
    """Return the refusal of a session that is over."""
    return ServiceError("ExpiredToken", "The security token included in the request is expired", 403)


class Sessions:
    """Every session that may still be in somebody's hands."""

    def __init__(self) -> None:
        self._identities: dict[str, Identity] = {}
        self._expirations: list[tuple[datetime, str]] = []

    def open(self, principal: Principal, expiration: datetime, now: datetime) -> Identity:
        """Make credentials for a session."""
        self._forget_before(now - REMEMBERED_AFTER_EXPIRY)
        key = SESSION_KEY_PREFIX + "".join(secrets.choice(_KEY_CHARACTERS) for _ in range(_KEY_LENGTH))
        identity = Identity(
            principal, Credentials(key, secrets.token_urlsafe(30), secrets.token_urlsafe(128), expiration)
        )
        self._identities[key] = identity
        heapq.heappush(self._expirations, (expiration, key))
        return identity

    def has(self, access_key_id: str) -> bool:
        """Tell whether a key was handed out here."""
        return access_key_id in self._identities

    def find(self, access_key_id: str, session_token: str | None, now: datetime) -> Identity:
        """Return whose the credentials are; raise ``ServiceError`` for unknown, forged and expired ones."""
        identity = self._identities.get(access_key_id)
        if identity is None:
            raise invalid_token()
        credentials = identity.credentials
        if not hmac.compare_digest((credentials.session_token or "").encode(), (session_token or "").encode()):
            raise invalid_token()
        if credentials.expiration is not None and credentials.expiration <= now:
            raise expired_token()
        return identity

    def _forget_before(self, moment: datetime) -> None:
        while self._expirations and self._expirations[0][0] < moment:
            _, key = heapq.heappop(self._expirations)
            del self._identities[key]
