"""The runtime's side of the launcher and of the zygote: start them, ask them for processes, see that they end."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runtime.errors import PlatformError
from runtime.sandbox import owner, recipe
from runtime.sandbox.contract import Zygote
from runtime.sandbox.mounts import OURS, OUTSIDE
from runtime.sandbox.recipe import Order, Recipe

PROJECT = Path(__file__).resolve().parents[2]
"""The directory that ``runtime`` is imported from."""

_PATIENCE_SECONDS = 5.0


def isolated_python(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of ours in a small interpreter: no site-packages, no user settings."""
    return [sys.executable, "-S", "-s", "-P", "-B", "-m", module, *arguments]


class Nursery:
    """The launcher of one mold, and its zygote if it has one: started when first needed and again if they have died."""

    def __init__(self, mold: Recipe | None, launcher: str = "runtime.sandbox.launcher") -> None:
        self._launcher = launcher
        self._recipe = mold
        self._process: subprocess.Popen[bytes] | None = None
        self._door: socket.socket | None = None
        self._zygote_door: socket.socket | None = None

    def fork(self) -> socket.socket:
        """Fork a process 1 in a new process namespace; return the channel on which it waits for its particulars."""
        ours, theirs = _pair()
        with theirs:
            _tell(self._open(), {"fork": True}, [theirs.fileno()], ours)
        return ours

    def fork_into(self, first_process: int, order: Order, uid: int, descriptors: Sequence[int]) -> socket.socket:
        """Fork the zygote into a sandbox, as its user; return the channel on which it says that it is parked, and how
        it ended.

        The descriptors: the output, where it waits for its order, the files that enter the sandbox's group.
        """
        self._open()
        assert self._zygote_door is not None, "whoever asks for a zygote has a mold with one"
        ours, theirs = _pair()
        with theirs:
            request = {"order": order._asdict(), "uid": uid}
            _tell(self._zygote_door, request, [theirs.fileno(), first_process, *descriptors], ours)
        return ours

    def last_words(self) -> str:
        """Return why the launcher or the zygote has ended, if they said so."""
        doors = [door for door in (self._door, self._zygote_door) if door is not None]
        return next((words for door in doors if (words := _last_words(door))), "")

    def give_up(self) -> None:
        """End a launcher that does not answer: whoever asks next gets another one."""
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """End the launcher and the zygote."""
        for door in (self._zygote_door, self._door):
            if door is not None:
                door.close()
        self._zygote_door = self._door = None
        if self._process is not None:
            _await_end(self._process)
            self._process = None

    def _open(self) -> socket.socket:
        """Return the door of a launcher that lives."""
        if self._door is None or self._has_ended():
            self.close()
            self._door, theirs = _pair()
            with theirs:
                self._process = subprocess.Popen(
                    isolated_python(self._launcher, str(theirs.fileno()), owner.mark()),
                    env={"PYTHONPATH": str(PROJECT)},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                    cwd="/",
                )
            if self._recipe is not None:
                self._tell_recipe(self._door, self._recipe)
        return self._door

    def _tell_recipe(self, door: socket.socket, shared: Recipe) -> None:
        lent = []
        if shared.zygote:
            self._zygote_door, zygotes = _pair()
            recipe.send(self._zygote_door, shared._asdict())
            lent = [zygotes]
        recipe.send(door, shared._asdict(), [zygotes.fileno() for zygotes in lent])
        for zygotes in lent:
            zygotes.close()

    def _has_ended(self) -> bool:
        is_over = self._process is None or self._process.poll() is not None
        return is_over or (self._zygote_door is not None and _is_closed(self._zygote_door))


def started_as(zygote: Zygote) -> dict[str, Any]:
    """Return how a zygote is started inside, as fields of a recipe: our own modules are among the host's files."""
    path = ":".join(filter(None, (OURS, zygote.environment.get("PYTHONPATH"))))
    return {
        "zygote": [*zygote.argv, "-m", "runtime.sandbox.zygote"],
        "zygote_environment": {**zygote.environment, "PYTHONPATH": path},
        "bootstrap": _from_inside(zygote.bootstrap.resolve()),
    }


def _from_inside(path: Path) -> str:
    """Return what a file of the host is called where the zygote loads it."""
    return f"{OURS}/{path.relative_to(PROJECT)}" if path.is_relative_to(PROJECT) else f"{OUTSIDE}{path}"


NO_ZYGOTE: dict[str, Any] = {"zygote": [], "zygote_environment": {}, "bootstrap": ""}


def _tell(door: socket.socket, message: Mapping[str, Any], descriptors: Sequence[int], ours: socket.socket) -> None:
    try:
        recipe.send(door, message, descriptors)
    except OSError as error:
        ours.close()
        raise PlatformError(f"The sandbox launcher does not answer: {error.strerror}.") from error


def _pair() -> tuple[socket.socket, socket.socket]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(0)
    return ours, theirs


def _await_end(process: subprocess.Popen[bytes]) -> None:
    """Wait for a launcher whose door is closed; one that hangs is killed."""
    try:
        process.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


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
