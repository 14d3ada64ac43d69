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
    files = {path.name: path.read_text() for path in (ENDINGS / language).iterdir()}
    function = laboratory.function("ending", runtime, files, handler=f"index.{handler}", memory_mib=512)

    outcome = await laboratory.invoke(function)

    evidence = f"{outcome}\n{''.join(laboratory.logs.lines())}"
    assert outcome.function_error == wanted.get("error"), evidence
    if "result" in wanted:
        assert outcome.payload.decode() == wanted["result"], evidence
    if "type" in wanted:
        assert outcome.error_type == wanted["type"], evidence
    if "message" in wanted:
        assert matches(wanted["message"], outcome.error_message), evidence
        assert json.loads(outcome.payload)["errorMessage"] == outcome.error_message
    assert wanted.get("log", "") in "".join(laboratory.logs.lines()), evidence
