"""Do boto3's calls reach a service's methods, by the names of botocore's models, in both versions of Lambda?"""

from __future__ import annotations

import http.client
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from runtime.services.call import Call
from tests.endpoint.conftest import user_with
from tests.endpoint.door import WireDoor, wire_door
from tests.unit.runtime.endpoint.samples import model, sample, sample_input

PREVIEW = model("lambda", "2014-11-11")


class EveryOperation:
    """A service that has every operation of the preview, and answers a sample of what the model says."""

    service = "lambda"
    api_version = "2014-11-11"

    def __init__(self) -> None:
        self.calls: list[tuple[str, Call, dict[str, Any]]] = []

    def __getattr__(self, method_name: str) -> Any:
        operation = next(PREVIEW.operation(name) for name in PREVIEW.operation_names if xform_name(name) == method_name)

        async def method(call: Call, **members: Any) -> dict[str, Any]:
            self.calls.append((method_name, call, members))
            output = sample(operation.output_shape) if operation.output_shape else {}
            return {
                name: 202 if name == "Status" and method_name == "invoke_async" else v for name, v in output.items()
            }

        return method


class OneOperation:
    """A service of today that can do one thing, and knows two members of it."""

    service = "lambda"
    api_version = "2015-03-31"

    async def list_functions(self, call: Call, *, max_items: int = 50, marker: str = "") -> dict[str, Any]:
        if marker == "broken":
            raise KeyError("a fault of our own")
        return {"Functions": [], "NextMarker": f"{max_items}"}


@pytest.fixture(scope="module")
def services() -> tuple[EveryOperation, OneOperation]:
    return EveryOperation(), OneOperation()


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory, services: tuple[EveryOperation, OneOperation]) -> Iterator[WireDoor]:
    """Return an endpoint with these services."""
    state: Path = tmp_path_factory.mktemp("dispatch")
    with wire_door(state, services=services, has_faults=True) as opened:
        yield opened


@pytest.mark.parametrize("name", PREVIEW.operation_names)
def test_each_of_the_eleven_operations_arrives_with_its_members(
    door: WireDoor, services: tuple[EveryOperation, OneOperation], name: str
) -> None:
    parameters = sample_input(PREVIEW.operation(name).model)
    client = door.client("lambda", api_version="2014-11-11")

    getattr(client, xform_name(name))(**parameters)
    method_name, call, members = services[0].calls[-1]

    assert method_name == xform_name(name)
    assert members == {xform_name(member): value for member, value in parameters.items()}
    assert call.principal == door.authority.root.principal
    assert call.source_ip == "127.0.0.1"
    assert call.endpoint_url == door.url


@pytest.mark.parametrize(("api_version", "version"), [("2014-11-11", 1), ("2015-03-31", 4)])
def test_request_ids_have_the_form_of_their_generation(door: WireDoor, api_version: str, version: int) -> None:
    answered = door.client("lambda", api_version=api_version).list_functions()

    assert uuid.UUID(answered["ResponseMetadata"]["RequestId"]).version == version


def test_todays_client_invokes_asynchronously_on_the_path_of_the_preview(
    door: WireDoor, services: tuple[EveryOperation, OneOperation]
) -> None:
    answered = door.client("lambda").invoke_async(FunctionName="hello", InvokeArgs=b"{}")

    assert answered["Status"] == 202
    assert services[0].calls[-1][0] == "invoke_async"


def test_an_operation_that_no_method_has_is_refused_with_words_that_say_so(door: WireDoor) -> None:
    with pytest.raises(ClientError) as refusal:
        door.client("lambda").publish_layer_version(LayerName="x", Content={"ZipFile": b"zip"})

    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert refusal.value.response["Error"]["Code"] == "NotImplementedException"
    assert "does not implement lambda:PublishLayerVersion yet" in refusal.value.response["Error"]["Message"]


def test_sts_hands_out_no_credentials_that_would_open_nothing(door: WireDoor) -> None:
    with pytest.raises(ClientError, match="does not implement sts:AssumeRoot yet"):
        door.client("sts").assume_root(
            TargetPrincipal="123456789012",
            TaskPolicyArn={"arn": "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"},
        )


def test_a_member_that_a_method_does_not_have_is_refused_and_not_ignored(door: WireDoor) -> None:
    with pytest.raises(ClientError) as refusal:
        door.client("lambda").list_functions(MasterRegion="ALL")

    assert "does not implement MasterRegion of lambda:ListFunctions yet" in refusal.value.response["Error"]["Message"]


def test_defaults_are_the_methods_own(door: WireDoor) -> None:
    assert door.client("lambda").list_functions()["NextMarker"] == "50"
    assert door.client("lambda").list_functions(MaxItems=7)["NextMarker"] == "7"


def test_our_own_fault_is_journalled_and_answered_as_one(door: WireDoor, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ClientError) as refusal:
        door.client("lambda").list_functions(Marker="broken")

    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert refusal.value.response["Error"]["Code"] == "ServiceException"
    assert door.facts("platform-error")[-1]["message"] == "KeyError: 'a fault of our own'"
    caplog.clear()


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/photos/large", 400, "<Code>EntityTooLarge</Code>"),
        ("/2015-03-31/functions", 413, "Request must be smaller than 536870912 bytes"),
    ],
)
def test_what_would_fill_the_platforms_memory_is_refused_before_it_is_sent(
    door: WireDoor, path: str, status: int, words: str
) -> None:
    connection = http.client.HTTPConnection(door.inside_url.removeprefix("http://"), timeout=10)
    connection.putrequest("PUT", path)
    connection.putheader("Content-Length", str(1 << 40))
    connection.endheaders(b"the first bytes")

    answer = connection.getresponse()

    assert (answer.status, words in answer.read().decode()) == (status, True)
    connection.close()


def test_a_path_that_lambda_does_not_have_is_refused(door: WireDoor) -> None:
    client = door.client("lambda")
    client.meta.events.register(
        "before-sign.*", lambda request, **_: setattr(request, "url", f"{door.url}/2015-03-31/nonsense")
    )

    with pytest.raises(ClientError) as refusal:
        client.list_functions()

    assert refusal.value.response["Error"]["Code"] == "UnknownOperationException"


def test_sts_refuses_a_source_identity_rather_than_forget_it(door: WireDoor) -> None:
    user = user_with(door)

    with pytest.raises(ClientError) as refusal:
        door.client("sts", user).assume_role(
            RoleArn="arn:aws:iam::123456789012:role/x", RoleSessionName="hello", SourceIdentity="somebody"
        )

    assert "does not implement SourceIdentity of sts:AssumeRole yet" in refusal.value.response["Error"]["Message"]
