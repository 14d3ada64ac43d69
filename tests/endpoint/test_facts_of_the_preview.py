"""What is known of API 2014-11-11, fact by fact, on the wire: each test names the fact that it holds us to.

"Facts" are the sections of the fact sheet on which the runtime is built: A is the preview's API, D its logs, E limits,
H roles; AWS-nnn is a recorded answer of the real service. The operations' ordinary ways are in
``test_lambda_preview.py`` and, with the client of the time, in ``test_client_of_2014.py``.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError
from botocore.session import get_session

from runtime.generation import PREVIEW
from tests.conftest import RunningPlatform
from tests.endpoint.conftest import allow, policy
from tests.endpoint.held import held_to_model, zipped

MODEL = get_session().get_service_model("lambda", "2014-11-11")
ACCOUNT = "123456789012"
NOBODY = f"Function not found: arn:aws:lambda:us-east-1:{ACCOUNT}:function:nobody"
STREAM = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/clicks"


class Wire:
    """A client of the preview, and the last exchange as it was on the wire."""

    def __init__(self, platform: RunningPlatform, **credentials: str) -> None:
        self.client = held_to_model(platform.client("lambda", api_version="2014-11-11", **credentials))
        self.client.meta.events.register("before-send.lambda.*", self._sent)
        self.client.meta.events.register("before-parse.lambda.*", self._answered)
        self.sent: Any = None
        self.status, self.headers, self.body = 0, dict[str, str](), b""

    def _sent(self, request: Any, **_: Any) -> None:
        self.sent = request

    def _answered(self, response_dict: dict[str, Any], **_: Any) -> None:
        self.status, self.body = response_dict["status_code"], response_dict["body"]
        self.headers = {name.lower(): value for name, value in response_dict["headers"].items()}


@pytest.fixture
def wire(platform: RunningPlatform) -> Wire:
    return Wire(platform)


@pytest.fixture
def name(wire: Wire) -> Iterator[str]:
    """Return the name of a function that is deleted afterwards."""
    name = f"fact-{uuid.uuid4().hex[:8]}"
    yield name
    if name in [function["FunctionName"] for function in wire.client.list_functions()["Functions"]]:
        wire.client.delete_function(FunctionName=name)


@pytest.fixture
def upload(wire: Wire, name: str, execution_role: str) -> Callable[..., Mapping[str, Any]]:
    def upload(**changes: Any) -> Mapping[str, Any]:
        members = {
            "FunctionName": name,
            "FunctionZip": zipped("index.js", "exports.handler = function (event, context) { context.done(); };"),
            "Runtime": "nodejs",
            "Role": execution_role,
            "Handler": "index.handler",
            "Mode": "event",
        }
        answer: Mapping[str, Any] = wire.client.upload_function(**(members | changes))
        return answer

    return upload


def sample(operation: str) -> dict[str, Any]:
    """Return parameters that an operation takes, about things that are not there."""
    samples: dict[str, Any] = {
        "FunctionName": "nobody",
        "FunctionZip": b"",
        "Runtime": "nodejs",
        "Role": f"arn:aws:iam::{ACCOUNT}:role/nobody",
        "Handler": "index.handler",
        "Mode": "event",
        "InvokeArgs": b"{}",
        "EventSource": STREAM,
        "UUID": "8716646e-5066-4684-872e-f632b2e933cf",
    }
    shape = MODEL.operation_model(operation).input_shape
    return {member: samples[member] for member in shape.required_members} if shape else {}


def call(wire: Wire, operation: str) -> Any:
    method = re.sub("(?<!^)(?=[A-Z])", "_", operation).lower()
    return getattr(wire.client, method)(**sample(operation))


def test_a1_there_are_eleven_operations_and_the_endpoint_has_every_one(wire: Wire) -> None:
    assert len(MODEL.operation_names) == 11
    for operation in MODEL.operation_names:
        try:
            call(wire, operation)
        except ClientError as refused:
            assert refused.response["Error"]["Code"] in ("ResourceNotFoundException", "InvalidParameterValueException")


def test_a1_bytes_come_without_a_content_type(wire: Wire, name: str, upload: Callable[..., Any]) -> None:
    upload()
    assert "Content-Type" not in wire.sent.headers

    wire.client.invoke_async(FunctionName=name, InvokeArgs=b"{}")
    assert "Content-Type" not in wire.sent.headers


def test_a1_todays_client_invokes_asynchronously_on_the_old_path_without_its_last_slash(
    platform: RunningPlatform, name: str, upload: Callable[..., Any], execution_role: str
) -> None:
    upload()
    today = held_to_model(platform.client("lambda"))
    newer = f"{name}-today"
    today.create_function(
        FunctionName=newer,
        Runtime=f"python{sys.version_info.major}.{sys.version_info.minor}",
        Role=execution_role,
        Handler="index.handler",
        Code={"ZipFile": zipped("index.py", "def handler(event, context):\n    pass\n")},
    )

    for function in (name, newer):
        answer = today.invoke_async(FunctionName=function, InvokeArgs=b"{}")
        assert answer["Status"] == answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    today.delete_function(FunctionName=newer)


@pytest.mark.parametrize(
    ("operation", "status", "code", "key"),
    [
        ("GetFunction", 404, "ResourceNotFoundException", "Message"),
        ("GetEventSource", 404, "ResourceNotFoundException", "Message"),
        ("AddEventSource", 400, "InvalidParameterValueException", "message"),
    ],
)
def test_a1_an_error_names_itself_in_a_header_and_has_type_and_message_in_its_body(
    wire: Wire, operation: str, status: int, code: str, key: str
) -> None:
    with pytest.raises(getattr(wire.client.exceptions, code)):
        call(wire, operation)

    assert (wire.status, wire.headers["x-amzn-errortype"]) == (status, code)
    body = json.loads(wire.body)
    assert body.keys() == {"Type", key}
    assert body["Type"] == "User"


def test_a1_what_is_not_json_is_told_in_lower_case(wire: Wire, name: str, upload: Callable[..., Any]) -> None:
    upload()

    with pytest.raises(wire.client.exceptions.InvalidRequestContentException):
        wire.client.invoke_async(FunctionName=name, InvokeArgs=b"{")

    assert (wire.status, json.loads(wire.body).keys()) == (400, {"Type", "message"})


@pytest.mark.parametrize("operation", sorted(MODEL.operation_names))
def test_a2_each_operation_needs_the_action_of_its_own_name(platform: RunningPlatform, operation: str) -> None:
    iam = platform.client("iam")
    user = f"fact-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    wire = Wire(platform, aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])

    with pytest.raises(ClientError) as refused:
        call(wire, operation)
    iam.put_user_policy(UserName=user, PolicyName="one", PolicyDocument=policy(allow(f"lambda:{operation}", "*")))
    told = _told(wire, operation)

    sentence = (
        f"User: arn:aws:iam::{ACCOUNT}:user/{user} is not authorized to perform: lambda:{operation} on resource: "
    )
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    assert refused.value.response["Error"]["Message"].startswith(sentence)
    assert f"lambda:{operation}" not in told


def _told(wire: Wire, operation: str) -> str:
    try:
        call(wire, operation)
    except ClientError as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize("operation", ["GetFunction", "GetFunctionConfiguration", "DeleteFunction"])
def test_a2_a_function_that_is_not_there_is_named_by_its_arn(wire: Wire, operation: str) -> None:
    """AWS-007, AWS-008, AWS-009, of the same operations today."""
    with pytest.raises(wire.client.exceptions.ResourceNotFoundException) as refused:
        call(wire, operation)

    assert refused.value.response["Message"] == NOBODY


def test_a2_a_role_that_lambda_cannot_assume_is_refused_in_exactly_ninety_bytes(
    wire: Wire, upload: Callable[..., Any]
) -> None:
    """H2: recorded with its Content-Length."""
    with pytest.raises(wire.client.exceptions.InvalidParameterValueException):
        upload(Role=f"arn:aws:iam::{ACCOUNT}:role/nobody")

    assert wire.body == b'{"Type":"User","message":"The role defined for the function cannot be assumed by Lambda."}'
    assert wire.headers["content-length"] == "90"


@pytest.mark.parametrize(
    "changes",
    [
        {"Timeout": 1},
        {"Timeout": 60},
        {"MemorySize": 128},
        {"MemorySize": 192},
        {"MemorySize": 1024},
        {"Description": ""},
        {"Description": "x" * 256},
        {"Handler": "lib/index_2-a.handler"},
    ],
)
def test_a3_what_lies_within_the_bounds_is_taken(upload: Callable[..., Any], changes: dict[str, Any]) -> None:
    answer = upload(**changes)

    assert answer.items() >= changes.items()


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"Timeout": 61}, "Member must have value less than or equal to 60"),
        ({"MemorySize": 1088}, "Member must have value less than or equal to 1024"),
        ({"MemorySize": 1000}, "Member must be a multiple of 64"),
        ({"Description": "x" * 257}, "Member must have length less than or equal to 256"),
        ({"Runtime": "nodejs4.3"}, "Member must satisfy enum value set: [nodejs]"),
        ({"Mode": "http"}, "Member must satisfy enum value set: [event]"),
        ({"Handler": "index:handler"}, r"Member must satisfy regular expression pattern: [a-zA-Z0-9./\-_]+"),
        ({"FunctionName": "a.b"}, "Member must satisfy regular expression pattern: [a-zA-Z0-9-_]+"),
        ({"FunctionName": "a" * 65}, "Member must have length less than or equal to 64"),
        (
            {"Role": "arn:aws:iam::1234:role/r"},
            r"Member must satisfy regular expression pattern: arn:aws:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+",
        ),
    ],
)
def test_a3_what_lies_outside_is_refused_by_the_server_for_the_client_lets_it_pass(
    wire: Wire, upload: Callable[..., Any], changes: dict[str, Any], constraint: str
) -> None:
    with pytest.raises(wire.client.exceptions.InvalidParameterValueException) as refused:
        upload(**changes)

    ((member, value),) = changes.items()
    assert refused.value.response["Error"]["Message"] == (
        f"1 validation error detected: Value '{value}' at '{member[0].lower()}{member[1:]}' failed to satisfy "
        f"constraint: {constraint}"
    )


def test_a3_the_configuration_has_the_forms_that_were_recorded(name: str, upload: Callable[..., Any]) -> None:
    """An UploadFunction answer of 2015-08: FunctionARN, ConfigurationId, CodeSize, Mode, LastModified."""
    answer = upload()

    assert answer["FunctionARN"] == f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"
    assert str(uuid.UUID(answer["ConfigurationId"])) == answer["ConfigurationId"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", answer["LastModified"])
    assert (answer["Mode"], answer["Runtime"], answer["Timeout"], answer["MemorySize"]) == ("event", "nodejs", 3, 128)


@pytest.mark.parametrize("items", [0, 10_001])
@pytest.mark.parametrize("operation", ["list_functions", "list_event_sources"])
def test_a3_a_page_has_between_one_and_ten_thousand_items(wire: Wire, operation: str, items: int) -> None:
    """The client refuses less than the minimum itself, and lets what is more pass."""
    with pytest.raises((ParamValidationError, wire.client.exceptions.InvalidParameterValueException), match="axItems"):
        getattr(wire.client, operation)(MaxItems=items)


def test_d_a_request_of_the_preview_has_an_identifier_of_version_1(
    wire: Wire, name: str, upload: Callable[..., Any]
) -> None:
    """D, recorded 2015-01: UUIDs of version 1, which the log lines carry."""
    upload()

    answer = wire.client.invoke_async(FunctionName=name, InvokeArgs=b"{}")

    assert uuid.UUID(answer["ResponseMetadata"]["RequestId"]).version == 1


def test_e3_what_is_no_zip_is_refused_in_lambdas_words(wire: Wire, upload: Callable[..., Any]) -> None:
    with pytest.raises(wire.client.exceptions.InvalidParameterValueException) as refused:
        upload(FunctionZip=b"no zip")

    assert refused.value.response["Error"]["Message"] == (
        "Could not unzip uploaded file. Please check your file, then try to upload again."
    )


def test_j_what_is_not_known_of_the_preview_is_not_done() -> None:
    """J2: number and spacing of its asynchronous retries."""
    assert PREVIEW.retry_after_seconds == ()
    assert PREVIEW.maximum_event_age_seconds is None
