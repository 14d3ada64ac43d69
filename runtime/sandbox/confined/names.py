"""What a sandbox calls its files and ports, and what they are really called where nothing can be mounted.

Inside, the package lies at ``/var/task``, the disk at ``/tmp``, the listeners at the ports of the specification.
Without a mount namespace these names belong to the whole machine, so each stands for a directory, file or port of the
sandbox's own. :class:`Names` knows which. It is used in two ways: ``verdicts.py`` changes the names in the program's
system calls, as they are made; where that cannot be, :meth:`Names.translated` changes them in its arguments and
variables before it starts, and a name that is written in its code leads nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping


class Names:
    """The names inside and what they stand for."""

    def __init__(self, places: Mapping[str, str], ports: Mapping[int, int]) -> None:
        self.ports = dict(ports)
        self._places: dict[bytes, bytes | None] = {real.encode(): None for real in places.values()}
        self._places |= {inside.encode(): real.encode() for inside, real in places.items()}
        self._heads = tuple(inside.encode() for inside in places)
        self._by_length = sorted(self._places, key=len, reverse=True)
        self._insides = sorted(
            ((real.encode(), inside.encode()) for inside, real in places.items()), key=_longest_first
        )
        alternatives = "|".join(re.escape(inside) for inside in sorted(places, key=len, reverse=True))
        self._in_text = re.compile(rf"(?<![\w./-])(?:{alternatives})(?=[/:\s]|$)")
        self._ports_in_text = re.compile(r"\b(127\.0\.0\.1|localhost):(\d+)\b")

    def real(self, path: bytes) -> bytes | None:
        """Return what an absolute path stands for; ``None`` if for itself, as real ones do."""
        if b"/." in path or b"//" in path:
            path = _plain(path)
        if not path.startswith(self._heads):
            return None
        for place in self._by_length:
            if path.startswith(place) and path[len(place) : len(place) + 1] in (b"", b"/"):
                real = self._places[place]
                return None if real is None else real + path[len(place) :]
        return None

    def inside(self, path: bytes) -> bytes:
        """Return what the sandbox calls a real path."""
        for real, inside in self._insides:
            if path.startswith(real) and path[len(real) : len(real) + 1] in (b"", b"/"):
                return inside + path[len(real) :]
        return path

    def translated(self, text: str) -> str:
        """Return an argument or a variable with real names in place of those inside."""
        found = self._in_text.sub(lambda match: (self.real(match[0].encode()) or b"").decode(), text)
        return self._ports_in_text.sub(self._real_port, found)

    def _real_port(self, match: re.Match[str]) -> str:
        return f"{match[1]}:{self.ports.get(int(match[2]), match[2])}"


def _longest_first(pair: tuple[bytes, bytes]) -> int:
    return -len(pair[0])


def _plain(path: bytes) -> bytes:
    """Return a path without empty parts, dots, and steps back, as its text says."""
    parts: list[bytes] = []
    for part in path.split(b"/"):
        if part == b"..":
            del parts[-1:]
        elif part not in (b"", b"."):
            parts.append(part)
    return b"/" + b"/".join(parts) + (b"/" if path.endswith(b"/") and parts else b"")
