"""Permissions boundaries, session policies and groups, as far as they count at the endpoint; what a denial tells."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from runtime.identity.principal import Credentials
from tests.endpoint.conftest import allow, policy, user_with
from tests.endpoint.door import WireDoor

ROLE = "arn:aws:iam::123456789012:role/worker"
LISTS, READS_ROLES = allow("s3:ListAllMyBuckets", "*"), allow("iam:GetRole", "*")
ONLY_S3 = allow("s3:*", "*")
BY_THE_ACCOUNT = policy(
    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"}
)


def managed(door: WireDoor, name: str, *statements: Mapping[str, Any]) -> str:
    return str(door.client("iam").create_policy(PolicyName=name, PolicyDocument=policy(*statements))["Policy"]["Arn"])


def assume(door: WireDoor, *, boundary: str = "", **more: Any) -> Credentials:
    """Return a session of a role that may list buckets and read roles."""
    user = user_with(door, allow("sts:AssumeRole", "*"))
    bounded = {"PermissionsBoundary": boundary} if boundary else {}
    door.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=BY_THE_ACCOUNT, **bounded)
    rights = policy(LISTS, READS_ROLES)
    door.client("iam").put_role_policy(RoleName="worker", PolicyName="rights", PolicyDocument=rights)
    got = door.client("sts", user).assume_role(RoleArn=ROLE, RoleSessionName="hello", **more)["Credentials"]
    return Credentials(got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"], got["Expiration"])


def denied(call: Callable[..., Any], **parameters: Any) -> str:
    with pytest.raises(ClientError) as refusal:
        call(**parameters)
    error = refusal.value.response["Error"]
    assert error["Code"] == "AccessDenied"
    return str(error["Message"])


def refused(call: Callable[..., Any], **parameters: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as refusal:
        call(**parameters)
    response = refusal.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]


def test_a_roles_boundary_narrows_its_sessions_until_it_is_taken_away(door: WireDoor) -> None:
    session = assume(door, boundary=managed(door, "edge", ONLY_S3))
    iam = door.client("iam", session)

    assert door.client("s3", session).list_buckets()["Buckets"] == []
    assert denied(iam.get_role, RoleName="worker").endswith(
        "because no permissions boundary allows the iam:GetRole action"
    )
    door.client("iam").delete_role_permissions_boundary(RoleName="worker")
    assert iam.get_role(RoleName="worker")["Role"]["Arn"] == ROLE


def test_a_boundary_gives_nothing_by_itself(door: WireDoor) -> None:
    session = assume(door, boundary=managed(door, "edge", allow("*", "*")))

    assert "no identity-based policy" in denied(door.client("iam", session).list_users)


def test_a_deny_in_a_boundary_denies(door: WireDoor) -> None:
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    session = assume(door, boundary=managed(door, "edge", allow("*", "*"), deny))

    assert denied(door.client("s3", session).list_buckets).endswith("an explicit deny in a permissions boundary")


@pytest.mark.parametrize("when", ["created", "later"])
def test_a_users_boundary_counts_and_is_shown(door: WireDoor, when: str) -> None:
    iam, edge = door.client("iam"), managed(door, "edge", ONLY_S3)
    if when == "created":
        iam.create_user(UserName="learner", PermissionsBoundary=edge)
    else:
        iam.create_user(UserName="learner")
        iam.put_user_permissions_boundary(UserName="learner", PermissionsBoundary=edge)
    iam.put_user_policy(UserName="learner", PolicyName="rights", PolicyDocument=policy(LISTS, READS_ROLES))
    key = iam.create_access_key(UserName="learner")["AccessKey"]
    user = Credentials(key["AccessKeyId"], key["SecretAccessKey"])

    assert iam.get_user(UserName="learner")["User"]["PermissionsBoundary"] == {
        "PermissionsBoundaryType": "PermissionsBoundaryPolicy",
        "PermissionsBoundaryArn": edge,
    }
    assert door.client("s3", user).list_buckets()["Buckets"] == []
    assert "no permissions boundary allows" in denied(door.client("iam", user).get_role, RoleName="worker")
    iam.delete_user_permissions_boundary(UserName="learner")
    assert refused(door.client("iam", user).get_role, RoleName="worker")[1] == "NoSuchEntity"


def test_a_boundary_whose_policy_is_gone_allows_nothing(door: WireDoor) -> None:
    edge = managed(door, "edge", ONLY_S3)
    session = assume(door, boundary=edge)

    door.client("iam").delete_policy(PolicyArn=edge)

    assert "no permissions boundary allows" in denied(door.client("s3", session).list_buckets)


def test_a_boundary_that_does_not_exist_is_refused(door: WireDoor) -> None:
    iam, nowhere = door.client("iam"), "arn:aws:iam::123456789012:policy/nowhere"
    words = f"Scope ARN: {nowhere} does not exist or is not attachable."
    iam.create_user(UserName="learner")

    answers = [
        refused(iam.create_user, UserName="other", PermissionsBoundary=nowhere),
        refused(iam.put_user_permissions_boundary, UserName="learner", PermissionsBoundary=nowhere),
        refused(iam.create_role, RoleName="r", AssumeRolePolicyDocument=BY_THE_ACCOUNT, PermissionsBoundary=nowhere),
    ]

    assert answers == [(404, "NoSuchEntity", words)] * 3
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["learner"]
    assert refused(
        iam.put_user_permissions_boundary, UserName="x", PermissionsBoundary=managed(door, "edge", ONLY_S3)
    ) == (404, "NoSuchEntity", "The user with name x cannot be found.")


def test_a_session_has_no_more_than_the_policies_that_were_passed(door: WireDoor) -> None:
    session = assume(door, Policy=policy(LISTS, allow("iam:ListUsers", "*")))

    assert door.client("s3", session).list_buckets()["Buckets"] == []
    assert denied(door.client("iam", session).get_role, RoleName="worker").endswith(
        "because no session policy allows the iam:GetRole action"
    )
    assert "no identity-based policy" in denied(door.client("iam", session).list_users)


def test_managed_policies_can_be_passed_and_all_that_are_passed_count_together(door: WireDoor) -> None:
    arn = managed(door, "roles", READS_ROLES)

    session = assume(door, Policy=policy(LISTS), PolicyArns=[{"arn": arn}])

    assert door.client("s3", session).list_buckets()["Buckets"] == []
    assert door.client("iam", session).get_role(RoleName="worker")["Role"]["Arn"] == ROLE


@pytest.mark.parametrize(
    ("passed", "code", "words"),
    [
        ({"Policy": "{"}, "MalformedPolicyDocument", "Syntax errors in policy."),
        ({"Policy": json.dumps({"Statement": "x"})}, "MalformedPolicyDocument", "Syntax errors in policy."),
        (
            {"PolicyArns": [{"arn": "arn:aws:iam::123456789012:policy/nowhere"}]},
            "MalformedPolicyDocument",
            "Policy arn:aws:iam::123456789012:policy/nowhere does not exist or is not attachable.",
        ),
        ({"Policy": "x" * 2049}, "ValidationError", "Member must have length less than or equal to 2048"),
        (
            {"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/AWSLambdaExecute"}] * 11},
            "ValidationError",
            "Member must have length less than or equal to 10",
        ),
    ],
)
def test_policies_that_no_session_can_have_are_refused(
    door: WireDoor, passed: dict[str, Any], code: str, words: str
) -> None:
    status, answered, message = refused(lambda: assume(door, **passed))

    assert (status, answered) == (400, code)
    assert words in message


def test_a_bucket_that_names_the_session_is_not_limited_by_its_policies(door: WireDoor) -> None:
    s3 = door.client("s3")
    s3.create_bucket(Bucket="photos")
    s3.put_object(Bucket="photos", Key="k", Body=b"hello")
    session = assume(door, Policy=policy(LISTS))
    named = "arn:aws:sts::123456789012:assumed-role/worker/hello"

    for principal, is_let_in in ((named, True), (ROLE, False)):
        statement = {**allow("s3:GetObject", "arn:aws:s3:::photos/*"), "Principal": {"AWS": principal}}
        s3.put_bucket_policy(Bucket="photos", Policy=policy(statement))
        if is_let_in:
            assert door.client("s3", session).get_object(Bucket="photos", Key="k")["Body"].read() == b"hello"
        else:
            assert "no session policy" in denied(door.client("s3", session).get_object, Bucket="photos", Key="k")


def test_managed_policies_of_a_group_count_for_its_users_until_they_leave(door: WireDoor) -> None:
    user, iam = user_with(door), door.client("iam")
    iam.create_group(GroupName="class")
    iam.attach_group_policy(GroupName="class", PolicyArn=managed(door, "roles", allow("iam:ListRoles", "*")))
    iam.add_user_to_group(GroupName="class", UserName="learner")
    assert door.client("iam", user).list_roles()["Roles"] == []

    iam.remove_user_from_group(GroupName="class", UserName="learner")

    assert "no identity-based policy" in denied(door.client("iam", user).list_roles)


def test_the_default_version_of_a_policy_is_the_one_that_counts(door: WireDoor) -> None:
    iam, arn = door.client("iam"), managed(door, "rights", allow("iam:ListUsers", "*"))
    user = user_with(door)
    iam.attach_user_policy(UserName="learner", PolicyArn=arn)
    nothing = policy(allow("logs:*", "*"))

    version = iam.create_policy_version(PolicyArn=arn, PolicyDocument=nothing)["PolicyVersion"]["VersionId"]
    assert door.client("iam", user).list_users()["Users"]
    iam.set_default_policy_version(PolicyArn=arn, VersionId=version)

    assert "no identity-based policy" in denied(door.client("iam", user).list_users)


def test_a_denial_in_the_feed_says_what_was_considered_and_what_came_nearest(door: WireDoor) -> None:
    user = user_with(door, allow("iam:GetRole", "arn:aws:iam::123456789012:role/other", Sid="Other"), LISTS)

    message = denied(door.client("iam", user).get_role, RoleName="worker")

    (entry,) = httpx.get(f"{door.url}/_lab/journal?after=0&wait=1").json()["entries"]
    facts, trace = entry["facts"], entry["facts"]["trace"]
    assert facts["message"] == message
    assert "nearest" not in message
    assert trace["policies"] == [{"kind": "identity-based policy", "policy": "rights", "statements": 2}]
    assert trace["context"]["aws:SourceIp"] == "127.0.0.1"
    assert (trace["nearest"]["sid"], trace["nearest"]["action"], trace["nearest"]["resource"]) == ("Other", True, False)
    assert 'only on "arn:aws:iam::123456789012:role/other"' in facts["explanation"]


def test_a_refused_assumption_says_which_condition_was_not_met(door: WireDoor) -> None:
    user = user_with(door)
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:user/learner"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "42"}},
    }
    door.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=policy(trust))

    denied(door.client("sts", user).assume_role, RoleArn=ROLE, RoleSessionName="hello", ExternalId="43")

    (assumption,) = door.facts("assumption")
    assert 'StringEquals wants sts:ExternalId to be "42", and it is "43"' in assumption["explanation"]
    assert assumption["trace"]["nearest"]["unmet"][0]["key"] == "sts:ExternalId"
