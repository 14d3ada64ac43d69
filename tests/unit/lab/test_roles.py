"""The execution role that most lessons need."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from lab.roles import basic_execution_role


@pytest.fixture(autouse=True)
def an_account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


def test_lambda_may_assume_it_and_it_may_write_logs_and_nothing_else() -> None:
    name = basic_execution_role().rsplit("/")[-1]

    iam = boto3.client("iam")
    trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    access = iam.get_role_policy(RoleName=name, PolicyName="logs")["PolicyDocument"]
    assert trust["Statement"][0]["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert {action.split(":")[0] for action in access["Statement"][0]["Action"]} == {"logs"}


def test_asking_again_gives_the_same_role() -> None:
    assert basic_execution_role() == basic_execution_role()
