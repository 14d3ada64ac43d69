"""One invocation in one environment, from the first log line to the last: what happens in which order.

Today an init that fails is tried a second time, as the beginning of the invocation and in its time; each failure has a
line INIT_REPORT (seen in logs of 2023 and 2024). An environment that was reset is initialised in the same way, of
which the log says nothing: its REPORT is merely longer (AWS's developer guide). Where a second try cannot find ``/tmp``
as the first one left it, there is none.
"""

from __future__ import annotations

from runtime.clock import Clock, machine_time
from runtime.invocation.ending import Ending
from runtime.invocation.idle import Placed
from runtime.invocation.logs import InitPhase
from runtime.invocation.metering import Figures, meter
from runtime.invocation.outcome import Invocation
from runtime.invocation.runtime_api import Answer, AnswerKind, Handout
from runtime.invocation.verdict import Verdict, judge
from runtime.sandbox.contract import Breach, Limit
from runtime.timeline import beginning, here


async def serve_turn(placed: Placed, invocation: Invocation, clock: Clock, *, is_cold: bool) -> tuple[Verdict, Figures]:
    """Run an invocation in its environment, which afterwards is stopped, or waits for the next event."""
    function, environment = placed.function, placed.environment
    ending = await _run(placed, invocation, clock)
    verdict = judge(function.rules, ending, invocation.request_id, clock.now())
    reason = verdict.error_message or "the invocation is over"
    if not function.generation.reuses_environments or not _leaves_order(ending):
        await environment.stop(reason)
    elif _may_go_on(ending):
        environment.collect_output()
    else:
        await environment.reset(reason)
    figures = meter(
        function.generation,
        memory_mib=function.memory_mib,
        timeout_seconds=function.timeout_seconds,
        init_ms=environment.init_ms if is_cold else 0.0,
        begin=environment.begin,
        end=environment.end,
        peak_memory_bytes=environment.peak_memory_bytes,
    )
    placed.lines.ended(invocation.request_id, verdict, figures)
    return verdict, figures


async def _run(placed: Placed, invocation: Invocation, clock: Clock) -> Ending:
    environment, function = placed.environment, placed.function

    def begin() -> None:
        placed.lines.started(invocation.request_id)

    has_failed = False
    if environment.is_new:
        failure = await _open(placed)
        if failure is not None and not await _may_try_again(placed, invocation, failure, clock):
            begin()
            return failure
        has_failed = failure is not None
    if environment.is_initialised:
        return await environment.run(_handout(invocation), function.timeout_seconds, begin)
    handout = _handout(invocation)
    failure = await environment.open_again(function.timeout_seconds)
    if failure is None:
        return await environment.run_on(handout, function.timeout_seconds, begin)
    environment.collect_output()
    if has_failed:
        _report_init(placed, invocation, failure, InitPhase.INVOKE, clock)
    begin()
    return failure


async def _open(placed: Placed) -> Ending | None:
    placed.lines.init_started()
    failure = await placed.environment.open()
    if failure is not None:
        placed.environment.collect_output()
    return failure


async def _may_try_again(placed: Placed, invocation: Invocation, failure: Ending, clock: Clock) -> bool:
    """Make an environment whose first init failed ready for a second one, if its generation has one."""
    if not placed.function.generation.reuses_environments or not _leaves_order(failure):
        return False
    _report_init(placed, invocation, failure, InitPhase.INIT, clock)
    await placed.environment.reset("its init failed")
    return not placed.environment.is_over


def _report_init(placed: Placed, invocation: Invocation, failure: Ending, phase: InitPhase, clock: Clock) -> None:
    verdict = judge(placed.function.rules, failure, invocation.request_id, clock.now())
    environment = placed.environment
    took = environment.init_ms if phase is InitPhase.INIT else (environment.end.at - environment.begin.at) * 1000
    placed.lines.init_failed(took, phase, verdict)


def _handout(invocation: Invocation) -> Handout:
    now = machine_time()  # the function holds its deadline against its own clock
    step = here() or beginning(now)
    trace_id = step.header()
    deadline_ms = int((now.timestamp() + invocation.function.timeout_seconds) * 1000)
    return Handout(
        request_id=invocation.request_id,
        payload=invocation.payload,
        deadline_ms=deadline_ms,
        function_arn=invocation.invoked_arn,
        trace_id=trace_id,
        client_context=invocation.client_context,
    )


def _may_go_on(ending: Ending) -> bool:
    return isinstance(ending, Answer) and ending.kind is not AnswerKind.INIT_ERROR


def _leaves_order(ending: Ending) -> bool:
    """Say whether what an ending leaves in ``/tmp`` may be kept: a full disk would be the next invocation's breach."""
    return not isinstance(ending, Breach) or ending.limit is Limit.MEMORY
