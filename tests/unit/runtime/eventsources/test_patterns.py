"""Patterns choose events as AWS documents it, and what is no pattern is refused."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.eventsources.patterns import DEEPEST, matches, require_valid

EVENT = {
    "source": "shop",
    "state": "Open",
    "tags": ["new", "red"],
    "none": None,
    "detail": {"price": 120.0, "ok": True, "ip": "10.0.0.7", "file": "photo.PNG", "items": [{"id": 1}, {"id": 2}]},
}


@pytest.mark.parametrize(
    ("pattern", "is_met"),
    [
        ({"source": ["shop", "other"]}, True),
        ({"source": ["Shop"]}, False),
        ({"source": ["shop"], "state": ["closed"]}, False),
        ({"tags": ["red"]}, True),
        ({"none": [None]}, True),
        ({"source": [None]}, False),
        ({"absent": [None]}, False),
        ({"detail": {"price": [120]}}, True),
        ({"detail": {"ok": [True]}}, True),
        ({"detail": {"ok": [1]}}, False),
        ({"detail": {"price": ["120.0"]}}, False),
        ({"detail": {"price": [{"numeric": [">", 100, "<=", 120]}]}}, True),
        ({"detail": {"price": [{"numeric": ["<", 100]}]}}, False),
        ({"source": [{"numeric": [">", 1]}]}, False),
        ({"state": [{"prefix": "Op"}]}, True),
        ({"state": [{"prefix": "op"}]}, False),
        ({"state": [{"prefix": {"equals-ignore-case": "op"}}]}, True),
        ({"detail": {"file": [{"suffix": ".PNG"}]}}, True),
        ({"detail": {"file": [{"suffix": {"equals-ignore-case": ".png"}}]}}, True),
        ({"state": [{"equals-ignore-case": "OPEN"}]}, True),
        ({"detail": {"file": [{"wildcard": "ph*.PNG"}]}}, True),
        ({"detail": {"file": [{"wildcard": "ph*.GIF"}]}}, False),
        ({"state": [{"anything-but": "Closed"}]}, True),
        ({"state": [{"anything-but": ["Open", "Closed"]}]}, False),
        ({"state": [{"anything-but": {"prefix": "Op"}}]}, False),
        ({"absent": [{"anything-but": "x"}]}, False),
        ({"absent": [{"exists": False}]}, True),
        ({"state": [{"exists": True}]}, True),
        ({"detail": [{"exists": True}]}, False),
        ({"detail": {"absent": {"deep": [{"exists": False}]}}}, True),
        ({"detail": {"ip": [{"cidr": "10.0.0.0/24"}]}}, True),
        ({"detail": {"ip": [{"cidr": "10.1.0.0/24"}]}}, False),
        ({"source": [{"cidr": "10.1.0.0/24"}]}, False),
        ({"detail": {"items": {"id": [2]}}}, True),
        ({"detail": {"items": {"id": [3]}}}, False),
        ({"$or": [{"source": ["x"]}, {"state": ["Open"]}]}, True),
        ({"source": ["shop"], "$or": [{"state": ["a"]}, {"state": ["b"]}]}, False),
    ],
)
def test_a_pattern_is_met_or_not(pattern: Any, is_met: bool) -> None:
    require_valid(pattern)

    assert matches(pattern, EVENT) is is_met


@pytest.mark.parametrize("event", ["text", None, [1], 3])
def test_what_is_no_object_meets_nothing(event: Any) -> None:
    assert not matches({"a": [{"exists": False}]}, event)


@pytest.mark.parametrize(
    "pattern",
    [
        [],
        {},
        "x",
        {"a": "b"},
        {"a": []},
        {"a": [["b"]]},
        {"a": [{"unknown": 1}]},
        {"a": [{}]},
        {"a": [{"prefix": 1}]},
        {"a": [{"prefix": "a", "suffix": "b"}]},
        {"a": [{"exists": "yes"}]},
        {"a": [{"numeric": [">"]}]},
        {"a": [{"numeric": ["=>", 1]}]},
        {"a": [{"numeric": [">", "1"]}]},
        {"a": [{"numeric": [[], 1]}]},
        {"a": [{"anything-but": {"numeric": [1]}}]},
        {"a": [{"anything-but": []}]},
        {"a": [{"cidr": "10.0.0.0/99"}]},
        {"$or": [{"a": ["b"]}]},
        {"a": {"b": {}}},
    ],
)
def test_what_is_no_pattern_is_refused(pattern: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        require_valid(pattern)


@pytest.mark.parametrize(
    ("wildcard", "value", "is_met"),
    [
        ("*", "", True),
        ("a*", "a", True),
        ("a*a", "a", False),
        ("*b*", "abc", True),
        ("a*b*c", "a-c-b", False),
        ("a*bc*c", "abc", False),
        ("*ab*ab", "abab", True),
        ("*ab*ab", "ab", False),
        ("a\nb*", "a\nbc\n", True),
        ("2\\*3", "2*3", True),
        ("2\\*3", "2+3", False),
        ("\\\\*", "\\dir", True),
        ("*", 1, False),
        ("a", 1, False),
    ],
)
def test_a_wildcard_stands_for_any_text(wildcard: str, value: Any, is_met: bool) -> None:
    assert matches({"a": [{"wildcard": wildcard}]}, {"a": value}) is is_met


def test_no_wildcard_takes_longer_than_its_text() -> None:
    assert not matches({"a": [{"wildcard": "*a" * 500 + "b*"}]}, {"a": "a" * 100_000})


def test_every_pattern_that_is_let_in_can_be_matched() -> None:
    let_in = 0
    for depth in (DEEPEST, DEEPEST + 1, 300, 900):
        pattern: Any = {"a": ["b"]}
        for _ in range(depth - 1):
            pattern = {"a": pattern}
        try:
            require_valid(pattern)
        except ValueError as refusal:
            assert "levels deep" in str(refusal)
        else:
            let_in += 1
            assert not matches(pattern, {})

    assert let_in == 1
