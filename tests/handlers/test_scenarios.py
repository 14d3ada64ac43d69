"""Every scenario in every language: the folder says what must come of it, and so all languages agree."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runtime.invocation.outcome import Outcome
from runtime.resources.function import NAMES_LIMITS
from tests.handlers.laboratory import Laboratory, result

SCENARIOS = Path(__file__).parent
FAMILIES = {"nodejs": r"nodejs", "nodejs_current": r"nodejs\d+\.x", "python": r"python3\.\d+"}
LANGUAGES = {**FAMILIES, "perl": r"provided\.al2023"}
"""Those of the platform, and one that a function brings itself."""
BROUGHT = {"perl": SCENARIOS / "custom/perl/bootstrap.pl"}


def cases() -> Iterator[Any]:
    for contract in sorted(SCENARIOS.glob("*/scenario.toml")):
        expected = tomllib.loads(contract.read_text())
        for language in LANGUAGES:
            rules = "preview" if language == "nodejs" else "today"
            yield pytest.param(contract.parent, language, rules, id=f"{contract.parent.name}-{language}")
            if "named" in expected and rules == "today":
                yield pytest.param(contract.parent, language, "named", id=f"{contract.parent.name}-{language}-named")


@pytest.mark.isolation
@pytest.mark.parametrize(("scenario", "language", "rules"), list(cases()))
async def test_a_scenario_comes_out_as_its_contract_says(
    scenario: Path, language: str, rules: str, laboratory: Laboratory
) -> None:
    contract = tomllib.loads((scenario / "scenario.toml").read_text())
    runtime = next(name for name in laboratory.invoker.runtimes if re.fullmatch(LANGUAGES[language], name))
    files = {path.name: path.read_text() for path in (scenario / language).iterdir()}
    if language in BROUGHT:
        files["bootstrap"] = BROUGHT[language].read_text()
    configuration: dict[str, Any] = {key: contract[key] for key in ("memory_mib", "timeout_seconds") if key in contract}
    if rules == "named":
        configuration["environment"] = {NAMES_LIMITS: "1"}
    function = laboratory.function(scenario.name, runtime, files, **configuration)

    outcomes = [await laboratory.invoke(function, event) for event in contract["events"]]

    for outcome, wanted in zip(outcomes, contract[rules]["outcomes"], strict=True):
        agrees(outcome, wanted, laboratory)


def agrees(outcome: Outcome, wanted: dict[str, str], laboratory: Laboratory) -> None:
    evidence = f"{outcome}\n{''.join(laboratory.logs.lines())}"
    assert outcome.status.value == wanted["status"], evidence
    assert outcome.function_error == wanted.get("function_error"), evidence
    if "result" in wanted:
        assert result(outcome) == json.loads(wanted["result"]), evidence
    if "error_type" in wanted:
        assert outcome.error_type == wanted["error_type"], evidence
    assert matches(wanted.get("error_message", ""), outcome.error_message), evidence
    assert (outcome.breach.limit.value if outcome.breach else None) == wanted.get("breach"), evidence
    assert wanted.get("log", "") in "".join(laboratory.logs.lines()), evidence
    assert outcome.report.is_cold == (wanted.get("start", "cold") == "cold"), evidence


def matches(wanted: str, text: str) -> bool:
    """Compare a message; what differs from run to run stands in braces."""
    pattern = (
        re.escape(wanted)
        .replace(re.escape("{observed}"), r"[\d,]+")
        .replace(re.escape("{request_id}"), r"[-0-9a-f]{36}")
        .replace(re.escape("{reason}"), r"(\.|: .+\.)")
    )
    return re.fullmatch(pattern, text) is not None


def test_every_scenario_is_written_in_every_language() -> None:
    for contract in SCENARIOS.glob("*/scenario.toml"):
        assert {path.name for path in contract.parent.iterdir() if path.is_dir()} == set(LANGUAGES), contract.parent
