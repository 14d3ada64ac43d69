"""Every operation of botocore's model that is not carried out says so."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from runtime.endpoint.model import Models, Operation
from runtime.generation import TODAY
from runtime.services.lambda_today import FAMILIES
from tests.conftest import RunningPlatform

BY_THE_PREVIEW = "InvokeAsync"


def missing() -> list[Operation]:
    model = Models().service("lambda", TODAY.api_version)
    assert model is not None
    there = {name for family in FAMILIES for name in vars(family)}
    operations = [model.operation(name) for name in model.operation_names if name != BY_THE_PREVIEW]
    return [operation for operation in operations if operation.method_name not in there]


@pytest.mark.parametrize("operation", missing(), ids=lambda operation: str(operation.name))
def test_an_operation_that_is_not_here_says_so(platform: RunningPlatform, operation: Operation) -> None:
    client = platform.client("lambda", config=Config(parameter_validation=False))
    shape = operation.input_shape
    located = {
        name: "x"
        for name, member in (shape.members.items() if shape else ())
        if member.serialization.get("location") in ("uri", "querystring") and member.type_name == "string"
    }
    call: Any = getattr(client, operation.method_name)

    with pytest.raises(ClientError) as caught:
        call(**located)

    error = caught.value.response["Error"]
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert error["Code"] == "NotImplementedException"
    assert f"does not implement lambda:{operation.name}" in error["Message"]
