"""The card of a run: what happened, in which sandbox, with what memory, processor, time and cost.

It is static HTML (see ``lab.widgets.rendering``). Reading the log needs the endpoint; if that is gone, the card says so
and shows the rest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from IPython.core.interactiveshell import InteractiveShell

from lab.run import Run
from lab.widgets import rendering

MOST_LINES = 200
MIB = 1 << 20
RING = 163.36
"""The length of the memory dial's circle in ``card.html`` (radius 26)."""
STATUS = {
    "Succeeded": ("lab-good", "✓"),
    "Failed": ("lab-bad", "✕"),
    "TimedOut": ("lab-wall", "◷"),
    "OutOfMemory": ("lab-wall", "▲"),
    "LimitExceeded": ("lab-wall", "▲"),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the card, ``part`` of the whole width long."""

    label: str
    text: str
    part: float
    kind: str


def show_in(shell: InteractiveShell | None) -> None:
    """Let a kernel's shell show every run as its card; outside of a kernel there is none, and nothing to do."""
    if shell is not None and shell.display_formatter is not None:
        shell.display_formatter.formatters["text/html"].for_type(Run, render)


def render(run: Run) -> str:
    """Draw the card of a run."""
    colour, mark = STATUS.get(run.status, ("lab-bad", "?"))
    lines, remark = _log(run)
    return rendering.render(
        "run_card",
        run=run,
        colour=colour,
        mark=mark,
        status=_words(run.status),
        peak=math.ceil(run.peak_memory_mib),  # as REPORT says it
        memory_part=min(run.peak_memory_mib / run.memory_mib, 1.0),
        ring=RING,
        cpu_bars=_cpu_bars(run),
        time_bars=_time_bars(run),
        per_million=f"{run.cost_usd * 1e6:,.2f}",
        breach=_breach(run.breach),
        lines=lines,
        remark=remark,
    )


def _cpu_bars(run: Run) -> list[Bar]:
    whole = max(run.cpu_share, run.received_share, 1e-9)
    return [
        Bar("bought", rendering.percent(run.cpu_share), run.cpu_share / whole, "promised"),
        Bar("received", rendering.percent(run.received_share), run.received_share / whole, "measured"),
    ]


def _time_bars(run: Run) -> list[Bar]:
    whole = max(run.init_ms + run.duration_ms, run.billed_ms, 1e-9)
    bars = [
        Bar("duration", rendering.milliseconds(run.duration_ms), run.duration_ms / whole, "measured"),
        Bar("billed", f"{run.billed_ms:,} ms", run.billed_ms / whole, "promised"),
    ]
    init = Bar("init", rendering.milliseconds(run.init_ms), run.init_ms / whole, "init")
    return [init, *bars] if run.is_cold else bars


def _breach(breach: Any) -> str:
    if not breach:
        return ""
    unit = breach["unit"]
    of = f" of {breach['limit']}" if unit == "bytes" else ""
    limit, observed = (_amount(breach[name], unit) for name in ("configured", "observed"))
    by = f" Enforced by {breach['mechanism']}." if breach.get("mechanism") else ""
    return f"The limit: {limit}{of}. Observed: {observed}.{by}"


def _amount(number: int, unit: str) -> str:
    return f"{round(number / MIB):,} MB" if unit == "bytes" else f"{number:,} {unit}"


def _log(run: Run) -> tuple[list[tuple[str, str]], str]:
    try:
        lines = run.log
    except (BotoCoreError, ClientError) as error:
        return [], f"The log could not be read: {error}"
    if not lines:
        return [], "No log lines: the execution role may not write to CloudWatch Logs, or the log was deleted."
    shown = [(_line_kind(line), line) for line in lines[:MOST_LINES]]
    left_out = len(lines) - len(shown)
    return shown, f"… and {left_out} more lines, in run.log" if left_out else ""


def _line_kind(line: str) -> str:
    return (
        "platform" if line.startswith(("INIT_START", "START RequestId", "END RequestId", "REPORT RequestId")) else "own"
    )


def _words(status: str) -> str:
    return {"TimedOut": "Timed out", "OutOfMemory": "Out of memory", "LimitExceeded": "Limit exceeded"}.get(
        status, status
    )
