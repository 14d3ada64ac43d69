"""The Condition element: operators, keys and values.

Operators are and-ed, keys are and-ed, several values of a key are or-ed (and for a negated operator: none may fit).
A key that the request does not have makes a positive operator false and a negated one true, ``...IfExists`` true,
``ForAllValues:`` true and ``ForAnyValue:`` false. An operator that is not known, or a value that it cannot read
(``"NumericLessThan": {"s3:max-keys": "many"}``), is unknown.
A variable without a value fits nothing; under a negated operator that is unknown, because AWS only says that such a
statement "might be invalid".
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

from runtime.policy.logic import Answer, all_of, any_of, opposite
from runtime.policy.pattern import Context, Resolved, is_arn_like, is_like, plain, resolve, texts

Comparison = Callable[[Resolved, str], Answer]
"""Compare what the policy says with one value of the request; unknown if the policy's value cannot be read."""
UNREADABLE = (ValueError, ArithmeticError)
"""What parsing raises for a number, date, truth value or base64 that is none."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
YEAR_DIGITS = 4


@dataclass(frozen=True, slots=True)
class _Operator:
    compare: Comparison
    is_negated: bool = False
    has_variables: bool = False
    """Variables are a matter of the string and ARN operators only."""


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


def _moment(text: str) -> datetime:
    """Read a date: W3C's ISO 8601 profile, or seconds since 1970."""
    is_year = len(text) == YEAR_DIGITS
    if text.isdigit() and not is_year:
        return EPOCH + timedelta(seconds=int(text))
    moment = datetime.fromisoformat(f"{text}-01-01" if is_year else text)
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


def _family(prefix: str, parse: Callable[[str], Any]) -> dict[str, _Operator]:
    """Return the six operators of an ordered type."""
    comparisons = {
        "LessThan": operator.lt,
        "LessThanEquals": operator.le,
        "GreaterThan": operator.gt,
        "GreaterThanEquals": operator.ge,
    }
    return {
        f"{prefix}Equals": _Operator(_parsed(parse, operator.eq)),
        f"{prefix}NotEquals": _Operator(_parsed(parse, operator.eq), is_negated=True),
        **{f"{prefix}{name}": _Operator(_parsed(parse, compare)) for name, compare in comparisons.items()},
    }


def _both(name: str, negated_name: str, compare: Comparison) -> dict[str, _Operator]:
    """Return a string or ARN operator and its negation."""
    return {
        name: _Operator(compare, has_variables=True),
        negated_name: _Operator(compare, is_negated=True, has_variables=True),
    }


def _equals_ignoring_case(expected: str, actual: str) -> bool:
    return expected.lower() == actual.lower()


OPERATORS: Mapping[str, _Operator] = {
    **_both("StringEquals", "StringNotEquals", _text(operator.eq)),
    **_both("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", _text(_equals_ignoring_case)),
    **_both("StringLike", "StringNotLike", is_like),
    **_both("ArnEquals", "ArnNotEquals", is_arn_like),
    **_both("ArnLike", "ArnNotLike", is_arn_like),
    **_family("Numeric", Decimal),
    **_family("Date", _moment),
    "Bool": _Operator(_parsed(_truth, operator.eq)),
    "BinaryEquals": _Operator(_parsed(partial(b64decode, validate=True), operator.eq)),
    "IpAddress": _Operator(_is_within),
    "NotIpAddress": _Operator(_is_within, is_negated=True),
}
QUALIFIERS = ("ForAllValues", "ForAnyValue")


def is_met(condition: Any, context: Context, *, has_variables: bool) -> Answer:
    """Tell whether a Condition element is met."""
    if not isinstance(condition, Mapping):
        return None
    return all_of(
        _key_is_met(name, values, context.get(str(key).lower(), ()), context, has_variables)
        for name, keys in condition.items()
        for key, values in (keys.items() if isinstance(keys, Mapping) else [("", None)])
    )


def is_known(name: str) -> bool:
    """Tell whether this is the name of a condition operator."""
    _, bare = _without_qualifier(name)
    return bare == "Null" or bare.removesuffix("IfExists") in OPERATORS


def _without_qualifier(name: str) -> tuple[str, str]:
    qualifier, colon, bare = name.partition(":")
    return (qualifier, bare) if colon and qualifier in QUALIFIERS else ("", name)


def _key_is_met(name: str, values: Any, actual: tuple[str, ...], context: Context, has_variables: bool) -> Answer:
    qualifier, bare = _without_qualifier(name)
    if values is None:
        return None
    wanted = texts(values)
    if bare == "Null":
        return any_of(_is_absent(value, actual) for value in wanted)
    chosen = OPERATORS.get(bare.removesuffix("IfExists"))
    if chosen is None:
        return None
    if not actual:
        return _without_key(qualifier, chosen, may_be_missing=bare.endswith("IfExists"))
    resolved = [resolve(text, context, has_variables=has_variables and chosen.has_variables) for text in wanted]
    answers = (_fits(chosen, resolved, value) for value in actual)
    return all_of(answers) if qualifier == "ForAllValues" or (chosen.is_negated and not qualifier) else any_of(answers)


def _is_absent(value: str, actual: tuple[str, ...]) -> Answer:
    return None if value.lower() not in ("true", "false") else (value.lower() == "true") == (not actual)


def _without_key(qualifier: str, chosen: _Operator, *, may_be_missing: bool) -> bool:
    """Answer for a key that the request does not have; ForAnyValue stays false even with IfExists, as seen on AWS."""
    if qualifier:
        return qualifier == "ForAllValues"
    return may_be_missing or chosen.is_negated


def _fits(chosen: _Operator, wanted: list[Resolved | None], value: str) -> Answer:
    if chosen.is_negated:
        return opposite(any_of(None if each is None else chosen.compare(each, value) for each in wanted))
    return any_of(chosen.compare(each, value) for each in wanted if each is not None)
