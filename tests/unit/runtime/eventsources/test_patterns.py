"""Patterns choose events as AWS documents it, and what is no pattern is refused."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.eventsources.patterns import matches, require_valid

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
