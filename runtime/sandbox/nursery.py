"""The runtime's side of the launcher: start it, ask it for a process 1, see that it ends."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

from runtime.errors import PlatformError
from runtime.sandbox import recipe

PROJECT = Path(__file__).resolve().parents[2]
"""The directory that ``runtime`` is imported from."""

_PATIENCE_SECONDS = 5.0


def isolated_python(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of ours in a small interpreter: no site-packages, no user settings."""
    return [sys.executable, "-S", "-s", "-P", "-B", "-m", module, *arguments]


class Nursery:
    """A launcher process, started when it is first needed and again if it has died."""

    def __init__(self, *, in_user_namespaces: bool = False) -> None:
        self._options = ["--user-namespace"] if in_user_namespaces else []
        self._process: subprocess.Popen[bytes] | None = None
        self._door: socket.socket | None = None

    def fork(self) -> socket.socket:
        """Fork a process 1 in a new process namespace; return the channel on which it waits for its recipe."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                recipe.send(self._open_door(), {"fork": True}, [theirs.fileno()])
            except OSError as error:
                ours.close()
                raise PlatformError(f"The sandbox launcher does not answer: {error.strerror}.") from error
        ours.settimeout(0)
        return ours

    def close(self) -> None:
        """End the launcher."""
        if self._door is not None:
            self._door.close()
            self._door = None
        if self._process is not None:
            self._process.wait(_PATIENCE_SECONDS)
            self._process = None

    def _open_door(self) -> socket.socket:
        if self._door is None or self._process is None or self._process.poll() is not None:
            self.close()
            self._door, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                self._process = subprocess.Popen(
                    isolated_python("runtime.sandbox.launcher", str(theirs.fileno()), *self._options),
                    env={"PYTHONPATH": str(PROJECT)},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                    cwd="/",
                )
        return self._door
