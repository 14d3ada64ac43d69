"""The checksums of S3, computed.

The store would compute CRC-32 where CRC-32C or CRC-64/NVME was asked for, unless it finds libraries that bring much
else along; it is given these instead (``install``).
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import anycrc

CRC32C, CRC64NVME = anycrc.Model("CRC32-ISCSI"), anycrc.Model("CRC64-NVME")


def _hashed(name: str, content: bytes) -> bytes:
    return hashlib.new(name, content, usedforsecurity=False).digest()


ALGORITHMS: Mapping[str, Callable[[bytes], bytes]] = {
    "crc32": lambda content: zlib.crc32(content).to_bytes(4, "big"),
    "crc32c": lambda content: int(CRC32C.calc(content)).to_bytes(4, "big"),
    "crc64nvme": lambda content: int(CRC64NVME.calc(content)).to_bytes(8, "big"),
    **{name: partial(_hashed, name) for name in ("md5", "sha1", "sha256", "sha512")},
}
"""Each by its name in lower case."""


def install() -> None:
    """Have moto compute by these; it must be imported before its first call. Idempotent."""
    from moto.s3 import models, responses

    modules: tuple[Any, ...] = (models, responses)
    for module in modules:
        module.compute_checksum = _computed


def _computed(body: bytes, algorithm: str, encode_base64: bool = True) -> bytes:
    checksum = ALGORITHMS[algorithm.lower()](body)
    return base64.b64encode(checksum) if encode_base64 else checksum
