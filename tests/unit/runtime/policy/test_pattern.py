from __future__ import annotations

import re
import time
from fnmatch import translate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.policy.pattern import is_arn_like, is_like, plain, resolve, texts

FACTS = {"aws:username": ("ann*",), "aws:tagkeys": ("a", "b")}


def matches(pattern: str, text: str) -> bool:
    resolved = resolve(pattern, FACTS, has_variables=True)
    return resolved is not None and is_like(resolved, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("home/${aws:username}/x", "home/ann*/x"),
        ("${AWS:UserName}", "ann*"),
        ("${ aws:username }", "ann*"),
        ("${aws:absent, 'it''s'}", "it's"),
        ("${aws:username, 'x'}", "ann*"),
        ("${$}{aws:username}", "${aws:username}"),
        ("${*}${?}", "*?"),
        ("${", "${"),
    ],
)
def test_a_variable_becomes_what_the_request_has_for_it(text: str, expected: str) -> None:
    resolved = resolve(text, FACTS, has_variables=True)

    assert resolved is not None
    assert plain(resolved) == expected


@pytest.mark.parametrize("text", ["${aws:absent}", "${aws:tagkeys}", "${aws:tagkeys, 'x'}", "${}", "${a b}", "${a, x}"])
def test_a_variable_without_one_value_is_not_resolved(text: str) -> None:
    assert resolve(text, FACTS, has_variables=True) is None


def test_what_comes_from_a_variable_is_literal() -> None:
    assert matches("home/${aws:username}/*", "home/ann*/x")
    assert not matches("home/${aws:username}/*", "home/anna/x")


def test_a_star_runs_over_colons_and_slashes_and_line_ends() -> None:
    assert matches("arn:aws:logs:*:*:*", "arn:aws:logs:us-east-1:1:log-group:/aws/x:log-stream:a\nb")


def test_in_an_arn_a_star_stays_within_its_part() -> None:
    inside = resolve("arn:aws:s3:*:photos", {}, has_variables=True)
    last = resolve("arn:aws:lambda:*:*:function:*", {}, has_variables=True)
    assert inside is not None
    assert last is not None

    assert is_arn_like(inside, "arn:aws:s3:::photos") is None
    assert is_arn_like(last, "arn:aws:lambda:us-east-1:1:function:f:alias") is True
    assert is_arn_like(last, "arn:aws:lambda:us-east-1:1:x:function:f") is False


@given(st.text("ab*?.[(\\", max_size=8), st.text("ab*?.[(\\", max_size=8))
def test_only_star_and_question_mark_are_special(pattern: str, text: str) -> None:
    expected = re.compile(translate(pattern.replace("[", "[[]"))).match(text) is not None

    assert matches(pattern, text) is expected


def test_values_of_json_become_texts() -> None:
    assert texts(["a", 1, True, ["b"], None, {}]) == ("a", "1", "true", "b")


def test_no_pattern_keeps_anybody_waiting() -> None:
    pattern, text = "*a" * 200 + "b", "a" * 20_000

    began = time.perf_counter()

    assert not matches(pattern, text)
    assert not is_arn_like(((f"arn:aws:s3:::{pattern}", False),), f"arn:aws:s3:::{text}")
    assert time.perf_counter() - began < 5
