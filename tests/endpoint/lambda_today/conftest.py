"""What tests of today's Lambda begin with: a client that is held to the model, and a function of the test's own."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.conftest import RunningPlatform
from tests.endpoint.conftest import policy
from tests.endpoint.held import held_to_model, zipped

Create = Callable[..., Mapping[str, Any]]
ECHO = """
import os

def handler(event, context):
    print("seen", event)
    return {"event": event, "stage": os.environ.get("STAGE"), "request": context.aws_request_id}
"""


def refusal(call: Callable[..., Any], **parameters: Any) -> Mapping[str, Any]:
    """Return what is answered to a call that is refused: code, status, message, and whatever else the error says."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    response: Mapping[str, Any] = caught.value.response
    told = {
        key: value for key, value in response.items() if key not in ("Error", "ResponseMetadata", "message", "Message")
    }
    return {
        **told,
        "code": response["Error"]["Code"],
        "message": response["Error"].get("Message", ""),
        "status": response["ResponseMetadata"]["HTTPStatusCode"],
    }


def invoked(client: Any, **parameters: Any) -> Mapping[str, Any]:
    """Invoke, and return the answer with its payload read: one that is left unread keeps its connection open."""
    answer = client.invoke(**parameters)
    return {**answer, "Payload": answer["Payload"].read()}


@pytest.fixture
def today(platform: RunningPlatform) -> Any:
    return held_to_model(platform.client("lambda"))


@pytest.fixture
def name(today: Any) -> Iterator[str]:
    """Return the name of a function that is deleted afterwards."""
    name = f"today-{uuid.uuid4().hex[:8]}"
    yield name
    if name in [function["FunctionName"] for function in today.list_functions()["Functions"]]:
        today.delete_function(FunctionName=name)


@pytest.fixture
def python(platform: RunningPlatform) -> str:
    """Return the identifier of the Python runtime of this machine."""
    runtimes: list[str] = httpx.get(f"{platform.url}/_lab/status").json()["runtimes"]
    return next(runtime for runtime in runtimes if runtime.startswith("python"))


@pytest.fixture
def create(today: Any, name: str, python: str, execution_role: str) -> Callable[..., Mapping[str, Any]]:
    def create(source: str = ECHO, **changes: Any) -> Mapping[str, Any]:
        members = {
            "FunctionName": name,
            "Runtime": python,
            "Role": execution_role,
            "Handler": "index.handler",
            "Code": {"ZipFile": zipped("index.py", source)},
        }
        answer: Mapping[str, Any] = today.create_function(**(members | changes))
        return answer

    return create


@pytest.fixture
def function(create: Create) -> Mapping[str, Any]:
    """Return a function that echoes."""
    return create()


@pytest.fixture
def as_user(platform: RunningPlatform) -> Callable[..., Any]:
    """Return a function that makes a user with some rights, and returns a client of theirs."""
    iam = platform.client("iam")

    def as_user(*statements: Mapping[str, Any]) -> Any:
        user = f"user-{uuid.uuid4().hex[:8]}"
        iam.create_user(UserName=user)
        if statements:
            iam.put_user_policy(UserName=user, PolicyName="rights", PolicyDocument=policy(*statements))
        key = iam.create_access_key(UserName=user)["AccessKey"]
        return platform.client(
            "lambda", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
        )

    return as_user
