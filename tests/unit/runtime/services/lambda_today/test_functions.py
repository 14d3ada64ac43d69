"""Functions are created, updated and deleted."""

from __future__ import annotations

import base64
import hashlib
import io
import platform
import zipfile
from typing import Any

import pytest

from tests.unit.runtime.services.laboratory import LEARNER, ROLE, ROLE_OF_S3, Lab, zipped
from tests.unit.runtime.services.lambda_today.usual import ARN, create, refusal


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
            {"snap_start": {"ApplyOn": "PublishedVersions"}},
            "InvalidParameterValueException",
            "CreateFunction does not support SnapStart in this runtime. Leave it out of the call.",
        ),
        (
            {"kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/k"},
            "InvalidParameterValueException",
            "CreateFunction does not support KMSKeyArn in this runtime. Leave it out of the call.",
        ),
        (
            {"environment": {"Variables": {"AWS_REGION": "x", "LAMBDA_TASK_ROOT": "y"}}},
            "InvalidParameterValueException",
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided contains reserved keys that are currently not supported for modification. Reserved keys used in "
            "this request: AWS_REGION, LAMBDA_TASK_ROOT",
        ),
        (
            {"environment": {"Variables": {"CUT": "a\0b", "WHOLE": "c", "ALSO_CUT": "\0"}}},
            "InvalidParameterValueException",
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided contain a null character (\\u0000), which ends a text for Linux. Leave it out of: ALSO_CUT, CUT",
        ),
        (
            {"handler": "index\0.handler"},
            "InvalidParameterValueException",
            "Handler contains a null character (\\u0000), which ends a text for Linux. Leave it out.",
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


async def test_latest_cannot_be_deleted_without_the_function(lab: Lab) -> None:
    await create(lab)

    error = await refusal(lab.today.delete_function(lab.call(), function_name="hello", qualifier="$LATEST"))

    assert error.message == "$LATEST version cannot be deleted without deleting the function."


async def test_a_deleted_function_is_not_found(lab: Lab) -> None:
    await create(lab)

    assert await lab.today.delete_function(lab.call(), function_name="hello") == {"StatusCode": 204}

    error = await refusal(lab.today.delete_function(lab.call(), function_name="hello"))
    assert error.message == f"Function not found: {ARN}"


async def test_aws_037_a_zip_of_more_than_50_mb_is_refused(lab: Lab) -> None:
    error = await refusal(create(lab, code={"ZipFile": b"x" * 52_428_801}))

    assert (error.code, error.status) == ("RequestEntityTooLargeException", 413)
    assert error.message == "Zipped size must be smaller than 52428800 bytes"


async def test_aws_039_code_of_more_than_250_mb_unzipped_is_refused(lab: Lab) -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("zeros", bytes(262_144_001))

    error = await refusal(create(lab, code={"ZipFile": written.getvalue()}))

    assert (error.code, error.status) == ("InvalidParameterValueException", 400)
    assert error.message == "Unzipped size must be smaller than 262144000 bytes"


async def test_code_and_layers_together_have_250_mb(lab: Lab) -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("zeros", bytes(262_144_000 - len("exports.handler = function () {};") + 1))
    layer = await lab.today.publish_layer_version(
        lab.call(), layer_name="large", content={"ZipFile": written.getvalue()}
    )

    error = await refusal(create(lab, layers=[layer["LayerVersionArn"]]))

    assert error.message == (
        "Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. "
        "The actual size is 262144001 bytes."
    )
    assert lab.account.functions() == []


async def test_the_journal_tells_a_version_that_goes_from_a_function_that_goes(lab: Lab) -> None:
    await create(lab, publish=True)

    await lab.today.delete_function(lab.call(), function_name="hello", qualifier="1")
    await lab.today.delete_function(lab.call(), function_name="hello")

    assert [(facts["operation"], facts["version"]) for facts in lab.facts("function")] == [
        ("created", "$LATEST"),
        ("published", "1"),
        ("unpublished", "1"),
        ("deleted", "$LATEST"),
    ]
