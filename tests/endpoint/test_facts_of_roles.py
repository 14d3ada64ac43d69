"""What is known of AWS's roles: section H of the fact sheet, line by line, and which test holds each.

Recordings of AWS are called as in the fact sheet (AWS-068). What no other file holds is held here.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.conftest import RunningPlatform
from tests.endpoint.conftest import allow, policy
from tests.endpoint.held import zipped

REPOSITORY = Path(__file__).resolve().parents[2]
ACCOUNT = "123456789012"
POLICY, ENDPOINT = "tests/unit/runtime/policy", "tests/endpoint"
EVALUATION, LAWS = f"{POLICY}/test_evaluation.py", f"{POLICY}/test_laws.py"
PROBES, IDENTITY = f"{ENDPOINT}/test_probes.py", f"{ENDPOINT}/test_identity.py"
AUTHORITY = "tests/unit/runtime/identity/test_authority.py"
RECORDED = f"{ENDPOINT}/lambda_today/test_recorded_errors.py"
PERMISSIONS = f"{ENDPOINT}/lambda_today/test_permissions.py"
TODAY, PREVIEW = "tests/unit/runtime/services/lambda_today", "tests/unit/runtime/services/lambda_preview"

HELD_BY: Mapping[str, tuple[str, str]] = {
    "H1.1 what nothing allows is denied": (PROBES, "test_a_role_reads_an_object_if_its_policies_say_so"),
    "H1.1 root excepted": (AUTHORITY, "test_root_needs_no_policy"),
    "H1.2 a matching deny of any policy wins": (LAWS, "test_a_deny_anywhere_wins_over_every_policy_of_every_kind"),
    "H1.3 one allow of either side is enough": (EVALUATION, "test_policies_of_several_kinds_are_combined_as_aws_does"),
    "H1.3 but for roles": (EVALUATION, "test_an_assumption_of_a_role_is_judged_as_aws_does"),
    "H1.3 and for keys": (EVALUATION, "test_where_both_sides_must_allow_they_must"),
    "H1.4 a boundary narrows": (LAWS, "test_a_boundary_only_narrows"),
    "H1.4 a session policy narrows": (LAWS, "test_session_policies_only_narrow"),
    "H1.5 from another account both sides must allow": (EVALUATION, "test_where_both_sides_must_allow_they_must"),
    "H1.6 * and ?, the case of actions and of resources": (EVALUATION, "test_an_identity_policy_is_judged_as_aws_does"),
    "H1.6 NotAction and NotResource": (LAWS, "test_not_action_and_not_resource_are_complements"),
    "H1.6 operators, a missing key": (f"{POLICY}/test_condition.py", "test_an_operator_answers_as_aws_says"),
    "H1.6 keys are and-ed, values or-ed": (f"{POLICY}/test_condition.py", "test_operators_and_keys_must_all_be_met"),
    "H1.7 a trust policy has no resource": (
        f"{POLICY}/test_validation.py",
        "test_a_malformed_statement_is_refused_in_awss_words",
    ),
    "H2.1 a service assumes a role that names it": (
        PROBES,
        "test_a_function_is_not_given_a_role_that_trusts_only_s3",
    ),
    "H2.1 S3 with the bucket as ExternalId": (
        AUTHORITY,
        "test_s3_assumes_only_for_the_bucket_that_the_trust_policy_names",
    ),
    "H2.3 cannot be assumed, in 90 bytes": (
        f"{ENDPOINT}/test_facts_of_the_preview.py",
        "test_a2_a_role_that_lambda_cannot_assume_is_refused_in_exactly_ninety_bytes",
    ),
    "H3 P: AddEventSource": (
        f"{PREVIEW}/test_event_sources.py",
        "test_whoever_may_not_pass_the_role_cannot_add_a_mapping",
    ),
    "H3 P: the notification of a bucket": (
        "tests/unit/runtime/services/test_s3_notifications.py",
        "test_whoever_may_not_pass_the_role_cannot_give_it_to_s3",
    ),
    "H4 parameters become a statement (AWS-103 to 109)": (PERMISSIONS, "test_a_permission_becomes_a_statement"),
    "H4 SourceArn and SourceAccount decide": (
        AUTHORITY,
        "test_a_service_invokes_a_function_only_for_the_source_that_the_functions_policy_names",
    ),
    "H4 a version has no policy of its function's (AWS-121)": (
        RECORDED,
        "test_aws_121_a_policy_of_the_function_is_none_of_its_versions",
    ),
    "H4 an identifier once (AWS-110 to 116)": (
        PERMISSIONS,
        "test_a_statement_id_is_given_once_and_the_last_removal_takes_the_policy",
    ),
    "H4 a statement that is not there (AWS-120)": (
        RECORDED,
        "test_aws_120_a_statement_that_is_not_there_cannot_be_removed",
    ),
    "H4 a stale revision (AWS-122)": (RECORDED, "test_aws_122_a_stale_revision_of_a_policy_is_refused"),
    "H5 JSON services": (IDENTITY, "test_a_denial_of_a_json_service"),
    "H5 query services": (IDENTITY, "test_a_denial_of_a_query_service"),
    "H5 Lambda": (IDENTITY, "test_a_denial_of_lambda"),
    "H5 S3, the ARN in quotes": (IDENTITY, "test_a_role_may_do_what_its_policy_allows_and_is_told_what_it_may_not"),
    "H5 with an explicit deny": (IDENTITY, "test_every_denial_is_in_the_journal_with_the_statement_that_decided"),
    "H5 an unknown key": (IDENTITY, "test_an_unknown_key_is_refused_when_strict"),
    "H5 a function of another account (AWS-031)": (RECORDED, "test_an_error_is_answered_as_aws_answered_it"),
    "H5 a trust policy that is no JSON (AWS-163)": (
        f"{POLICY}/test_validation.py",
        "test_what_is_no_json_object_is_refused_in_the_words_of_its_kind",
    ),
    "H5 no key is told to whoever may not list": (
        IDENTITY,
        "test_a_missing_key_is_not_admitted_to_whoever_may_not_list",
    ),
    "AWS-123 a function URL without a permission": (
        f"{ENDPOINT}/lambda_today/test_function_urls.py",
        "test_aws_123_an_address_that_nothing_allows_is_forbidden",
    ),
    "AWS-165, AWS-166 what is no ARN": (IDENTITY, "test_what_is_no_arn_is_refused_in_the_recorded_words"),
    "AWS-167 a session's name": (IDENTITY, "test_a_session_name_with_a_colon_is_refused_in_the_recorded_words"),
    "H6 every probe in which the store errs": (PROBES, "test_a_role_reads_an_object_if_its_policies_say_so"),
}


@pytest.mark.parametrize("fact", HELD_BY)
def test_the_test_that_holds_a_fact_exists(fact: str) -> None:
    path, name = HELD_BY[fact]
    text = (REPOSITORY / path).read_text()

    assert f"def {name}(" in text


SAYS_WHO_IT_IS = """
import boto3

def handler(event, context):
    return boto3.client("sts").get_caller_identity()["Arn"]
"""
BY_LAMBDA = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.fixture
def new(platform: RunningPlatform) -> Iterator[Callable[..., Any]]:
    """Return a function that makes a function (of today), which is deleted afterwards."""
    made: list[str] = []
    runtimes = httpx.get(f"{platform.url}/_lab/status").json()["runtimes"]
    python = next(runtime for runtime in runtimes if runtime.startswith("python"))

    def new(name: str, role: str, client: Any = None, **more: Any) -> Any:
        answer = (client or platform.client("lambda")).create_function(
            FunctionName=name,
            Runtime=python,
            Role=role,
            Handler="index.handler",
            Code={"ZipFile": zipped("index.py", SAYS_WHO_IT_IS)},
            Timeout=30,
            **more,
        )
        made.append(name)
        return answer

    yield new
    for name in made:
        platform.client("lambda").delete_function(FunctionName=name)


@pytest.fixture
def user(platform: RunningPlatform) -> Callable[..., Any]:
    """Return a function that makes a user with some rights, and returns a client of Lambda's of theirs."""

    def user(*statements: Mapping[str, Any]) -> Any:
        iam, name = platform.client("iam"), f"facts-{uuid.uuid4().hex[:8]}"
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="rights", PolicyDocument=policy(*statements))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return platform.client(
            "lambda", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
        )

    return user


@pytest.mark.parametrize(("name", "session"), [("who", "who"), ("w", "w@lambda_function")])
def test_aws_068_and_067_a_function_is_a_session_of_its_role_under_its_own_name(
    platform: RunningPlatform, new: Callable[..., Any], execution_role: str, name: str, session: str
) -> None:
    """H2.2. A session's name has at least two characters, so Lambda adds some to a function's of one."""
    new(name, execution_role)

    payload = platform.client("lambda").invoke(FunctionName=name)["Payload"]
    with payload:
        said = json.loads(payload.read())

    assert said == f"arn:aws:sts::{ACCOUNT}:assumed-role/{execution_role.rpartition('/')[2]}/{session}"


def test_h3_both_making_a_function_and_giving_it_another_role_need_the_right_to_pass_that_role(
    platform: RunningPlatform, new: Callable[..., Any], user: Callable[..., Any], execution_role: str
) -> None:
    name, other = f"facts-{uuid.uuid4().hex[:8]}", f"other-{uuid.uuid4().hex[:8]}"
    arn = platform.client("iam").create_role(RoleName=other, AssumeRolePolicyDocument=policy(BY_LAMBDA))["Role"]["Arn"]
    learner = user(allow("lambda:*", "*"), allow("iam:PassRole", execution_role))

    new(name, execution_role, learner)

    with pytest.raises(ClientError) as refused:
        learner.update_function_configuration(FunctionName=name, Role=arn)
    error = refused.value.response["Error"]
    assert error["Code"] == "AccessDeniedException"
    assert error["Message"].endswith(
        f"is not authorized to perform: iam:PassRole on resource: {arn} "
        "because no identity-based policy allows the iam:PassRole action"
    )


@pytest.mark.parametrize(("service", "is_passed"), [("lambda.amazonaws.com", True), ("s3.amazonaws.com", False)])
def test_h3_a_condition_may_say_to_which_service_a_role_is_passed(
    new: Callable[..., Any], user: Callable[..., Any], execution_role: str, service: str, is_passed: bool
) -> None:
    condition = {"StringEquals": {"iam:PassedToService": service}}
    learner = user(allow("lambda:*", "*"), allow("iam:PassRole", execution_role, Condition=condition))
    name = f"facts-{uuid.uuid4().hex[:8]}"

    if is_passed:
        assert new(name, execution_role, learner)["Role"] == execution_role
    else:
        with pytest.raises(ClientError, match="iam:PassRole"):
            new(name, execution_role, learner)
