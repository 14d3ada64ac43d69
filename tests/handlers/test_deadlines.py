"""Whatever a function does when its time is over, it is ended, and soon: from START until nothing of it runs."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from runtime.identity.principal import Credentials
from runtime.invocation.outcome import Status
from runtime.resources.function import Function
from tests.handlers.laboratory import Laboratory, LogStore
from tests.handlers.test_scenarios import FAMILIES
from tests.sandbox.idleness import Idleness

OVERSTAYS = Path(__file__).parent / "overstays"
WAYS = ("sleeping", "busy", "deaf", "stopped", "family", "writing")
TIMEOUT_SECONDS = 1
PATIENCE_SECONDS = 0.2
PATIENCE_ON_A_BUSY_MACHINE_SECONDS = 2.0


@dataclass
class Starts(LogStore):
    """Takes the log, and remembers when START was written into it."""

    seconds: float = 0.0

    async def call(
        self,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        credentials: Credentials,
        api_version: str | None = None,
    ) -> Mapping[str, Any]:
        for event in parameters.get("logEvents", ()):
            if event["message"].startswith("START"):
                self.seconds = event["timestamp"] / 1000
        return await super().call(service, operation, parameters, credentials, api_version)


@pytest.fixture
def logs() -> Starts:
    return Starts()


@pytest.mark.isolation
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("language", FAMILIES)
async def test_it_is_over_within_200_ms_of_its_deadline(
    language: str, way: str, laboratory: Laboratory, logs: Starts
) -> None:
    function = overstaying(language, laboratory)
    idleness, waited = Idleness(), seconds_waited()

    outcome = await laboratory.invoke(function, json.dumps({"how": way}))
    ended = time.time()
    waited = seconds_waited() - waited

    await laboratory.invoker.logs_settled()
    patience = PATIENCE_ON_A_BUSY_MACHINE_SECONDS if idleness.was_busy else PATIENCE_SECONDS
    assert outcome.status is Status.TIMED_OUT
    assert way in "".join(logs.lines())
    assert TIMEOUT_SECONDS <= ended - logs.seconds + 0.001 < TIMEOUT_SECONDS + patience + waited


def seconds_waited() -> float:
    """Return how long this process was ready to run and had no processor: its deadlines are late by that at most."""
    return int(Path("/proc/self/schedstat").read_text().split()[1]) / 1e9


def overstaying(language: str, laboratory: Laboratory) -> Function:
    runtime = next(name for name in laboratory.invoker.runtimes if re.fullmatch(FAMILIES[language], name))
    files = {path.name: path.read_text() for path in (OVERSTAYS / language).iterdir()}
    return laboratory.function("overstays", runtime, files, timeout_seconds=TIMEOUT_SECONDS)
