"""Pictures side by side, each with its name, its size in pixels and in bytes: static HTML that needs no kernel."""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from lab.errors import LabError
from lab.widgets.rendering import Html, render

SIGNATURES = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
    b"<svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture and what is said under it."""

    label: str
    source: str
    caption: str


def show_pictures(pictures: Mapping[str, bytes]) -> Html:
    """Show pictures side by side: ``show_pictures({"before": photo, "after": thumbnail})``."""
    shown = [_picture(label, content) for label, content in pictures.items()]
    text = "\n".join(f"[picture] {picture.label}: {picture.caption}" for picture in shown)
    return Html(render("pictures", pictures=shown), text)


def _picture(label: str, content: bytes) -> Picture:
    kind = next((kind for signature, kind in SIGNATURES.items() if content.startswith(signature)), None)
    if kind is None:
        begin = content[:24]
        raise LabError(
            f"What is shown as {label!r} is not a picture that a browser knows; it begins with {begin!r}.",
            remedy='give the bytes themselves, for example s3.get_object(...)["Body"].read()',
        )
    size = f"{len(content) / 1000:,.1f} kB"
    pixels = _pixels(kind, content)
    caption = f"{pixels[0]} by {pixels[1]} px, {size}" if pixels else size
    return Picture(label, f"data:{kind};base64,{base64.b64encode(content).decode()}", caption)


def _pixels(kind: str, content: bytes) -> tuple[int, int] | None:
    match kind:
        case "image/png":
            width, height = struct.unpack(">II", content[16:24])
            return int(width), int(height)
        case "image/jpeg":
            return _jpeg_pixels(content)
        case _:
            return None


def _jpeg_pixels(content: bytes) -> tuple[int, int] | None:
    """Walk a JPEG's segments to the first frame header (SOF0 to SOF15, less DHT, JPG and DAC): ITU T.81, B.2.2."""
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return int(width), int(height)
        at += 2 + length
    return None
