"""One invocation in one environment, from the first log line to the last: what happens in which order.

The lines of the preview: output of init, START, output, END, REPORT, and after it how it ended if it did not end well.
Those of today: INIT_START, output of init, START, output, how it ended, END, REPORT.
"""

from __future__ import annotations

import secrets

from runtime.clock import Clock
from runtime.generation import LogFormat
from runtime.invocation.ending import Ending
from runtime.invocation.idle import Placed
from runtime.invocation.logs import end_line, report_line, start_line
from runtime.invocation.metering import Figures, meter
from runtime.invocation.outcome import Invocation
from runtime.invocation.runtime_api import Answer, AnswerKind, Handout
from runtime.invocation.verdict import Verdict, judge


async def serve_turn(placed: Placed, invocation: Invocation, clock: Clock, *, is_cold: bool) -> tuple[Verdict, Figures]:
    """Run an invocation in its environment, which afterwards is stopped, or waits for the next event."""
    function, environment = placed.function, placed.environment
    ending = await _run(placed, invocation, clock, is_cold=is_cold)
    verdict = judge(function.rules, ending, invocation.request_id, clock.now())
    if _may_go_on(ending) and function.generation.reuses_environments:
        environment.collect_output()
    else:
        await environment.stop(verdict.error_message or "the invocation is over")
    figures = meter(
        function.generation,
        memory_mib=function.memory_mib,
        timeout_seconds=function.timeout_seconds,
        init_ms=environment.init_ms if is_cold else 0.0,
        begin=environment.begin,
        end=environment.end,
        peak_memory_bytes=environment.sandbox.usage().peak_memory_bytes,
    )
    _write_end(placed, invocation.request_id, verdict, figures)
    return verdict, figures


async def _run(placed: Placed, invocation: Invocation, clock: Clock, *, is_cold: bool) -> Ending:
    log_format = placed.function.generation.log_format

    def begin() -> None:
        placed.log.line(start_line(log_format, invocation.request_id, placed.function.version))

    if is_cold:
        if log_format is LogFormat.TODAY:
            placed.log.line(f"INIT_START {placed.version_line}")
        failed_init = await placed.environment.open()
        if failed_init is not None:
            placed.environment.collect_output()
            begin()
            return failed_init
    timeout_seconds = placed.function.timeout_seconds
    return await placed.environment.run(_handout(invocation, clock), timeout_seconds, begin)


def _handout(invocation: Invocation, clock: Clock) -> Handout:
    now = clock.now().timestamp()
    trace_id = f"Root=1-{int(now):08x}-{secrets.token_hex(12)};Parent={secrets.token_hex(8)};Sampled=0"
    deadline_ms = int((now + invocation.function.timeout_seconds) * 1000)
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


def _write_end(placed: Placed, request_id: str, verdict: Verdict, figures: Figures) -> None:
    log_format = placed.function.generation.log_format
    end = [
        end_line(request_id),
        report_line(log_format, request_id, figures, placed.function.memory_mib, verdict.report_ending),
    ]
    is_preview = log_format is LogFormat.PREVIEW
    for line in [*end, *verdict.log_lines] if is_preview else [*verdict.log_lines, *end]:
        placed.log.line(line)
