"""The kernel's connection to the runtime: started or joined, left again, wiped.

``start`` points this process, and nothing else, at the runtime: it sets ``AWS_ENDPOINT_URL``, the credentials of the
lab's account and the region in this process's environment, which every AWS client reads, and takes back on ``stop``
what it set. Under nbgrader (``NBGRADER_EXECUTION``) the runtime is a private one with a state of its own that is
thrown away at exit, also if it never came up: validating or grading never touches the learner's account or journal.
It writes nothing to stderr: nbgrader gives a cell that does no points.
"""

from __future__ import annotations

import atexit
import configparser
import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from lab import runtime_process
from lab.errors import LabError
from lab.feed import Feed
from lab.places import is_checked_by_nbgrader, state_directory
from lab.private_state import make_private_state
from lab.runtime_process import RuntimeProcess

MISLEADING = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_REGION",
              "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")  # fmt: skip
"""What would make an AWS client look elsewhere although the lab has set its own."""


@dataclass(frozen=True, slots=True)
class Clock:
    """What time it is in the account after an advance."""

    now: str
    machine_time: str
    ahead_seconds: float
    appointments: int
    """How many moments at which something fell due were kept on the way."""
    is_settled: bool
    """Whether all that fell due is over."""

    def __repr__(self) -> str:
        kept = self.appointments
        due = f"on the way something fell due {kept} times, and happened" if kept else "nothing fell due on the way"
        rest = "" if self.is_settled else " Not everything is over yet: it goes on in the background."
        return f"In the account it is {self.now} now; {due}.{rest}"


@dataclass(frozen=True, slots=True)
class Connection:
    """A kernel's connection to a runtime."""

    runtime: RuntimeProcess
    status: Mapping[str, Any]
    is_private: bool

    @property
    def url(self) -> str:
        return self.runtime.url

    @property
    def feed(self) -> Feed:
        return Feed(self.runtime.url)


class Session:
    """Holds the connection of one process; there is one, :func:`current_session`."""

    def __init__(self) -> None:
        self._connection: Connection | None = None
        self._private_state: Path | None = None
        self._environment_before: dict[str, str | None] = {}

    @property
    def connection(self) -> Connection:
        """Return the connection, or say how to make one."""
        if self._connection is None:
            raise LabError("The lab is not started in this notebook.", remedy="run lab.start() first.")
        return self._connection

    @property
    def url(self) -> str:
        """Return the address of the runtime; empty before the start."""
        return self._connection.url if self._connection else ""

    def start(self) -> Connection:
        """Start or join the runtime and point this process at it; harmless when that was done before."""
        if self._connection is not None and self._is_served(self._connection):
            return self._connection
        is_private = is_checked_by_nbgrader()
        state = self._state_of_its_own() if is_private else state_directory()
        runtime = runtime_process.start_or_join(state, is_private=is_private)
        self._connection = Connection(runtime, Feed(runtime.url).status(), is_private)
        self._point_this_process_at(self._connection)
        return self._connection

    def _is_served(self, connection: Connection) -> bool:
        found = runtime_process.find(connection.runtime.state)
        return found is not None and found.url == connection.url

    def stop(self) -> None:
        """Stop the runtime, for all notebooks, and give this process its environment back."""
        connection = self.connection
        runtime_process.stop(connection.runtime)
        self.leave()

    def reset(self) -> None:
        """Wipe the account: no functions, roles, buckets. The journal stays, with an entry that says so.

        A notebook that is run again after its runtime has gone is served again.
        """
        from lab.signing import signed_post

        connection = self.start()
        signed_post(f"{connection.url}/_lab/reset", root_keys(connection.runtime.state), connection.status["region"])

    def advance(self, time: str) -> Clock:
        """Advance the account's clock; return when what fell due on the way is over."""
        from lab.signing import signed_post

        connection = self.connection
        url = f"{connection.url}/_lab/clock?{urlencode({'advance': time})}"
        return Clock(**json.loads(signed_post(url, root_keys(connection.runtime.state), connection.status["region"])))

    def _point_this_process_at(self, connection: Connection) -> None:
        access_key_id, secret = root_keys(connection.runtime.state)
        hosts = {host for host in os.environ.get("NO_PROXY", "").split(",") if host} | {"127.0.0.1", "localhost"}
        ours: dict[str, str | None] = {
            "AWS_ENDPOINT_URL": connection.url,
            "AWS_ACCESS_KEY_ID": access_key_id,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_DEFAULT_REGION": connection.status["region"],
            "NO_PROXY": ",".join(sorted(hosts)),
            "no_proxy": ",".join(sorted(hosts)),
            **dict.fromkeys(MISLEADING),
            **dict.fromkeys(name for name in os.environ if name.startswith("AWS_ENDPOINT_URL_")),
        }
        for name, value in ours.items():
            self._environment_before.setdefault(name, os.environ.get(name))
            _set(name, value)
        _drop_default_session()

    def leave(self) -> None:
        """Give this process its environment back; the runtime goes on."""
        for name, value in self._environment_before.items():
            _set(name, value)
        self._environment_before.clear()
        self._connection = None
        _drop_default_session()

    def _state_of_its_own(self) -> Path:
        """Return this process's private state, the same for as long as it lives."""
        if self._private_state is None:
            self._private_state = make_private_state()
            atexit.register(self._throw_away, self._private_state)
        return self._private_state

    def _throw_away(self, state: Path) -> None:
        try:
            if self._connection is not None:
                self.stop()
        finally:
            shutil.rmtree(state, ignore_errors=True)


@cache
def current_session() -> Session:
    """Return the session of this process."""
    return Session()


def root_keys(state: Path) -> tuple[str, str]:
    """Read the account's root credentials, which the runtime has written for this user alone."""
    parser = configparser.ConfigParser()
    if not parser.read(state / "credentials"):
        raise LabError(f"The runtime wrote no credentials into {state}.", remedy="run lab.stop(), then lab.start().")
    profile = parser["default"]
    return profile["aws_access_key_id"], profile["aws_secret_access_key"]


def _set(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def _drop_default_session() -> None:
    # boto3 remembers the credentials of its first client for as long as its default session lives.
    boto3 = sys.modules.get("boto3")
    if boto3 is not None:
        boto3.__dict__["DEFAULT_SESSION"] = None
