"""Lambda 2014-11-11, operation by operation."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from runtime.errors import ServiceError
from tests.unit.runtime.services.laboratory import LEARNER, ROLE, ROLE_OF_S3, Lab, zipped

ARN = "arn:aws:lambda:us-east-1:123456789012:function:hello"


async def upload(lab: Lab, name: str = "hello", **changes: Any) -> dict[str, Any]:
    members = {
        "function_zip": zipped(),
        "runtime": "nodejs",
        "role": ROLE,
        "handler": "index.handler",
        "mode": "event",
    }
    answer: dict[str, Any] = await lab.preview.upload_function(lab.call(), function_name=name, **(members | changes))
    return answer


async def test_an_upload_answers_with_the_configuration_and_the_defaults(lab: Lab) -> None:
    answer = await upload(lab)

    assert uuid.UUID(answer.pop("ConfigurationId"))
    assert answer == {
        "FunctionName": "hello",
        "FunctionARN": ARN,
        "Runtime": "nodejs",
        "Role": ROLE,
        "Handler": "index.handler",
        "Mode": "event",
        "CodeSize": len(zipped()),
        "Description": "",
        "Timeout": 3,
        "MemorySize": 128,
        "LastModified": "2014-11-13T18:30:05.103+0000",
    }


async def test_a_second_upload_replaces_everything(lab: Lab) -> None:
    first = await upload(lab, timeout=60, description="first")
    second = await upload(lab, function_zip=zipped("changed"))

    assert (second["Timeout"], second["Description"]) == (3, "")
    assert second["ConfigurationId"] != first["ConfigurationId"]
    assert [facts["operation"] for facts in lab.facts("function")] == ["created", "updated"]
    assert lab.invoker.forgotten == ["hello", "hello"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"timeout": 61}, "Value '61' at 'timeout' failed to satisfy constraint: Member must have value less than or"),
        ({"memory_size": 2048}, "Value '2048' at 'memorySize' failed to satisfy constraint: Member must have value"),
        (
            {"memory_size": 64},
            "Value '64' at 'memorySize' failed to satisfy constraint: Member must have value greater",
        ),
        (
            {"memory_size": 200},
            "Value '200' at 'memorySize' failed to satisfy constraint: Member must be a multiple of 64",
        ),
        ({"runtime": "nodejs20.x"}, "Member must satisfy enum value set: [nodejs]"),
        ({"mode": "request"}, "Member must satisfy enum value set: [event]"),
        ({"handler": "index handler"}, "Value 'index handler' at 'handler' failed to satisfy constraint"),
        ({"role": "basic"}, "Value 'basic' at 'role' failed to satisfy constraint"),
        ({"description": "x" * 257}, "Member must have length less than or equal to 256"),
    ],
)
async def test_a_member_outside_its_bounds_is_refused(lab: Lab, changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ServiceError) as caught:
        await upload(lab, **changes)

    assert (caught.value.code, caught.value.status) == ("InvalidParameterValueException", 400)
    assert caught.value.message.startswith("1 validation error detected: ")
    assert sentence in caught.value.message
    assert lab.account.functions() == []


@pytest.mark.parametrize("name", ["hello:world", "x" * 65, "naïve"])
async def test_a_name_that_is_none_is_refused(lab: Lab, name: str) -> None:
    with pytest.raises(ServiceError, match="at 'functionName' failed to satisfy constraint"):
        await upload(lab, name)


async def test_several_violations_are_told_at_once(lab: Lab) -> None:
    with pytest.raises(ServiceError, match=r"2 validation errors detected: .*'timeout'.*; .*'memorySize'"):
        await upload(lab, timeout=900, memory_size=4096)


async def test_a_role_that_lambda_cannot_assume_is_refused(lab: Lab) -> None:
    with pytest.raises(ServiceError) as caught:
        await upload(lab, role=ROLE_OF_S3)

    assert caught.value.code == "InvalidParameterValueException"
    assert caught.value.message == "The role defined for the function cannot be assumed by Lambda."
    assert [facts["granted"] for facts in lab.facts("assumption")] == [False]


async def test_whoever_may_not_pass_the_role_cannot_give_it_to_a_function(lab: Lab) -> None:
    lab.directory.allow("lambda:*")

    with pytest.raises(ServiceError, match="is not authorized to perform: iam:PassRole"):
        await lab.preview.upload_function(
            lab.call(LEARNER),
            function_name="hello",
            function_zip=zipped(),
            runtime="nodejs",
            role=ROLE,
            handler="index.handler",
            mode="event",
        )


async def test_a_package_over_50_mb_is_refused(lab: Lab) -> None:
    with pytest.raises(ServiceError) as caught:
        await upload(lab, function_zip=bytes(52_428_801))

    assert (caught.value.status, caught.value.message) == (413, "Zipped size must be smaller than 52428800 bytes")


async def test_a_machine_without_node_v0_10_says_so(lab: Lab) -> None:
    lab.invoker.runtimes = ("python3.11",)

    with pytest.raises(ServiceError, match=r"real Node v0\.10\.32, and this machine does not have it"):
        await upload(lab)


async def test_the_package_can_be_fetched_for_ten_minutes(lab: Lab) -> None:
    await upload(lab)

    answer = await lab.preview.get_function(lab.call(), function_name="hello")

    assert answer["Code"]["RepositoryType"] == "S3"
    assert answer["Code"]["Location"].startswith("http://127.0.0.1:4566/_lab/packages/")
    assert answer["Configuration"] == await lab.preview.get_function_configuration(lab.call(), function_name="hello")


async def test_an_update_changes_the_given_members_and_never_the_code(lab: Lab) -> None:
    first = await upload(lab, description="kept")
    lab.clock.move(60)

    changed = await lab.preview.update_function_configuration(lab.call(), function_name="hello", memory_size=1024)

    differing = {member for member in first if first[member] != changed[member]}
    assert differing == {"MemorySize", "LastModified", "ConfigurationId"}


async def test_an_update_to_a_role_that_lambda_cannot_assume_is_refused(lab: Lab) -> None:
    await upload(lab)

    with pytest.raises(ServiceError, match="cannot be assumed by Lambda"):
        await lab.preview.update_function_configuration(lab.call(), function_name="hello", role=ROLE_OF_S3)


async def test_functions_are_listed_in_pages(lab: Lab) -> None:
    for name in ("c", "a", "b"):
        await upload(lab, name)

    first = await lab.preview.list_functions(lab.call(), max_items=2)
    second = await lab.preview.list_functions(lab.call(), max_items=2, marker=first["NextMarker"])

    names = [[function["FunctionName"] for function in answer["Functions"]] for answer in (first, second)]
    assert names == [["a", "b"], ["c"]]
    assert "NextMarker" not in second


async def test_a_marker_that_nobody_gave_is_refused(lab: Lab) -> None:
    with pytest.raises(ServiceError, match="is not one that ListFunctions returned"):
        await lab.preview.list_functions(lab.call(), marker="§")


async def test_a_deleted_function_is_not_found(lab: Lab) -> None:
    await upload(lab)
    await lab.preview.delete_function(lab.call(), function_name="hello")

    with pytest.raises(ServiceError) as caught:
        await lab.preview.get_function(lab.call(), function_name="hello")

    assert (caught.value.code, caught.value.status) == ("ResourceNotFoundException", 404)
    assert caught.value.message == f"Function not found: {ARN}"
    assert caught.value.fields == {"Type": "User"}
    assert [facts["operation"] for facts in lab.facts("function")] == ["created", "deleted"]


async def test_an_event_is_accepted_with_202(lab: Lab) -> None:
    await upload(lab)

    answer = await lab.preview.invoke_async(lab.call(), function_name="hello", invoke_args=b'{"a": 1}')

    assert answer == {"Status": 202}
    (invocation,) = lab.queue.accepted
    assert (invocation.function.name, invocation.payload, invocation.request_id) == ("hello", b'{"a": 1}', "8e9b9d5a")
    assert (invocation.caller, invocation.source) == ("arn:aws:iam::123456789012:root", "direct")


@pytest.mark.parametrize("body", [b"", b"{", b"NaN", b"{'a': 1}", b'"\xff"', b"[" * 100_000])
async def test_an_event_that_is_not_json_is_refused(lab: Lab, body: bytes) -> None:
    await upload(lab)

    with pytest.raises(ServiceError) as caught:
        await lab.preview.invoke_async(lab.call(), function_name="hello", invoke_args=body)

    assert (caught.value.code, caught.value.status) == ("InvalidRequestContentException", 400)
    assert caught.value.message.startswith("Could not parse request body into json: ")
    assert not lab.queue.accepted


async def test_a_very_long_number_is_json(lab: Lab) -> None:
    await upload(lab)

    assert await lab.preview.invoke_async(lab.call(), function_name="hello", invoke_args=b"1" * 10_000)


async def test_a_name_that_a_function_of_today_has_is_taken(lab: Lab) -> None:
    await lab.today.create_function(
        lab.call(),
        function_name="hello",
        role=ROLE,
        code={"ZipFile": zipped()},
        runtime="python3.11",
        handler="index.handler",
    )

    with pytest.raises(ServiceError, match="made through the Lambda API of 2015-03-31") as taken:
        await upload(lab)
    with pytest.raises(ServiceError, match="use a client of that API version") as unseen:
        await lab.preview.get_function(lab.call(), function_name="hello")

    assert taken.value.code == "InvalidParameterValueException"
    assert unseen.value.code == "ResourceNotFoundException"
    assert (await lab.preview.list_functions(lab.call()))["Functions"] == []
