"""In a sandbox: a function is served by what was started ahead of it or forked, and cannot tell."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from runtime.resources.function import Function
from tests.handlers.laboratory import PARTS, Laboratory, result
from tests.handlers.test_parked import differences
from tests.handlers.test_scenarios import FAMILIES

REPOSITORY = Path(__file__).resolve().parents[2]
PARKED = Path(__file__).parent / "parked"
TELL = '{"tellsItsStart": true}'
FOR_A_START_ONLY = {"GLIBC_TUNABLES": ""}
"""A variable that forbids what was started ahead, and says nothing."""
DIFFERENT = {
    "environment",
    "bytes",
    "frames",
    "importers",
    "loaded",
    "loaded later",
    "random",
    "descriptors",
    "startedAhead",
}
"""What is not the same; why that is so is the subject of ``test_parked.py`` and ``test_forked.py``."""


@pytest.mark.isolation
@pytest.mark.parametrize("language", FAMILIES)
async def test_in_a_sandbox_what_started_ahead_serves_like_what_is_started_for_the_function(
    language: str, laboratory: Laboratory
) -> None:
    usual = result(await laboratory.invoke(function(language, laboratory, environment=FOR_A_START_ONLY), TELL))
    ahead = await served_ahead(language, laboratory)

    assert not tells_it_started_ahead(usual)
    assert not re.search("cannot open shared object", str(ahead))
    assert differences(without_what_differs(usual), without_what_differs(ahead)) == []
    assert str(REPOSITORY) not in str(ahead), "where the lab lies on this host is nobody's business inside"


def function(language: str, laboratory: Laboratory, number: int = 0, **configuration: Any) -> Function:
    runtime = next(name for name in laboratory.invoker.runtimes if re.fullmatch(FAMILIES[language], name))
    files: dict[str, str | bytes] = {
        path.name: path.read_text() for path in (PARKED / language).iterdir() if path.is_file()
    }
    files["lib/libmine.so"] = next(PARTS.glob("python*/runtime_client*.so")).read_bytes()
    return laboratory.function(f"function{number}", runtime, files, memory_mib=512, **configuration)


async def served_ahead(language: str, laboratory: Laboratory) -> Mapping[str, Any]:
    """Invoke until the stock, which is filled in the background, has had something."""
    number = 0
    while True:
        number += 1
        early = function(language, laboratory, number)
        blueprints = laboratory.invoker.blueprints
        blueprints.backend.stock(blueprints.runtimes[early.runtime].mold, 1)
        report: Mapping[str, Any] = result(await laboratory.invoke(early, TELL))
        if tells_it_started_ahead(report):
            return report
        await asyncio.sleep(0.5)


def tells_it_started_ahead(report: Mapping[str, Any]) -> bool:
    return any(look.get("startedAhead", False) for look in report.values() if isinstance(look, dict))


def without_what_differs(report: Any) -> Any:
    if not isinstance(report, dict):
        return report
    return {name: without_what_differs(value) for name, value in report.items() if name not in DIFFERENT}
