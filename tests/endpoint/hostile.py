"""Deployment packages that nobody should unpack, by what is wrong with them, each with what the refusal has to say."""

from __future__ import annotations

import functools
import io
import stat
import struct
import zipfile
from collections.abc import Mapping

LINK = stat.S_IFLNK | 0o777
CENTRAL, LOCAL = b"PK\x01\x02", b"PK\x03\x04"
HARMLESS = ("index.js", b"exports.handler = function (event, context) { context.done(null, 'unpacked'); };")

Member = tuple[str | zipfile.ZipInfo, str | bytes]


def archive(*members: Member, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Zip members up; a ``ZipInfo`` in place of a name carries a mode."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as package:
        for name, content in members:
            package.writestr(name, content)
    return written.getvalue()


def member(name: str, mode: int) -> zipfile.ZipInfo:
    described = zipfile.ZipInfo(name)
    described.external_attr = mode << 16
    described.create_system = 3
    return described


@functools.cache
def packages() -> Mapping[str, tuple[bytes, str]]:
    """Return the archives, each with a part of the sentence with which it is refused."""
    out = "leads out of the package"
    return {
        "absolute name": (archive(HARMLESS, ("/etc/cron.d/mine", "x")), out),
        "name that climbs": (archive(HARMLESS, ("lib/../../../mine", "x")), out),
        "absolute link": (archive(HARMLESS, (member("link", LINK), "/etc/passwd")), out),
        "link that climbs": (archive(HARMLESS, (member("lib/link", LINK), "../../mine")), out),
        "link to the package above": (archive(HARMLESS, (member("link", LINK), "..")), out),
        "link by way of a link": (
            archive(HARMLESS, ("deep/file", ""), (member("deep/up", LINK), ".."), (member("deep/x", LINK), "up/../x")),
            out,
        ),
        "file behind a link": (archive((member("a", LINK), "../.."), ("a/mine", "x")), "also something else"),
        "link behind a link": (
            archive(HARMLESS, (member("a", LINK), "../.."), (member("a/mine", LINK), "x")), "also something else"
        ),
        "link as long as a book": (archive(HARMLESS, (member("link", LINK), "x" * 10_000)), "longer than a path"),
        "link to nowhere at all": (archive(HARMLESS, (member("link", LINK), "")), "Could not unzip"),
        "link with a NUL": (archive(HARMLESS, (member("link", LINK), "index.js\0")), "null byte"),
        "block device": (archive(HARMLESS, (member("disk", stat.S_IFBLK | 0o666), "")), "neither a file"),
        "character device": (archive(HARMLESS, (member("mem", stat.S_IFCHR | 0o666), "")), "neither a file"),
        "pipe": (archive(HARMLESS, (member("pipe", stat.S_IFIFO | 0o666), "")), "neither a file"),
        "socket": (archive(HARMLESS, (member("socket", stat.S_IFSOCK | 0o666), "")), "neither a file"),
        "name twice": (twice("index.js"), "is in it twice"),
        "name twice in two spellings": (archive(HARMLESS, (".//index.js", "other")), "is in it twice"),
        "file that is a directory": (archive(HARMLESS, ("index.js/file", "x")), "also something else"),
        "name with a NUL": (renamed("index.jsXpng", b"index.js\0png"), "control characters"),
        "name with a new line": (archive(HARMLESS, ("one\ntwo", "x")), "control characters"),
        "no name at all": (archive(HARMLESS, (member("", 0o644), "x")), "no name"),
        "name without end": (archive(HARMLESS, ("n" * 300, "x")), "Could not unzip"),
        "depth without end": (archive(HARMLESS, ("a/" * 300 + "b", "x")), "levels deep"),
        "encrypted": (encrypted(), "is encrypted"),
        "unusual packing": (archive(HARMLESS, method=zipfile.ZIP_LZMA), "neither 'stored' nor 'deflated'"),
        "overlapping members": (overlapping(), "overlap"),
        "size that is a lie": (lying(10), "Could not unzip"),
        "size beyond all sizes": (lying(2**40), "Unzipped size must be smaller than 262144000 bytes"),
        "place beyond all places": (displaced(2**63 + 5), "is impossible"),
        "bomb of a few zeros": (
            archive(*((f"part{number}", bytes(2**23)) for number in range(32))), "Unzipped size must be smaller"
        ),
        "bomb of empty files": (archive(*((f"{number}", "") for number in range(70_000))), "more than 65,535"),
        "bomb of directories": (
            archive(*((f"{number}/" + "d/" * 240 + "f", "") for number in range(300))), "more than 65,535"
        ),
        "wrong checksum": (archive(HARMLESS, method=zipfile.ZIP_STORED).replace(b"unpacked", b"repacked"), "not unzip"),
        "no archive": (b"not a zip", "Could not unzip"),
        "half an archive": (archive(HARMLESS)[:-30], "Could not unzip"),
        "nothing": (archive(), "non-empty zip"),
        "nothing but a directory": (archive(("only/", "")), "non-empty zip"),
    }  # fmt: skip


def twice(name: str) -> bytes:
    return archive((name, "one"), ("?" * len(name), "two")).replace(b"?" * len(name), name.encode())


def renamed(name: str, other: bytes) -> bytes:
    return archive((name, "x")).replace(name.encode(), other)


def encrypted() -> bytes:
    """Return an archive whose only member says that it is encrypted."""
    content = bytearray(archive(HARMLESS))
    content[content.index(LOCAL) + 6] |= 1
    content[content.index(CENTRAL) + 8] |= 1
    return bytes(content)


def overlapping() -> bytes:
    """Return an archive whose second member is inside its first: one kernel of bytes, quoted as often as one likes."""
    inner = archive(("second", bytes(2**20)))
    inner = inner[: inner.index(CENTRAL)]
    content = bytearray(archive(("first", inner), ("second", bytes(2**20)), method=zipfile.ZIP_STORED))
    at = content.rindex(CENTRAL)
    compressed = len(inner) - 30 - len("second")
    content[at + 10 : at + 12] = struct.pack("<H", zipfile.ZIP_DEFLATED)
    content[at + 20 : at + 24] = struct.pack("<I", compressed)
    content[at + 42 : at + 46] = struct.pack("<I", content.index(LOCAL, 1))
    return bytes(content)


def lying(size: int) -> bytes:
    """Return an archive whose member has this many bytes by the archive's directory, in 64 bits if it must be."""
    content = bytearray(archive(("index.js", bytes(2**20))))
    at = content.index(CENTRAL)
    if size < 2**32:
        content[at + 24 : at + 28] = struct.pack("<I", size)
        return bytes(content)
    return _extended(content, at, slice(24, 28), size)


def displaced(offset: int) -> bytes:
    """Return an archive whose member lies at this place by the archive's directory."""
    content = bytearray(archive(HARMLESS))
    return _extended(content, content.index(CENTRAL), slice(42, 46), offset)


def _extended(content: bytearray, at: int, member: slice, value: int) -> bytes:
    """Put a value of 64 bits into the extra field of the only member of an archive."""
    extra = struct.pack("<HHQ", 1, 8, value)
    name_bytes = struct.unpack_from("<H", content, at + 28)[0]
    content[at + member.start : at + member.stop] = b"\xff" * 4
    content[at + 30 : at + 32] = struct.pack("<H", len(extra))
    content[at + 46 + name_bytes : at + 46 + name_bytes] = extra
    end = content.rindex(b"PK\x05\x06")
    directory_bytes = struct.unpack_from("<I", content, end + 12)[0] + len(extra)
    content[end + 12 : end + 16] = struct.pack("<I", directory_bytes)
    return bytes(content)
