"""Errors that were recorded from AWS: each is answered with the same status, code and words.

A case is named after its fact. ``{arn}`` and ``{name}`` are those of a function that is there, ``{place}`` is the
beginning of every ARN of the account's functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.endpoint.held import zipped
from tests.endpoint.lambda_today.conftest import refusal

QUEUE = "arn:aws:sqs:us-east-1:123456789012:queue"
STREAM = "arn:aws:dynamodb:us-east-1:123456789012:table/nobody/stream/2025-02-22T03:03:25.490"
KINESIS = "arn:aws:kinesis:us-east-1:123456789012:stream/nobody"
UNKNOWN_UUID = "00000000-0000-4000-8000-000000000000"
INVALID, VALIDATION, MISSING = "InvalidParameterValueException", "ValidationException", "ResourceNotFoundException"
CONFLICT, STALE = "ResourceConflictException", "PreconditionFailedException"
SIX_LAYERS = [f"arn:aws:lambda:us-east-1:123456789012:layer:one:{number}" for number in range(1, 7)]


def case(fact: str, operation: str, parameters: Mapping[str, Any], status: int, code: str, message: str) -> Any:
    return pytest.param(operation, parameters, status, code, message, id=f"{fact}-{operation}")


CASES = [
    case("AWS-006", "delete_function", {"FunctionName": "nobody"}, 404, MISSING, "Function not found: {place}nobody"),
    case("AWS-007", "get_function", {"FunctionName": "nobody"}, 404, MISSING, "Function not found: {place}nobody"),
    case(
        "AWS-008",
        "get_function_configuration",
        {"FunctionName": "nobody"},
        404,
        MISSING,
        "Function not found: {place}nobody",
    ),
    case(
        "AWS-010",
        "get_function_concurrency",
        {"FunctionName": "nobody"},
        404,
        MISSING,
        "Function not found: {place}nobody",
    ),
    case(
        "AWS-012",
        "get_function_event_invoke_config",
        {"FunctionName": "nobody"},
        404,
        MISSING,
        "The function {place}nobody:$LATEST doesn't have an EventInvokeConfig",
    ),
    case(
        "AWS-017",
        "delete_function",
        {"FunctionName": "{name}", "Qualifier": "$LATEST"},
        400,
        INVALID,
        "$LATEST version cannot be deleted without deleting the function.",
    ),
    case(
        "AWS-018",
        "create_function",
        {"Role": "r1"},
        400,
        VALIDATION,
        "1 validation error detected: Value 'r1' at 'role' failed to satisfy constraint: Member must satisfy regular "
        r"expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{{12}}:role/?[a-zA-Z_0-9+=,.@\-_/]+",
    ),
    case(
        "AWS-021",
        "create_function",
        {"Architectures": ["x86_64", "arm64"]},
        400,
        VALIDATION,
        "1 validation error detected: Value '[x86_64, arm64]' at 'architectures' failed to satisfy constraint: "
        "Member must have length less than or equal to 1",
    ),
    case(
        "AWS-022",
        "create_function",
        {"Architectures": ["X86_64"]},
        400,
        VALIDATION,
        "1 validation error detected: Value '[X86_64]' at 'architectures' failed to satisfy constraint: Member must "
        "satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]",
    ),
    case(
        "AWS-024",
        "update_function_configuration",
        {"FunctionName": "{name}", "Role": "r1"},
        400,
        VALIDATION,
        "1 validation error detected: Value 'r1' at 'role' failed to satisfy constraint: Member must satisfy regular "
        r"expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{{12}}:role/?[a-zA-Z_0-9+=,.@\-_/]+",
    ),
    case("AWS-009", "delete_function", {"FunctionName": "nobody"}, 404, MISSING, "Function not found: {place}nobody"),
    case(
        "AWS-027",
        "create_function",
        {"FunctionName": "invalid:function:name"},
        400,
        VALIDATION,
        "1 validation error detected: Value 'invalid:function:name' at 'functionName' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{{2}}((-gov)|"
        r"(-iso([a-z]?)))?-[a-z]+-\d{{1}}:)?(\d{{12}}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?",
    ),
    case(
        "AWS-028",
        "create_function",
        {"FunctionName": "a" * 65},
        400,
        INVALID,
        f"1 validation error detected: Value '{'a' * 65}' at 'functionName' failed to satisfy constraint: "
        "Member must have length less than or equal to 64",
    ),
    case(
        "AWS-031",
        "create_function",
        {"FunctionName": "arn:aws:lambda:us-east-1:111122223333:function:other"},
        403,
        "AccessDeniedException",
        "",
    ),
    case(
        "AWS-032",
        "invoke",
        {"FunctionName": "arn:aws:lambda:us-east-1:123400000000@function:myfn"},
        400,
        VALIDATION,
        "1 validation error detected: Value 'arn:aws:lambda:us-east-1:123400000000@function:myfn' at 'functionName' "
        r"failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?"
        r"((eusc-)?[a-z]{{2}}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{{1}}:)?(\d{{12}}:)?(function:)?([a-zA-Z0-9-_\.]+)"
        r"(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?",
    ),
    case(
        "AWS-033",
        "update_function_code",
        {"FunctionName": "{name}", "S3Bucket": "no-such-bucket", "S3Key": "code.zip"},
        400,
        INVALID,
        "Error occurred while GetObject. S3 Error Code: NoSuchBucket. "
        "S3 Error Message: The specified bucket does not exist",
    ),
    case(
        "AWS-053",
        "invoke",
        {"FunctionName": "doesnotexist"},
        404,
        MISSING,
        "Function not found: {place}doesnotexist:$LATEST",
    ),
    case("AWS-043", "create_function", {"Layers": SIX_LAYERS}, 400, INVALID, "Cannot reference more than 5 layers."),
    case(
        "AWS-044",
        "tag_resource",
        {"Resource": "{arn}", "Tags": {f"tag{number}": "" for number in range(51)}},
        400,
        INVALID,
        "Number of tags exceeds resource tag limit.",
    ),
    case(
        "AWS-094",
        "put_function_concurrency",
        {"FunctionName": "{arn}:1", "ReservedConcurrentExecutions": 1},
        400,
        INVALID,
        "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. "
        "Please specify either a function name or an unqualified function ARN.",
    ),
    case(
        "AWS-095",
        "put_function_concurrency",
        {"FunctionName": "{name}", "ReservedConcurrentExecutions": 901},
        400,
        INVALID,
        "Specified ReservedConcurrentExecutions for function decreases account's "
        "UnreservedConcurrentExecution below its "
        "minimum value of [100].",
    ),
    case(
        "AWS-110",
        "add_permission",
        {"StatementId": "example.com"},
        400,
        VALIDATION,
        "1 validation error detected: Value 'example.com' at 'statementId' failed to satisfy constraint: Member must "
        "satisfy regular expression pattern: ([a-zA-Z0-9-_]+)",
    ),
    case(
        "AWS-111",
        "add_permission",
        {"Qualifier": "$LATEST"},
        400,
        INVALID,
        "We currently do not support adding policies for $LATEST.",
    ),
    case(
        "AWS-112",
        "add_permission",
        {"Principal": "invalid.nonaws.com"},
        400,
        INVALID,
        "The provided principal was invalid. Please check the principal and try again.",
    ),
    case(
        "AWS-113", "get_policy", {"FunctionName": "nobody"}, 404, MISSING, "The resource you requested does not exist."
    ),
    case("AWS-114", "add_permission", {"FunctionName": "nobody"}, 404, MISSING, "Function not found: {place}nobody"),
    case(
        "AWS-115",
        "remove_permission",
        {"FunctionName": "{name}", "StatementId": "s3"},
        404,
        MISSING,
        "No policy is associated with the given resource.",
    ),
    case("AWS-116", "add_permission", {"Qualifier": "nowhere"}, 404, MISSING, "Cannot find alias arn: {arn}:nowhere"),
    case(
        "AWS-128",
        "get_alias",
        {"FunctionName": "{name}", "Name": "none"},
        404,
        MISSING,
        "Cannot find alias arn: {arn}:none",
    ),
    case(
        "AWS-129",
        "create_alias",
        {"FunctionName": "{name}", "Name": "2024", "FunctionVersion": "$LATEST"},
        400,
        VALIDATION,
        "1 validation error detected: Value '2024' at 'name' failed to satisfy constraint: Member must satisfy regular "
        "expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)",
    ),
    case(
        "AWS-130",
        "put_function_event_invoke_config",
        {"FunctionName": "nobody", "MaximumRetryAttempts": 1},
        404,
        MISSING,
        "The function doesn't exist.",
    ),
    case(
        "AWS-132",
        "put_function_event_invoke_config",
        {"FunctionName": "{name}", "DestinationConfig": {"OnFailure": {"Destination": "{arn}"}}},
        400,
        INVALID,
        "You can't specify the function as a destination for itself.",
    ),
    case(
        "AWS-146",
        "create_event_source_mapping",
        {"EventSourceArn": KINESIS, "FunctionName": "{name}"},
        400,
        INVALID,
        "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
        "Member must not be null.",
    ),
    case(
        "AWS-147",
        "create_event_source_mapping",
        {"EventSourceArn": KINESIS, "FunctionName": "{name}", "StartingPosition": "invalid"},
        400,
        VALIDATION,
        "1 validation error detected: Value 'invalid' at 'startingPosition' failed to satisfy constraint: "
        "Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]",
    ),
    case(
        "AWS-148",
        "create_event_source_mapping",
        {"EventSourceArn": STREAM, "FunctionName": "{name}", "StartingPosition": "AT_TIMESTAMP"},
        400,
        INVALID,
        f"Unsupported starting position for arn type: {STREAM}",
    ),
    case(
        "AWS-150",
        "delete_event_source_mapping",
        {"UUID": UNKNOWN_UUID},
        404,
        MISSING,
        "The resource you requested does not exist.",
    ),
    case(
        "AWS-152",
        "create_event_source_mapping",
        {"EventSourceArn": QUEUE, "FunctionName": "nobody"},
        400,
        INVALID,
        "Function does not exist",
    ),
    case(
        "AWS-158",
        "create_event_source_mapping",
        {"EventSourceArn": STREAM, "FunctionName": "{name}", "StartingPosition": "LATEST"},
        400,
        INVALID,
        f"Stream not found: {STREAM}",
    ),
]
USUAL: Mapping[str, Mapping[str, Any]] = {
    "create_function": {
        "FunctionName": "another",
        "Runtime": "python3.11",
        "Handler": "index.handler",
        "Role": "arn:aws:iam::123456789012:role/nobody",
        "Code": {"ZipFile": zipped("index.py", "")},
    },
    "add_permission": {
        "FunctionName": "{name}",
        "StatementId": "s3",
        "Action": "lambda:InvokeFunction",
        "Principal": "s3.amazonaws.com",
    },
}


@pytest.mark.parametrize(("operation", "parameters", "status", "code", "message"), CASES)
def test_an_error_is_answered_as_aws_answered_it(
    today: Any,
    platform: Any,
    execution_role: str,
    function: Mapping[str, Any],
    operation: str,
    parameters: Mapping[str, Any],
    status: int,
    code: str,
    message: str,
) -> None:
    allow_streams(platform, execution_role)
    arn, name = function["FunctionArn"], function["FunctionName"]
    known = {"arn": arn, "name": name, "place": arn.removesuffix(name)}

    answer = refusal(getattr(today, operation), **filled({**USUAL.get(operation, {}), **parameters}, known))

    assert (answer["status"], answer["code"], answer["message"]) == (status, code, message.format(**known))
    assert code == VALIDATION or answer.get("Type", "User") == "User"


def filled(value: Any, known: Mapping[str, str]) -> Any:
    """Return parameters with the names of the function that is there."""
    if isinstance(value, str):
        return value.format(**known)
    if isinstance(value, Mapping):
        return {key: filled(item, known) for key, item in value.items()}
    return [filled(item, known) for item in value] if isinstance(value, list) else value


def allow_streams(platform: Any, role: str) -> None:
    """Let an execution role read streams, without which nothing else is looked at."""
    platform.client("iam").put_role_policy(
        RoleName=role.rpartition("/")[2],
        PolicyName="streams",
        PolicyDocument='{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", "Action": '
        '["dynamodb:*", "kinesis:*", "sqs:*", "lambda:InvokeFunction"]}]}',
    )


def test_aws_020_a_runtime_that_is_not_here_is_refused_with_those_that_are(
    today: Any, create: Callable[..., Any], python: str
) -> None:
    answer = refusal(create, Runtime="PYTHON3.9")

    assert (answer["status"], answer["code"], answer["Type"]) == (400, INVALID, "User")
    assert answer["message"].startswith(
        "Value PYTHON3.9 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: ["
    )
    assert f"{python}" in answer["message"]
    assert answer["message"].endswith("] or be a valid ARN")


def test_aws_034_code_at_a_key_that_is_not_there_is_refused(
    platform: Any, today: Any, function: Mapping[str, Any]
) -> None:
    bucket = f"bucket-{function['FunctionName']}"
    platform.client("s3").create_bucket(Bucket=bucket)

    answer = refusal(
        today.update_function_code, FunctionName=function["FunctionName"], S3Bucket=bucket, S3Key="code.zip"
    )

    assert (answer["status"], answer["code"], answer["message"]) == (
        400,
        INVALID,
        "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.",
    )


def test_aws_040_and_042_variables_have_4_kb_as_json(today: Any, name: str, create: Callable[..., Any]) -> None:
    fitting = {"LARGE_VAR": "x" * (4096 - len('{"LARGE_VAR":""}'))}

    created = create(Environment={"Variables": fitting})
    answer = refusal(
        today.update_function_configuration,
        FunctionName=name,
        Environment={"Variables": {"LARGE_VAR": fitting["LARGE_VAR"] + "x"}},
    )

    assert created["Environment"]["Variables"] == fitting
    assert (answer["status"], answer["code"]) == (400, INVALID)
    assert answer["message"].startswith(
        "Lambda was unable to configure your environment variables because the environment variables you have provided "
        'exceeded the 4KB limit. String measured: {"LARGE_VAR":"xxx'
    )


def test_aws_055_a_payload_that_is_not_json_is_refused(today: Any, function: Mapping[str, Any]) -> None:
    """What follows the second colon is the parser's text, on AWS that of Jackson."""
    answer = refusal(today.invoke, FunctionName=function["FunctionName"], Payload=b"\x99")

    assert (answer["status"], answer["code"]) == (400, "InvalidRequestContentException")
    assert answer["message"].startswith("Could not parse request body into json: Could not parse payload into json: ")


def test_aws_120_a_statement_that_is_not_there_cannot_be_removed(today: Any, function: Mapping[str, Any]) -> None:
    name = function["FunctionName"]
    today.add_permission(
        FunctionName=name, StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com"
    )

    answer = refusal(today.remove_permission, FunctionName=name, StatementId="non-existent")

    assert (answer["status"], answer["code"]) == (404, MISSING)
    assert answer["message"] == "Statement non-existent is not found in resource policy."


def test_aws_121_a_policy_of_the_function_is_none_of_its_versions(today: Any, function: Mapping[str, Any]) -> None:
    name = function["FunctionName"]
    today.add_permission(
        FunctionName=name, StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com"
    )
    today.publish_version(FunctionName=name)

    answer = refusal(today.get_policy, FunctionName=name, Qualifier="1")

    assert (answer["status"], answer["message"]) == (404, "The resource you requested does not exist.")


def test_aws_122_a_stale_revision_of_a_policy_is_refused(today: Any, function: Mapping[str, Any]) -> None:
    statement = {"Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}
    name = function["FunctionName"]
    today.add_permission(FunctionName=name, StatementId="s3", **statement)

    answer = refusal(today.add_permission, FunctionName=name, StatementId="again", RevisionId=UNKNOWN_UUID, **statement)

    assert (answer["status"], answer["code"], answer["message"]) == (
        412,
        STALE,
        "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest "
        "Revision Id",
    )


def test_aws_125_a_version_of_other_code_than_was_meant_is_not_published(
    today: Any, function: Mapping[str, Any]
) -> None:
    current = function["CodeSha256"]

    answer = refusal(today.publish_version, FunctionName=function["FunctionName"], CodeSha256="somenonexistentsha256")

    assert (answer["status"], answer["code"], answer["message"]) == (
        400,
        INVALID,
        f"CodeSHA256 (somenonexistentsha256) is different from current CodeSHA256 in $LATEST ({current}). "
        "Please try again with the CodeSHA256 in $LATEST.",
    )


def test_aws_126_a_name_of_an_alias_that_is_taken_is_a_conflict(today: Any, function: Mapping[str, Any]) -> None:
    alias: Callable[..., Any] = today.create_alias
    parameters = {"FunctionName": function["FunctionName"], "Name": "custom", "FunctionVersion": "$LATEST"}
    alias(**parameters)

    answer = refusal(alias, **parameters)

    assert (answer["status"], answer["code"]) == (409, CONFLICT)
    assert answer["message"] == f"Alias already exists: {function['FunctionArn']}:custom"
