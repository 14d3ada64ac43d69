from __future__ import annotations

import asyncio
import dataclasses
import json
import re
import sys

import httpx
import pytest

import runtime.journal
from runtime.errors import ServiceError
from runtime.invocation.concurrency import Throttled
from runtime.invocation.environment import INIT_SECONDS, REST_SECONDS
from runtime.invocation.outcome import InvocationType, Status
from runtime.invocation.recording import MOST_CHARACTERS
from runtime.resources.function import NAMES_LIMITS
from runtime.sandbox.contract import Breach, Exit, Limit
from tests.handlers.laboratory import ROLE, LogStore
from tests.unit.runtime.invocation.conftest import MakeLaboratory
from tests.unit.runtime.invocation.scripted import NEXT, ScriptedSandbox, answer

PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"


async def echo(api: httpx.AsyncClient, sandbox: ScriptedSandbox) -> Exit | None:
    sandbox.write("loading\n")
    while True:
        event = await api.get(NEXT)
        sandbox.write("at work\n")
        sandbox.cpu_seconds += 0.5
        request_id = event.headers["lambda-runtime-aws-request-id"]
        await api.post(f"/2018-06-01/runtime/invocation/{request_id}/response", content=event.content)


async def fail_with(errno: str, api: httpx.AsyncClient) -> None:
    body = {"errorMessage": f"{errno}, no more", "errorType": "Error"}
    await answer(api, "error", json.dumps(body).encode())


async def test_the_log_of_the_preview_has_its_lines_in_order(make_laboratory: MakeLaboratory) -> None:
    laboratory, _ = await make_laboratory(echo)

    outcome = await laboratory.invoke(laboratory.function("f", "nodejs", {"index.js": ""}), '{"a": 1}')

    assert outcome.payload == b'{"a": 1}'
    words = [line.split()[0] for line in laboratory.logs.lines()]
    assert words == ["loading", "START", "at", "END", "REPORT"]


async def test_the_log_of_today_begins_with_the_version_of_the_runtime(make_laboratory: MakeLaboratory) -> None:
    laboratory, _ = await make_laboratory(echo)

    outcome = await laboratory.invoke(laboratory.function("f", PYTHON, {"index.py": ""}))

    words = [line.split()[0] for line in laboratory.logs.lines()]
    assert words == ["INIT_START", "loading", "START", "at", "END", "REPORT"]
    assert outcome.log_tail.decode() == "".join(laboratory.logs.lines())


async def test_the_cpu_share_begins_with_the_event_and_not_before(make_laboratory: MakeLaboratory) -> None:
    seen: list[list[str]] = []

    async def script(api: httpx.AsyncClient, sandbox: ScriptedSandbox) -> Exit | None:
        seen.append(list(sandbox.done))
        await api.get(NEXT)
        seen.append(list(sandbox.done))
        return Exit(status=0)

    laboratory, _ = await make_laboratory(script)

    await laboratory.invoke(laboratory.function("f", "nodejs", {"index.js": ""}))

    assert seen == [[], ["throttle"]]


async def test_a_function_of_the_preview_always_gets_a_fresh_sandbox(make_laboratory: MakeLaboratory) -> None:
    laboratory, backend = await make_laboratory(echo)
    function = laboratory.function("f", "nodejs", {"index.js": ""})

    first, second = await laboratory.invoke(function), await laboratory.invoke(function)

    assert first.report.is_cold and second.report.is_cold
    assert first.report.sandbox != second.report.sandbox
    await laboratory.invoker.departed()
    assert all(sandbox.done[-1] == "destroy" for sandbox in backend.sandboxes)


async def test_a_function_of_today_finds_its_environment_warm(make_laboratory: MakeLaboratory) -> None:
    laboratory, backend = await make_laboratory(echo)
    function = laboratory.function("f", PYTHON, {"index.py": ""})

    first, second = await laboratory.invoke(function), await laboratory.invoke(function)

    assert (first.report.is_cold, second.report.is_cold) == (True, False)
    round_trip = ["throttle", "unthrottle", "freeze"]
    assert backend.sandboxes[0].done == [*round_trip, "thaw", *round_trip]
    assert second.report.init_ms == 0.0
    assert second.log_tail.decode().split()[0] == "START"


async def test_two_invocations_at_once_get_two_environments(make_laboratory: MakeLaboratory) -> None:
    laboratory, backend = await make_laboratory(echo)
    function = laboratory.function("f", PYTHON, {"index.py": ""})

    await asyncio.gather(laboratory.invoke(function), laboratory.invoke(function))

    assert len(backend.sandboxes) == 2


async def test_a_changed_function_never_runs_in_an_old_environment(make_laboratory: MakeLaboratory) -> None:
    laboratory, backend = await make_laboratory(echo)
    function = laboratory.function("f", PYTHON, {"index.py": ""})
    await laboratory.invoke(function)

    await laboratory.invoke(dataclasses.replace(function, revision="another"))
    await laboratory.invoker.forget("f")

    assert len(backend.sandboxes) == 2
    assert all(sandbox.done[-1] == "destroy" for sandbox in backend.sandboxes)


async def crash(api: httpx.AsyncClient, sandbox: ScriptedSandbox) -> Exit | None:
    await api.get(NEXT)
    return Exit(status=3)


async def test_an_environment_that_crashed_begins_anew_with_the_disk_that_it_had(
    make_laboratory: MakeLaboratory,
) -> None:
    laboratory, backend = await make_laboratory(crash)
    function = laboratory.function("f", PYTHON, {"index.py": ""})

    first, second = [await laboratory.invoke(function) for _ in range(2)]

    assert first.error_type == second.error_type == "Runtime.ExitError"
    before, after = backend.sandboxes
    assert after.heir_to is before
    assert before.done[-1] == "destroy"
    assert first.report.log_stream == second.report.log_stream
    assert (first.report.is_cold, second.report.is_cold) == (True, True)


async def test_an_init_after_a_reset_is_a_part_of_the_invocation(make_laboratory: MakeLaboratory) -> None:
    async def slow_to_start(api: httpx.AsyncClient, sandbox: ScriptedSandbox) -> Exit | None:
        await asyncio.sleep(0.2)
        return await crash(api, sandbox)

    laboratory, _ = await make_laboratory(slow_to_start)
    function = laboratory.function("f", PYTHON, {"index.py": ""})

    first, second = [await laboratory.invoke(function) for _ in range(2)]

    assert first.report.init_ms >= 200
    assert (second.report.init_ms, second.report.duration_ms >= 200) == (0.0, True)
    lines = laboratory.logs.lines()
    assert [line.split()[0] for line in lines].count("INIT_START") == 1
    assert ["Init Duration" in line for line in lines if line.startswith("REPORT")] == [True, False]


async def test_a_function_whose_init_after_a_reset_takes_its_whole_time_is_out_of_time(
    make_laboratory: MakeLaboratory,
) -> None:
    async def slower_every_time(api: httpx.AsyncClient, sandbox: ScriptedSandbox) -> Exit | None:
        await asyncio.sleep(5 if sandbox.heir_to else 0)
        return await crash(api, sandbox)

    laboratory, _ = await make_laboratory(slower_every_time)
    function = laboratory.function("f", PYTHON, {"index.py": ""}, timeout_seconds=1)

    outcomes = [await laboratory.invoke(function) for _ in range(2)]

    assert [outcome.status for outcome in outcomes] == [Status.FAILED, Status.TIMED_OUT]
    assert outcomes[1].error_message.endswith("Task timed out after 1.00 seconds")


async def test_where_a_disk_cannot_be_kept_an_environment_that_crashed_is_gone(
    make_laboratory: MakeLaboratory,
) -> None:
    laboratory, backend = await make_laboratory(crash)
    backend.has_disks = False
    function = laboratory.function("f", PYTHON, {"index.py": ""})

    first, second = [await laboratory.invoke(function) for _ in range(2)]

    assert [sandbox.heir_to for sandbox in backend.sandboxes] == [None, None]
    assert first.report.log_stream != second.report.log_stream


async def test_a_function_of_the_preview_that_crashed_leaves_nothing(make_laboratory: MakeLaboratory) -> None:
    laboratory, backend = await make_laboratory(crash)
    function = laboratory.function("f", "nodejs", {"index.js": ""})

    for _ in range(2):
        await laboratory.invoke(function)

    assert [sandbox.heir_to for sandbox in backend.sandboxes] == [None, None]


async def test_a_full_disk_is_not_kept_for_a_function_whose_limits_are_named(make_laboratory: MakeLaboratory) -> None:
    breach = Breach(Limit.STORAGE, 512, 512, "bytes", "a list")

    async def fill(api: httpx.AsyncClient, sandbox: ScriptedSandbox) -> Exit | None:
        await api.get(NEXT)
        sandbox.exceed(breach)
        await asyncio.Event().wait()
        return None

    laboratory, backend = await make_laboratory(fill)
    function = laboratory.function("f", PYTHON, {"index.py": ""}, environment={NAMES_LIMITS: "1"})

    outcomes = [await laboratory.invoke(function) for _ in range(2)]

    assert [outcome.status for outcome in outcomes] == [Status.LIMIT_EXCEEDED] * 2
    assert [sandbox.heir_to for sandbox in backend.sandboxes] == [None, None]


async def test_a_function_that_is_out_of_time_is_killed_with_the_reason(make_laboratory: MakeLaboratory) -> None:
    async def hang(api: httpx.AsyncClient, sandbox: ScriptedSandbox) -> Exit | None:
        await api.get(NEXT)
        await asyncio.Event().wait()
        return None

    laboratory, backend = await make_laboratory(hang)

    outcome = await laboratory.invoke(laboratory.function("f", "nodejs", {"index.js": ""}, timeout_seconds=0.1))

    assert outcome.status is Status.TIMED_OUT
    assert backend.sandboxes[0].kill_reason == "Task timed out after 0.10 seconds"
    assert laboratory.logs.lines()[-1] == "Task timed out after 0.10 seconds\n"


async def test_a_swallowed_breach_ends_an_invocation_of_the_preview(make_laboratory: MakeLaboratory) -> None:
    async def swallow(api: httpx.AsyncClient, sandbox: ScriptedSandbox) -> Exit | None:
        await api.get(NEXT)
        sandbox.exceed(Breach(Limit.PROCESSES, 1024, 1024, "processes and threads", "a list"))
        await asyncio.Event().wait()
        return None

    laboratory, _ = await make_laboratory(swallow)

    outcome = await laboratory.invoke(laboratory.function("f", "nodejs", {"index.js": ""}))

    assert (outcome.status, outcome.error_type) == (Status.LIMIT_EXCEEDED, "ProcessLimitExceededException")
    assert laboratory.entry()["breach"] == {
        "limit": "processes", "configured": 1024, "observed": 1024, "unit": "processes and threads",
        "mechanism": "a list",
    }  # fmt: skip


async def test_the_same_breach_leaves_an_invocation_of_today_alone(make_laboratory: MakeLaboratory) -> None:
    async def swallow(api: httpx.AsyncClient, sandbox: ScriptedSandbox) -> Exit | None:
        sandbox.exceed(Breach(Limit.PROCESSES, 1024, 1024, "processes and threads", "a list"))
        await answer(api, "response", b"1")
        await api.get(NEXT)
        return None

    laboratory, _ = await make_laboratory(swallow)

    outcome = await laboratory.invoke(laboratory.function("f", PYTHON, {"index.py": ""}))

    assert (outcome.status, outcome.breach) == (Status.SUCCEEDED, None)


@pytest.mark.parametrize(
    ("errno", "name"),
    [
        ("EMFILE", "FileDescriptorLimitExceededException"),
        ("ENOSPC", "StorageLimitExceededException"),
        ("read EAGAIN", "Error"),  # the kernel counts processes, and this is none
    ],
)
async def test_an_error_that_a_limit_caused_is_named_before_anybody_has_looked(
    make_laboratory: MakeLaboratory, errno: str, name: str
) -> None:
    async def fail(api: httpx.AsyncClient, sandbox: ScriptedSandbox) -> Exit | None:
        await fail_with(errno, api)
        return None

    laboratory, _ = await make_laboratory(fail)

    outcome = await laboratory.invoke(laboratory.function("f", "nodejs", {"index.js": ""}))

    assert outcome.error_type == name


async def test_an_uncaught_exception_that_a_limit_caused_is_named_too(make_laboratory: MakeLaboratory) -> None:
    async def throw(api: httpx.AsyncClient, sandbox: ScriptedSandbox) -> Exit | None:
        await api.get(NEXT)
        sandbox.write("Error: EMFILE, too many open files\n    at Object.fs.openSync\n")
        return Exit(status=1)

    laboratory, _ = await make_laboratory(throw)

    outcome = await laboratory.invoke(laboratory.function("f", "nodejs", {"index.js": ""}))

    assert outcome.error_type == "FileDescriptorLimitExceededException"


async def broken(api: httpx.AsyncClient, sandbox: ScriptedSandbox) -> Exit | None:
    body = b'{"errorType": "Runtime.ImportModuleError", "errorMessage": "no"}'
    await api.post("/2018-06-01/runtime/init/error", content=body)
    return Exit(status=1)


async def test_an_init_that_failed_is_tried_twice_today_and_each_time_is_in_the_log(
    make_laboratory: MakeLaboratory,
) -> None:
    laboratory, backend = await make_laboratory(broken)

    outcome = await laboratory.invoke(laboratory.function("f", PYTHON, {"index.py": ""}))

    assert outcome.error_type == "Runtime.ImportModuleError"
    assert len(backend.sandboxes) == 2
    lines = laboratory.logs.lines()
    assert [line.split()[0] for line in lines] == [
        "INIT_START", "INIT_REPORT", "INIT_REPORT", "START", "END", "REPORT",
    ]  # fmt: skip
    pattern = (
        r"INIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: {}\tStatus: error\tError Type: Runtime.ImportModuleError\n"
    )
    for line, phase in zip(lines[1:3], ("init", "invoke"), strict=True):
        assert re.fullmatch(pattern.format(phase), line)
    assert not any("throttle" in sandbox.done for sandbox in backend.sandboxes)


async def test_an_init_that_failed_once_need_not_fail_the_invocation(make_laboratory: MakeLaboratory) -> None:
    async def better_the_second_time(api: httpx.AsyncClient, sandbox: ScriptedSandbox) -> Exit | None:
        return await echo(api, sandbox) if sandbox.heir_to else await broken(api, sandbox)

    laboratory, _ = await make_laboratory(better_the_second_time)

    outcome = await laboratory.invoke(laboratory.function("f", PYTHON, {"index.py": ""}), '"yes"')

    assert (outcome.status, outcome.payload) == (Status.SUCCEEDED, b'"yes"')
    words = [line.split()[0] for line in laboratory.logs.lines()]
    assert words == ["INIT_START", "INIT_REPORT", "loading", "START", "at", "END", "REPORT"]


@pytest.mark.slow
async def test_an_init_of_more_than_ten_seconds_begins_anew_in_the_time_of_the_function(
    make_laboratory: MakeLaboratory,
) -> None:
    async def late(api: httpx.AsyncClient, sandbox: ScriptedSandbox) -> Exit | None:
        await asyncio.sleep(INIT_SECONDS + 1)
        return await echo(api, sandbox)

    laboratory, _ = await make_laboratory(late)

    outcome = await laboratory.invoke(laboratory.function("f", PYTHON, {"index.py": ""}, timeout_seconds=20), "1")

    assert outcome.payload == b"1"
    assert outcome.report.duration_ms > (INIT_SECONDS + 1) * 1000
    assert re.match(
        r"INIT_REPORT Init Duration: 1\d{4}\.\d\d ms\tPhase: init\tStatus: timeout\n", laboratory.logs.lines()[1]
    )


async def test_an_init_that_failed_in_the_preview_is_the_outcome_at_once(make_laboratory: MakeLaboratory) -> None:
    laboratory, backend = await make_laboratory(broken)

    outcome = await laboratory.invoke(laboratory.function("f", "nodejs", {"index.js": ""}))

    assert (len(backend.sandboxes), outcome.report.duration_ms) == (1, 0.0)
    assert [line.split()[0] for line in laboratory.logs.lines()] == ["START", "END", "REPORT"]


async def test_the_journal_has_exactly_the_facts_that_it_promises(make_laboratory: MakeLaboratory) -> None:
    laboratory, backend = await make_laboratory(echo)

    await laboratory.invoke(laboratory.function("f", "nodejs", {"index.js": ""}, memory_mib=1024))

    facts = laboratory.entry()
    listed = re.search(r"``invocation``: (.*?)\n\* ", str(runtime.journal.__doc__), re.DOTALL)
    assert listed is not None
    promised = {re.sub(r"\s*\(.*", "", fact) for fact in re.split(r",\s*(?![^(]*\))", listed[1])}
    assert set(facts) == promised
    assert (facts["cpu_share"], facts["cpu_ms"], facts["sandbox"]) == (0.5, 500.0, backend.sandboxes[0].id)
    assert facts["mechanisms"] == {"memory": "a list", "network": None}


async def test_without_logs_an_invocation_is_what_it_was(make_laboratory: MakeLaboratory) -> None:
    laboratory, _ = await make_laboratory(echo, LogStore(refuses=True))

    outcome = await laboratory.invoke(laboratory.function("f", "nodejs", {"index.js": ""}))

    assert outcome.status is Status.SUCCEEDED


async def test_a_role_that_lambda_may_not_assume_fails_the_invocation_and_tells_who_waits(
    make_laboratory: MakeLaboratory,
) -> None:
    laboratory, backend = await make_laboratory(echo)
    function = laboratory.function("f", PYTHON, {"index.py": ""}, role=ROLE + "-gone")

    outcome = await laboratory.invoke(function)
    with pytest.raises(ServiceError, match="The role defined for the function cannot be assumed by Lambda"):
        await laboratory.invoke(function, invocation_type=InvocationType.REQUEST_RESPONSE)

    assert (outcome.status, outcome.error_type) == (Status.FAILED, "AccessDeniedException")
    assert laboratory.entry()["sandbox"] == ""
    assert backend.sandboxes == []


async def test_a_runtime_that_is_not_here_is_named_with_those_that_are(make_laboratory: MakeLaboratory) -> None:
    laboratory, _ = await make_laboratory(echo)
    function = laboratory.function("f", "cobol85", {"index.cob": ""})

    outcome = await laboratory.invoke(function)

    assert "does not have the runtime cobol85; it has nodejs" in outcome.error_message


async def test_the_function_gets_the_session_of_its_execution_role(make_laboratory: MakeLaboratory) -> None:
    laboratory, backend = await make_laboratory(echo)

    await laboratory.invoke(laboratory.function("f", PYTHON, {"index.py": ""}))

    program = backend.sandboxes[0].program
    assert program is not None
    assert program.environment["AWS_SESSION_TOKEN"]
    assumption = next(entry.facts for entry in laboratory.journal.entries() if entry.kind == "assumption")
    assert assumption["session_name"] == "f@lambda_function"


async def test_a_bootstrap_that_ends_after_its_answer_keeps_nobody_waiting(make_laboratory: MakeLaboratory) -> None:
    async def once(api: httpx.AsyncClient, sandbox: ScriptedSandbox) -> Exit | None:
        await answer(api, "response", b"1")
        return Exit(status=0)

    laboratory, backend = await make_laboratory(once)

    async with asyncio.timeout(REST_SECONDS / 2):
        outcome = await laboratory.invoke(laboratory.function("f", PYTHON, {"index.py": ""}))

    assert outcome.payload == b"1"
    await laboratory.invoker.departed()
    assert backend.sandboxes[0].done[-1] == "destroy"


async def test_what_is_under_way_when_the_account_is_emptied_ends_without_an_outcome(
    make_laboratory: MakeLaboratory,
) -> None:
    async def never(api: httpx.AsyncClient, sandbox: ScriptedSandbox) -> Exit | None:
        await api.get(NEXT)
        await asyncio.Event().wait()
        return None

    laboratory, backend = await make_laboratory(never)
    function = laboratory.function("f", PYTHON, {"index.py": ""}, timeout_seconds=60)
    running = asyncio.create_task(laboratory.invoke(function))
    await asyncio.sleep(0.1)

    await laboratory.invoker.abandon()

    with pytest.raises(ServiceError, match="emptied"):
        await running
    assert "invocation" not in [entry.kind for entry in laboratory.journal.entries()]
    assert backend.sandboxes[0].done[-1] == "destroy"


async def test_the_journal_keeps_the_beginning_of_an_endless_error(make_laboratory: MakeLaboratory) -> None:
    async def wail(api: httpx.AsyncClient, sandbox: ScriptedSandbox) -> Exit | None:
        await answer(api, "error", json.dumps({"errorMessage": "a" * 1_000_000, "errorType": "Wail"}).encode())
        return Exit(status=0)

    laboratory, _ = await make_laboratory(wail)

    outcome = await laboratory.invoke(laboratory.function("f", PYTHON, {"index.py": ""}))

    assert len(outcome.payload) > 1_000_000
    facts = laboratory.journal.entries()[-1].facts
    assert facts["error_message"] == "a" * MOST_CHARACTERS


async def test_an_environment_that_cannot_be_frozen_has_answered_all_the_same_and_is_let_go(
    make_laboratory: MakeLaboratory,
) -> None:
    laboratory, backend = await make_laboratory(hang_in_the_kernel)
    function = laboratory.function("f", PYTHON, {"index.py": ""})

    first, second = [await laboratory.invoke(function, '{"a": 1}') for _ in range(2)]

    assert [first.status, second.status] == [Status.SUCCEEDED] * 2
    assert first.payload == b'{"a": 1}'
    assert not any(entry.kind == "platform-error" for entry in laboratory.journal.entries())
    assert second.report.is_cold
    assert "destroy" in backend.sandboxes[0].done


async def hang_in_the_kernel(api: httpx.AsyncClient, sandbox: ScriptedSandbox) -> Exit | None:
    sandbox.waits_for_the_kernel = True
    return await echo(api, sandbox)


async def test_an_invocation_too_many_is_throttled_recorded_and_makes_no_sandbox(
    make_laboratory: MakeLaboratory,
) -> None:
    laboratory, backend = await make_laboratory(echo)
    laboratory.reservations["f"] = 0

    with pytest.raises(Throttled):
        await laboratory.invoke(laboratory.function("f", "nodejs", {"index.js": ""}))

    assert backend.sandboxes == []
    (entry,) = [entry for entry in laboratory.journal.entries() if entry.kind == "throttle"]
    assert (entry.facts["function"], entry.facts["reason"]) == (
        "f",
        "ReservedFunctionConcurrentInvocationLimitExceeded",
    )
