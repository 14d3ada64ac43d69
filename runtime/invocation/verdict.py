"""What an ending means in a generation: status, error payload, and the lines that the log gets for it.

Sources of the words: for the preview Tim Wagner's list of endings and log lines of 2015 and 2016; for today recordings
of 2025 and 2026. A lone ``Task timed out`` or ``Process exited`` follows REPORT in the preview and precedes END today.
"""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass, replace
from datetime import datetime

from runtime.clock import iso_milliseconds
from runtime.errors import PlatformError
from runtime.generation import ErrorFormat, Generation
from runtime.invocation.ending import Ending, NotStarted, TimeRanOut
from runtime.invocation.limit_exceptions import NAMES, TIME_EXCEPTION, sentence
from runtime.invocation.outcome import Status
from runtime.invocation.runtime_api import LARGEST_BODY, Answer, AnswerKind
from runtime.sandbox.contract import Breach, Exit, Limit

HANDLED = "Handled"
UNHANDLED = "Unhandled"
INVALID_ENTRYPOINT = "Runtime.InvalidEntrypoint"
TOO_LARGE = f"Response payload size exceeded maximum allowed payload size ({LARGEST_BODY} bytes)."
SIGNAL_WORDS: dict[int, str] = {
    signal.SIGABRT: "aborted",
    signal.SIGBUS: "bus error",
    signal.SIGFPE: "floating point exception",
    signal.SIGHUP: "hangup",
    signal.SIGILL: "illegal instruction",
    signal.SIGINT: "interrupt",
    signal.SIGKILL: "killed",
    signal.SIGPIPE: "broken pipe",
    signal.SIGQUIT: "quit",
    signal.SIGSEGV: "segmentation fault",
    signal.SIGTERM: "terminated",
    signal.SIGTRAP: "trace/breakpoint trap",
}
"""As AWS's platform names them, which is written in Go."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an invocation, in the words of its generation."""

    status: Status
    payload: bytes
    function_error: str | None
    error_type: str = ""
    error_message: str = ""
    log_lines: tuple[str, ...] = ()
    report_ending: str = ""
    breach: Breach | None = None


def judge(generation: Generation, ending: Ending, request_id: str, now: datetime) -> Verdict:
    """Say what an ending means."""
    if isinstance(ending, Answer):
        return _answered(generation, ending)
    if isinstance(ending, NotStarted):
        return _ended_without_answer(_platform_error(Status.FAILED, INVALID_ENTRYPOINT, ending.why, request_id))
    if generation.error_format is ErrorFormat.PREVIEW:
        return _ended_in_preview(ending)
    return _ended_today(generation, ending, request_id, now)


def _answered(generation: Generation, answer: Answer) -> Verdict:
    if answer.kind is AnswerKind.RESPONSE:
        return Verdict(Status.SUCCEEDED, answer.body, None)
    body = answer.body
    if answer.kind is AnswerKind.TOO_LARGE:
        body = _json(errorType="Function.ResponseSizeTooLarge", errorMessage=TOO_LARGE)
    error_type, message = _named(body)
    is_today = generation.error_format is ErrorFormat.TODAY
    is_reported = answer.kind is AnswerKind.ERROR and answer.error_type != UNHANDLED
    ending = f"Status: error\tError Type: {error_type}" if is_today and answer.kind is not AnswerKind.ERROR else ""
    return Verdict(
        Status.FAILED,
        body,
        HANDLED if is_reported and not is_today else UNHANDLED,
        error_type,
        message,
        report_ending=ending,
    )


def _named(body: bytes) -> tuple[str, str]:
    """Return type and message of an error object, as far as it has them."""
    try:
        error = json.loads(body)
    except (ValueError, RecursionError):
        return "", body.decode(errors="replace")
    if not isinstance(error, dict):
        return "", _text(error)
    return _text(error.get("errorType") or ""), _text(error.get("errorMessage") or "")


def _text(value: object) -> str:
    """Write a value of JSON as a text; half a surrogate pair, which JSON allows and UTF-8 does not, becomes a ``?``."""
    return str(value).encode(errors="replace").decode()


def _ended_in_preview(ending: Exit | Breach | TimeRanOut) -> Verdict:
    if isinstance(ending, TimeRanOut):
        message = f"Task timed out after {ending.seconds:.2f} seconds"
        payload = _json(errorMessage=message, errorType=TIME_EXCEPTION)
        return Verdict(Status.TIMED_OUT, payload, UNHANDLED, TIME_EXCEPTION, message, (message,))
    if isinstance(ending, Breach):
        name, message = NAMES[ending.limit], sentence(ending)
        payload = _json(errorMessage=message, errorType=name)
        line = f"{name}: {message}"
        return Verdict(Status.LIMIT_EXCEEDED, payload, UNHANDLED, name, message, (line,), breach=ending)
    message = "Process exited before completing request"
    return Verdict(Status.FAILED, _json(errorMessage=message), UNHANDLED, "", message, (message,))


def _ended_today(generation: Generation, ending: Exit | Breach | TimeRanOut, request_id: str, now: datetime) -> Verdict:
    if isinstance(ending, TimeRanOut):
        text = f"Task timed out after {ending.seconds:.2f} seconds"
        verdict = _platform_error(Status.TIMED_OUT, "Sandbox.Timedout", text, request_id)
        line = f"{iso_milliseconds(now)} {request_id} {text}\n"
        return replace(verdict, log_lines=(line,), report_ending="Status: timeout")
    if isinstance(ending, Breach) and generation.names_limit_exceptions:
        verdict = _platform_error(Status.LIMIT_EXCEEDED, NAMES[ending.limit], sentence(ending), request_id, ending)
    elif isinstance(ending, Breach):
        if ending.limit is not Limit.MEMORY:
            raise PlatformError(
                f"{ending.limit.value} exceeded ended an invocation of a generation that does not say so"
            )
        text = "Runtime exited with error: signal: killed"
        verdict = _platform_error(Status.OUT_OF_MEMORY, "Runtime.OutOfMemory", text, request_id, ending)
    else:
        verdict = _platform_error(Status.FAILED, "Runtime.ExitError", _exit_words(ending), request_id)
    return _ended_without_answer(verdict)


def _ended_without_answer(verdict: Verdict) -> Verdict:
    lines = (verdict.error_message, verdict.error_type)
    return replace(verdict, log_lines=lines, report_ending=f"Status: error\tError Type: {verdict.error_type}")


def _platform_error(
    status: Status, error_type: str, text: str, request_id: str, breach: Breach | None = None
) -> Verdict:
    message = f"RequestId: {request_id} Error: {text}"
    payload = _json(errorType=error_type, errorMessage=message)
    return Verdict(status, payload, UNHANDLED, error_type, message, breach=breach)


def _exit_words(end: Exit) -> str:
    if end.signal is not None:
        words = SIGNAL_WORDS.get(end.signal, f"signal {end.signal}")
        return f"Runtime exited with error: signal: {words}"
    if end.status:
        return f"Runtime exited with error: exit status {end.status}"
    return "Runtime exited without providing a reason"


def _json(**members: str) -> bytes:
    """Write an error of the platform's own, without a space: byte for byte what AWS's emulator answers."""
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()
