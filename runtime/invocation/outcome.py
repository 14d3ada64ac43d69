"""An invocation, and what became of it: values only.

A handler that raises, times out, exceeds a limit or is killed is normal life here, never a Python exception of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from runtime.resources.function import Function
from runtime.sandbox.contract import Breach


class InvocationType(Enum):
    """How the caller waits."""

    REQUEST_RESPONSE = "RequestResponse"
    EVENT = "Event"
    DRY_RUN = "DryRun"


class Status(Enum):
    """What became of an invocation."""

    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    """The handler said so, threw, or its process ended."""
    TIMED_OUT = "TimedOut"
    OUT_OF_MEMORY = "OutOfMemory"
    LIMIT_EXCEEDED = "LimitExceeded"
    """A limit other than time was exceeded in a generation that names limit exceptions."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of a function."""

    function: Function
    request_id: str
    payload: bytes
    """The event, JSON."""
    invocation_type: InvocationType
    caller: str
    """ARN of the principal that called."""
    source: str = "direct"
    """``direct``, or the event source: ``s3``, ``events``, ``kinesis``, ``dynamodb``, ``sqs``."""
    client_context: str | None = None
    """JSON text, as the Runtime API passes it on."""
    qualifier: str | None = None
    """The version or alias that the caller named."""

    @property
    def invoked_arn(self) -> str:
        """Return the function's ARN as it was called by."""
        return f"{self.function.arn}:{self.qualifier}" if self.qualifier else self.function.arn


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of an invocation, as measured."""

    sandbox: str
    is_cold: bool
    log_group: str
    log_stream: str
    init_ms: float
    """0.0 for a warm start."""
    duration_ms: float
    billed_ms: int
    cpu_ms: float
    """Processor time received between the start of the handler and its end."""
    peak_memory_bytes: int
    cost_usd: float

    @property
    def received_share(self) -> float:
        """Return the part of one processor that the handler really got."""
        return self.cpu_ms / self.duration_ms if self.duration_ms else 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an invocation."""

    status: Status
    payload: bytes
    """The result, or the error object, as JSON; empty where the generation returns no body."""
    function_error: str | None
    """``Handled`` or ``Unhandled`` as the X-Amz-Function-Error header says; ``None`` on success."""
    report: Report
    log_tail: bytes
    """The last 4 KB of the invocation's log, for LogType=Tail."""
    breach: Breach | None = None
    error_type: str = ""
    error_message: str = ""
