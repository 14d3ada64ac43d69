"""Every way in which a handler can end, per language: the tables of what was observed on AWS."""

from __future__ import annotations

import asyncio
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from runtime.resources.function import Function
from tests.handlers.laboratory import Laboratory
from tests.handlers.test_scenarios import FAMILIES, matches

ENDINGS = Path(__file__).parent / "endings"


def cases() -> Iterator[Any]:
    for language, table in tomllib.loads((ENDINGS / "endings.toml").read_text()).items():
        for handler, wanted in flat(table):
            yield pytest.param(language, handler, wanted, id=f"{language}-{handler}")


def flat(table: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, str]]]:
    for name, wanted in table.items():
        nested = {key: value for key, value in wanted.items() if isinstance(value, dict)}
        if nested:
            yield from ((f"{name}.{inner}", value) for inner, value in nested.items())
        else:
            yield name, wanted


@pytest.mark.isolation
@pytest.mark.parametrize(("language", "handler", "wanted"), list(cases()))
async def test_an_ending_is_told_as_on_aws(
    language: str, handler: str, wanted: Mapping[str, str], laboratory: Laboratory
) -> None:
    function = ending_of(language, laboratory, wanted.get("handler", f"index.{handler}"))

    outcome = await laboratory.invoke(function, wanted.get("event", "{}"), client_context=wanted.get("client_context"))

    evidence = f"{outcome}\n{''.join(laboratory.logs.lines())}"
    assert outcome.function_error == wanted.get("error"), evidence
    if "result" in wanted:
        assert outcome.payload.decode() == wanted["result"], evidence
    if "type" in wanted:
        assert outcome.error_type == wanted["type"], evidence
    if "message" in wanted:
        assert matches(wanted["message"], outcome.error_message), evidence
        assert json.loads(outcome.payload)["errorMessage"] == outcome.error_message
    assert is_part(wanted.get("log", ""), "".join(laboratory.logs.lines())), evidence


def is_part(wanted: str, log: str) -> bool:
    """Look for a part of a log; what differs from run to run stands in braces."""
    pattern = re.escape(wanted).replace(re.escape("{time}"), r"[-0-9T:.]{23}Z")
    return re.search(pattern.replace(re.escape("{request_id}"), r"[-0-9a-f]{36}"), log) is not None


def ending_of(language: str, laboratory: Laboratory, handler: str) -> Function:
    runtime = next(name for name in laboratory.invoker.runtimes if re.fullmatch(FAMILIES[language], name))
    package = ENDINGS / language
    sources = [path for path in package.rglob("*.*") if path.suffix != ".pyc"]
    # What is misspelt on purpose is no JavaScript until it is in a package: `.js.txt`.
    files: dict[str, str | bytes] = {
        str(path.relative_to(package)).removesuffix(".txt"): path.read_text() for path in sources
    }
    return laboratory.function("ending", runtime, files, handler=handler, memory_mib=512)


@pytest.mark.isolation
async def test_that_a_process_exited_too_early_is_said_after_everything_else(laboratory: Laboratory) -> None:
    await laboratory.invoke(ending_of("nodejs", laboratory, "index.throws"))

    said = "".join(laboratory.logs.lines())
    order = [said.index(words) for words in ("START ", "Error: thrown", "END ", "REPORT ", "Process exited before")]
    assert order == sorted(order)
    assert said.rstrip().endswith("Process exited before completing request")


@pytest.mark.isolation
async def test_an_async_handler_answers_at_once_and_its_pending_timer_runs_in_the_next_invocation(
    laboratory: Laboratory,
) -> None:
    function = ending_of("nodejs_current", laboratory, "index.leaves_a_timer")

    first = await laboratory.invoke(function)
    await asyncio.sleep(0.3)
    before = "".join(laboratory.logs.lines())
    second = await laboratory.invoke(function, '{"waits": true}')

    assert (first.payload, second.payload) == (b'"at once"', b'"waited"')
    assert "\tlate" not in before
    assert "\tINFO\tlate" in "".join(laboratory.logs.lines())[len(before) :]
