"""Promises of runtime/endpoint/wire/: what botocore writes we read, and what we write botocore reads."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runtime.endpoint.model import Model, Operation
from runtime.endpoint.routing import Router
from runtime.endpoint.wire.protocols import wire
from runtime.errors import PlatformError, ServiceError
from tests.unit.runtime.endpoint.samples import model, request, sample, sample_input, written_by_botocore

TODAY = (
    "CreateFunction",
    "DeleteFunction",
    "GetFunction",
    "GetFunctionConfiguration",
    "Invoke",
    "ListFunctions",
    "UpdateFunctionCode",
    "UpdateFunctionConfiguration",
)
OPERATIONS = [
    *[(model("lambda", "2014-11-11"), name) for name in model("lambda", "2014-11-11").operation_names],
    *[(model("lambda"), name) for name in TODAY],
    *[(model("sts"), name) for name in ("AssumeRole", "GetCallerIdentity")],
]
every_operation = pytest.mark.parametrize(
    ("described", "name"), OPERATIONS, ids=[f"{one.service}-{one.api_version}-{name}" for one, name in OPERATIONS]
)


def parsed(described: Model, name: str, parameters: dict[str, Any]) -> dict[str, Any]:
    operation = described.operation(name)
    sent = written_by_botocore(operation.model, parameters)
    found = Router(described).route(sent)
    assert found is not None
    return wire(described.protocol).parse(operation, found[1], sent)


@every_operation
def test_parameters_arrive_as_they_were_given(described: Model, name: str) -> None:
    parameters = sample_input(described.operation(name).model)

    assert parsed(described, name, parameters) == parameters


@every_operation
def test_an_answer_is_what_botocore_reads(described: Model, name: str) -> None:
    operation = described.operation(name)
    output = answerable(operation)

    answer = wire(described.protocol).answer(operation, output, "7d1f9a5c")
    read = operation.parsed(answer.status, dict(answer.headers), answer.body)

    assert read.pop("ResponseMetadata")["HTTPStatusCode"] == answer.status
    assert read == output


def answerable(operation: Operation) -> dict[str, Any]:
    """Return an output that the wire can carry: a status is one of HTTP's, and a header holds ASCII."""
    shape = operation.output_shape
    output = sample(shape) if shape else {}
    for name, member in shape.members.items() if shape else ():
        location = member.serialization.get("location")
        if location == "statusCode":
            output[name] = operation.success_status
        elif location == "header":
            output[name] = "plain"
    return dict(output)


def test_the_previews_notification_arrives_with_its_invocation_role() -> None:
    configuration = {
        "Id": "thumbnails",
        "Events": ["s3:ObjectCreated:Put", "s3:ObjectCreated:Copy"],
        "CloudFunction": "arn:aws:lambda:us-east-1:123456789012:function:hello",
        "InvocationRole": "arn:aws:iam::123456789012:role/push",
    }
    parameters = {"Bucket": "photos", "NotificationConfiguration": {"CloudFunctionConfiguration": configuration}}

    arrived = parsed(model("s3"), "PutBucketNotification", parameters)

    # Event and Events are one element on the wire (facts A4), so both members are read out of it.
    assert arrived["NotificationConfiguration"]["CloudFunctionConfiguration"] == {
        **configuration,
        "Event": "s3:ObjectCreated:Put",
    }


def test_a_notification_is_read_back_by_botocore_as_it_was_written() -> None:
    operation = model("s3").operation("GetBucketNotification")
    configuration = {"Id": "thumbnails", "Events": ["s3:ObjectCreated:*"], "InvocationRole": "arn:aws:iam::1:role/push"}

    answer = wire("rest-xml").answer(operation, {"CloudFunctionConfiguration": configuration}, "7d1f")
    read = operation.parsed(answer.status, dict(answer.headers), answer.body)

    assert read["CloudFunctionConfiguration"] == {**configuration, "Event": "s3:ObjectCreated:*"}


@pytest.mark.parametrize(
    ("code", "key", "status"),
    [
        ("ResourceNotFoundException", "Message", 404),
        ("ServiceException", "Message", 500),
        ("InvalidParameterValueException", "message", 400),
        ("InvalidRequestContentException", "message", 400),
    ],
)
def test_lambdas_errors_have_a_type_and_a_message_under_the_key_of_their_shape(
    code: str, key: str, status: int
) -> None:
    operation = model("lambda", "2014-11-11").operation("InvokeAsync")

    answer = wire("rest-json").refusal(ServiceError(code, "words", status), operation, "7d1f")

    assert answer.status == status
    assert answer.header("x-amzn-errortype") == code
    assert json.loads(answer.body) == {"Type": "User" if status < 500 else "Service", key: "words"}


def test_a_role_that_cannot_be_assumed_is_refused_in_the_ninety_bytes_that_were_recorded() -> None:
    message = "The role defined for the function cannot be assumed by Lambda."
    error = ServiceError("InvalidParameterValueException", message, 400, {"Type": "User"})

    answer = wire("rest-json").refusal(error, model("lambda").operation("CreateFunction"), "7d1f")

    assert json.loads(answer.body) == {"Type": "User", "message": message}


@pytest.mark.parametrize(
    ("service", "code"),
    [
        ("lambda", "AccessDeniedException"),
        ("logs", "AccessDeniedException"),
        ("iam", "AccessDenied"),
        ("s3", "AccessDenied"),
    ],
)
def test_a_denial_is_said_in_the_callers_protocol(service: str, code: str) -> None:
    operation = model(service).operation(model(service).operation_names[0])

    answer = wire(operation.protocol).refusal(ServiceError("AccessDenied", "User: é <a&b>", 403), operation, "7d1f")
    error = operation.parsed(answer.status, dict(answer.headers), answer.body)["Error"]

    assert (error["Code"], error["Message"]) == (code, "User: é <a&b>")


@pytest.mark.parametrize(
    ("service", "code", "status"),
    [("lambda", "UnrecognizedClientException", 403), ("dynamodb", "UnrecognizedClientException", 400),
     ("sts", "InvalidClientTokenId", 403), ("s3", "InvalidAccessKeyId", 403)],
)  # fmt: skip
def test_an_unknown_key_is_refused_in_each_services_own_words(service: str, code: str, status: int) -> None:
    operation = model(service).operation(model(service).operation_names[0])
    error = ServiceError("InvalidClientTokenId", "The security token included in the request is invalid.", 403)

    answer = wire(operation.protocol).refusal(error, operation, "7d1f")

    assert answer.status == status
    assert operation.parsed(answer.status, dict(answer.headers), answer.body)["Error"]["Code"] == code


def test_missing_members_are_named_all_at_once() -> None:
    operation = model("lambda", "2014-11-11").operation("UploadFunction")
    sent = request("PUT", "/2014-11-13/functions/hello?Runtime=nodejs&Role=r", body=b"zip")

    with pytest.raises(ServiceError) as refusal:
        wire("rest-json").parse(operation, {"FunctionName": "hello"}, sent)

    assert refusal.value.code == "InvalidParameterValueException"
    assert refusal.value.message == (
        "2 validation errors detected: "
        "Value null at 'handler' failed to satisfy constraint: Member must not be null; "
        "Value null at 'mode' failed to satisfy constraint: Member must not be null"
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"Timeout": "abc"}', "STRING_VALUE can not be converted to an Integer"),
        (b'{"Timeout": true}', "TRUE_VALUE can not be converted to an Integer"),
        (b'{"Description": 5}', "NUMBER_VALUE can not be converted to a String"),
        (b'{"Description": {}}', "Start of structure or map found where not expected."),
        (b'{"Description": []}', "Start of list found where not expected."),
        (b'{"Environment": 5}', "Unexpected field type"),
        (b"[]", "Start of list found where not expected."),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(body: bytes, message: str) -> None:
    operation = model("lambda").operation("UpdateFunctionConfiguration")

    with pytest.raises(ServiceError) as refusal:
        wire("rest-json").parse(operation, {"FunctionName": "hello"}, request("PUT", "/", body=body))

    assert (refusal.value.code, refusal.value.message) == ("SerializationException", message)


def test_a_number_in_a_query_string_that_is_none_is_refused() -> None:
    operation = model("lambda", "2014-11-11").operation("UpdateFunctionConfiguration")

    with pytest.raises(ServiceError, match="STRING_VALUE can not be converted to an Integer"):
        wire("rest-json").parse(operation, {"FunctionName": "hello"}, request("PUT", "/?Timeout=soon"))


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"Description": "\\ud83d"}',
        b'{"Description": "\xed\xa0\xbd"}',
        b'{"Description": ' + b"[" * 100_000,
    ],
    ids=["no end", "half a surrogate pair", "the same in bytes", "nested too deep"],
)
def test_a_body_that_is_no_json_is_refused(body: bytes) -> None:
    operation = model("lambda").operation("UpdateFunctionConfiguration")

    with pytest.raises(ServiceError, match="Could not parse request body into json") as refusal:
        wire("rest-json").parse(operation, {"FunctionName": "hello"}, request("PUT", "/", body=body))

    assert refusal.value.code == "InvalidRequestContentException"


def test_a_document_that_is_null_is_refused() -> None:
    operation = model("lambda").operation("CreateFunction")

    with pytest.raises(ServiceError, match="must be a JSON object"):
        wire("rest-json").parse(operation, {}, request("POST", "/", body=b"null"))


def test_a_document_larger_than_lambda_takes_is_refused_in_the_recorded_words() -> None:
    sent = request("POST", "/", body=b" " * 70_167_212)

    with pytest.raises(ServiceError) as refusal:
        wire("rest-json").parse(model("lambda").operation("CreateFunction"), {}, sent)

    assert (refusal.value.code, refusal.value.status) == ("RequestEntityTooLargeException", 413)
    assert refusal.value.message == "Request must be smaller than 70167211 bytes for the CreateFunction operation"


def test_a_whole_surrogate_pair_is_one_character() -> None:
    operation = model("lambda").operation("UpdateFunctionConfiguration")
    sent = request("PUT", "/", body=b'{"Description": "\\ud83d\\ude00"}')

    assert wire("rest-json").parse(operation, {"FunctionName": "hello"}, sent)["Description"] == "\N{GRINNING FACE}"


def test_a_body_that_is_no_xml_is_refused() -> None:
    operation = model("s3").operation("PutBucketNotification")

    with pytest.raises(ServiceError, match="not well-formed") as refusal:
        wire("rest-xml").parse(operation, {"Bucket": "b"}, request("PUT", "/b?notification", body=b"<a>"))

    assert refusal.value.code == "MalformedXML"


def test_a_member_that_the_model_does_not_know_is_our_own_fault() -> None:
    operation = model("lambda").operation("GetFunctionConfiguration")

    with pytest.raises(PlatformError, match="has no member Nonsense"):
        wire("rest-json").answer(operation, {"Nonsense": 1}, "7d1f")


def test_an_empty_payload_reaches_the_service_where_there_must_be_one() -> None:
    operation = model("lambda", "2014-11-11").operation("InvokeAsync")

    parameters = wire("rest-json").parse(operation, {"FunctionName": "hello"}, request("POST", "/"))

    assert parameters == {"FunctionName": "hello", "InvokeArgs": b""}
