"""Whom policies name: somebody who exists, by his unique id once he does not; and how much of policies IAM takes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from runtime.identity.principal import Credentials
from tests.endpoint.conftest import allow, policy, user_with
from tests.endpoint.door import ACCOUNT, WireDoor

LEARNER = f"arn:aws:iam::{ACCOUNT}:user/learner"
NOBODY = f"arn:aws:iam::{ACCOUNT}:user/nobody"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/worker"


def trusting(name: Any) -> str:
    return policy({"Effect": "Allow", "Principal": {"AWS": name}, "Action": "sts:AssumeRole"})


def refused(call: Callable[..., Any], **parameters: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as refusal:
        call(**parameters)
    response = refusal.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]


def delete_learner(door: WireDoor, keys: Credentials) -> None:
    iam = door.client("iam")
    iam.delete_access_key(UserName="learner", AccessKeyId=keys.access_key_id)
    iam.delete_user(UserName="learner")


@pytest.mark.parametrize("name", [NOBODY, [LEARNER, NOBODY], "AIDANOBODYNOBODY1234", f"arn:aws:iam::{ACCOUNT}:role/no"])
def test_a_trust_policy_that_names_nobody_is_refused(door: WireDoor, name: Any) -> None:
    user_with(door)
    nobody = name[-1] if isinstance(name, list) else name
    words = f'Invalid principal in policy: "AWS":"{nobody}"'
    iam = door.client("iam")

    answered = refused(iam.create_role, RoleName="worker", AssumeRolePolicyDocument=trusting(name))

    assert answered == (400, "MalformedPolicyDocument", words)
    iam.create_role(RoleName="worker", AssumeRolePolicyDocument=trusting(LEARNER))
    assert refused(iam.update_assume_role_policy, RoleName="worker", PolicyDocument=trusting(name)) == answered


def test_a_policy_of_a_bucket_or_queue_that_names_nobody_is_refused(door: WireDoor) -> None:
    s3, sqs = door.client("s3"), door.client("sqs")
    s3.create_bucket(Bucket="photos")
    named = {"Principal": {"AWS": NOBODY}}

    of_bucket = refused(
        s3.put_bucket_policy,
        Bucket="photos",
        Policy=policy({**allow("s3:GetObject", "arn:aws:s3:::photos/*"), **named}),
    )
    of_queue = refused(
        sqs.create_queue, QueueName="q", Attributes={"Policy": policy({**allow("sqs:SendMessage", "*"), **named})}
    )

    assert of_bucket == (400, "MalformedPolicy", "Invalid principal in policy")
    assert of_queue[1:] == ("InvalidAttributeValue", "Invalid value for the parameter Policy.")


@pytest.mark.parametrize("name", ["*", ACCOUNT, "210987654321", "arn:aws:iam::210987654321:user/somebody"])
def test_everybody_accounts_and_strangers_may_be_named(door: WireDoor, name: str) -> None:
    door.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=trusting(name))


def test_a_user_who_was_made_again_is_not_the_one_whom_a_trust_policy_named(door: WireDoor) -> None:
    first, iam = user_with(door), door.client("iam")
    identifier = iam.get_user(UserName="learner")["User"]["UserId"]
    iam.create_role(RoleName="worker", AssumeRolePolicyDocument=trusting(LEARNER))
    asked = {"RoleArn": ROLE, "RoleSessionName": "hello"}
    door.client("sts", first).assume_role(**asked)

    delete_learner(door, first)
    again = user_with(door)

    document = iam.get_role(RoleName="worker")["Role"]["AssumeRolePolicyDocument"]
    assert document["Statement"][0]["Principal"] == {"AWS": identifier}
    assert refused(door.client("sts", again).assume_role, **asked)[1] == "AccessDenied"
    assert refused(iam.update_assume_role_policy, RoleName="worker", PolicyDocument=json.dumps(document))[2] == (
        f'Invalid principal in policy: "AWS":"{identifier}"'
    )


def test_a_role_that_was_made_again_is_not_the_one_whom_a_bucket_and_a_queue_named(door: WireDoor) -> None:
    iam, s3, sqs = door.client("iam"), door.client("s3"), door.client("sqs")
    identifier = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=trusting(ACCOUNT))["Role"]["RoleId"]
    s3.create_bucket(Bucket="photos")
    named = {"Principal": {"AWS": [ROLE, ACCOUNT]}}
    of_queue = policy({**allow("sqs:SendMessage", "*"), **named})
    url = sqs.create_queue(QueueName="q", Attributes={"Policy": of_queue})["QueueUrl"]
    s3.put_bucket_policy(Bucket="photos", Policy=policy({**allow("s3:ListBucket", "arn:aws:s3:::photos"), **named}))

    iam.delete_role(RoleName="worker")

    kept = (
        s3.get_bucket_policy(Bucket="photos")["Policy"],
        sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"],
    )
    for document in kept:
        assert json.loads(document)["Statement"][0]["Principal"]["AWS"] == [identifier, ACCOUNT]


def test_a_policy_may_name_somebody_by_his_unique_id(door: WireDoor) -> None:
    keys = user_with(door)
    identifier = door.client("iam").get_user(UserName="learner")["User"]["UserId"]

    door.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=trusting(identifier))

    door.client("sts", keys).assume_role(RoleArn=ROLE, RoleSessionName="hello")


# Quotas


def sized(size: int) -> str:
    """Return a policy of so many characters, white space not counted."""
    empty = policy(allow("s3:GetObject", "arn:aws:s3:::"))
    missing = size - len("".join(empty.split()))
    return policy(allow("s3:GetObject", "arn:aws:s3:::" + "x" * missing)).replace(",", ",\n      ")


def test_policies_that_are_too_large_are_refused_and_white_space_does_not_count(door: WireDoor) -> None:
    iam = door.client("iam")
    iam.create_user(UserName="learner")
    iam.create_group(GroupName="class")
    iam.create_role(RoleName="worker", AssumeRolePolicyDocument=trusting(ACCOUNT))
    arn = iam.create_policy(PolicyName="large", PolicyDocument=sized(6144))["Policy"]["Arn"]

    assert [
        refused(iam.create_policy, PolicyName="larger", PolicyDocument=sized(6145)),
        refused(iam.create_policy_version, PolicyArn=arn, PolicyDocument=sized(6145)),
        refused(iam.put_user_policy, UserName="learner", PolicyName="p", PolicyDocument=sized(2049)),
        refused(iam.put_group_policy, GroupName="class", PolicyName="p", PolicyDocument=sized(5121)),
        refused(iam.put_role_policy, RoleName="worker", PolicyName="p", PolicyDocument=sized(10241)),
        refused(iam.create_role, RoleName="r", AssumeRolePolicyDocument=trusting([ACCOUNT] * 200)),
    ] == [
        (409, "LimitExceeded", "Cannot exceed quota for PolicySize: 6144"),
        (409, "LimitExceeded", "Cannot exceed quota for PolicySize: 6144"),
        (409, "LimitExceeded", "Maximum policy size of 2048 bytes exceeded for user learner"),
        (409, "LimitExceeded", "Maximum policy size of 5120 bytes exceeded for group class"),
        (409, "LimitExceeded", "Maximum policy size of 10240 bytes exceeded for role worker"),
        (409, "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048"),
    ]


def test_inline_policies_count_together_but_for_the_one_that_is_written_anew(door: WireDoor) -> None:
    iam = door.client("iam")
    iam.create_user(UserName="learner")
    iam.put_user_policy(UserName="learner", PolicyName="one", PolicyDocument=sized(1024))
    iam.put_user_policy(UserName="learner", PolicyName="two", PolicyDocument=sized(1024))

    iam.put_user_policy(UserName="learner", PolicyName="two", PolicyDocument=sized(1000))

    too_much = refused(iam.put_user_policy, UserName="learner", PolicyName="three", PolicyDocument=sized(100))
    assert too_much[1] == "LimitExceeded"


def test_ten_managed_policies_can_be_attached_and_a_user_is_in_ten_groups(door: WireDoor) -> None:
    iam = door.client("iam")
    iam.create_user(UserName="learner")
    iam.create_role(RoleName="worker", AssumeRolePolicyDocument=trusting(ACCOUNT))
    arns = [policy["Arn"] for policy in iam.list_policies(Scope="AWS", MaxItems=11)["Policies"]]
    for number, arn in enumerate(arns[:10]):
        iam.attach_user_policy(UserName="learner", PolicyArn=arn)
        iam.attach_role_policy(RoleName="worker", PolicyArn=arn)
        iam.create_group(GroupName=f"class{number}")
        iam.add_user_to_group(UserName="learner", GroupName=f"class{number}")
    iam.create_group(GroupName="one-more")

    iam.attach_role_policy(RoleName="worker", PolicyArn=arns[0])  # it is attached already

    assert [
        refused(iam.attach_user_policy, UserName="learner", PolicyArn=arns[10]),
        refused(iam.attach_role_policy, RoleName="worker", PolicyArn=arns[10]),
        refused(iam.add_user_to_group, UserName="learner", GroupName="one-more"),
    ] == [
        (409, "LimitExceeded", "Cannot exceed quota for PoliciesPerUser: 10"),
        (409, "LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 10"),
        (409, "LimitExceeded", "Cannot exceed quota for GroupsPerUser: 10"),
    ]
