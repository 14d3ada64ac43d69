"""The output of a program can be read as it comes, and drained without waiting."""

from __future__ import annotations

import asyncio
import os

from runtime.sandbox.output import Output


async def test_what_was_written_is_read_in_order_and_the_rest_is_drained() -> None:
    output = await Output().connect()
    program = os.dup(output.hand_over())
    output.handed_over()

    os.write(program, b"first\n")
    line = await output.reader.readline()
    os.write(program, b"second\n")
    await asyncio.sleep(0.01)  # the loop has taken it
    os.write(program, b"third\n")  # still in the pipe
    drained = output.drain()
    again = output.drain()
    os.close(program)
    output.close()

    assert (line, drained, again) == (b"first\n", b"second\nthird\n", b"")


async def test_draining_after_the_end_is_harmless() -> None:
    output = await Output().connect()
    os.write(output.hand_over(), b"last words")
    output.handed_over()
    await asyncio.sleep(0.01)

    assert output.drain() == b"last words"
    assert output.drain() == b""
    assert await output.reader.read() == b""
    output.close()
    await asyncio.sleep(0)
