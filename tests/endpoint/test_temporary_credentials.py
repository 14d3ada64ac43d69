"""Credentials for a while: sessions of roles and their tags, a user's own, those that he shares."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
import httpx
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from runtime.identity.principal import Credentials
from tests.endpoint.conftest import allow, policy, session_with, user_with
from tests.endpoint.door import ACCOUNT, REGION, WireDoor

ROOT_OF_ACCOUNT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/tagged"
LISTS = allow("s3:ListAllMyBuckets", "*")


def keys(answered: Mapping[str, Any]) -> Credentials:
    got = answered["Credentials"]
    return Credentials(got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"], got["Expiration"])


def refused(call: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refusal:
        call(**parameters)
    error = refusal.value.response["Error"]
    return error["Code"], error["Message"]


def role(door: WireDoor, actions: list[str], *statements: Mapping[str, Any], **more: Any) -> None:
    """Make a role that trusts the account to do these."""
    condition = more.pop("condition", None)
    trust = {"Effect": "Allow", "Principal": ROOT_OF_ACCOUNT, "Action": actions}
    trust |= {"Condition": condition} if condition else {}
    iam = door.client("iam")
    iam.create_role(RoleName="tagged", AssumeRolePolicyDocument=policy(trust), **more)
    if statements:
        iam.put_role_policy(RoleName="tagged", PolicyName="rights", PolicyDocument=policy(*statements))


def seconds_left(answered: Mapping[str, Any]) -> float:
    return float((answered["Credentials"]["Expiration"] - datetime.now(UTC)).total_seconds())


# How long


def test_a_session_of_a_role_lasts_no_longer_than_its_role_allows(door: WireDoor) -> None:
    role(door, ["sts:AssumeRole"], MaxSessionDuration=7200)
    sts = door.client("sts", user_with(door, allow("sts:AssumeRole", "*")))
    asked = {"RoleArn": ROLE, "RoleSessionName": "hello"}

    assert 7100 < seconds_left(sts.assume_role(**asked, DurationSeconds=7200)) <= 7200
    assert refused(sts.assume_role, **asked, DurationSeconds=7201) == (
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    )


def test_a_session_that_assumes_a_further_role_gets_an_hour_at_most(door: WireDoor) -> None:
    role(door, ["sts:AssumeRole"], MaxSessionDuration=43200)
    sts = door.client("sts", session_with(door, allow("sts:AssumeRole", "*")))
    asked = {"RoleArn": ROLE, "RoleSessionName": "hello"}

    assert refused(sts.assume_role, **asked, DurationSeconds=3601) == (
        "ValidationError",
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    )
    assert 3500 < seconds_left(sts.assume_role(**asked, DurationSeconds=3600)) <= 3600


def test_whoever_may_not_assume_a_role_is_not_told_how_long_its_sessions_last(door: WireDoor) -> None:
    role(door, ["sts:AssumeRole"])
    sts = door.client("sts", user_with(door))

    answered = refused(sts.assume_role, RoleArn=ROLE, RoleSessionName="hello", DurationSeconds=43200)

    assert answered[0] == "AccessDenied"


# Tags of a session


def tag(name: str, value: str) -> dict[str, str]:
    return {"Key": name, "Value": value}


def test_passing_tags_needs_a_right_of_its_own_in_the_trust_policy(door: WireDoor) -> None:
    role(door, ["sts:AssumeRole"])
    sts = door.client("sts", user_with(door, allow("sts:*", "*")))
    asked = {"RoleArn": ROLE, "RoleSessionName": "hello"}

    sts.assume_role(**asked)

    assert refused(sts.assume_role, **asked, Tags=[tag("team", "red")]) == (
        "AccessDenied",
        f"User: arn:aws:iam::{ACCOUNT}:user/learner is not authorized to perform: sts:TagSession on resource: {ROLE}",
    )


def test_a_role_that_assumes_a_role_with_tags_is_what_its_tags_say(door: WireDoor) -> None:
    only_own = allow("s3:ListBucket", "arn:aws:s3:::${aws:PrincipalTag/team}")
    role(door, ["sts:AssumeRole", "sts:TagSession"], only_own, Tags=[tag("team", "blue")])
    for bucket in ("team-red", "blue"):
        door.client("s3").create_bucket(Bucket=bucket)
    sts = door.client("sts", user_with(door, allow("sts:*", "*")))
    asked = {"RoleArn": ROLE, "RoleSessionName": "hello"}

    plain, red = sts.assume_role(**asked), sts.assume_role(**asked, Tags=[tag("Team", "team-red")])

    door.client("s3", keys(plain)).list_objects_v2(Bucket="blue")
    door.client("s3", keys(red)).list_objects_v2(Bucket="team-red")
    assert refused(door.client("s3", keys(red)).list_objects_v2, Bucket="blue")[0] == "AccessDenied"


def test_a_trust_policy_may_ask_for_tags(door: WireDoor) -> None:
    condition = {
        "StringEquals": {"aws:RequestTag/team": ["red", "blue"]},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]},
    }
    role(door, ["sts:AssumeRole", "sts:TagSession"], condition=condition)
    assume = door.client("sts", user_with(door, allow("sts:*", "*"))).assume_role
    asked = {"RoleArn": ROLE, "RoleSessionName": "hello"}

    assume(**asked, Tags=[tag("team", "red")])

    assert refused(assume, **asked)[0] == "AccessDenied"
    assert refused(assume, **asked, Tags=[tag("team", "green")])[0] == "AccessDenied"
    assert refused(assume, **asked, Tags=[tag("team", "red"), tag("rank", "1")])[0] == "AccessDenied"


def test_transitive_tags_are_handed_on_and_keep_their_values(door: WireDoor) -> None:
    by_tag = {"StringEquals": {"aws:PrincipalTag/team": "red"}}
    lists = {**LISTS, "Condition": by_tag}
    role(door, ["sts:AssumeRole", "sts:TagSession"], lists, allow("sts:*", "*"))
    sts = door.client("sts", user_with(door, allow("sts:*", "*")))
    asked = {"RoleArn": ROLE, "RoleSessionName": "hello"}
    tags = {"Tags": [tag("team", "red"), tag("rank", "1")], "TransitiveTagKeys": ["team"]}

    first = keys(sts.assume_role(**asked, **tags))
    again = door.client("sts", first)
    second = keys(again.assume_role(**asked))

    assert door.client("s3", second).list_buckets()["Buckets"] == []
    assert refused(again.assume_role, **asked, Tags=[tag("TEAM", "blue")]) == (
        "InvalidParameterValue",
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from "
        "the calling session.",
    )


NO_TAGS_OF_A_SESSION: list[tuple[dict[str, Any], str, str]] = [
    ({"Tags": [tag("a", "1"), tag("A", "2")]}, "InvalidParameterValue", "Duplicate tag keys found."),
    ({"Tags": [tag("a", "1")], "TransitiveTagKeys": ["b"]}, "InvalidParameterValue", "transitive tag key must be"),
    ({"Tags": [tag(str(n), "") for n in range(51)]}, "ValidationError", "less than or equal to 50"),
    ({"Tags": [tag("a" * 129, "")]}, "ValidationError", "tags.1.member.key"),
    ({"Tags": [tag("a", "b" * 257)]}, "ValidationError", "tags.1.member.value"),
]


def test_tags_that_no_session_can_have_are_refused(door: WireDoor) -> None:
    role(door, ["sts:AssumeRole", "sts:TagSession"])
    sts = door.client("sts", user_with(door, allow("sts:*", "*")), config=Config(parameter_validation=False))

    for passed, code, words in NO_TAGS_OF_A_SESSION:
        answered = refused(sts.assume_role, RoleArn=ROLE, RoleSessionName="hello", **passed)

        assert answered[0] == code
        assert words in answered[1]


# A user's own, for a while


def test_a_users_temporary_credentials_are_his_but_not_for_iam(door: WireDoor) -> None:
    user = user_with(door, LISTS, allow("iam:*", "*"), allow("sts:*", "*"))

    temporary = keys(door.client("sts", user).get_session_token(DurationSeconds=900))

    assert temporary.access_key_id.startswith("ASIA")
    assert door.client("sts", temporary).get_caller_identity()["Arn"].endswith(":user/learner")
    assert door.client("s3", temporary).list_buckets()["Buckets"] == []
    assert refused(door.client("iam", temporary).list_users)[0] == "InvalidClientTokenId"
    assert "AWS takes them neither for IAM nor for most of STS" in door.facts("credentials")[-1]["explanation"]
    assert refused(door.client("sts", temporary).get_session_token) == (
        "AccessDenied",
        "Cannot call GetSessionToken with session credentials",
    )
    assert refused(door.client("sts", temporary).get_federation_token, Name="bob")[0] == "AccessDenied"


def test_a_users_temporary_credentials_end_with_the_user(door: WireDoor) -> None:
    user = user_with(door, LISTS)
    temporary = keys(door.client("sts", user).get_session_token())
    iam = door.client("iam")
    iam.delete_access_key(UserName="learner", AccessKeyId=user.access_key_id)
    iam.delete_user_policy(UserName="learner", PolicyName="rights")
    iam.delete_user(UserName="learner")
    iam.create_user(UserName="learner")
    iam.put_user_policy(UserName="learner", PolicyName="rights", PolicyDocument=policy(LISTS))

    assert refused(door.client("s3", temporary).list_buckets)[0] == "InvalidAccessKeyId"


def test_root_gets_an_hour_of_itself(door: WireDoor) -> None:
    answered = door.client("sts").get_session_token(DurationSeconds=43200)

    assert seconds_left(answered) <= 3600
    assert door.client("s3", keys(answered)).list_buckets()["Buckets"] == []
    assert refused(door.client("iam", keys(answered)).list_users)[0] == "InvalidClientTokenId"


@pytest.mark.parametrize(("present", "is_allowed"), [("true", False), ("false", True)])
def test_a_condition_may_ask_for_a_second_factor_which_temporary_credentials_do_not_have(
    door: WireDoor, present: str, is_allowed: bool
) -> None:
    condition = {"Bool": {"aws:MultiFactorAuthPresent": present}}
    user = user_with(door, {**LISTS, "Condition": condition})
    temporary = keys(door.client("sts", user).get_session_token())

    assert refused(door.client("s3", user).list_buckets)[0] == "AccessDenied"  # a long-term key has no such key
    if is_allowed:
        door.client("s3", temporary).list_buckets()
    else:
        assert refused(door.client("s3", temporary).list_buckets)[0] == "AccessDenied"


# What a user shares


def test_a_federated_user_may_do_what_both_the_user_and_the_policy_allow(door: WireDoor) -> None:
    user = user_with(door, LISTS, allow("sts:GetFederationToken", "*"), allow("sqs:ListQueues", "*"))

    answered = door.client("sts", user).get_federation_token(Name="bob", Policy=policy(LISTS, allow("logs:*", "*")))
    bob = keys(answered)

    assert answered["FederatedUser"] == {
        "FederatedUserId": f"{ACCOUNT}:bob",
        "Arn": f"arn:aws:sts::{ACCOUNT}:federated-user/bob",
    }
    assert door.client("sts", bob).get_caller_identity()["Arn"] == answered["FederatedUser"]["Arn"]
    assert door.client("s3", bob).list_buckets()["Buckets"] == []
    assert "no identity-based policy" in refused(door.client("logs", bob).describe_log_groups)[1]
    assert "no session policy" in refused(door.client("sqs", bob).list_queues)[1]
    assert refused(door.client("iam", bob).list_users)[0] == "InvalidClientTokenId"
    assert refused(door.client("sts", bob).assume_role, RoleArn=ROLE, RoleSessionName="hello")[0] == "AccessDenied"


def test_a_federated_user_without_a_policy_may_only_do_what_a_resource_lets_him(door: WireDoor) -> None:
    s3 = door.client("s3")
    s3.create_bucket(Bucket="photos")
    user = user_with(door, allow("*", "*"))
    bob = keys(door.client("sts", user).get_federation_token(Name="bob"))
    assert refused(door.client("s3", bob).list_objects_v2, Bucket="photos")[0] == "AccessDenied"

    named = {"AWS": f"arn:aws:sts::{ACCOUNT}:federated-user/bob"}
    s3.put_bucket_policy(
        Bucket="photos", Policy=policy({**allow("s3:ListBucket", "arn:aws:s3:::photos"), "Principal": named})
    )

    assert door.client("s3", bob).list_objects_v2(Bucket="photos")["KeyCount"] == 0
    assert refused(door.client("s3", bob).list_buckets)[0] == "AccessDenied"


def test_root_shares_everything_that_the_policy_allows(door: WireDoor) -> None:
    bob = keys(door.client("sts").get_federation_token(Name="bob", Policy=policy(LISTS)))

    assert door.client("s3", bob).list_buckets()["Buckets"] == []
    assert "no session policy" in refused(door.client("logs", bob).describe_log_groups)[1]


def test_sharing_with_tags_needs_the_right_to_tag(door: WireDoor) -> None:
    user = user_with(door, allow("sts:GetFederationToken", "*"))
    share = door.client("sts", user).get_federation_token

    share(Name="bob")

    assert "sts:TagSession" in refused(share, Name="bob", Tags=[tag("team", "red")])[1]
    assert refused(door.client("sts", user_with(door, name="other")).get_federation_token, Name="bob") == (
        "AccessDenied",
        f"User: arn:aws:iam::{ACCOUNT}:user/other is not authorized to perform: sts:GetFederationToken on resource: "
        f"arn:aws:sts::{ACCOUNT}:federated-user/bob "
        "because no identity-based policy allows the sts:GetFederationToken action",
    )


NO_FEDERATED_USER: list[tuple[dict[str, Any], str]] = [
    ({"Name": "b"}, "Member must have length greater than or equal to 2"),
    ({"Name": "b" * 33}, "Member must have length less than or equal to 32"),
    ({"Name": "bob!"}, "Member must satisfy regular expression pattern"),
    ({"Name": "bob", "DurationSeconds": 899}, "Member must have value greater than or equal to 900"),
    ({"Name": "bob", "DurationSeconds": 129601}, "Member must have value less than or equal to 129600"),
]


def test_a_federated_user_that_cannot_be_is_refused(door: WireDoor) -> None:
    sts = door.client("sts", config=Config(parameter_validation=False))

    for asked, words in NO_FEDERATED_USER:
        code, message = refused(sts.get_federation_token, **asked)

        assert code == "ValidationError"
        assert words in message


# Whose word is not taken, and small questions


@pytest.mark.parametrize("operation", ["assume_role_with_web_identity", "assume_role_with_saml"])
def test_no_identity_providers_word_is_taken_and_that_is_said(door: WireDoor, operation: str) -> None:
    sts = boto3.client("sts", endpoint_url=door.url, region_name=REGION, config=Config(signature_version=UNSIGNED))
    asked = {"RoleArn": ROLE} | (
        {"PrincipalArn": ROLE, "SAMLAssertion": "AAAA"}
        if operation.endswith("saml")
        else {"RoleSessionName": "hello", "WebIdentityToken": "AAAA"}
    )

    code, message = refused(getattr(sts, operation), **asked)

    assert code == "NotImplementedException"
    assert "knows no identity providers" in message


def test_nothing_else_of_sts_may_be_asked_without_a_signature(door: WireDoor) -> None:
    for action in ("AssumeRole", "GetCallerIdentity", "GetSessionToken", "AssumeRoleWithWebIdentity&Action=AssumeRole"):
        answer = httpx.post(
            door.url,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            content=f"Action={action}&Version=2011-06-15&RoleArn={ROLE}&RoleSessionName=hello",
        )
        assert answer.status_code in (400, 403, 501), answer.text
        assert "<Credentials>" not in answer.text


def test_a_key_tells_its_account(door: WireDoor) -> None:
    user = user_with(door, allow("sts:GetAccessKeyInfo", "*"))
    sts = door.client("sts", user)

    assert sts.get_access_key_info(AccessKeyId=user.access_key_id)["Account"] == ACCOUNT
    assert refused(sts.get_access_key_info, AccessKeyId="AKIANOBODYNOBODYNOBO")[0] == "ValidationError"


def test_no_message_can_be_decoded_because_none_is_encoded(door: WireDoor) -> None:
    sts = door.client("sts", user_with(door, allow("sts:DecodeAuthorizationMessage", "*")))

    answered = refused(sts.decode_authorization_message, EncodedMessage=json.dumps({}))

    assert answered == ("InvalidAuthorizationMessageException", "Message is not valid")


def test_sessions_that_were_opened_before_a_moment_can_be_revoked(door: WireDoor) -> None:
    """What the console calls "Revoke active sessions" is a policy that asks when a token was issued."""
    role(door, ["sts:AssumeRole"], LISTS)
    session = keys(
        door.client("sts", user_with(door, allow("sts:AssumeRole", "*"))).assume_role(
            RoleArn=ROLE, RoleSessionName="hello"
        )
    )
    s3 = door.client("s3", session)
    s3.list_buckets()

    revoked = {"DateLessThan": {"aws:TokenIssueTime": "2100-01-01T00:00:00Z"}}
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": revoked}
    door.client("iam").put_role_policy(
        RoleName="tagged", PolicyName="AWSRevokeOlderSessions", PolicyDocument=policy(deny)
    )

    assert "with an explicit deny" in refused(s3.list_buckets)[1]
