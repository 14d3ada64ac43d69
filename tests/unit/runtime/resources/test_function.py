"""What a function is ruled by."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from runtime.generation import PREVIEW, TODAY
from runtime.resources.function import NAMES_LIMITS, Function

FUNCTION = Function(
    name="f",
    arn="arn:aws:lambda:us-east-1:123456789012:function:f",
    generation=TODAY,
    runtime="python3.11",
    handler="index.handler",
    role="arn:aws:iam::123456789012:role/execution",
    memory_mib=128,
    timeout_seconds=3,
    description="",
    code_sha256="",
    code_size=0,
    last_modified=datetime(2026, 1, 2, tzinfo=UTC),
    revision="",
)


@pytest.mark.parametrize("environment", [{}, {NAMES_LIMITS: "0"}, {NAMES_LIMITS: ""}, {"OTHER": "1"}])
def test_a_function_is_ruled_by_its_generation(environment: dict[str, str]) -> None:
    assert replace(FUNCTION, environment=environment).rules is TODAY
    assert replace(FUNCTION, generation=PREVIEW).rules is PREVIEW


def test_the_teaching_switch_changes_nothing_but_that_breaches_are_named() -> None:
    switched = replace(FUNCTION, environment={NAMES_LIMITS: "1"})

    assert switched.rules == replace(TODAY, names_limit_exceptions=True)
    assert switched.generation is TODAY
