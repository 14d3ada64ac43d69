"""Lambda 2014-11-11: AddEventSource, GetEventSource, ListEventSources, RemoveEventSource."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from runtime.errors import ServiceError
from tests.unit.runtime.services.laboratory import LEARNER, ROLE, ROLE_OF_S3, Lab
from tests.unit.runtime.services.lambda_preview.test_functions import upload

CLICKS = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
ORDERS = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2014-11-13T18:30:05.103"


async def add(lab: Lab, stream: str = CLICKS, function: str = "hello", **changes: Any) -> dict[str, Any]:
    members: dict[str, Any] = {"event_source": stream, "function_name": function, "role": ROLE}
    answer: dict[str, Any] = await lab.preview.add_event_source(lab.call(), **(members | changes))
    return answer


async def test_a_mapping_begins_pending_with_the_defaults_of_2014(lab: Lab) -> None:
    """Facts A2: BatchSize 100, InitialPositionInStream TRIM_HORIZON, Status PENDING first."""
    await upload(lab)

    answer = await add(lab)

    assert uuid.UUID(answer.pop("UUID"))
    assert answer == {
        "BatchSize": 100,
        "EventSource": CLICKS,
        "FunctionName": "hello",
        "Parameters": {"InitialPositionInStream": "TRIM_HORIZON"},
        "Role": ROLE,
        "LastModified": "2014-11-13T18:30:05.103+0000",
        "IsActive": True,
        "Status": "PENDING",
    }


@pytest.mark.parametrize("stream", [CLICKS, ORDERS])
async def test_a_mapping_is_read_back_as_it_was_added(lab: Lab, stream: str) -> None:
    await upload(lab)

    added = await add(lab, stream, batch_size=7, parameters={"InitialPositionInStream": "LATEST"})

    assert (added["BatchSize"], added["Parameters"]) == (7, {"InitialPositionInStream": "LATEST"})
    assert await lab.preview.get_event_source(lab.call(), uuid=added["UUID"]) == added


async def test_a_stream_that_is_mapped_already_is_re_pointed(lab: Lab) -> None:
    """Facts A2: an event source can be mapped to one function; the existing mapping is updated."""
    await upload(lab)
    await upload(lab, "other")
    first = await add(lab, batch_size=7, parameters={"InitialPositionInStream": "LATEST"})
    lab.account.event_sources.processed(lab.account.event_sources.all()[0])
    lab.clock.move(60)

    second = await add(lab, function="other")

    differing = {member for member in first if first[member] != second[member]}
    assert differing == {"FunctionName", "LastModified"}
    assert (await lab.preview.list_event_sources(lab.call()))["EventSources"] == [second]
    assert [facts["operation"] for facts in lab.facts("event-source")] == ["added", "updated"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"event_source": "arn:aws:sqs:us-east-1:123456789012:q"}, "at 'eventSource' failed to satisfy constraint"),
        ({"event_source": "arn:aws:s3:::photos"}, "at 'eventSource' failed"),
        ({"event_source": CLICKS.replace("us-east-1", "eu-west-1")}, "at 'eventSource' failed"),
        ({"event_source": CLICKS.replace("1234", "9999")}, "at 'eventSource' failed"),
        ({"event_source": CLICKS + "\n"}, "at 'eventSource' failed"),
        ({"event_source": "clicks"}, "at 'eventSource' failed"),
        ({"batch_size": 0}, "at 'batchSize' failed to satisfy constraint: Member must have value greater than"),
        ({"batch_size": 10_001}, "at 'batchSize' failed to satisfy constraint: Member must have value less than"),
        ({"parameters": {"InitialPositionInStream": "AT_TIMESTAMP"}}, r"enum value set: \[TRIM_HORIZON, LATEST\]"),
        ({"parameters": {"Parallelization": "10"}}, "Value 'Parallelization' at 'parameters' failed"),
        ({"function": "hello!"}, "at 'functionName' failed to satisfy constraint: Member must satisfy regular"),
        ({"role": "pull"}, "at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern"),
        ({"function": "nobody"}, "^InvalidParameterValueException: Function does not exist$"),
        ({"role": ROLE_OF_S3}, "The role defined for the function cannot be assumed by Lambda."),
    ],
)
async def test_a_mapping_that_could_not_work_is_refused(lab: Lab, changes: dict[str, Any], sentence: str) -> None:
    await upload(lab)

    with pytest.raises(ServiceError, match=sentence) as refused:
        await add(lab, changes.pop("event_source", CLICKS), **changes)

    assert (refused.value.code, refused.value.status) == ("InvalidParameterValueException", 400)
    assert refused.value.fields == {"Type": "User"}
    assert lab.account.event_sources.all() == []


async def test_whoever_may_not_pass_the_role_cannot_add_a_mapping(lab: Lab) -> None:
    """Facts H3: AddEventSource needs iam:PassRole on Role."""
    await upload(lab)
    lab.directory.allow("lambda:*")

    with pytest.raises(ServiceError, match="is not authorized to perform: iam:PassRole"):
        await lab.preview.add_event_source(lab.call(LEARNER), event_source=CLICKS, function_name="hello", role=ROLE)


async def test_mappings_are_listed_by_stream_by_function_and_in_pages(lab: Lab) -> None:
    await upload(lab)
    await upload(lab, "other")
    added = [await add(lab, f"{CLICKS}-{n}", "hello" if n else "other") for n in range(3)]
    list_sources = lab.preview.list_event_sources

    of_hello = (await list_sources(lab.call(), function_name="hello"))["EventSources"]
    of_stream = (await list_sources(lab.call(), event_source_arn=f"{CLICKS}-2"))["EventSources"]
    of_neither = (await list_sources(lab.call(), event_source_arn=f"{CLICKS}-2", function_name="other"))["EventSources"]
    first = await list_sources(lab.call(), max_items=2)
    rest = await list_sources(lab.call(), max_items=2, marker=first["NextMarker"])

    assert sorted(one["EventSource"] for one in of_hello) == [f"{CLICKS}-1", f"{CLICKS}-2"]
    assert [one["UUID"] for one in of_stream] == [added[2]["UUID"]]
    assert of_neither == []
    listed = [one["UUID"] for one in first["EventSources"] + rest["EventSources"]]
    assert sorted(listed) == sorted(one["UUID"] for one in added)
    assert "NextMarker" not in rest


async def test_asking_for_the_mappings_of_a_function_that_is_not_there_is_a_mistake(lab: Lab) -> None:
    with pytest.raises(ServiceError, match="Function not found") as refused:
        await lab.preview.list_event_sources(lab.call(), function_name="nobody")

    assert (refused.value.code, refused.value.status) == ("ResourceNotFoundException", 404)


@pytest.mark.parametrize("changes", [{"max_items": 0}, {"max_items": 10_001}, {"marker": "§"}])
async def test_a_page_that_cannot_be_is_refused(lab: Lab, changes: dict[str, Any]) -> None:
    with pytest.raises(ServiceError) as refused:
        await lab.preview.list_event_sources(lab.call(), **changes)

    assert refused.value.code == "InvalidParameterValueException"


async def test_a_removed_mapping_is_gone_and_its_function_stays(lab: Lab) -> None:
    await upload(lab)
    added = await add(lab)

    assert await lab.preview.remove_event_source(lab.call(), uuid=added["UUID"]) == {}

    assert (await lab.preview.list_event_sources(lab.call()))["EventSources"] == []
    assert (await lab.preview.get_function_configuration(lab.call(), function_name="hello"))["FunctionName"] == "hello"
    assert [facts["operation"] for facts in lab.facts("event-source")] == ["added", "removed"]


@pytest.mark.parametrize("operation", ["get_event_source", "remove_event_source"])
@pytest.mark.parametrize("unknown", ["8716646e-5066-4684-872e-f632b2e933cf", "no uuid"])
async def test_an_unknown_uuid_is_not_found(lab: Lab, operation: str, unknown: str) -> None:
    """AWS-150 has the words, for today's event source mappings."""
    with pytest.raises(ServiceError) as refused:
        await getattr(lab.preview, operation)(lab.call(), uuid=unknown)

    assert (refused.value.code, refused.value.status) == ("ResourceNotFoundException", 404)
    assert refused.value.message == "The resource you requested does not exist."
