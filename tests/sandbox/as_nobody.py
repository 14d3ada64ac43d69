"""Run a command as the user ``nobody``: ``as_nobody.py [--user=NAME] PATH... -- COMMAND``; the paths are reachable.

The interpreter or the repository may lie below a directory that only root can enter. In a mount namespace of its own,
each such directory is covered by an empty one, in which only the paths that are needed are shown again.
"""

from __future__ import annotations

import os
import pwd
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from runtime.sandbox import libc

_USER = "--user="
_SEARCH_FOR_OTHERS = 0o001


def closed_ancestor(path: Path) -> Path | None:
    """Return the topmost directory above a path that others cannot enter."""
    return next((above for above in reversed(path.parents) if not above.stat().st_mode & _SEARCH_FOR_OTHERS), None)


def show(paths: list[Path]) -> None:
    """Make paths reachable for everybody, in this mount namespace."""
    libc.unshare(libc.CLONE_NEWNS)
    libc.mount("", "/", flags=libc.MS_REC | libc.MS_PRIVATE)
    hidden = [(path, ancestor) for path in paths if (ancestor := closed_ancestor(path)) is not None]
    held = [(path, os.open(path, os.O_PATH)) for path, _ in hidden]
    for ancestor in {ancestor for _, ancestor in hidden}:
        libc.mount("cover", str(ancestor), "tmpfs", 0, "mode=755")
    for path, descriptor in held:
        path.mkdir(parents=True, exist_ok=True)
        libc.mount(f"/proc/self/fd/{descriptor}", str(path), flags=libc.MS_BIND)
        os.close(descriptor)


def become(name: str) -> None:
    """Go on as this user."""
    uid, gid = pwd.getpwnam(name)[2:4]
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def main() -> None:
    border = sys.argv.index("--")
    named = [argument.removeprefix(_USER) for argument in sys.argv[1:border] if argument.startswith(_USER)]
    show([Path(path).resolve() for path in sys.argv[1 + len(named) : border]])
    become(named[0] if named else "nobody")
    command = sys.argv[border + 1 :]
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
