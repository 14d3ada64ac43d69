"""What users, roles, groups and policies may be called: nobody becomes another one by his name."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.endpoint.conftest import allow, policy
from tests.endpoint.door import WireDoor

TRUST = policy({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
RIGHTS = policy(allow("s3:GetObject", "*"))
CREATING: dict[str, tuple[str, dict[str, str]]] = {
    "UserName": ("create_user", {}),
    "RoleName": ("create_role", {"AssumeRolePolicyDocument": TRUST}),
    "GroupName": ("create_group", {}),
    "PolicyName": ("create_policy", {"PolicyDocument": RIGHTS}),
}


def refusal(iam: Any, operation: str, **members: str) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as refused:
        getattr(iam, operation)(**members)
    response = refused.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]


def test_a_name_that_would_be_another_ones_arn_or_no_name_at_all_is_refused(door: WireDoor) -> None:
    iam = door.client("iam")
    form = "It must contain only alphanumeric characters and/or the following: +=,.@_-"
    impossible = ("team/alice", "a b", "ü", "a\0", "a\n")

    for member, (operation, members) in CREATING.items():
        answers = {refusal(iam, operation, **members, **{member: name}) for name in impossible}

        written = member[0].lower() + member[1:]
        assert answers == {(400, "ValidationError", f"The specified value for {written} is invalid. {form}")}


def test_a_path_begins_and_ends_with_a_slash(door: WireDoor) -> None:
    iam = door.client("iam")
    form = "It must begin and end with / and contain only alphanumeric characters and/or / characters."

    for member, (operation, members) in CREATING.items():
        named = {**members, member: "alice"}
        answers = {refusal(iam, operation, **named, Path=path) for path in ("x", "/x", "x/", "//")}

        assert answers == {(400, "ValidationError", f"The specified value for path is invalid. {form}")}
        getattr(iam, operation)(**named, Path="/team/")


def test_a_name_has_a_length(door: WireDoor) -> None:
    iam = door.client("iam", config=Config(parameter_validation=False))
    sentence = (
        "1 validation error detected: Value '{}' at 'userName' failed to satisfy constraint: Member must have length"
    )

    too_long = refusal(iam, "create_user", UserName="a" * 65)
    too_short = refusal(iam, "create_user", UserName="")

    assert too_long == (400, "ValidationError", f"{sentence.format('a' * 65)} less than or equal to 64")
    assert too_short == (400, "ValidationError", f"{sentence.format('')} greater than or equal to 1")
    iam.create_user(UserName="a" * 64)


def test_nobody_is_renamed_into_somebody_elses_path(door: WireDoor) -> None:
    iam = door.client("iam")
    iam.create_user(UserName="mallory")

    code = refusal(iam, "update_user", UserName="mallory", NewUserName="team/alice")[1]

    assert code == "ValidationError"
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["mallory"]
