"""Functions are read."""

from __future__ import annotations

import pytest

from tests.unit.runtime.services.laboratory import Lab
from tests.unit.runtime.services.lambda_today.usual import ARN, create, refusal


async def test_the_next_read_says_that_it_is_active(lab: Lab) -> None:
    await create(lab)

    answer = await lab.today.get_function_configuration(lab.call(), function_name="hello")

    assert (answer["State"], answer["LastUpdateStatus"]) == ("Active", "Successful")


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
