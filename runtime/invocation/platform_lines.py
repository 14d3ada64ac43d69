"""The platform's own lines in a log: as text, or as records of JSON.

As text they are those of the generation (``logs.py``). The lines of the preview: output of init, START, output, END,
REPORT, and after it how it ended if it did not end well. Those of today: INIT_START, output of init, START, output, how
it ended, END, REPORT.

The records (``LogFormat`` JSON, today only) have the members seen in logs of 2024 to 2026, but for ``spans`` and
``tracing``, of which nothing is measured here. How a process ended is said in them by ``status`` and ``errorType``
alone. Which levels they have is in Lambda's developer guide: what went well is INFO, its details are DEBUG, and what
did not go well is WARN.
"""

from __future__ import annotations

import json
from typing import Any, Protocol

from runtime.clock import Clock, iso_milliseconds
from runtime.generation import LogFormat
from runtime.invocation.logs import (
    MIB,
    InitPhase,
    LogStream,
    end_line,
    init_report_line,
    report_line,
    start_line,
)
from runtime.invocation.metering import Figures
from runtime.invocation.verdict import Verdict
from runtime.resources.function import Function

LEVELS = ("DEBUG", "INFO", "WARN")
SUCCESS = "success"


class PlatformLines(Protocol):
    """Says in a log what the platform does."""

    def init_started(self) -> None:
        """Say that init begins."""

    def init_failed(self, init_ms: float, phase: InitPhase, verdict: Verdict) -> None:
        """Say that init did not end well."""

    def started(self, request_id: str) -> None:
        """Say that an invocation begins."""

    def ended(self, request_id: str, verdict: Verdict, figures: Figures) -> None:
        """Say that an invocation has ended, how, and what it took."""


class TextLines:
    """The lines of a generation."""

    def __init__(self, log: LogStream, function: Function, version_line: str) -> None:
        self._log = log
        self._function = function
        self._version_line = version_line
        self._format = function.generation.log_format

    def init_started(self) -> None:
        if self._format is LogFormat.TODAY:
            self._log.line(f"INIT_START {self._version_line}")

    def init_failed(self, init_ms: float, phase: InitPhase, verdict: Verdict) -> None:
        self._log.line(init_report_line(init_ms, phase, verdict.report_ending))

    def started(self, request_id: str) -> None:
        self._log.line(start_line(self._format, request_id, self._function.version))

    def ended(self, request_id: str, verdict: Verdict, figures: Figures) -> None:
        report = report_line(self._format, request_id, figures, self._function.memory_mib, verdict.report_ending)
        end = [end_line(request_id), report]
        is_preview = self._format is LogFormat.PREVIEW
        for line in [*end, *verdict.log_lines] if is_preview else [*verdict.log_lines, *end]:
            self._log.line(line)


class JsonRecords:
    """Records of JSON, of a level and above."""

    def __init__(self, log: LogStream, function: Function, clock: Clock, label: str, release: str) -> None:
        self._log = log
        self._function = function
        self._clock = clock
        self._label = label
        self._release = release

    def init_started(self) -> None:
        record = {
            "initializationType": "on-demand",
            "phase": InitPhase.INIT.value,
            "runtimeVersion": self._label,
            "runtimeVersionArn": self._release,
            "functionName": self._function.name,
            "functionVersion": self._function.version,
            "instanceId": self._log.name,
            "instanceMaxMemory": self._function.memory_mib * MIB,
        }
        self._write("INFO", "platform.initStart", record)

    def init_failed(self, init_ms: float, phase: InitPhase, verdict: Verdict) -> None:
        said = {"initializationType": "on-demand", "phase": phase.value, **_status(verdict)}
        self._write("WARN", "platform.initRuntimeDone", said)
        self._write("WARN", "platform.initReport", {**said, "metrics": {"durationMs": _rounded(init_ms)}})

    def started(self, request_id: str) -> None:
        record = {"requestId": request_id, "version": self._function.version}
        self._write("INFO", "platform.start", record)

    def ended(self, request_id: str, verdict: Verdict, figures: Figures) -> None:
        status = _status(verdict)
        is_well = status == {"status": SUCCESS}
        metrics: dict[str, Any] = {"durationMs": _rounded(figures.duration_ms), "producedBytes": len(verdict.payload)}
        done = {"requestId": request_id, **status, "metrics": metrics}
        self._write("DEBUG" if is_well else "WARN", "platform.runtimeDone", done)
        metrics = {
            "durationMs": _rounded(figures.duration_ms),
            "billedDurationMs": figures.billed_ms,
            "memorySizeMB": self._function.memory_mib,
            "maxMemoryUsedMB": -(-figures.peak_memory_bytes // MIB),
        }
        if figures.init_ms:
            metrics["initDurationMs"] = _rounded(figures.init_ms)
        report = {"requestId": request_id, "metrics": metrics, **status}
        self._write("INFO" if is_well else "WARN", "platform.report", report)

    def _write(self, level: str, kind: str, record: dict[str, Any]) -> None:
        if LEVELS.index(level) >= LEVELS.index(self._function.system_log_level or "INFO"):
            document = {"time": iso_milliseconds(self._clock.now()), "type": kind, "record": record}
            self._log.line(json.dumps(document, separators=(",", ":"), ensure_ascii=False))


def _status(verdict: Verdict) -> dict[str, str]:
    """Return how it ended; an error that the function reported itself is an end like any other (AWS's emulator)."""
    if not verdict.report_ending:
        return {"status": SUCCESS}
    fields = dict(field.split(": ", 1) for field in verdict.report_ending.split("\t"))
    status = {"status": fields["Status"]}
    return status | ({"errorType": fields["Error Type"]} if "Error Type" in fields else {})


def _rounded(milliseconds: float) -> float:
    return round(milliseconds, 3)
