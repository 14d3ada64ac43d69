"""The laws of evaluation, for any policies whatever."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.policy import Policy, PolicyKind, Request, Verdict, evaluate, explained, trace, validate
from runtime.policy.comparison import OPERATORS
from runtime.policy.condition import are_met, clauses
from runtime.policy.statement import read_statements
from tests.unit.runtime.policy.test_evaluation import (
    ACCOUNT,
    ALLOW,
    EXPLICIT,
    FUNCTION,
    PHOTO,
    ROLE,
    SESSION,
    Statement,
    allow,
    deny,
    policy,
    verdict,
)

actions = st.sampled_from(["*", "s3:*", "s3:GetObject", "S3:GETOBJECT", "s3:Get?bject", "s3:Put*", "lambda:*"])
resources = st.sampled_from(["*", PHOTO, "arn:aws:s3:::photos/*", "arn:aws:s3:::*/cat.jpg", "arn:aws:s3:::other/*"])
conditions = st.sampled_from(
    [
        {},
        {"StringEquals": {"aws:username": "alice"}},
        {"StringNotEquals": {"aws:username": "alice"}},
        {"Null": {"aws:username": "true"}},
        {"StringSmells": {"aws:username": "alice"}},
        {"StringLike": {"aws:username": "${aws:username}"}},
    ]
)


@st.composite
def statement(draw: st.DrawFn, effect: str | None = None) -> Statement:
    action, resource = (
        draw(st.sampled_from(["Action", "NotAction"])),
        draw(st.sampled_from(["Resource", "NotResource"])),
    )
    return {
        "Effect": effect or draw(st.sampled_from(["Allow", "Deny"])),
        action: draw(st.lists(actions, min_size=1, max_size=2)),
        resource: draw(st.lists(resources, min_size=1, max_size=2)),
        "Condition": draw(conditions),
    }


requests = st.builds(
    lambda action, resource, context: Request(SESSION, ACCOUNT, action, resource, role=ROLE, context=context),
    st.sampled_from(["s3:GetObject", "s3:PutObject", "lambda:InvokeFunction"]),
    st.sampled_from([PHOTO, "arn:aws:s3:::other/x", FUNCTION]),
    st.sampled_from([{}, {"AWS:UserName": "alice"}, {"aws:username": "bob"}]),
)


@given(requests, st.lists(statement()))
def test_an_explicit_deny_always_wins(request: Request, statements: list[Statement]) -> None:
    assert verdict(request, policy(*statements, deny())) is EXPLICIT
    assert verdict(request, policy(deny()), policy(*statements)) is EXPLICIT


@given(requests, st.lists(statement()), statement("Allow"))
def test_adding_an_allow_never_removes_access(request: Request, statements: list[Statement], more: Statement) -> None:
    if verdict(request, policy(*statements)) is ALLOW:
        assert verdict(request, policy(*statements, more)) is ALLOW


@given(requests, st.lists(statement()), statement("Deny"))
def test_adding_a_deny_never_gives_access(request: Request, statements: list[Statement], more: Statement) -> None:
    if verdict(request, policy(*statements)) is not ALLOW:
        assert verdict(request, policy(*statements, more)) is not ALLOW


@given(requests, st.lists(statement()), st.randoms())
def test_the_order_of_statements_and_their_spread_over_policies_do_not_matter(
    request: Request, statements: list[Statement], random: Any
) -> None:
    shuffled = random.sample(statements, len(statements))
    cut = random.randint(0, len(shuffled))

    assert verdict(request, policy(*statements)) is verdict(request, policy(*shuffled[:cut]), policy(*shuffled[cut:]))


@given(requests, st.lists(actions, min_size=1), st.lists(resources, min_size=1))
def test_not_action_and_not_resource_are_complements(request: Request, some: list[str], where: list[str]) -> None:
    def is_allowed(statement: Statement) -> bool:
        return verdict(request, policy({"Effect": "Allow", **statement})) is ALLOW

    assert is_allowed({"Action": some, "Resource": "*"}) != is_allowed({"NotAction": some, "Resource": "*"})
    assert is_allowed({"Action": "*", "Resource": where}) != is_allowed({"Action": "*", "NotResource": where})


@given(requests, st.lists(statement()), st.lists(statement()))
def test_a_boundary_only_narrows(request: Request, statements: list[Statement], edges: list[Statement]) -> None:
    boundary = policy(*edges, kind=PolicyKind.BOUNDARY)

    if verdict(request, policy(*statements), boundary) is ALLOW:
        assert verdict(request, policy(*statements)) is ALLOW


@given(requests, st.lists(statement()))
def test_evaluating_twice_gives_the_same_decision(request: Request, statements: list[Statement]) -> None:
    assert evaluate(request, [policy(*statements)]) == evaluate(request, [policy(*statements)])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["Effect", "AWS", "x"]), inner),
    max_leaves=8,
)
odd_statements = st.dictionaries(
    st.sampled_from(["Effect", "Action", "NotAction", "Resource", "NotResource", "Condition", "Principal", "Sid"]),
    json_values,
)


@given(requests, st.lists(odd_statements | json_values, max_size=3), st.sampled_from(PolicyKind))
def test_no_document_whatsoever_breaks_the_judge(request: Request, statements: list[Any], kind: PolicyKind) -> None:
    assert evaluate(request, [Policy("odd", {"Statement": statements}, kind)]).verdict in Verdict


carried = st.sampled_from([PolicyKind.IDENTITY, PolicyKind.BOUNDARY, PolicyKind.SESSION])
principals = st.sampled_from(
    [
        "*",
        {"AWS": "*"},
        {"AWS": ROLE},
        {"AWS": SESSION},
        {"AWS": ACCOUNT},
        {"AWS": ROLE + "2"},
        {"Service": "s3.amazonaws.com"},
    ]
)


@st.composite
def of_resource(draw: st.DrawFn) -> Policy:
    statements = draw(st.lists(statement(), min_size=1, max_size=3))
    return policy(*({**one, "Principal": draw(principals)} for one in statements), kind=PolicyKind.RESOURCE)


policies = st.lists(
    st.builds(lambda statements, kind: policy(*statements, kind=kind), st.lists(statement(), max_size=3), carried)
    | of_resource(),
    max_size=4,
)


@given(requests, policies, st.randoms())
def test_the_order_of_policies_does_not_matter(request: Request, some: list[Policy], random: Any) -> None:
    assert verdict(request, *some) is verdict(request, *random.sample(some, len(some)))


@given(requests, policies, of_resource() | st.builds(lambda one: policy(one), statement()))
def test_a_deny_anywhere_wins_over_every_policy_of_every_kind(
    request: Request, some: list[Policy], more: Policy
) -> None:
    denying = replace(more, document={**more.document, "Statement": [deny(**principal_of(more))]})

    assert verdict(request, *some, denying) is EXPLICIT


def principal_of(of: Policy) -> Statement:
    return {"Principal": "*"} if of.kind.names_principals else {}


@given(requests, policies, st.lists(statement("Allow")))
def test_session_policies_only_narrow(request: Request, some: list[Policy], passed: list[Statement]) -> None:
    some = [one for one in some if one.kind is not PolicyKind.SESSION]

    if verdict(request, *some, policy(*passed, kind=PolicyKind.SESSION)) is ALLOW:
        assert verdict(request, *some) is ALLOW


@given(requests, policies, st.sampled_from(PolicyKind), st.sampled_from(["Allow", "Deny"]))
def test_a_statement_that_matches_nothing_changes_nothing(
    request: Request, some: list[Policy], kind: PolicyKind, effect: str
) -> None:
    idle = {"Effect": effect, "Action": "nothing:AtAll", "Resource": "*"}
    changed = [
        replace(
            one, document={**one.document, "Statement": [*one.document["Statement"], {**idle, **principal_of(one)}]}
        )
        for one in some
    ]

    assert verdict(request, *changed) is verdict(request, *some)


@given(requests, policies)
def test_another_account_is_never_let_in_further_than_ones_own(request: Request, some: list[Policy]) -> None:
    foreign = replace(request, resource_account="210987654321")

    if verdict(foreign, *some) is ALLOW:
        assert verdict(request, *some) is ALLOW
        for side in (PolicyKind.RESOURCE, PolicyKind.IDENTITY):
            assert verdict(foreign, *(one for one in some if one.kind is not side)) is not ALLOW


@given(requests, policies)
def test_a_trace_tells_of_the_same_decision_and_is_json(request: Request, some: list[Policy]) -> None:
    found = trace(request, some)

    document = found.document()
    assert found.decision == evaluate(request, some)
    assert json.loads(json.dumps(document)) == document
    assert explained(found)
    assert len(document["policies"]) == len(some)


# The laws of conditions

words = st.sampled_from(
    ["alice", "Alice", "a*", "10", "2014-11-13T00:00:00Z", "true", "QQ==", "10.0.0.0/8", "arn:aws:a:b:c:d"]
)
names = st.sampled_from(sorted(OPERATORS))
PAIRS = {
    "StringEquals": "StringNotEquals",
    "StringEqualsIgnoreCase": "StringNotEqualsIgnoreCase",
    "StringLike": "StringNotLike",
    "ArnEquals": "ArnNotEquals",
    "ArnLike": "ArnNotLike",
    "NumericEquals": "NumericNotEquals",
    "DateEquals": "DateNotEquals",
    "IpAddress": "NotIpAddress",
}
pairs = st.sampled_from(sorted(PAIRS.items()))


def is_met(operator: str, values: list[str], *actual: str) -> bool | None:
    context = {"k": actual} if actual else {}
    return are_met(clauses({operator: {"k": values}}, has_variables=True), context)


def opposite(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


@given(names, st.lists(words, min_size=1), words)
def test_if_exists_asks_nothing_of_a_key_that_is_absent_and_the_same_of_one_that_is_there(
    name: str, values: list[str], actual: str
) -> None:
    assert is_met(f"{name}IfExists", values) is True
    assert is_met(f"{name}IfExists", values, actual) is is_met(name, values, actual)


@given(pairs, st.lists(words, min_size=1), words)
def test_an_inverted_operator_is_the_opposite_and_fits_a_key_that_is_absent(
    pair: tuple[str, str], values: list[str], actual: str
) -> None:
    positive, inverted = pair

    assert is_met(inverted, values, actual) is opposite(is_met(positive, values, actual))
    assert (is_met(positive, values), is_met(inverted, values)) == (False, True)


@given(pairs, st.lists(words, min_size=1), st.lists(words, min_size=1, max_size=4))
def test_for_any_value_and_for_all_values_are_each_others_opposite_under_inversion(
    pair: tuple[str, str], values: list[str], actual: list[str]
) -> None:
    positive, inverted = pair

    assert is_met(f"ForAnyValue:{inverted}", values, *actual) is opposite(
        is_met(f"ForAllValues:{positive}", values, *actual)
    )
    assert is_met(f"ForAllValues:{inverted}", values, *actual) is opposite(
        is_met(f"ForAnyValue:{positive}", values, *actual)
    )


@given(names, st.lists(words, min_size=1), words, st.sampled_from(["", "IfExists"]))
def test_of_one_value_and_of_none_the_qualifiers_say_what_they_must(
    name: str, values: list[str], actual: str, suffix: str
) -> None:
    bare = is_met(name, values, actual)

    assert is_met(f"ForAllValues:{name}{suffix}", values, actual) is bare
    assert is_met(f"ForAnyValue:{name}{suffix}", values, actual) is bare
    assert is_met(f"ForAllValues:{name}{suffix}", values) is True
    assert is_met(f"ForAnyValue:{name}{suffix}", values) is False


@given(st.lists(words, max_size=3))
def test_null_asks_only_whether_a_key_is_there(actual: list[str]) -> None:
    assert is_met("Null", ["true"], *actual) is (not actual)
    assert is_met("Null", ["false"], *actual) is bool(actual)
    assert is_met("Null", ["true", "false"], *actual) is True


@given(names, st.lists(words, min_size=1, max_size=4), words, st.randoms())
def test_the_order_of_values_does_not_matter_and_more_of_them_only_widen(
    name: str, values: list[str], actual: str, random: Any
) -> None:
    met = is_met(name, values, actual)

    assert is_met(name, random.sample(values, len(values)), actual) is met
    if met is True and not OPERATORS[name].is_negated:
        assert is_met(name, [*values, "more"], actual) is True


# What is taken can be read


@given(
    st.dictionaries(
        st.sampled_from(["Version", "Statement", "Id"]),
        st.lists(odd_statements | statement(), min_size=1, max_size=2) | st.sampled_from(["2012-10-17", "2008-10-17"]),
    ),
    st.sampled_from([PolicyKind.IDENTITY, PolicyKind.TRUST, PolicyKind.RESOURCE]),
)
def test_the_judge_can_read_every_policy_that_is_taken(document: dict[str, Any], kind: PolicyKind) -> None:
    try:
        validate(document, kind)
    except ValueError as refused:
        assert str(refused)
        return

    for one in read_statements(document):
        assert one.is_well_formed
        assert one.actions is not None
        assert (one.resources is None) is (kind is PolicyKind.TRUST)
        assert one.clauses is not None


@pytest.mark.parametrize("kind", [PolicyKind.IDENTITY, PolicyKind.SESSION, PolicyKind.BOUNDARY])
@given(st.lists(statement(), min_size=1))
def test_what_is_well_formed_is_taken(kind: PolicyKind, statements: list[Statement]) -> None:
    known = [one for one in statements if "StringSmells" not in one["Condition"]]
    document = {"Version": "2012-10-17", "Statement": known or [allow()]}

    assert validate(document, kind) == document
