"""What a bucket notifies, as it is written, read back and refused."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.errors import ServiceError
from tests.unit.runtime.services.laboratory import LEARNER, ROLE_OF_S3, Lab

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:thumbnail"
WRITTEN = {
    "Id": "thumbnails",
    "Events": ["s3:ObjectCreated:*"],
    "CloudFunction": FUNCTION,
    "InvocationRole": ROLE_OF_S3,
}


async def put(lab: Lab, bucket: str = "photos", **changes: Any) -> None:
    configuration = {member: value for member, value in (WRITTEN | changes).items() if value is not None}
    await lab.s3.put_bucket_notification(
        lab.call(), bucket=bucket, notification_configuration={"CloudFunctionConfiguration": configuration}
    )


async def got(lab: Lab) -> dict[str, Any]:
    answer: dict[str, Any] = await lab.s3.get_bucket_notification(lab.call(), bucket="photos")
    return answer


async def test_what_was_written_is_read_back(lab: Lab) -> None:
    await put(lab)

    assert await got(lab) == {"CloudFunctionConfiguration": WRITTEN}


async def test_one_event_may_be_written_as_event(lab: Lab) -> None:
    await put(lab, Event="s3:ObjectCreated:Put", Events=None)

    assert (await got(lab))["CloudFunctionConfiguration"]["Events"] == ["s3:ObjectCreated:Put"]


async def test_event_and_events_that_say_the_same_are_one(lab: Lab) -> None:
    await put(lab, Event="s3:ObjectCreated:*")

    assert (await got(lab))["CloudFunctionConfiguration"]["Events"] == ["s3:ObjectCreated:*"]


async def test_a_configuration_without_an_id_is_given_one(lab: Lab) -> None:
    await put(lab, Id=None)

    assert (await got(lab))["CloudFunctionConfiguration"]["Id"]


async def test_an_empty_configuration_removes_it(lab: Lab) -> None:
    await put(lab)

    await lab.s3.put_bucket_notification(lab.call(), bucket="photos", notification_configuration={})

    assert await got(lab) == {}


async def test_a_bucket_that_is_not_there_is_refused(lab: Lab) -> None:
    with pytest.raises(ServiceError, match="NoSuchBucket"):
        await put(lab, "nowhere")


async def test_whoever_may_not_pass_the_role_cannot_give_it_to_s3(lab: Lab) -> None:
    with pytest.raises(ServiceError, match="is not authorized to perform: iam:PassRole"):
        await lab.s3.put_bucket_notification(
            lab.call(LEARNER), bucket="photos", notification_configuration={"CloudFunctionConfiguration": WRITTEN}
        )

    assert await got(lab) == {}


@pytest.mark.parametrize(
    ("changes", "code", "name"),
    [
        ({"Events": ["s3:ObjectRemoved:*"]}, "InvalidArgument", "Event"),
        ({"CloudFunction": "thumbnail"}, "InvalidArgument", "CloudFunction"),
        ({"CloudFunction": "arn:aws:sqs:us-east-1:123456789012:thumbnail"}, "InvalidArgument", "CloudFunction"),
        ({"InvocationRole": "for-s3"}, "InvalidArgument", "InvocationRole"),
        ({"Events": None}, "MalformedXML", None),
        ({"InvocationRole": None}, "NotImplemented", None),
    ],
)
async def test_a_configuration_of_the_wrong_shape_is_refused(
    lab: Lab, changes: dict[str, Any], code: str, name: str | None
) -> None:
    with pytest.raises(ServiceError) as caught:
        await put(lab, **changes)

    assert (caught.value.code, caught.value.fields.get("ArgumentName")) == (code, name)
    assert await got(lab) == {}


async def test_queues_and_topics_are_refused_and_the_way_out_is_named(lab: Lab) -> None:
    queue = {"QueueConfiguration": {"Queue": "arn:aws:sqs:us-east-1:123456789012:q", "Event": "s3:ObjectCreated:*"}}

    with pytest.raises(ServiceError, match="QueueConfiguration is not implemented yet") as caught:
        await lab.s3.put_bucket_notification(lab.call(), bucket="photos", notification_configuration=queue)

    assert caught.value.status == 501
    assert "CloudFunctionConfiguration" in caught.value.message
