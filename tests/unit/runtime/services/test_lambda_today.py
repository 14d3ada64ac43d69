"""Lambda 2015-03-31, operation by operation."""

from __future__ import annotations

import base64
import hashlib
import platform
from typing import Any

import pytest

from runtime.errors import ServiceError
from tests.unit.runtime.services.laboratory import LEARNER, ROLE, ROLE_OF_S3, Lab, zipped

ARN = "arn:aws:lambda:us-east-1:123456789012:function:hello"


async def create(lab: Lab, name: str = "hello", **changes: Any) -> dict[str, Any]:
    members = {"role": ROLE, "code": {"ZipFile": zipped()}, "runtime": "python3.11", "handler": "index.handler"}
    answer: dict[str, Any] = await lab.today.create_function(lab.call(), function_name=name, **(members | changes))
    return answer


async def refusal(attempt: Any) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        await attempt
    return caught.value


async def test_a_new_function_is_pending_and_has_the_defaults(lab: Lab) -> None:
    answer = await create(lab)

    expected = {
        "FunctionName": "hello",
        "FunctionArn": ARN,
        "Runtime": "python3.11",
        "MemorySize": 128,
        "Timeout": 3,
        "Description": "",
        "State": "Pending",
        "StateReason": "The function is being created.",
        "StateReasonCode": "Creating",
        "Version": "$LATEST",
        "PackageType": "Zip",
        "TracingConfig": {"Mode": "PassThrough"},
        "EphemeralStorage": {"Size": 512},
        "CodeSize": len(zipped()),
        "CodeSha256": base64.b64encode(hashlib.sha256(zipped()).digest()).decode(),
        "LastModified": "2014-11-13T18:30:05.103+0000",
    }
    assert expected.items() <= answer.items()
    assert "Environment" not in answer


async def test_the_next_read_says_that_it_is_active(lab: Lab) -> None:
    await create(lab)

    answer = await lab.today.get_function_configuration(lab.call(), function_name="hello")

    assert (answer["State"], answer["LastUpdateStatus"]) == ("Active", "Successful")


async def test_a_taken_name_is_a_conflict(lab: Lab) -> None:
    await create(lab)

    error = await refusal(create(lab))

    assert (error.code, error.status, error.message) == (
        "ResourceConflictException",
        409,
        "Function already exist: hello",
    )


async def test_a_name_that_a_function_of_the_preview_has_is_taken(lab: Lab) -> None:
    await lab.preview.upload_function(
        lab.call(),
        function_name="hello",
        function_zip=zipped(),
        runtime="nodejs",
        role=ROLE,
        handler="index.handler",
        mode="event",
    )

    taken = await refusal(create(lab))
    unseen = await refusal(lab.today.invoke(lab.call(), function_name="hello"))

    assert taken.code == "ResourceConflictException"
    assert taken.message.startswith("Function already exist: hello")
    assert unseen.code == "ResourceNotFoundException"
    assert "2014-11-11" in unseen.message


@pytest.mark.parametrize(
    ("changes", "code", "sentence"),
    [
        (
            {"role": "r1"},
            "ValidationException",
            "1 validation error detected: Value 'r1' at 'role' failed to satisfy constraint: Member must satisfy "
            r"regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+",
        ),
        (
            {"runtime": "PYTHON3.9"},
            "InvalidParameterValueException",
            "Value PYTHON3.9 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
            "[nodejs22.x, python3.11] or be a valid ARN",
        ),
        (
            {"architectures": ["x86_64", "arm64"]},
            "ValidationException",
            "1 validation error detected: Value '[x86_64, arm64]' at 'architectures' failed to satisfy constraint: "
            "Member must have length less than or equal to 1",
        ),
        (
            {"architectures": ["X86_64"]},
            "ValidationException",
            "1 validation error detected: Value '[X86_64]' at 'architectures' failed to satisfy constraint: Member "
            "must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]",
        ),
        (
            {"timeout": 901},
            "ValidationException",
            "1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: "
            "Member must have value less than or equal to 900",
        ),
        (
            {"memory_size": 10241},
            "ValidationException",
            "1 validation error detected: Value '10241' at 'memorySize' failed to satisfy constraint: "
            "Member must have value less than or equal to 10240",
        ),
        (
            {"ephemeral_storage": {"Size": 511}},
            "ValidationException",
            "1 validation error detected: Value '511' at 'ephemeralStorage.size' failed to satisfy constraint: "
            "Member must have value greater than or equal to 512",
        ),
        (
            {"handler": None},
            "InvalidParameterValueException",
            "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
        ),
        ({"code": {}}, "InvalidParameterValueException", "Please provide a source for function code."),
        (
            {"code": {"ZipFile": b"no zip"}},
            "InvalidParameterValueException",
            "Could not unzip uploaded file. Please check your file, then try to upload again.",
        ),
        (
            {"role": ROLE_OF_S3},
            "InvalidParameterValueException",
            "The role defined for the function cannot be assumed by Lambda.",
        ),
        (
            {"publish": True},
            "InvalidParameterValueException",
            "CreateFunction does not support Publish in this runtime. Leave it out of the call.",
        ),
        (
            {"environment": {"Variables": {"AWS_REGION": "x", "LAMBDA_TASK_ROOT": "y"}}},
            "InvalidParameterValueException",
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided contains reserved keys that are currently not supported for modification. Reserved keys used in "
            "this request: AWS_REGION, LAMBDA_TASK_ROOT",
        ),
        (
            {"environment": {"Variables": {"1ST": "x"}}},
            "ValidationException",
            "1 validation error detected: Value '{1ST=x}' at 'environment.variables' failed to satisfy constraint: Map "
            "keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+, "
            "Member must not be null]",
        ),
    ],
)
async def test_a_request_that_makes_no_sense_is_refused_in_the_words_of_aws(
    lab: Lab, changes: dict[str, Any], code: str, sentence: str
) -> None:
    error = await refusal(create(lab, **changes))

    assert (error.code, error.status, error.message) == (code, 400, sentence)
    assert lab.account.functions() == []


async def test_a_function_for_another_processor_is_refused(lab: Lab) -> None:
    other = "arm64" if platform.machine() == "x86_64" else "x86_64"

    error = await refusal(create(lab, architectures=[other]))

    assert f"a function for {other} cannot run on it" in error.message


async def test_members_that_ask_for_nothing_are_no_obstacle(lab: Lab) -> None:
    await create(
        lab,
        publish=False,
        layers=[],
        vpc_config={"SubnetIds": [], "SecurityGroupIds": []},
        tracing_config={"Mode": "PassThrough"},
        dead_letter_config={"TargetArn": ""},
        tags={},
    )


async def test_environment_variables_may_take_4_kb_as_json_and_not_a_byte_more(lab: Lab) -> None:
    fitting = {"LARGE_VAR": "x" * (4096 - len('{"LARGE_VAR":""}'))}

    answer = await create(lab, environment={"Variables": fitting})
    error = await refusal(create(lab, "other", environment={"Variables": {"LARGE_VAR": fitting["LARGE_VAR"] + "x"}}))

    assert answer["Environment"] == {"Variables": fitting}
    assert error.message.startswith(
        "Lambda was unable to configure your environment variables because the environment variables you have provided "
        'exceeded the 4KB limit. String measured: {"LARGE_VAR":"xxx'
    )


async def test_whoever_may_not_pass_the_role_cannot_give_it_to_a_function(lab: Lab) -> None:
    lab.directory.allow("lambda:*")

    error = await refusal(
        lab.today.create_function(
            lab.call(LEARNER),
            function_name="hello",
            role=ROLE,
            code={"ZipFile": zipped()},
            runtime="python3.11",
            handler="index.handler",
        )
    )

    assert error.status == 403
    assert error.message == (
        f"User: {LEARNER.arn} is not authorized to perform: iam:PassRole on resource: {ROLE}"
        " because no identity-based policy allows the iam:PassRole action"
    )


async def test_whoever_may_pass_the_role_can(lab: Lab) -> None:
    lab.directory.allow("iam:PassRole", ROLE)

    await lab.today.create_function(
        lab.call(LEARNER),
        function_name="hello",
        role=ROLE,
        code={"ZipFile": zipped()},
        runtime="python3.11",
        handler="index.handler",
    )

    assert [facts["caller"] for facts in lab.facts("function")] == [LEARNER.arn]


async def test_code_can_come_from_s3(lab: Lab) -> None:
    lab.caller.objects["photos", "code.zip"] = zipped()

    answer = await create(lab, code={"S3Bucket": "photos", "S3Key": "code.zip"})

    assert answer["CodeSize"] == len(zipped())


async def test_s3_errors_are_told_in_the_words_of_aws(lab: Lab) -> None:
    no_bucket = await refusal(create(lab, code={"S3Bucket": "nowhere", "S3Key": "code.zip"}))
    no_key = await refusal(create(lab, code={"S3Bucket": "photos", "S3Key": "code.zip"}))

    assert no_bucket.message == (
        "Error occurred while GetObject. S3 Error Code: NoSuchBucket. "
        "S3 Error Message: The specified bucket does not exist"
    )
    assert no_key.message == (
        "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist."
    )


async def test_code_that_the_caller_may_not_read_stays_where_it_is(lab: Lab) -> None:
    lab.caller.objects["photos", "code.zip"] = zipped()
    lab.directory.allow("iam:PassRole", ROLE)

    error = await refusal(
        lab.today.create_function(
            lab.call(LEARNER),
            function_name="hello",
            role=ROLE,
            code={"S3Bucket": "photos", "S3Key": "code.zip"},
            runtime="python3.11",
            handler="index.handler",
        )
    )

    assert error.code == "AccessDeniedException"
    assert error.message.startswith("Your access has been denied by S3, please make sure your request credentials have")


@pytest.mark.parametrize("name", ["hello", "function:hello", "123456789012:function:hello", ARN, f"{ARN}:$LATEST"])
async def test_a_function_can_be_named_in_many_ways(lab: Lab, name: str) -> None:
    await create(lab)

    answer = await lab.today.get_function_configuration(lab.call(), function_name=name)

    assert answer["FunctionName"] == "hello"


async def test_a_qualifier_shows_in_the_arn(lab: Lab) -> None:
    await create(lab)

    answer = await lab.today.get_function(lab.call(), function_name="hello", qualifier="$LATEST")

    assert answer["Configuration"]["FunctionArn"] == f"{ARN}:$LATEST"


@pytest.mark.parametrize(
    ("name", "qualifier", "code", "message"),
    [
        ("nobody", None, "ResourceNotFoundException", f"Function not found: {ARN[:-5]}nobody"),
        ("hello", "1", "ResourceNotFoundException", f"Function not found: {ARN}:1"),
        (
            f"{ARN}:$LATEST",
            "1",
            "InvalidParameterValueException",
            "The derived qualifier from the function name does not match the specified qualifier.",
        ),
        (
            "arn:aws:lambda:eu-west-1:123456789012:function:hello",
            None,
            "ResourceNotFoundException",
            "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
        ),
        ("arn:aws:lambda:us-east-1:999999999999:function:hello", None, "AccessDeniedException", ""),
        (
            "x" * 65,
            None,
            "InvalidParameterValueException",
            f"1 validation error detected: Value '{'x' * 65}' at 'functionName' failed to satisfy constraint: "
            "Member must have length less than or equal to 64",
        ),
    ],
)
async def test_a_function_that_is_not_there_is_refused(
    lab: Lab, name: str, qualifier: str | None, code: str, message: str
) -> None:
    await create(lab)

    error = await refusal(lab.today.get_function(lab.call(), function_name=name, qualifier=qualifier))

    assert (error.code, error.message) == (code, message)


async def test_a_malformed_name_is_a_validation_error(lab: Lab) -> None:
    error = await refusal(create(lab, "invalid:function:name"))

    assert error.code == "ValidationException"
    assert error.message.startswith("1 validation error detected: Value 'invalid:function:name' at 'functionName'")


async def test_an_update_of_the_code_is_in_progress_and_changes_nothing_else(lab: Lab) -> None:
    first = await create(lab)

    changed = await lab.today.update_function_code(lab.call(), function_name="hello", zip_file=zipped("changed"))

    assert (changed["State"], changed["LastUpdateStatus"]) == ("Active", "InProgress")
    assert changed["LastUpdateStatusReason"] == "The function is being created."
    assert changed["CodeSha256"] != first["CodeSha256"]
    assert changed["RevisionId"] != first["RevisionId"]
    assert lab.invoker.forgotten == ["hello", "hello"]


async def test_a_dry_run_of_an_update_changes_nothing(lab: Lab) -> None:
    first = await create(lab)

    await lab.today.update_function_code(lab.call(), function_name="hello", zip_file=zipped("changed"), dry_run=True)

    after = await lab.today.get_function_configuration(lab.call(), function_name="hello")
    assert after["RevisionId"] == first["RevisionId"]


async def test_a_stale_revision_is_refused(lab: Lab) -> None:
    stale = (await create(lab))["RevisionId"]
    await lab.today.update_function_configuration(lab.call(), function_name="hello", timeout=10)

    code = await refusal(
        lab.today.update_function_code(lab.call(), function_name="hello", zip_file=zipped(), revision_id=stale)
    )
    configuration = await refusal(
        lab.today.update_function_configuration(lab.call(), function_name="hello", timeout=5, revision_id=stale)
    )

    assert code.code == configuration.code == "PreconditionFailedException"
    assert code.status == configuration.status == 412


async def test_an_update_of_the_configuration_changes_the_given_members(lab: Lab) -> None:
    await create(lab, environment={"Variables": {"OLD": "1"}}, description="kept")

    changed = await lab.today.update_function_configuration(
        lab.call(),
        function_name="hello",
        memory_size=512,
        environment={"Variables": {"NEW": "2"}},
        ephemeral_storage={"Size": 1024},
    )

    assert (changed["MemorySize"], changed["Description"], changed["Timeout"]) == (512, "kept", 3)
    assert changed["Environment"] == {"Variables": {"NEW": "2"}}
    assert changed["EphemeralStorage"] == {"Size": 1024}
    assert changed["LastUpdateStatus"] == "InProgress"


async def test_an_update_may_remove_all_variables(lab: Lab) -> None:
    await create(lab, environment={"Variables": {"OLD": "1"}})

    changed = await lab.today.update_function_configuration(lab.call(), function_name="hello", environment={})

    assert "Environment" not in changed


async def test_lists_hold_no_state_and_only_functions_of_today(lab: Lab) -> None:
    for name in ("b", "a"):
        await create(lab, name)

    answer = await lab.today.list_functions(lab.call(), function_version="ALL")

    assert [function["FunctionName"] for function in answer["Functions"]] == ["a", "b"]
    assert "State" not in answer["Functions"][0]


async def test_a_list_is_paged_at_fifty_whatever_was_asked_for(lab: Lab) -> None:
    for number in range(51):
        await create(lab, f"f{number:02}")

    first = await lab.today.list_functions(lab.call(), max_items=10_000)
    second = await lab.today.list_functions(lab.call(), marker=first["NextMarker"])

    assert (len(first["Functions"]), len(second["Functions"])) == (50, 1)


async def test_latest_cannot_be_deleted_without_the_function(lab: Lab) -> None:
    await create(lab)

    error = await refusal(lab.today.delete_function(lab.call(), function_name="hello", qualifier="$LATEST"))

    assert error.message == "$LATEST version cannot be deleted without deleting the function."


async def test_a_deleted_function_is_not_found(lab: Lab) -> None:
    await create(lab)

    assert await lab.today.delete_function(lab.call(), function_name="hello") == {"StatusCode": 204}

    error = await refusal(lab.today.delete_function(lab.call(), function_name="hello"))
    assert error.message == f"Function not found: {ARN}"


async def test_an_invocation_answers_with_the_result(lab: Lab) -> None:
    await create(lab)

    answer = await lab.today.invoke(lab.call(), function_name="hello", payload=b'{"a": 1}')

    assert answer == {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": b'"done"'}
    (invocation,) = lab.invoker.invocations
    assert (invocation.payload, invocation.request_id) == (b'{"a": 1}', "8e9b9d5a")


async def test_a_caller_who_sends_nothing_sends_an_empty_object(lab: Lab) -> None:
    await create(lab)

    await lab.today.invoke(lab.call(), function_name="hello")

    assert lab.invoker.invocations[0].payload == b"{}"


async def test_a_failure_of_the_function_is_answered_with_200(lab: Lab) -> None:
    await create(lab)
    lab.invoker.function_error, lab.invoker.payload = "Unhandled", b'{"errorMessage": "boom"}'

    answer = await lab.today.invoke(lab.call(), function_name="hello")

    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")


async def test_the_tail_of_the_log_comes_only_when_asked_for(lab: Lab) -> None:
    await create(lab)

    without = await lab.today.invoke(lab.call(), function_name="hello")
    with_tail = await lab.today.invoke(lab.call(), function_name="hello", log_type="Tail")

    assert "LogResult" not in without
    assert base64.b64decode(with_tail["LogResult"]) == b"START\nEND\n"


async def test_an_event_is_queued(lab: Lab) -> None:
    await create(lab)

    answer = await lab.today.invoke(lab.call(), function_name="hello", invocation_type="Event", payload=b"1")

    assert answer == {"StatusCode": 202, "Payload": b""}
    assert [invocation.payload for invocation in lab.queue.accepted] == [b"1"]
    assert not lab.invoker.invocations


async def test_a_dry_run_runs_nothing(lab: Lab) -> None:
    await create(lab)

    answer = await lab.today.invoke(lab.call(), function_name="hello", invocation_type="DryRun")

    assert answer == {"StatusCode": 204, "Payload": b""}
    assert not lab.invoker.invocations
    assert not lab.queue.accepted


async def test_invoke_names_a_function_that_is_not_there_with_its_version(lab: Lab) -> None:
    error = await refusal(lab.today.invoke(lab.call(), function_name="nobody"))

    assert (error.code, error.message) == ("ResourceNotFoundException", f"Function not found: {ARN[:-5]}nobody:$LATEST")


async def test_the_client_context_reaches_the_function_as_json_that_fits_into_a_header(lab: Lab) -> None:
    await create(lab)
    context = base64.b64encode(b'{\n  "custom": {\r\n    "a": "\xc3\xa9"}}').decode()

    await lab.today.invoke(lab.call(), function_name="hello", client_context=context)
    error = await refusal(lab.today.invoke(lab.call(), function_name="hello", client_context="{}"))

    assert lab.invoker.invocations[0].client_context == r'{"custom": {"a": "\u00e9"}}'
    assert error.message == "Client context must be a valid Base64-encoded JSON object."


@pytest.mark.parametrize(
    ("members", "code", "status", "message"),
    [
        (
            {"payload": b'"' + b"x" * 6_291_456 + b'"'},
            "RequestEntityTooLargeException",
            413,
            "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
        ),
        (
            {"payload": b'"' + b"x" * 1_048_576 + b'"', "invocation_type": "Event"},
            "RequestEntityTooLargeException",
            413,
            "1048578 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
        ),
        (
            {"invocation_type": "event"},
            "ValidationException",
            400,
            "1 validation error detected: Value 'event' at 'invocationType' failed to satisfy constraint: "
            "Member must satisfy enum value set: [RequestResponse, Event, DryRun]",
        ),
    ],
)
async def test_an_invocation_that_cannot_be_is_refused(
    lab: Lab, members: dict[str, Any], code: str, status: int, message: str
) -> None:
    await create(lab)

    error = await refusal(lab.today.invoke(lab.call(), function_name="hello", **members))

    assert (error.code, error.status, error.message) == (code, status, message)


async def test_a_payload_that_is_not_json_is_refused(lab: Lab) -> None:
    await create(lab)

    error = await refusal(lab.today.invoke(lab.call(), function_name="hello", payload=b"\x99"))

    assert (error.code, error.status) == ("InvalidRequestContentException", 400)
    assert error.message.startswith("Could not parse request body into json: Could not parse payload into json: ")
