"""The whole state of moto as bytes, and back.

moto's services are plain objects, which Python can pickle. Two kinds of them are left out and put back: AWS's managed
policies that nobody has attached, because they come with moto; and contents of some size, which lie beside (whoever
keeps the bytes keeps them under their SHA-256, once). A lock (each queue of SQS has one) is kept as one that nobody
holds: a snapshot is taken while nobody writes. Dictionaries that moto has given a mind of its own (the versions
of an object are one, which shows only the latest) are taken as what they really hold.
A pickle is a program: it is only read from the state directory, which belongs to whoever runs the platform.
"""

from __future__ import annotations

import hashlib
import io
import pickle
import threading
from collections.abc import Callable, Mapping
from typing import Any

CONTENT_BYTES = 4096
"""From this size on, bytes lie beside."""
POLICY, CONTENT = "policy", "content"
LOCKS: Mapping[type, Callable[[], object]] = {
    threading.Condition: threading.Condition,
    type(threading.Lock()): threading.Lock,
    type(threading.RLock()): threading.RLock,
}
"""What is made anew instead of being kept, by its type."""


def take() -> tuple[bytes, dict[str, bytes]]:
    """Return the state of every service that is in use, and the contents that lie beside it.

    Raise what ``pickle`` raises if a service holds what cannot be kept (a thread).
    """
    from moto.core.base_backend import BackendDict

    in_use: list[Any] = BackendDict._instances  # type: ignore[misc]  # moto's own list, whatever the service
    services = {
        (service.service_name, account, region): backend
        for service in in_use
        for account, region, backend in service.iter_backends()
    }
    written = io.BytesIO()
    pickler = _Pickler(written)
    pickler.dump(services)
    return written.getvalue(), pickler.contents


def put_back(state: bytes, content: Callable[[str], bytes]) -> None:
    """Set every service to what it was; services that were not in use are left as they are."""
    from moto.backends import get_backend

    for (service, owner, region), backend in _Unpickler(state, content).load().items():
        get_backend(service)[owner][region] = backend


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO) -> None:
        from moto.iam.models import AWSManagedPolicy

        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._aws_policy = AWSManagedPolicy
        self.contents: dict[str, bytes] = {}

    def persistent_id(self, obj: Any) -> tuple[str, str] | None:
        if isinstance(obj, self._aws_policy) and obj.attachment_count == 0:
            return POLICY, f"{obj.account_id} {obj.arn}"
        if type(obj) is bytes and len(obj) >= CONTENT_BYTES:
            sha256 = hashlib.sha256(obj).hexdigest()
            self.contents[sha256] = obj
            return CONTENT, sha256
        return None

    def reducer_override(self, obj: Any) -> Any:
        kind = type(obj)
        if kind in LOCKS:
            return LOCKS[kind], ()
        if not (isinstance(obj, dict) and kind.__module__.startswith("moto.")):
            return NotImplemented
        held = {key: dict.__getitem__(obj, key) for key in dict.keys(obj)}
        return kind.__new__, (kind,), (held, vars(obj)), None, None, _refill


def _refill(made: dict[Any, Any], state: tuple[dict[Any, Any], dict[str, Any]]) -> None:
    held, attributes = state
    vars(made).update(attributes)
    for key, value in held.items():
        dict.__setitem__(made, key, value)


class _Unpickler(pickle.Unpickler):
    def __init__(self, state: bytes, content: Callable[[str], bytes]) -> None:
        super().__init__(io.BytesIO(state))
        self._content = content

    def persistent_load(self, pid: tuple[str, str]) -> Any:
        kind, name = pid
        if kind == CONTENT:
            return self._content(name)
        from moto.iam.models import iam_backends

        owner, _, arn = name.partition(" ")
        return iam_backends[owner]["aws"].managed_policies[arn]
