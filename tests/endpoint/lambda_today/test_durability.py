"""What belongs to a function survives a runtime that is killed."""

from __future__ import annotations

import json
import os
import signal
from typing import Any

import httpx
import pytest

from tests.conftest import RunningPlatform, StartPlatform
from tests.endpoint.held import held_to_model, zipped
from tests.endpoint.lambda_today.conftest import invoked

SOURCE = "def handler(event, context):\n    return [context.function_version, open('/opt/text').read()]\n"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@pytest.mark.isolation
def test_everything_of_a_function_survives_kill_9(start_platform: StartPlatform) -> None:
    first = start_platform()
    before = furnished(first)
    os.kill(first.pid, signal.SIGKILL)
    os.waitid(os.P_PID, first.pid, os.WEXITED | os.WNOWAIT)

    client = held_to_model(start_platform(state=first.state).client("lambda"))

    assert seen(client) == before
    answer = invoked(client, FunctionName="hello", Qualifier="live")
    assert json.loads(answer["Payload"]) == ["1", "words"]
    assert client.publish_version(FunctionName="hello")["Version"] == "2"
    published = client.publish_layer_version(LayerName="words", Content={"ZipFile": zipped("text", "more")})
    assert published["Version"] == 2


def furnished(platform: RunningPlatform) -> dict[str, Any]:
    """Make a function with everything that one can have; return what a client sees of it."""
    client = held_to_model(platform.client("lambda"))
    iam = platform.client("iam")
    role = iam.create_role(RoleName="hello", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    runtimes = httpx.get(f"{platform.url}/_lab/status").json()["runtimes"]
    layer = client.publish_layer_version(LayerName="words", Content={"ZipFile": zipped("text", "words")})
    client.create_function(
        FunctionName="hello",
        Runtime=next(runtime for runtime in runtimes if runtime.startswith("python")),
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": zipped("index.py", SOURCE)},
        Layers=[layer["LayerVersionArn"]],
        Tags={"a": "b"},
        Publish=True,
    )
    client.delete_layer_version(LayerName="words", VersionNumber=1)
    client.update_function_configuration(FunctionName="hello", Description="changed")
    client.create_alias(FunctionName="hello", Name="live", FunctionVersion="1")
    client.put_function_concurrency(FunctionName="hello", ReservedConcurrentExecutions=3)
    client.put_function_event_invoke_config(FunctionName="hello", MaximumRetryAttempts=1)
    client.create_function_url_config(FunctionName="hello", AuthType="AWS_IAM")
    client.add_permission(
        FunctionName="hello", StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com"
    )
    return seen(client)


def seen(client: Any) -> dict[str, Any]:
    """Return what a client sees of the function, but for addresses: another process listens on another port."""
    answers = {
        "function": client.get_function(FunctionName="hello"),
        "versions": client.list_versions_by_function(FunctionName="hello"),
        "aliases": client.list_aliases(FunctionName="hello"),
        "policy": client.get_policy(FunctionName="hello"),
        "event": client.get_function_event_invoke_config(FunctionName="hello"),
        "url": client.get_function_url_config(FunctionName="hello"),
    }
    for answer in answers.values():
        del answer["ResponseMetadata"]
    del answers["function"]["Code"]
    answers["url"]["FunctionUrl"] = answers["url"]["FunctionUrl"].rstrip("/").rpartition("/")[2]
    return answers
