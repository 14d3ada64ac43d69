"""Every way in which a handler can end, per language: the tables of what was observed on AWS."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

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
    runtime = next(name for name in laboratory.invoker.runtimes if re.fullmatch(FAMILIES[language], name))
    package = ENDINGS / language
    sources = [path for path in package.rglob("*.*") if path.suffix != ".pyc"]
    # What is misspelt on purpose is no JavaScript until it is in a package: `.js.txt`.
    files = {str(path.relative_to(package)).removesuffix(".txt"): path.read_text() for path in sources}
    handler = wanted.get("handler", f"index.{handler}")
    function = laboratory.function("ending", runtime, files, handler=handler, memory_mib=512)

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
