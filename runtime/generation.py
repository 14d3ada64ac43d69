"""The two generations of the service as values; nothing else in the code asks "is it 2014?".

What is known of each and from where is written beside each field. The preview is API version 2014-11-11, announced
on 2014-11-13 with Node v0.10.32; today is API version 2015-03-31.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum


class LogFormat(Enum):
    """Which lines the platform writes around a function's own."""

    PREVIEW = "preview"
    """``START RequestId: <id>`` without a version, ``Billed Duration: 100 ms `` with its space (recorded 2015-01)."""
    TODAY = "today"
    """``START RequestId: <id> Version: $LATEST``, Init Duration on the first REPORT of an environment."""


class ErrorFormat(Enum):
    """How a failed invocation is told to its caller."""

    PREVIEW = "preview"
    """``Handled`` is what the handler reported itself; ``Process exited before completing request`` is any exit."""
    TODAY = "today"
    """Always ``Unhandled``; ``Runtime.ExitError`` says how a process ended, ``Sandbox.Timedout`` that time ran out."""


@dataclass(frozen=True, slots=True)
class Generation:
    """How one generation of Lambda behaves where the two differ."""

    name: str
    api_version: str
    reuses_environments: bool
    """Preview: every invocation gets a fresh sandbox. Today: an idle environment of the function is used again."""
    names_limit_exceptions: bool
    """Preview: exceeding a limit ends the invocation at once with an exception that names the limit.
    Today: the errno surfaces in the code, and only memory and time end the invocation; unless the owner of a function
    has set the teaching switch (``runtime/resources/function.py``)."""
    mib_per_processor: int
    """Memory that buys one whole processor: 2048 in the preview (128 MB is about 6 %), 1769 today (AWS docs)."""
    billing_step_milliseconds: int
    """100 until 2020-12-01, 1 since (AWS price page)."""
    usd_per_gib_second: float
    usd_per_request: float
    reports_time_after_timeout: bool
    """Whether the reported duration of an invocation that timed out goes on until its end: 120000.64 ms of 120 s were
    recorded in 2016 and 31012.52 ms of 31 s in 2023, 180000.00 ms of 180 s and 5000.00 ms of 5 s in 2025 and 2026."""
    bills_init: bool
    """Today the init phase of zip functions is billed too (seen in log lines since 2025); it was not before."""
    log_format: LogFormat
    error_format: ErrorFormat
    retry_after_seconds: tuple[int, ...]
    """How long after a failed attempt at an asynchronous event the next one begins; as many retries as pauses.
    Today: two, after one and two minutes (AWS docs since 2015). How often and when the preview tried again is not
    known, so there it is not done."""
    maximum_event_age_seconds: int | None
    """When an asynchronous event that has not succeeded is given up: after six hours today, unless the function says
    less. Nothing is known of such an age in the preview, so there it has none."""
    maximum_timeout_seconds: int
    minimum_memory_mib: int
    maximum_memory_mib: int
    memory_step_mib: int

    def cpu_share(self, memory_mib: int) -> float:
        """Return the part of one processor that a memory size buys; above 1.0 it is more than one processor."""
        return memory_mib / self.mib_per_processor

    def billed_milliseconds(self, duration_ms: float, init_ms: float, timeout_seconds: float) -> int:
        """Round a duration up to the billing step; never bill for more than the timeout (and today the init phase)."""
        init = init_ms if self.bills_init else 0.0
        ceiling = timeout_seconds * 1000 + init
        step = self.billing_step_milliseconds
        return math.ceil(min(max(duration_ms + init, 1.0), ceiling) / step) * step

    def cost_usd(self, billed_ms: int, memory_mib: int) -> float:
        """Return what one invocation costs, free tier left aside."""
        return billed_ms / 1000 * memory_mib / 1024 * self.usd_per_gib_second + self.usd_per_request


PREVIEW = Generation(
    name="preview",
    api_version="2014-11-11",
    reuses_environments=False,
    names_limit_exceptions=True,
    mib_per_processor=2048,
    billing_step_milliseconds=100,
    usd_per_gib_second=0.00001667,
    usd_per_request=0.0000002,
    reports_time_after_timeout=True,
    bills_init=False,
    log_format=LogFormat.PREVIEW,
    error_format=ErrorFormat.PREVIEW,
    retry_after_seconds=(),
    maximum_event_age_seconds=None,
    maximum_timeout_seconds=60,
    minimum_memory_mib=128,
    maximum_memory_mib=1024,
    memory_step_mib=64,
)

TODAY = Generation(
    name="today",
    api_version="2015-03-31",
    reuses_environments=True,
    names_limit_exceptions=False,
    mib_per_processor=1769,
    billing_step_milliseconds=1,
    usd_per_gib_second=0.0000166667,
    usd_per_request=0.0000002,
    reports_time_after_timeout=False,
    bills_init=True,
    log_format=LogFormat.TODAY,
    error_format=ErrorFormat.TODAY,
    retry_after_seconds=(60, 120),
    maximum_event_age_seconds=21_600,
    maximum_timeout_seconds=900,
    minimum_memory_mib=128,
    maximum_memory_mib=10240,
    memory_step_mib=1,
)

GENERATIONS = {generation.name: generation for generation in (PREVIEW, TODAY)}
