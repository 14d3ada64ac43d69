from __future__ import annotations

import json
from typing import Any

import pytest

from runtime.clock import SystemClock
from runtime.generation import TODAY
from runtime.invocation.ending import TimeRanOut
from runtime.invocation.logs import InitPhase, LogStream
from runtime.invocation.metering import Figures
from runtime.invocation.platform_lines import JsonRecords
from runtime.invocation.runtime_api import Answer, AnswerKind
from runtime.invocation.verdict import judge
from runtime.sandbox.contract import Exit
from tests.standing_clock import BEGINNING, StandingClock
from tests.unit.runtime.functions import function

FIGURES = Figures(
    init_ms=174.0554, duration_ms=11.6424, billed_ms=186, cpu_ms=1.0, peak_memory_bytes=70_000_000, cost_usd=0.0
)


def records(level: str, ending: Any) -> list[dict[str, Any]]:
    log = LogStream("group", "2026/03/09/[$LATEST]0", SystemClock())
    written_for = function(log_format="JSON", system_log_level=level, version="2")
    lines = JsonRecords(log, written_for, StandingClock(), "python:3.11.v7", "arn:release")
    verdict = judge(TODAY, ending, "id-1", BEGINNING)

    lines.init_started()
    lines.started("id-1")
    lines.ended("id-1", verdict, FIGURES)
    lines.init_failed(5.0, InitPhase.INVOKE, verdict)

    return [json.loads(event.message) for event in log.take()]


def test_what_went_well_is_said_as_it_is_on_aws() -> None:
    start_of_init, start, report = records("INFO", Answer(AnswerKind.RESPONSE, b"null"))[:3]

    assert start_of_init == {
        "time": "2014-11-13T18:30:05.103Z",
        "type": "platform.initStart",
        "record": {
            "initializationType": "on-demand",
            "phase": "init",
            "runtimeVersion": "python:3.11.v7",
            "runtimeVersionArn": "arn:release",
            "functionName": "f",
            "functionVersion": "2",
            "instanceId": "2026/03/09/[$LATEST]0",
            "instanceMaxMemory": 134_217_728,
        },
    }
    assert (start["type"], start["record"]) == ("platform.start", {"requestId": "id-1", "version": "2"})
    assert (report["type"], report["record"]) == (
        "platform.report",
        {
            "requestId": "id-1",
            "metrics": {
                "durationMs": 11.642,
                "billedDurationMs": 186,
                "memorySizeMB": 128,
                "maxMemoryUsedMB": 67,
                "initDurationMs": 174.055,
            },
            "status": "success",
        },
    )


@pytest.mark.parametrize(
    ("level", "well", "badly"),
    [
        ("DEBUG", ["initStart", "start", "runtimeDone", "report"], ["initStart", "start", "runtimeDone", "report"]),
        ("INFO", ["initStart", "start", "report"], ["initStart", "start", "runtimeDone", "report"]),
        ("WARN", [], ["runtimeDone", "report"]),
    ],
)
def test_a_record_is_kept_from_its_level_on(level: str, well: list[str], badly: list[str]) -> None:
    def kinds(ending: Any) -> list[str]:
        return [record["type"].removeprefix("platform.") for record in records(level, ending)]

    init_failed = ["initRuntimeDone", "initReport"]
    assert kinds(Answer(AnswerKind.RESPONSE, b"1")) == [*well, *init_failed]
    assert kinds(Exit(status=3)) == [*badly, *init_failed]


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        (TimeRanOut(3.0), {"status": "timeout"}),
        (Exit(signal=9), {"status": "error", "errorType": "Runtime.ExitError"}),
        (Answer(AnswerKind.ERROR, b'{"errorType": "ValueError"}'), {"status": "success"}),
        (Answer(AnswerKind.INIT_ERROR, b'{"errorType": "X"}'), {"status": "error", "errorType": "X"}),
    ],
)
def test_how_it_ended_is_said_in_the_report(ending: Any, status: dict[str, str]) -> None:
    (report,) = [record["record"] for record in records("WARN", ending) if record["type"] == "platform.report"] or [
        records("INFO", ending)[2]["record"]
    ]

    assert {name: report[name] for name in report if name in ("status", "errorType")} == status
