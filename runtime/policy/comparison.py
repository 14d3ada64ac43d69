"""The condition operators: how each compares one value of a policy with one value of a request.

A value that an operator cannot read (``"NumericLessThan": {"s3:max-keys": "many"}``) is unknown when the policy has it,
and fits nothing when the request has it. Only the string and ARN operators know variables and wildcards; AWS's pages
disagree about ``Bool``, which here takes a variable for what it is: neither true nor false.
"""

from __future__ import annotations

import operator
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from ipaddress import ip_address, ip_network
from typing import Any

from runtime.policy.logic import Answer
from runtime.policy.pattern import Resolved, is_arn_like, is_like, plain

Comparison = Callable[[Resolved, str], Answer]
"""Compare what the policy says with one value of the request; unknown if the policy's value cannot be read."""
UNREADABLE = (ValueError, ArithmeticError)
"""What parsing raises for a number, date, truth value or base64 that is none."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
YEAR_DIGITS, MONTH_LENGTH = 4, len("2014-11")


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator, without its qualifier and without ``IfExists``."""

    compare: Comparison
    is_negated: bool = False
    has_variables: bool = False


def _text(compare: Callable[[str, str], bool]) -> Comparison:
    return lambda expected, actual: compare(plain(expected), actual)


def _parsed(parse: Callable[[str], Any], compare: Callable[[Any, Any], bool]) -> Comparison:
    """Compare values that have to be read first; what the request has and cannot be read fits nothing."""

    def comparison(expected: Resolved, actual: str) -> Answer:
        try:
            wanted = parse(plain(expected))
        except UNREADABLE:
            return None
        try:
            return compare(parse(actual), wanted)
        except UNREADABLE:
            return False

    return comparison


def _number(text: str) -> Decimal:
    """Read a number; not-a-number is none, and neither is an infinite one."""
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(f"no number: {text!r}")
    return number


def _moment(text: str) -> datetime:
    """Read a date: W3C's profile of ISO 8601 (a year, or a month, is its beginning), or seconds since 1970."""
    is_year = len(text) == YEAR_DIGITS
    if text.isdigit() and not is_year:
        return EPOCH + timedelta(seconds=int(text))
    begun = f"{text}-01-01" if is_year else f"{text}-01" if len(text) == MONTH_LENGTH else text
    moment = datetime.fromisoformat(begun)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(f"neither true nor false: {text!r}")
    return text.lower() == "true"


def _is_within(expected: Resolved, actual: str) -> Answer:
    try:
        network = ip_network(plain(expected), strict=False)
    except ValueError:
        return None
    try:
        return ip_address(actual) in network
    except ValueError:
        return False


def _family(prefix: str, parse: Callable[[str], Any]) -> dict[str, Operator]:
    """Return the six operators of an ordered type."""
    comparisons = {
        "LessThan": operator.lt,
        "LessThanEquals": operator.le,
        "GreaterThan": operator.gt,
        "GreaterThanEquals": operator.ge,
    }
    return {
        f"{prefix}Equals": Operator(_parsed(parse, operator.eq)),
        f"{prefix}NotEquals": Operator(_parsed(parse, operator.eq), is_negated=True),
        **{f"{prefix}{name}": Operator(_parsed(parse, compare)) for name, compare in comparisons.items()},
    }


def _both(name: str, negated_name: str, compare: Comparison) -> dict[str, Operator]:
    """Return a string or ARN operator and its negation."""
    return {
        name: Operator(compare, has_variables=True),
        negated_name: Operator(compare, is_negated=True, has_variables=True),
    }


def _equals_ignoring_case(expected: str, actual: str) -> bool:
    return expected.lower() == actual.lower()


OPERATORS: Mapping[str, Operator] = {
    **_both("StringEquals", "StringNotEquals", _text(operator.eq)),
    **_both("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", _text(_equals_ignoring_case)),
    **_both("StringLike", "StringNotLike", is_like),
    **_both("ArnEquals", "ArnNotEquals", is_arn_like),
    **_both("ArnLike", "ArnNotLike", is_arn_like),
    **_family("Numeric", _number),
    **_family("Date", _moment),
    "Bool": Operator(_parsed(_truth, operator.eq)),
    "BinaryEquals": Operator(_parsed(partial(b64decode, validate=True), operator.eq)),
    "IpAddress": Operator(_is_within),
    "NotIpAddress": Operator(_is_within, is_negated=True),
}
