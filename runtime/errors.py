"""The three failures of the platform, which are never mixed.

* :class:`ServiceError`: the caller's mistake. It carries AWS's code, words and HTTP status, and the endpoint turns
  it into a response in the caller's protocol.
* An *outcome* (``runtime.invocation.outcome``): the function's failure. It is a value, never an exception.
* :class:`PlatformError`: our own fault. It is journalled with its cause and answered as ``ServiceException`` 500.
"""

from __future__ import annotations

from collections.abc import Mapping


class ServiceError(Exception):
    """The caller's mistake, in AWS's words.

    ``fields`` are further members of the error body, for example ``{"Type": "User"}``.
    """

    def __init__(self, code: str, message: str, status: int = 400, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.fields = dict(fields or {})


class PlatformError(Exception):
    """Our own fault: something that should work on this host did not."""
