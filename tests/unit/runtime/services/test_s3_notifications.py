"""What a bucket notifies, as it is written, read back and refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runtime.errors import ServiceError
from runtime.resources.attachments import Kind
from tests.unit.runtime.services.laboratory import LEARNER, ROLE, ROLE_OF_S3, Lab, zipped

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:thumbnail"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"
TOPIC = "arn:aws:sns:us-east-1:123456789012:t"
OF_TODAY = {"Id": "thumbnails", "LambdaFunctionArn": FUNCTION, "Events": ["s3:ObjectCreated:*"]}
OF_THE_PREVIEW = OF_TODAY | {"InvocationRole": ROLE_OF_S3}
TO_A_QUEUE = {"Id": "uploads", "QueueArn": QUEUE, "Events": ["s3:ObjectRemoved:*"]}


async def put(lab: Lab, *functions: dict[str, Any], bucket: str = "photos", **more: Any) -> None:
    lists = {"LambdaFunctionConfigurations": list(functions)} if functions else {}
    named = {name: more.pop(name) for name in list(more) if name.endswith("Configurations")}
    await lab.s3.put_bucket_notification_configuration(
        more.pop("call", lab.call()), bucket=bucket, notification_configuration=lists | named, **more
    )


async def got(lab: Lab) -> dict[str, Any]:
    answer: dict[str, Any] = await lab.s3.get_bucket_notification_configuration(lab.call(), bucket="photos")
    return answer


def changed(configuration: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {member: value for member, value in (configuration | changes).items() if value is not None}


def filtered(*rules: tuple[str, str]) -> dict[str, Any]:
    return {"Key": {"FilterRules": [{"Name": name, "Value": value} for name, value in rules]}}


async def make_function(lab: Lab, **conditions: str) -> None:
    """Make the function, and let S3 invoke it for the bucket, or under other conditions."""
    await lab.today.create_function(
        lab.call(),
        function_name="thumbnail",
        runtime=lab.invoker.runtimes[-1],
        role=ROLE,
        handler="index.handler",
        code={"ZipFile": zipped()},
    )
    condition = {
        "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::photos"},
        "StringEquals": {"AWS:SourceAccount": "123456789012"},
    }
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": FUNCTION,
        "Condition": condition | conditions,
    }
    document = {"document": {"Version": "2012-10-17", "Statement": [statement]}}
    lab.account.attachments.put(Kind.POLICY, "thumbnail", document)


async def refused(lab: Lab, *functions: dict[str, Any], **more: Any) -> ServiceError:
    """Return how a notification is refused; nothing of it is kept."""
    with pytest.raises(ServiceError) as caught:
        await put(lab, *functions, **more)
    assert await got(lab) == {}
    return caught.value


async def test_what_was_written_is_read_back_in_both_forms_at_once(lab: Lab) -> None:
    filter_ = filtered(("prefix", "in/"), ("suffix", ".jpg"))
    today = OF_TODAY | {"Id": "today", "Events": ["s3:ObjectRemoved:*"], "Filter": filter_}

    await put(lab, OF_THE_PREVIEW, today, skip_destination_validation=True)

    assert await got(lab) == {"LambdaFunctionConfigurations": [OF_THE_PREVIEW, today]}


async def test_event_and_events_that_say_the_same_are_one(lab: Lab) -> None:
    """On the wire of the preview both are the same element."""
    await put(lab, changed(OF_THE_PREVIEW, Events=["s3:ObjectCreated:*", "s3:ObjectCreated:*"]))

    assert (await got(lab))["LambdaFunctionConfigurations"][0]["Events"] == ["s3:ObjectCreated:*"]


async def test_a_configuration_without_an_id_is_given_one(lab: Lab) -> None:
    await put(lab, changed(OF_THE_PREVIEW, Id=None))

    assert (await got(lab))["LambdaFunctionConfigurations"][0]["Id"]


async def test_an_empty_configuration_removes_it(lab: Lab) -> None:
    await put(lab, OF_THE_PREVIEW)

    await put(lab)

    assert await got(lab) == {}


async def test_a_bucket_that_is_not_there_is_refused(lab: Lab) -> None:
    with pytest.raises(ServiceError, match="NoSuchBucket"):
        await put(lab, OF_THE_PREVIEW, bucket="nowhere")


async def test_whoever_may_not_pass_the_role_cannot_give_it_to_s3(lab: Lab) -> None:
    error = await refused(lab, OF_THE_PREVIEW, call=lab.call(LEARNER))

    assert "is not authorized to perform: iam:PassRole" in error.message


@pytest.mark.parametrize(
    ("changes", "code", "name"),
    [
        ({"LambdaFunctionArn": "thumbnail"}, "InvalidArgument", "CloudFunction"),
        ({"LambdaFunctionArn": "arn:aws:sqs:us-east-1:123456789012:thumbnail"}, "InvalidArgument", "CloudFunction"),
        ({"Events": None}, "MalformedXML", None),
        ({"Events": ["s3:ObjectCreated"]}, "InvalidArgument", "Event"),
        ({"Events": ["s3:ObjectRestore:Post"]}, "NotImplemented", None),
        ({"Filter": filtered(("infix", "a"))}, "InvalidArgument", "FilterRule.Name"),
        ({"Filter": filtered(("prefix", "a"), ("Prefix", "b"))}, "InvalidArgument", "FilterRule.Name"),
        ({"Filter": filtered(("suffix", 513 * "é"))}, "InvalidArgument", "suffix"),
        ({"InvocationRole": "for-s3"}, "InvalidArgument", "InvocationRole"),
        ({"Id": 256 * "x"}, "InvalidArgument", "Id"),
    ],
)
async def test_a_configuration_of_the_wrong_shape_is_refused_also_unvalidated(
    lab: Lab, changes: dict[str, Any], code: str, name: str | None
) -> None:
    error = await refused(lab, changed(OF_TODAY, **changes), skip_destination_validation=True)

    assert (error.code, error.fields.get("ArgumentName")) == (code, name)


async def test_a_bucket_of_the_preview_does_not_notify_removals(lab: Lab) -> None:
    error = await refused(lab, changed(OF_THE_PREVIEW, Events=["s3:ObjectRemoved:*"]))

    assert error.fields == {"ArgumentName": "Event", "ArgumentValue": "s3:ObjectRemoved:*"}


async def test_event_bridge_is_read_back_as_it_was_written(lab: Lab) -> None:
    await lab.s3.put_bucket_notification_configuration(
        lab.call(), bucket="photos", notification_configuration={"EventBridgeConfiguration": {}}
    )

    assert await got(lab) == {"EventBridgeConfiguration": {}}


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        ({}, {}, "Configurations overlap. Configurations on the same bucket cannot share a common event type."),
        (
            {"Filter": filtered(("prefix", "in/"))},
            {},
            "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are "
            "overlapping for the same event type.",
        ),
    ],
)
async def test_configurations_that_overlap_are_refused_in_awss_words(
    lab: Lab, one: dict[str, Any], other: dict[str, Any], message: str
) -> None:
    queue = {"Id": "queue", "QueueArn": QUEUE, "Events": ["s3:ObjectCreated:Put"]}

    error = await refused(lab, OF_TODAY | one, QueueConfigurations=[queue | other], skip_destination_validation=True)

    assert (error.code, error.message) == ("InvalidArgument", message)
    assert error.fields == {"ArgumentName": "Event", "ArgumentValue": "s3:ObjectCreated:*, s3:ObjectCreated:Put"}


async def test_two_configurations_of_one_id_are_refused(lab: Lab) -> None:
    again = changed(OF_TODAY, Events=["s3:ObjectRemoved:*"])

    error = await refused(lab, OF_TODAY, again, skip_destination_validation=True)

    assert error.message == "Same ID used for multiple configurations. IDs must be unique."


async def test_a_function_whose_policy_lets_s3_in_for_this_bucket_is_accepted(lab: Lab) -> None:
    await make_function(lab)

    await put(lab, OF_TODAY)

    assert await got(lab) == {"LambdaFunctionConfigurations": [OF_TODAY]}
    assert lab.invoker.invocations == []
    assert lab.facts("denial") == []


@pytest.mark.parametrize(
    "condition",
    [
        {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::holidays"}},
        {"StringEquals": {"AWS:SourceAccount": "210987654321"}},
    ],
    ids=["of another bucket", "of another account"],
)
async def test_a_function_that_lets_in_somebody_else_is_refused_in_awss_words(
    lab: Lab, condition: dict[str, Any]
) -> None:
    """AWS-160 to 162."""
    await make_function(lab, **condition)

    error = await refused(lab, OF_TODAY)

    assert (error.code, error.status) == ("InvalidArgument", 400)
    assert error.message == "Unable to validate the following destination configurations"
    assert error.fields == {
        "ArgumentName1": f"{FUNCTION}, null",
        "ArgumentValue1": f"Not authorized to invoke function [{FUNCTION}]",
    }


async def test_a_function_that_is_not_there_is_refused_unless_validation_is_skipped(lab: Lab) -> None:
    error = await refused(lab, OF_TODAY)
    assert error.fields["ArgumentValue1"] == "The destination Lambda does not exist"

    await put(lab, OF_TODAY, skip_destination_validation=True)

    assert await got(lab) == {"LambdaFunctionConfigurations": [OF_TODAY]}


async def test_a_queue_is_sent_a_test_event_when_it_is_named(lab: Lab) -> None:
    await put(lab, QueueConfigurations=[TO_A_QUEUE])

    ((_, message),) = lab.caller.sent
    event = json.loads(message["MessageBody"])
    assert {name: event[name] for name in ("Service", "Event", "Bucket", "RequestId")} == {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Bucket": "photos",
        "RequestId": lab.call().request_id,
    }


@pytest.mark.parametrize(
    ("is_there", "words"),
    [
        (False, "The destination queue does not exist"),
        (True, "Permissions on the destination queue do not allow S3 to publish notifications from this bucket"),
    ],
)
async def test_a_queue_that_cannot_be_sent_to_is_refused(lab: Lab, words: str, *, is_there: bool) -> None:
    lab.caller.queues = {"q"} if is_there else set()
    lab.caller.refuses_to_send = True

    error = await refused(lab, QueueConfigurations=[TO_A_QUEUE])

    assert error.fields == {"ArgumentName1": QUEUE, "ArgumentValue1": words}


@pytest.mark.parametrize(("name", "member"), [("Queue", "QueueArn"), ("Topic", "TopicArn")])
async def test_a_destination_of_another_service_is_refused(lab: Lab, name: str, member: str) -> None:
    configuration = {"Id": "one", member: FUNCTION, "Events": ["s3:ObjectCreated:*"]}

    error = await refused(lab, **{f"{name}Configurations": [configuration]})

    assert error.fields == {"ArgumentName": name, "ArgumentValue": FUNCTION}
