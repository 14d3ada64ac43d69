"""What a handler finds in its context: that of 2014, that of 2015 where it was asked for, and that of today."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from runtime.sandbox.namespaces import NamespacesBackend
from tests.handlers.laboratory import Laboratory, result
from tests.handlers.test_scenarios import FAMILIES

CONTEXTS = Path(__file__).parent / "contexts"
OF_THE_PREVIEW = {
    "awsRequestId",
    "invokeid",
    "logGroupName",
    "logStreamName",
    "functionName",
    "memoryLimitInMB",
    "done",
}
OF_2015 = {"functionVersion", "invokedFunctionArn", "getRemainingTimeInMillis", "succeed", "fail"}
TODAYS = {
    "functionVersion", "functionName", "memoryLimitInMB", "logGroupName", "logStreamName", "clientContext",
    "invokedFunctionArn", "awsRequestId", "getRemainingTimeInMillis",
}  # fmt: skip


@pytest.fixture
async def preview(backend_state: Path, tmp_path: Path) -> AsyncIterator[Laboratory]:
    """A laboratory without the switch."""
    backend = NamespacesBackend(backend_state)
    made = Laboratory(backend, tmp_path / "preview", has_later_context=False)
    async with made.invoker:
        yield made
    await backend.close()
    made.journal.close()


async def seen_by(laboratory: Laboratory, language: str) -> dict[str, Any]:
    outcome = await laboratory.invoke(function(laboratory, language), client_context='{"custom": {"a": 1}}')
    seen: dict[str, Any] = result(outcome)
    assert seen["functionName"] == "contextual"
    assert seen["memoryLimitInMB"] == "256"
    assert seen["clientContext"] == {"custom": {"a": 1}}
    assert re.fullmatch(r"[-0-9a-f]{36}", seen["awsRequestId"])
    return seen


def function(laboratory: Laboratory, language: str, handler: str = "index.handler") -> Any:
    runtime = next(name for name in laboratory.invoker.runtimes if re.fullmatch(FAMILIES[language], name))
    files: dict[str, str | bytes] = {path.name: path.read_text() for path in (CONTEXTS / language).iterdir()}
    return laboratory.function("contextual", runtime, files, memory_mib=256, handler=handler)


@pytest.mark.isolation
async def test_the_context_of_the_preview_ends_an_invocation_with_done_alone(preview: Laboratory) -> None:
    seen = await seen_by(preview, "nodejs")

    assert seen.keys() == OF_THE_PREVIEW | {"clientContext"}
    assert seen["invokeid"] == seen["awsRequestId"]


@pytest.mark.isolation
async def test_who_ends_it_as_in_2015_fails_in_the_preview_and_sees_why(preview: Laboratory) -> None:
    outcome = await preview.invoke(function(preview, "nodejs", "index.ends_as_in_2015"))

    assert outcome.error_message == "Process exited before completing request"
    assert "TypeError: Object #<Object> has no method 'succeed'" in "".join(preview.logs.lines())


@pytest.mark.isolation
async def test_with_the_switch_the_preview_has_the_context_of_2015(laboratory: Laboratory) -> None:
    seen = await seen_by(laboratory, "nodejs")
    outcome = await laboratory.invoke(function(laboratory, "nodejs", "index.ends_as_in_2015"))

    assert seen.keys() == OF_THE_PREVIEW | OF_2015 | {"clientContext", "remaining"}
    assert seen["functionVersion"] == "$LATEST"
    assert seen["invokedFunctionArn"].endswith(":function:contextual")
    assert 0 < seen["remaining"] <= 3000
    assert result(outcome) == "in 2015"


@pytest.mark.isolation
async def test_the_context_of_today_has_no_way_to_end_an_invocation(laboratory: Laboratory) -> None:
    seen = await seen_by(laboratory, "nodejs_current")

    assert seen.keys() == TODAYS | {"remaining"}
    assert 0 < seen["remaining"] <= 3000
