"""What a program writes: one pipe for stdout and stderr, so that their order is kept.

Memory is bounded by back-pressure: when nobody reads, the reader stops at its limit, the pipe fills, and the program
waits in ``write``.
"""

from __future__ import annotations

import asyncio
import os
from typing import IO, Self

_CHUNK_BYTES = 1 << 16
_MOST_DRAINED_BYTES = 1 << 20


class Output:
    """The reading end of a sandbox's output."""

    def __init__(self) -> None:
        self.reader = asyncio.StreamReader()
        reading, self._writing = os.pipe()
        os.set_blocking(reading, False)
        self._pipe: IO[bytes] = os.fdopen(reading, "rb", buffering=0)
        self._transport: asyncio.ReadTransport | None = None

    async def connect(self) -> Self:
        """Begin to read."""
        loop = asyncio.get_running_loop()
        protocol = asyncio.StreamReaderProtocol(self.reader)
        self._transport, _ = await loop.connect_read_pipe(lambda: protocol, self._pipe)
        return self

    def hand_over(self) -> int:
        """Return the writing end for the program; close it with :meth:`handed_over` when the program has it."""
        return self._writing

    def handed_over(self) -> None:
        """Close our copy of the writing end: the output ends when the last process inside has closed its own."""
        if self._writing >= 0:
            os.close(self._writing)
            self._writing = -1

    def drain(self) -> bytes:
        """Return what is there now, without waiting; also while somebody waits in ``reader``."""
        drained = bytearray()
        while chunk := self._buffered():
            drained += chunk
        while len(drained) < _MOST_DRAINED_BYTES and (chunk := self._piped()):
            drained += chunk
        return bytes(drained)

    def close(self) -> None:
        self.handed_over()
        if self._transport is not None:
            self._transport.close()
        else:
            self._pipe.close()

    def _buffered(self) -> bytes:
        """Take what the reader holds: a read that need not wait ends in its first step."""
        reading = self.reader.read(_CHUNK_BYTES)
        try:
            reading.send(None)
        except StopIteration as finished:
            return bytes(finished.value)
        except RuntimeError:
            return b""  # somebody waits in the reader already, so it holds nothing
        finally:
            reading.close()
        return b""

    def _piped(self) -> bytes:
        if self._pipe.closed:
            return b""
        return self._pipe.read(_CHUNK_BYTES) or b""
