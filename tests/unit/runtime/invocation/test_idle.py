from __future__ import annotations

import asyncio
import dataclasses
import sys
from datetime import timedelta

import httpx
import pytest

from runtime.clock import SystemClock
from runtime.errors import PlatformError
from runtime.invocation.idle import MOST_IDLE
from runtime.sandbox.contract import Exit
from tests.unit.runtime.invocation.conftest import MakeLaboratory
from tests.unit.runtime.invocation.scripted import ScriptedSandbox, answer

PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"


async def serve(api: httpx.AsyncClient, sandbox: ScriptedSandbox) -> Exit | None:
    while True:
        await answer(api, "response", b"1")


async def test_the_longest_idle_goes_when_there_are_too_many(make_laboratory: MakeLaboratory) -> None:
    laboratory, backend = await make_laboratory(serve)
    function = laboratory.function("f", PYTHON, {"index.py": ""})

    for number in range(MOST_IDLE + 2):
        await laboratory.invoke(dataclasses.replace(function, revision=str(number)))

    destroyed = [sandbox.done[-1] == "destroy" for sandbox in backend.sandboxes]
    assert destroyed == [True, True] + [False] * MOST_IDLE, laboratory.logs.lines()


async def test_leaving_the_invoker_leaves_no_environment(make_laboratory: MakeLaboratory) -> None:
    laboratory, backend = await make_laboratory(serve)
    function = laboratory.function("f", PYTHON, {"index.py": ""})
    await asyncio.gather(laboratory.invoke(function), laboratory.invoke(function))

    await laboratory.invoker.__aexit__(None, None, None)

    assert [sandbox.done[-1] for sandbox in backend.sandboxes] == ["destroy", "destroy"]


async def test_an_environment_that_does_not_wake_is_not_lost(make_laboratory: MakeLaboratory) -> None:
    laboratory, backend = await make_laboratory(serve)
    function = laboratory.function("f", PYTHON, {"index.py": ""})
    await laboratory.invoke(function)
    backend.sandboxes[0].sleeps_on = True

    with pytest.raises(PlatformError, match="sleeps on"):
        await laboratory.invoke(function)

    assert backend.sandboxes[0].done[-1] == "destroy"


async def test_an_environment_whose_session_would_end_under_way_is_not_used(make_laboratory: MakeLaboratory) -> None:
    laboratory, _ = await make_laboratory(serve)
    function = laboratory.function("f", PYTHON, {"index.py": ""}, timeout_seconds=60)
    placed = laboratory.invoker.blueprints.place(function)
    now = SystemClock().now()

    assert placed.can_serve(function, now)
    assert not placed.can_serve(function, now + timedelta(minutes=59, seconds=30))
    assert not placed.can_serve(dataclasses.replace(function, revision="another"), now)


async def test_an_environment_whose_processes_were_killed_from_outside_is_not_used(
    make_laboratory: MakeLaboratory,
) -> None:
    laboratory, backend = await make_laboratory(serve)
    function = laboratory.function("f", PYTHON, {"index.py": ""})
    await laboratory.invoke(function)
    backend.sandboxes[0].die(Exit(signal=9))

    outcome = await laboratory.invoke(function)

    assert outcome.payload == b"1"
    assert backend.sandboxes[0].done[-1] == "destroy"
    assert len(backend.sandboxes) == 2


async def test_an_environment_whose_function_was_deleted_while_it_ran_is_not_kept(
    make_laboratory: MakeLaboratory,
) -> None:
    async def slow(api: httpx.AsyncClient, sandbox: ScriptedSandbox) -> Exit | None:
        while True:
            await answer(api, "response", b"1", delay_seconds=0.2)

    laboratory, backend = await make_laboratory(slow)
    function = laboratory.function("f", PYTHON, {"index.py": ""})
    running = asyncio.create_task(laboratory.invoke(function))
    await asyncio.sleep(0.1)

    await laboratory.invoker.forget("f")

    assert (await running).payload == b"1"
    assert backend.sandboxes[0].done[-1] == "destroy"
