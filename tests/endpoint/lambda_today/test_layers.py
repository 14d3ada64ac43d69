"""Layers are published, shared and laid over each other in /opt; who has a version keeps it when it is deleted."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.endpoint.conftest import allow
from tests.endpoint.held import zipped
from tests.endpoint.lambda_today.conftest import Create, invoked, refusal

USES_LAYERS = """
import os

def handler(event, context):
    import shared
    return {"shared": shared.NAME, "opt": sorted(os.listdir("/opt")), "text": open("/opt/text").read()}
"""


@pytest.fixture
def layer() -> str:
    return f"layer-{uuid.uuid4().hex[:8]}"


def publish(today: Any, layer: str, path: str, content: str, **more: Any) -> Mapping[str, Any]:
    answer: Mapping[str, Any] = today.publish_layer_version(
        LayerName=layer, Content={"ZipFile": zipped(path, content)}, **more
    )
    return answer


def test_a_layer_is_published_read_listed_and_deleted(today: Any, layer: str) -> None:
    one = publish(today, layer, "text", "1", CompatibleRuntimes=["python3.11"], Description="words", LicenseInfo="MIT")
    two = publish(today, layer, "text", "2")

    assert (one["Version"], two["Version"]) == (1, 2)
    assert one["LayerVersionArn"] == f"{one['LayerArn']}:1"
    assert httpx.get(one["Content"]["Location"]).content == zipped("text", "1")
    by_arn = today.get_layer_version_by_arn(Arn=one["LayerVersionArn"])
    by_number = today.get_layer_version(LayerName=one["LayerArn"], VersionNumber=1)
    assert by_arn["Content"]["CodeSha256"] == by_number["Content"]["CodeSha256"] == one["Content"]["CodeSha256"]
    assert (by_arn["Description"], by_arn["LicenseInfo"]) == ("words", "MIT")
    versions = today.list_layer_versions(LayerName=layer)["LayerVersions"]
    fitting = today.list_layer_versions(LayerName=layer, CompatibleRuntime="python3.11")["LayerVersions"]
    layers = {one["LayerName"]: one["LatestMatchingVersion"]["Version"] for one in today.list_layers()["Layers"]}
    assert ([version["Version"] for version in versions], [version["Version"] for version in fitting]) == ([2, 1], [1])
    assert layers[layer] == 2
    today.delete_layer_version(LayerName=layer, VersionNumber=2)
    assert refusal(today.get_layer_version, LayerName=layer, VersionNumber=2)["status"] == 404
    assert publish(today, layer, "text", "3")["Version"] == 3


@pytest.mark.parametrize(
    ("arns", "message"),
    [
        (
            ["{layer}:1", "{layer}:2"],
            "Two different versions of the same layer are not allowed to be referenced in the same function. "
            "{layer}:1 and {layer}:2 are versions of the same layer.",
        ),
        (["{layer}:9"], "Layer version {layer}:9 does not exist."),
    ],
)
def test_layers_that_cannot_be_together_are_refused(
    today: Any, layer: str, create: Create, arns: list[str], message: str
) -> None:
    arn = publish(today, layer, "text", "1")["LayerArn"]
    publish(today, layer, "text", "2")

    answer = refusal(create, Layers=[one.format(layer=arn) for one in arns])

    assert (answer["code"], answer["message"]) == ("InvalidParameterValueException", message.format(layer=arn))


def test_a_malformed_layer_is_refused_by_the_model(create: Create) -> None:
    answer = refusal(create, Layers=["arn:aws:lambda:us-east-1:123456789012:layer:no-number"])

    assert answer["code"] == "ValidationException"
    assert answer["message"].startswith(
        "1 validation error detected: Value '[arn:aws:lambda:us-east-1:123456789012:layer:no-number]' "
        "at 'layers' failed to "
        "satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to "
    )


@pytest.mark.isolation
def test_a_function_sees_its_layers_in_opt_the_later_over_the_earlier(
    today: Any, layer: str, name: str, create: Create
) -> None:
    text = publish(today, f"{layer}-a", "text", "from the first")
    module = publish(today, f"{layer}-b", "python/shared.py", "NAME = 'a module of a layer'")
    over = publish(today, f"{layer}-c", "text", "from the last")

    create(USES_LAYERS, Layers=[one["LayerVersionArn"] for one in (text, module, over)])
    answer = json.loads(invoked(today, FunctionName=name)["Payload"])

    assert answer == {"shared": "a module of a layer", "opt": ["python", "text"], "text": "from the last"}
    configured = today.get_function_configuration(FunctionName=name)["Layers"]
    assert [one["Arn"] for one in configured] == [one["LayerVersionArn"] for one in (text, module, over)]


@pytest.mark.isolation
def test_a_function_keeps_a_layer_version_that_is_deleted(today: Any, layer: str, name: str, create: Create) -> None:
    version = publish(today, layer, "text", "still here")
    create("def handler(event, context):\n    return open('/opt/text').read()\n", Layers=[version["LayerVersionArn"]])

    today.delete_layer_version(LayerName=layer, VersionNumber=1)

    assert json.loads(invoked(today, FunctionName=name)["Payload"]) == "still here"
    assert "does not exist" in refusal(create, FunctionName=f"{name}-2", Layers=[version["LayerVersionArn"]])["message"]


def test_whoever_may_not_read_a_layer_cannot_use_it(
    today: Any, layer: str, name: str, create: Create, as_user: Any
) -> None:
    arn = publish(today, layer, "text", "1")["LayerVersionArn"]
    create()
    learner = as_user(allow("lambda:UpdateFunctionConfiguration", "*"))

    answer = refusal(learner.update_function_configuration, FunctionName=name, Layers=[arn])

    assert answer["status"] == 403
    assert f"is not authorized to perform: lambda:GetLayerVersion on resource: {arn}" in answer["message"]


def test_a_layer_can_be_shared_by_its_policy(today: Any, layer: str, as_user: Any) -> None:
    arn = publish(today, layer, "text", "1")["LayerVersionArn"]
    learner = as_user(allow("lambda:ListLayers", "*"))
    assert refusal(learner.get_layer_version_by_arn, Arn=arn)["status"] == 403

    added = today.add_layer_version_permission(
        LayerName=layer, VersionNumber=1, StatementId="all", Action="lambda:GetLayerVersion", Principal="*"
    )

    assert learner.get_layer_version_by_arn(Arn=arn)["Version"] == 1
    policy = today.get_layer_version_policy(LayerName=layer, VersionNumber=1)
    assert json.loads(policy["Policy"])["Statement"] == [json.loads(added["Statement"])]
    assert policy["RevisionId"] == added["RevisionId"]
    today.remove_layer_version_permission(LayerName=layer, VersionNumber=1, StatementId="all")
    assert refusal(learner.get_layer_version_by_arn, Arn=arn)["status"] == 403
