"""Which invocations a soak consists of: the scenarios of ``tests/handlers`` in every language, honest ones and attacks.

Each is held to the contract of its scenario, whatever went on beside it: an attack is ended as it should be, and an
honest function of somebody else is answered as if nothing had happened.
"""

from __future__ import annotations

import json
import random
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runtime.invocation.outcome import Outcome
from runtime.resources.function import NAMES_LIMITS, Function
from tests.handlers.laboratory import Laboratory, result
from tests.handlers.test_scenarios import FAMILIES, SCENARIOS, matches

WEIGHTS = {"echo": 60, "raises": 20, "introspects": 20, "exits": 20}
"""How often an honest function is called for each attack, which takes a hundred times as long."""
ATTACK_WEIGHT = 1
PATIENCE_SECONDS = 60
"""What a function may take whose scenario is not about time: eight attacks at once keep a machine busy."""


@dataclass(frozen=True)
class Move:
    """A function, an event for it, and what must come of it."""

    name: str
    function: Function
    event: str
    wanted: Mapping[str, str]
    weight: int

    def disagreement(self, outcome: Outcome) -> str:
        """Say in what an outcome is not as the contract says; empty if it is."""
        wanted = self.wanted
        seen = {
            "status": outcome.status.value,
            "function_error": outcome.function_error,
            "breach": outcome.breach.limit.value if outcome.breach else None,
        }
        wrong = [f"{name} {value!r}" for name, value in seen.items() if value != wanted.get(name)]
        if "error_type" in wanted and outcome.error_type != wanted["error_type"]:
            wrong.append(f"error_type {outcome.error_type!r}")
        if not matches(wanted.get("error_message", ""), outcome.error_message):
            wrong.append(f"error_message {outcome.error_message!r}")
        if "result" in wanted and result(outcome) != json.loads(wanted["result"]):
            wrong.append(f"result {outcome.payload!r}")
        return f"{self.name}: {', '.join(wrong)}" if wrong else ""


def moves(laboratory: Laboratory) -> list[Move]:
    """Return everything that may happen, for the runtimes that are here."""
    return list(_moves(laboratory))


def draw(choice: list[Move], count: int, seed: int) -> list[Move]:
    """Return a sequence of so many moves in which each occurs at least once, as far as there is room."""
    chance = random.Random(seed)
    drawn = chance.sample(choice, min(count, len(choice)))
    drawn += chance.choices(choice, [move.weight for move in choice], k=count - len(drawn))
    chance.shuffle(drawn)
    return drawn


def _moves(laboratory: Laboratory) -> Iterator[Move]:
    for contract in sorted(SCENARIOS.glob("*/scenario.toml")):
        scenario, expected = contract.parent.name, tomllib.loads(contract.read_text())
        if len(expected["events"]) > 1:
            continue  # what comes of these depends on who was there before
        for language, family in FAMILIES.items():
            for rules in ("preview",) if language == "nodejs" else ("today", "named"):
                runtime = next((name for name in laboratory.invoker.runtimes if re.fullmatch(family, name)), None)
                if runtime is None or rules not in expected:
                    continue
                files = {path.name: path.read_text() for path in (contract.parent / language).iterdir()}
                settings: dict[str, Any] = {
                    key: expected[key] for key in ("memory_mib", "timeout_seconds") if key in expected
                }
                if expected[rules]["outcomes"][0]["status"] != "TimedOut":
                    settings["timeout_seconds"] = PATIENCE_SECONDS
                if rules == "named":
                    settings["environment"] = {NAMES_LIMITS: "1"}
                name = f"{scenario}-{language}-{rules}"
                # The function has the name of its scenario, which the answers of some contain.
                function = laboratory.function(scenario, runtime, files, **settings)
                weight = WEIGHTS.get(scenario, ATTACK_WEIGHT)
                yield Move(name, function, expected["events"][0], expected[rules]["outcomes"][0], weight)
