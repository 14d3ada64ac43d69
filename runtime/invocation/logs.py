"""The log of an execution environment: a function's output and the platform's own lines, as events of one log stream.

It promises the exact lines of each generation (recorded from AWS in 2015-01 and in 2025), that a line break in the
output begins a new event, and that no function fills the platform's memory with its output: beyond about
:data:`LARGEST_OUTPUT` bytes or :data:`MOST_EVENTS` events of one invocation the rest is dropped, and the log says so.
It delivers nothing (``delivery.py`` does).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from runtime.clock import Clock
from runtime.generation import LogFormat
from runtime.invocation.log_level import Keeps, everything
from runtime.invocation.metering import Figures
from runtime.resources.function import Function

LARGEST_OUTPUT = 4 * 1024 * 1024
MOST_EVENTS = 50_000
LARGEST_EVENT = 256 * 1024 - 26
"""What one log event may hold: 256 KiB, of which CloudWatch Logs counts 26 bytes for itself."""
TAIL_BYTES = 4096
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One line with its time, in milliseconds since 1970."""

    timestamp: int
    message: str


class LogStream:
    """What one environment has said and nobody has taken for delivery yet."""

    def __init__(self, group: str, name: str, clock: Clock, keeps: Keeps = everything) -> None:
        """``keeps`` says which of a function's lines are kept."""
        self.group = group
        self.name = name
        self._clock = clock
        self._keeps = keeps
        self._events: list[LogEvent] = []
        self._unfinished = b""
        self._kept_bytes = 0
        self._is_full = False

    def write(self, output: bytes) -> None:
        """Add what the function has written; a line that is not complete yet waits for its end."""
        if self._is_full:
            return
        self._kept_bytes += len(output)
        *lines, self._unfinished = (self._unfinished + output).split(b"\n")
        for line in lines:
            if self._keeps(line):
                self._add(line + b"\n")
        while len(self._unfinished) > LARGEST_EVENT:
            self._add(self._unfinished[:LARGEST_EVENT])
            self._unfinished = self._unfinished[LARGEST_EVENT:]
        if self._kept_bytes > LARGEST_OUTPUT or len(self._events) > MOST_EVENTS:
            self._is_full = True
            self.line("The rest of this invocation's output is not kept: it is more than a log of this lab holds.")

    def line(self, text: str) -> None:
        """Add a line of the platform, after whatever the function had begun to write."""
        if self._unfinished:
            if self._keeps(self._unfinished):
                self._add(self._unfinished)
            self._unfinished = b""
        self._add(text.encode() + b"\n")

    def take(self) -> list[LogEvent]:
        """Return what has been said since the last time, and make room."""
        events, self._events = self._events, []
        self._kept_bytes = 0
        self._is_full = False
        return events

    def tail(self) -> bytes:
        """Return the last 4 KB of what was not taken yet, which is the log of the invocation under way."""
        newest = b""
        for event in reversed(self._events):
            newest = event.message.encode() + newest
            if len(newest) >= TAIL_BYTES:
                break
        return newest[-TAIL_BYTES:]

    def _add(self, line: bytes) -> None:
        timestamp = int(self._clock.now().timestamp() * 1000)
        for start in range(0, len(line), LARGEST_EVENT):
            piece = line[start : start + LARGEST_EVENT]
            self._events.append(LogEvent(timestamp, piece.decode(errors="replace")))


def group_name(function_name: str) -> str:
    """Return the log group of a function."""
    return f"/aws/lambda/{function_name}"


def stream_name(function: Function, now: datetime) -> str:
    """Return a name for the log stream of a new environment; in a group that others may share it names the function."""
    name = uuid.uuid4().hex
    if function.generation.log_format is LogFormat.PREVIEW:
        return name
    return f"{now:%Y/%m/%d}/{function.name if function.log_group else ''}[{function.version}]{name}"


def start_line(log_format: LogFormat, request_id: str, version: str) -> str:
    """Return the line before a function's own."""
    said = "" if log_format is LogFormat.PREVIEW else f" Version: {version}"
    return f"START RequestId: {request_id}{said}"


def end_line(request_id: str) -> str:
    """Return the line after a function's own."""
    return f"END RequestId: {request_id}"


class InitPhase(Enum):
    """When an init was tried: by itself, or as the beginning of an invocation."""

    INIT = "init"
    INVOKE = "invoke"


def init_report_line(init_ms: float, phase: InitPhase, ending: str) -> str:
    """Return the line of an init that failed; ``ending`` says how, as in REPORT."""
    return f"INIT_REPORT Init Duration: {init_ms:.2f} ms\tPhase: {phase.value}\t{ending}"


def report_line(log_format: LogFormat, request_id: str, figures: Figures, memory_mib: int, ending: str) -> str:
    """Return the line with the figures. ``ending`` says how a failed invocation ended, today: ``Status: timeout``."""
    peak = -(-figures.peak_memory_bytes // MIB)
    fields = [f"REPORT RequestId: {request_id}", f"Duration: {figures.duration_ms:.2f} ms"]
    if log_format is LogFormat.PREVIEW:
        fields += [f"Billed Duration: {figures.billed_ms} ms ", f"Memory Size: {memory_mib} MB"]
        return "\t".join([*fields, f"Max Memory Used: {peak} MB", ""])
    fields += [
        f"Billed Duration: {figures.billed_ms} ms",
        f"Memory Size: {memory_mib} MB",
        f"Max Memory Used: {peak} MB",
    ]
    if figures.init_ms:
        fields.append(f"Init Duration: {figures.init_ms:.2f} ms")
    return "\t".join([*fields, ending] if ending else [*fields, ""])
