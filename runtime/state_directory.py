"""What one runtime keeps in its state directory for others to find: a lock, the root credentials, where it listens.

* ``lock``: held for the life of the process; a second runtime on the same directory is refused.
* ``credentials``: the account's root access key in the AWS file format, readable by its owner only. It is made once and
  stays, so that clients configured with it work after a restart.
* ``endpoint.json``: ``{"url", "pid"}`` while the runtime runs. After a ``kill -9`` it is stale: the lock tells.
"""

from __future__ import annotations

import configparser
import fcntl
import json
import os
import secrets
import string
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.errors import PlatformError

ACCESS_KEY_ALPHABET = string.ascii_uppercase + "234567"


@contextmanager
def locked(state: Path) -> Iterator[None]:
    """Hold the directory for this process; raise ``PlatformError`` with the remedy if another one holds it."""
    state.mkdir(parents=True, exist_ok=True)
    with (state / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PlatformError(
                f"Another runtime is already using {state}{_whereabouts(state)}. "
                "Use that one, stop it, or give this one a directory of its own with --state."
            ) from error
        yield


def _whereabouts(state: Path) -> str:
    try:
        found = json.loads((state / "endpoint.json").read_text())
    except (OSError, ValueError):
        return ""
    return f" (process {found['pid']}, {found['url']})"


def root_keys(state: Path) -> tuple[str, str]:
    """Return the root access key's id and secret; make and write them at the first start."""
    path = state / "credentials"
    if not path.exists():
        _write_privately(path, _new_credentials())
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(path)
    try:
        section = parser["default"]
        return section["aws_access_key_id"], section["aws_secret_access_key"]
    except KeyError as error:
        raise PlatformError(
            f"{path} is not a credentials file any more ({error}); delete it to get a new key."
        ) from error


def _new_credentials() -> str:
    identifier = "AKIA" + "".join(secrets.choice(ACCESS_KEY_ALPHABET) for _ in range(16))
    return f"[default]\naws_access_key_id = {identifier}\naws_secret_access_key = {secrets.token_urlsafe(30)}\n"


@contextmanager
def announced(state: Path, url: str) -> Iterator[None]:
    """Say in ``endpoint.json`` where this runtime listens, for as long as it does."""
    path = state / "endpoint.json"
    _write_privately(path, json.dumps({"url": url, "pid": os.getpid()}))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _write_privately(path: Path, text: str) -> None:
    # Written aside and renamed, so that a reader never sees half a file, and never with wider rights.
    aside = path.with_suffix(".new")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
    aside.replace(path)
