from __future__ import annotations

import asyncio
import dataclasses
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from runtime.invocation.concurrency import Throttled
from runtime.invocation.host_memory import HostMemory
from runtime.sandbox.contract import Exit
from tests.handlers.laboratory import Laboratory
from tests.standing_clock import StandingClock
from tests.unit.runtime.invocation.conftest import MakeLaboratory
from tests.unit.runtime.invocation.scripted import NEXT, ScriptedBackend, ScriptedSandbox, answer

PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"


async def serve(api: httpx.AsyncClient, sandbox: ScriptedSandbox) -> Exit | None:
    while True:
        await answer(api, "response", b"1")


async def hold(api: httpx.AsyncClient, sandbox: ScriptedSandbox) -> Exit | None:
    await api.get(NEXT)
    await asyncio.Event().wait()
    return None


def states(laboratory: Laboratory) -> list[tuple[str, str]]:
    return [(str(one["function"]), str(one["state"])) for one in laboratory.invoker.environments()]


def are_destroyed(backend: ScriptedBackend) -> list[bool]:
    return ["destroy" in sandbox.done for sandbox in backend.sandboxes]


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not is_so():  # noqa: ASYNC110  what is waited for has no event
            await asyncio.sleep(0.01)


async def test_an_environment_that_waited_too_long_goes_by_itself(make_laboratory: MakeLaboratory) -> None:
    clock = StandingClock()
    laboratory, backend = await make_laboratory(serve, clock=clock, idle_seconds=60.0)
    await laboratory.invoke(laboratory.function("f", PYTHON, {"index.py": ""}))

    clock.move(timedelta(seconds=59))
    await asyncio.sleep(0.05)
    before = states(laboratory)
    clock.move(timedelta(seconds=1))
    await until(lambda: are_destroyed(backend) == [True])

    assert before == [("f", "frozen")]
    assert states(laboratory) == []


async def test_where_every_environment_stands_can_be_seen(make_laboratory: MakeLaboratory) -> None:
    clock = StandingClock()
    laboratory, backend = await make_laboratory(serve, clock=clock)
    function = laboratory.function("f", PYTHON, {"index.py": ""}, memory_mib=256)
    await laboratory.invoke(function)
    await laboratory.invoke(function)
    clock.move(timedelta(seconds=7))

    (seen,) = laboratory.invoker.environments()

    ((group, stream),) = laboratory.logs.streams
    assert seen == {
        "environment": backend.sandboxes[0].id,
        "function": "f",
        "version": "$LATEST",
        "runtime": PYTHON,
        "generation": "today",
        "memory_mib": 256,
        "state": "frozen",
        "invocations": 2,
        "idle_seconds": 7.0,
        "log_group": group,
        "log_stream": stream,
    }


async def test_under_memory_pressure_idle_environments_go_and_working_ones_stay(
    make_laboratory: MakeLaboratory, tmp_path: Path
) -> None:
    (tmp_path / "proc").mkdir()
    meminfo = tmp_path / "proc/meminfo"
    meminfo.write_text("MemTotal: 1000000 kB\nMemAvailable: 900000 kB\n")
    laboratory, backend = await make_laboratory(serve, memory=HostMemory(tmp_path))
    for name in ("one", "other"):
        await laboratory.invoke(laboratory.function(name, PYTHON, {"index.py": ""}))
    meminfo.write_text("MemTotal: 1000000 kB\nMemAvailable: 1000 kB\n")

    outcome = await laboratory.invoke(laboratory.function("third", PYTHON, {"index.py": ""}))

    assert outcome.payload == b"1"
    assert are_destroyed(backend) == [True, True, False]


async def test_a_ceiling_is_made_room_under_by_the_longest_idle_of_anybody(make_laboratory: MakeLaboratory) -> None:
    laboratory, backend = await make_laboratory(serve, environments=2)

    for name in ("one", "two", "three"):
        await laboratory.invoke(laboratory.function(name, PYTHON, {"index.py": ""}))

    assert are_destroyed(backend) == [True, False, False]
    assert states(laboratory) == [("two", "frozen"), ("three", "frozen")]


async def test_under_the_ceiling_of_a_function_its_own_idle_ones_go(make_laboratory: MakeLaboratory) -> None:
    laboratory, backend = await make_laboratory(serve, environments_per_function=1)
    function = laboratory.function("f", PYTHON, {"index.py": ""})
    await laboratory.invoke(laboratory.function("other", PYTHON, {"index.py": ""}))
    await laboratory.invoke(function)

    await laboratory.invoke(dataclasses.replace(function, version="1"))

    assert are_destroyed(backend) == [False, True, False]


@pytest.mark.parametrize(
    ("ceiling", "reason", "option"),
    [
        ("environments", "ConcurrentInvocationLimitExceeded", r"\(--environments\)"),
        (
            "environments_per_function",
            "ReservedFunctionConcurrentInvocationLimitExceeded",
            r"\(--environments-per-function\)",
        ),
    ],
)
async def test_where_all_work_one_more_is_throttled_and_told_which_ceiling_it_is(
    make_laboratory: MakeLaboratory, ceiling: str, reason: str, option: str
) -> None:
    laboratory, backend = await make_laboratory(hold, **{ceiling: 2})
    function = laboratory.function("f", PYTHON, {"index.py": ""}, timeout_seconds=900)
    working = [asyncio.create_task(laboratory.invoke(function)) for _ in range(2)]
    await until(lambda: [state for _, state in states(laboratory)] == ["invoking", "invoking"])

    with pytest.raises(Throttled, match=f"Rate Exceeded. .* 2 execution environments.* {option}") as refused:
        await laboratory.invoke(function)

    assert refused.value.fields["Reason"] == reason
    assert len(backend.sandboxes) == 2
    assert [entry.facts["reason"] for entry in laboratory.journal.entries() if entry.kind == "throttle"] == [reason]
    await laboratory.invoker.abandon()
    await asyncio.gather(*working, return_exceptions=True)
    assert states(laboratory) == []
