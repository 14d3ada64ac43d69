from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from runtime.errors import PlatformError
from runtime.generation import PREVIEW, TODAY, Generation
from runtime.invocation.ending import Ending, TimeRanOut
from runtime.invocation.limit_exceptions import NAMES
from runtime.invocation.outcome import Status
from runtime.invocation.runtime_api import Answer, AnswerKind
from runtime.invocation.verdict import Verdict, judge
from runtime.sandbox.contract import Breach, Exit, Limit

NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
MEMORY = Breach(Limit.MEMORY, 128 << 20, 128 << 20, "bytes", "cgroup")


def judged(generation: Generation, ending: Ending) -> Verdict:
    return judge(generation, ending, "id-1", NOW)


@pytest.mark.parametrize("generation", [PREVIEW, TODAY])
def test_a_response_is_a_success(generation: Generation) -> None:
    verdict = judged(generation, Answer(AnswerKind.RESPONSE, b'"ok"'))

    assert (verdict.status, verdict.payload, verdict.function_error) == (Status.SUCCEEDED, b'"ok"', None)


def test_an_error_that_the_handler_reported_was_handled_in_the_preview_and_is_not_today() -> None:
    answer = Answer(AnswerKind.ERROR, b'{"errorMessage": "bad", "errorType": "TypeError"}')

    assert judged(PREVIEW, answer).function_error == "Handled"
    assert judged(TODAY, answer).function_error == "Unhandled"
    assert (judged(TODAY, answer).error_type, judged(TODAY, answer).error_message) == ("TypeError", "bad")


def test_an_error_that_the_bootstrap_found_is_unhandled_in_the_preview_too() -> None:
    assert judged(PREVIEW, Answer(AnswerKind.ERROR, b"", "Unhandled")).function_error == "Unhandled"
    assert judged(PREVIEW, Answer(AnswerKind.INIT_ERROR, b"{}")).function_error == "Unhandled"


@pytest.mark.parametrize("ending", [Exit(status=0), Exit(status=1), Exit(signal=11)])
def test_any_exit_in_the_preview_is_a_process_that_exited_before_completing_request(ending: Exit) -> None:
    verdict = judged(PREVIEW, ending)

    assert json.loads(verdict.payload) == {"errorMessage": "Process exited before completing request"}
    assert verdict.log_lines == ("Process exited before completing request",)


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        (Exit(status=0), "Runtime exited without providing a reason"),
        (Exit(status=127), "Runtime exited with error: exit status 127"),
        (Exit(signal=9), "Runtime exited with error: signal: killed"),
        (Exit(signal=11), "Runtime exited with error: signal: segmentation fault"),
        (Exit(signal=40), "Runtime exited with error: signal: signal 40"),
    ],
)
def test_an_exit_today_says_how_the_process_ended(ending: Exit, words: str) -> None:
    verdict = judged(TODAY, ending)

    assert json.loads(verdict.payload) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: id-1 Error: {words}",
    }
    assert verdict.report_ending == "Status: error\tError Type: Runtime.ExitError"


@pytest.mark.parametrize("body", [b'{"errorMessage": "\\ud83d!"}', b'"\\ud83d!"'])
def test_a_message_that_utf8_cannot_hold_is_told_as_far_as_it_can_be(body: bytes) -> None:
    verdict = judged(TODAY, Answer(AnswerKind.ERROR, body))

    assert (verdict.error_message, verdict.payload) == ("?!", body)


def test_a_timeout_names_the_seconds() -> None:
    preview, today = judged(PREVIEW, TimeRanOut(3)), judged(TODAY, TimeRanOut(3))

    assert preview.status is today.status is Status.TIMED_OUT
    assert preview.log_lines == ("Task timed out after 3.00 seconds",)
    assert preview.error_type == "TimeLimitExceededException"
    assert today.log_lines == ("2026-01-02T03:04:05.678Z id-1 Task timed out after 3.00 seconds\n",)
    assert json.loads(today.payload)["errorType"] == "Sandbox.Timedout"


def test_too_much_memory_is_named_in_the_preview_and_out_of_memory_today() -> None:
    preview, today = judged(PREVIEW, MEMORY), judged(TODAY, MEMORY)

    assert (preview.status, preview.error_type) == (Status.LIMIT_EXCEEDED, "MemoryLimitExceededException")
    assert preview.log_lines == (
        "MemoryLimitExceededException: the function used 128 MB of memory and asked for more; its limit is 128 MB.",
    )
    assert (today.status, today.error_type) == (Status.OUT_OF_MEMORY, "Runtime.OutOfMemory")
    assert preview.breach == today.breach == MEMORY


def test_another_limit_never_ends_an_invocation_of_today() -> None:
    with pytest.raises(PlatformError):
        judged(TODAY, Breach(Limit.STORAGE, 1, 1, "bytes", ""))


@pytest.mark.parametrize("limit", Limit)
def test_with_the_teaching_switch_every_limit_is_named_today_too(limit: Limit) -> None:
    generation = replace(TODAY, names_limit_exceptions=True)

    verdict = judged(generation, Breach(limit, 512 << 20, 513 << 20, "bytes", "cgroup"))

    assert (verdict.status, verdict.error_type) == (Status.LIMIT_EXCEEDED, NAMES[limit])
    assert json.loads(verdict.payload) == {"errorType": NAMES[limit], "errorMessage": verdict.error_message}
    assert verdict.error_message.startswith("RequestId: id-1 Error: the function ")
    assert verdict.report_ending == f"Status: error\tError Type: {NAMES[limit]}"


def test_a_response_that_is_too_large_says_how_large_it_may_be() -> None:
    assert json.loads(judged(TODAY, Answer(AnswerKind.TOO_LARGE, b"")).payload) == {
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        "errorType": "Function.ResponseSizeTooLarge",
    }
