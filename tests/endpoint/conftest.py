"""What tests of the wire ask for: an endpoint of their own, and people in its account."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from runtime.identity.principal import Credentials
from tests.endpoint.door import WireDoor, wire_door


@pytest.fixture
def door(tmp_path: Path) -> Iterator[WireDoor]:
    """Return a strict endpoint with an empty account."""
    with wire_door(tmp_path) as opened:
        yield opened


@pytest.fixture
def lenient_door(tmp_path: Path) -> Iterator[WireDoor]:
    """Return a lenient endpoint with an empty account."""
    with wire_door(tmp_path, is_strict=False) as opened:
        yield opened


def policy(*statements: Mapping[str, Any]) -> str:
    """Return a policy document of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str, resource: str, **more: Any) -> dict[str, Any]:
    """Return a statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def user_with(door: WireDoor, *statements: Mapping[str, Any], name: str = "learner") -> Credentials:
    """Return the access key of a new user with these rights."""
    iam = door.client("iam")
    iam.create_user(UserName=name)
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="rights", PolicyDocument=policy(*statements))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def session_with(door: WireDoor, *statements: Mapping[str, Any], name: str = "worker") -> Credentials:
    """Return a session of a new role with these rights, which a new user has assumed by STS."""
    user = user_with(door, allow("sts:AssumeRole", "*"), name=f"{name}-user")
    iam = door.client("iam")
    trust = policy(
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"}
    )
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="rights", PolicyDocument=policy(*statements))
    got = door.client("sts", user).assume_role(RoleArn=role["Arn"], RoleSessionName="hello")["Credentials"]
    return Credentials(got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"], got["Expiration"])
