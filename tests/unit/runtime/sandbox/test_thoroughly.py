"""What is seen through is done whatever happens to whoever waits for it."""

from __future__ import annotations

import asyncio

import pytest

from runtime.sandbox.thoroughly import see_through


async def test_a_cancellation_takes_effect_when_the_work_is_done_however_often_it_is_repeated() -> None:
    may_end, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await may_end.wait()
        ended.set()

    waiting = asyncio.create_task(see_through(work()))
    for _ in range(3):
        await asyncio.sleep(0)
        waiting.cancel()
    await asyncio.sleep(0)
    assert not waiting.done()
    may_end.set()

    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert ended.is_set()


async def test_a_failure_of_the_work_is_told_rather_than_the_cancellation() -> None:
    may_end = asyncio.Event()

    async def work() -> None:
        await may_end.wait()
        raise OSError("half removed")

    waiting = asyncio.create_task(see_through(work()))
    await asyncio.sleep(0)
    waiting.cancel()
    may_end.set()

    with pytest.raises(OSError, match="half removed"):
        await waiting
