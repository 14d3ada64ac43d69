"""The runtime's side of the launcher and of the zygote: start them, ask them for processes, see that they end."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runtime.errors import PlatformError
from runtime.sandbox import recipe
from runtime.sandbox.contract import Zygote
from runtime.sandbox.mounts import OUTSIDE
from runtime.sandbox.recipe import Order, Recipe

PROJECT = Path(__file__).resolve().parents[2]
"""The directory that ``runtime`` is imported from."""

_PATIENCE_SECONDS = 5.0


def isolated_python(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of ours in a small interpreter: no site-packages, no user settings."""
    return [sys.executable, "-S", "-s", "-P", "-B", "-m", module, *arguments]


class Nursery:
    """The launcher of one mold, and its zygote if it has one: started when first needed and again if they have died."""

    def __init__(self, mold: Recipe, zygote: Zygote | None = None) -> None:
        self._recipe = mold
        self._zygote = None if mold.in_user_namespace else zygote
        self._process: subprocess.Popen[bytes] | None = None
        self._door: socket.socket | None = None
        self._zygote_door: socket.socket | None = None

    @property
    def has_zygote(self) -> bool:
        """Say whether programs can be forked instead of executed."""
        return self._zygote is not None

    def fork(self) -> socket.socket:
        """Fork a process 1 in a new process namespace; return the channel on which it waits for its particulars."""
        ours, theirs = _pair()
        with theirs:
            self._tell(self._open_door(), {"fork": True}, [theirs.fileno()], ours)
        return ours

    def fork_into(self, first_process: int, order: Order, descriptors: Sequence[int]) -> socket.socket:
        """Fork the zygote into a sandbox; return the channel on which it says that it started, and how it ended.

        The descriptors are the output and the files that enter the sandbox's group.
        """
        ours, theirs = _pair()
        with theirs:
            handed = [theirs.fileno(), first_process, *descriptors]
            self._tell(self._open_zygote_door(), order._asdict(), handed, ours)
        return ours

    def warm(self) -> None:
        """Start what will be needed."""
        self._open_door()
        if self.has_zygote:
            self._open_zygote_door()

    def last_words(self) -> str:
        """Return why the launcher has ended, if it said so."""
        return _last_words(self._door) if self._door is not None else ""

    def close(self) -> None:
        """End the launcher and the zygote."""
        for door in (self._zygote_door, self._door):
            if door is not None:
                door.close()
        self._zygote_door = self._door = None
        if self._process is not None:
            self._process.wait(_PATIENCE_SECONDS)
            self._process = None

    def _tell(
        self, door: socket.socket, message: Mapping[str, Any], descriptors: Sequence[int], ours: socket.socket
    ) -> None:
        try:
            recipe.send(door, message, descriptors)
        except OSError as error:
            ours.close()
            raise PlatformError(f"The sandbox launcher does not answer: {error.strerror}.") from error

    def _open_door(self) -> socket.socket:
        if self._door is None or self._process is None or self._process.poll() is not None:
            self.close()
            self._door, theirs = _pair()
            with theirs:
                self._process = subprocess.Popen(
                    isolated_python("runtime.sandbox.launcher", str(theirs.fileno())),
                    env={"PYTHONPATH": str(PROJECT)},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                    cwd="/",
                )
            recipe.send(self._door, self._recipe._asdict())
        return self._door

    def _open_zygote_door(self) -> socket.socket:
        assert self._zygote is not None, "who asks for a zygote has looked whether there is one"
        if self._zygote_door is not None and _is_closed(self._zygote_door):
            self._zygote_door.close()
            self._zygote_door = None
        if self._zygote_door is None:
            door, theirs = _pair()
            argv = [*self._zygote.argv, "-m", "runtime.sandbox.zygote", OUTSIDE + str(self._zygote.bootstrap)]
            own_path = self._zygote.environment.get("PYTHONPATH", "")
            environment = {**self._zygote.environment, "PYTHONPATH": f"{OUTSIDE}{PROJECT}:{own_path}"}
            with theirs:
                message = {"zygote": argv, "environment": environment}
                self._tell(self._open_door(), message, [theirs.fileno()], door)
            recipe.send(door, self._recipe._asdict())
            self._zygote_door = door
        return self._zygote_door


def _pair() -> tuple[socket.socket, socket.socket]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(0)
    return ours, theirs


def _last_words(door: socket.socket) -> str:
    """Return the error that was said last, if there is one."""
    try:
        while True:
            message, _ = recipe.receive(door)
            if not message or "error" in message:
                return str(message.get("error", ""))
    except BlockingIOError:
        return ""
    except ConnectionResetError:
        return _last_words(door)  # this is told once, before what had been said


def _is_closed(door: socket.socket) -> bool:
    """Say whether the other side has gone; what it has said meanwhile is dropped."""
    try:
        while True:
            message, _ = recipe.receive(door)
            if not message:
                return True
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True
