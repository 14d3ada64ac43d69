"""A custom runtime through the API: the package brings the bootstrap, and the answer is the service's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.endpoint.lambda_today.conftest import Create
from tests.handlers.laboratory import archive
from tests.handlers.test_custom import ECHO, PERL

NO_BOOTSTRAP = "Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"


@pytest.mark.isolation
@pytest.mark.parametrize("runtime", ["provided", "provided.al2", "provided.al2023"])
def test_each_name_of_a_custom_runtime_can_be_created_and_invoked(
    today: Any, name: str, create: Create, runtime: str
) -> None:
    package = archive({"bootstrap": PERL, "index.pl": ECHO})

    created = create(Runtime=runtime, Code={"ZipFile": package})
    answer = today.invoke(FunctionName=name, Payload=b'{"from": "the endpoint"}')

    assert created["Runtime"] == runtime
    assert json.load(answer["Payload"]) == {"from": "the endpoint"}
    assert "FunctionError" not in answer


@pytest.mark.isolation
def test_a_package_without_a_bootstrap_can_be_created_and_fails_when_it_is_invoked(
    today: Any, name: str, create: Create
) -> None:
    create(Runtime="provided.al2023")

    answer = today.invoke(FunctionName=name)

    told = json.load(answer["Payload"])
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert told["errorType"] == "Runtime.InvalidEntrypoint"
    assert told["errorMessage"].endswith(NO_BOOTSTRAP)
