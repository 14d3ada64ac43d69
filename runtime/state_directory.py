"""What one runtime keeps in its state directory for others to find: a lock, the root credentials, where it listens.

* ``lock``: held for the life of the process; a second runtime on the same directory is refused.
* ``credentials``: the account's root access key in the AWS file format, readable by its owner only. It is made once and
  stays, so that clients configured with it work after a restart.
* ``clock.json``: how far the account's time is ahead of this machine's, once it was advanced.
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
from datetime import timedelta
from pathlib import Path
from typing import IO

from runtime.clock import FARTHEST
from runtime.errors import PlatformError

ACCESS_KEY_ALPHABET = string.ascii_uppercase + "234567"


@contextmanager
def locked(state: Path) -> Iterator[None]:
    """Hold the directory for this process; raise ``PlatformError`` with the remedy if another one holds it."""
    with _lock_file(state) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PlatformError(
                f"Another runtime is already using {state}{_whereabouts(state)}. "
                "Use that one, stop it, or give this one a directory of its own with --state."
            ) from error
        yield


def is_in_use(state: Path) -> bool:
    """Say whether a runtime holds the directory."""
    if not (state / "lock").exists():
        return False
    with _lock_file(state) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _lock_file(state: Path) -> IO[str]:
    try:
        state.mkdir(parents=True, exist_ok=True)
        return (state / "lock").open("a")
    except OSError as error:
        raise PlatformError(
            f"{state} cannot be used as the state directory ({error.strerror}). "
            "Give --state a directory that is yours and that can be written to."
        ) from error


def _whereabouts(state: Path) -> str:
    try:
        found = json.loads((state / "endpoint.json").read_text())
        return f" (process {found['pid']}, {found['url']})"
    except (OSError, ValueError, LookupError, TypeError):
        return ""


def root_keys(state: Path) -> tuple[str, str]:
    """Return the root access key's id and secret; make and write them at the first start."""
    path = state / "credentials"
    if not path.exists():
        _write_privately(path, _new_credentials())
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(path.read_text())
        section = parser["default"]
        keys = section["aws_access_key_id"], section["aws_secret_access_key"]
    except (KeyError, ValueError, OSError, configparser.Error) as error:
        raise _damaged(path, error) from error
    if not all(keys):
        raise _damaged(path, "a key is empty")
    return keys


def _damaged(path: Path, why: object) -> PlatformError:
    return PlatformError(f"{path} is not a credentials file any more ({why}); delete it to get a new key.")


def _new_credentials() -> str:
    identifier = "AKIA" + "".join(secrets.choice(ACCESS_KEY_ALPHABET) for _ in range(16))
    return f"[default]\naws_access_key_id = {identifier}\naws_secret_access_key = {secrets.token_urlsafe(30)}\n"


def clock_ahead(state: Path) -> timedelta:
    """Return how far the account's time is ahead of this machine's."""
    path = state / "clock.json"
    if not path.exists():
        return timedelta(0)
    try:
        ahead = timedelta(seconds=float(json.loads(path.read_text())["ahead_seconds"]))
        if not timedelta(0) <= ahead <= FARTHEST:
            raise ValueError(f"{ahead} is not within a century")
    except (OSError, ValueError, LookupError, TypeError, OverflowError) as error:
        raise PlatformError(
            f"{path} does not say any more how far the clock was advanced ({error}); delete it, and time goes back to "
            "this machine's: what was to happen later then happens as much later."
        ) from error
    return ahead


def keep_clock_ahead(state: Path, ahead: timedelta) -> None:
    """Write down how far the account's time is ahead, for the next runtime on this directory."""
    _write_privately(state / "clock.json", json.dumps({"ahead_seconds": ahead.total_seconds()}))


def running_endpoint(state: Path) -> str:
    """Return where the runtime on this directory listens; raise ``PlatformError`` if there is none."""
    if is_in_use(state):
        try:
            return str(json.loads((state / "endpoint.json").read_text())["url"])
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise PlatformError(f"The runtime on {state} does not say yet where it listens. Try again.") from error
    raise PlatformError(
        f"No runtime is running on {state}. Start one (python -m runtime serve), or name its directory with --state."
    )


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
    try:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(text)
        aside.replace(path)
    except OSError as error:
        raise PlatformError(f"{path} cannot be written: {error.strerror}.") from error
