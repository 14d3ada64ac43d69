"""A platform that pushes: what reaches functions, queues and topics, what is told of events, and what a kill leaves.

Nothing here waits for time: the account's clock is advanced.
"""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from runtime import clock_command
from tests.conftest import RunningPlatform, StartPlatform
from tests.endpoint.conftest import allow, policy
from tests.endpoint.held import zipped

pytestmark = [
    pytest.mark.isolation,
    # A client whose server dies in the middle of an answer forgets to close its end.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]
ACCOUNT = "123456789012"
HANDLER = """
def handler(event, context):
    print("got", event)
    if "puts_into" in event:
        import boto3

        boto3.client("s3").put_object(Bucket=event["puts_into"], Key="derived", Body=b"hello")
    if event.get("fails"):
        raise Exception("intentional failure")
    return {"ok": True}
"""
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
BURST = 200


@dataclass
class Scene:
    """A running platform with a role and as many functions as a test makes."""

    platform: RunningPlatform
    role: str

    def client(self, service: str) -> Any:
        return self.platform.client(service)

    def function(self, name: str, *, role: str = "", **members: Any) -> str:
        """Make a function; return its ARN."""
        answer = self.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.11",
            Role=role or self.role,
            Handler="index.handler",
            Timeout=30,
            Code={"ZipFile": zipped("index.py", HANDLER)},
            **members,
        )
        return str(answer["FunctionArn"])

    def arn(self, name: str) -> str:
        return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"

    def let_s3_invoke(self, name: str, bucket: str) -> None:
        self.client("lambda").add_permission(
            FunctionName=name,
            StatementId="s3",
            Action="lambda:InvokeFunction",
            Principal="s3.amazonaws.com",
            SourceArn=f"arn:aws:s3:::{bucket}",
            SourceAccount=ACCOUNT,
        )

    def queue(self, name: str, bucket: str = "") -> tuple[str, str]:
        """Make a queue to which S3 may send for a bucket; return its URL and ARN."""
        sqs = self.client("sqs")
        url, arn = sqs.create_queue(QueueName=name)["QueueUrl"], f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"
        if bucket:
            condition = {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{bucket}"}}
            s3 = {"Service": "s3.amazonaws.com"}
            document = policy(allow("sqs:SendMessage", arn, Principal=s3, Condition=condition))
            sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
        return url, arn

    def notify(self, bucket: str, **lists: Any) -> None:
        self.client("s3").put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=lists)

    def advance(self, time: str) -> None:
        """Let time pass; what falls due, and what is due already, is over when this returns."""
        clock_command.tell(self.platform.state, time)

    def messages(self, url: str) -> list[dict[str, Any]]:
        found = self.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        messages: list[dict[str, Any]] = found.get("Messages", [])
        return messages

    def facts(self, kind: str, **facts: Any) -> list[Mapping[str, Any]]:
        after = 0
        found: list[Mapping[str, Any]] = []
        while True:
            query = {"after": after, "limit": 1000}
            entries = httpx.get(f"{self.platform.url}/_lab/journal", params=query, timeout=30).json()["entries"]
            if not entries:
                return found
            after = entries[-1]["seq"]
            found += [
                entry["facts"] for entry in entries if entry["kind"] == kind and facts.items() <= entry["facts"].items()
            ]


def scene_on(platform: RunningPlatform) -> Scene:
    iam = platform.client("iam")
    trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    role = str(iam.create_role(RoleName="worker", AssumeRolePolicyDocument=trust)["Role"]["Arn"])
    rights = [allow(action, "*") for action in ("logs:*", "sqs:SendMessage", "sns:Publish", "s3:PutObject")]
    iam.put_role_policy(RoleName="worker", PolicyName="rights", PolicyDocument=policy(*rights))
    return Scene(platform, role)


@pytest.fixture(scope="module")
def scene(start_platform: StartPlatform) -> Scene:
    return scene_on(start_platform())


def test_each_kind_of_change_reaches_whoever_it_is_notified_to(scene: Scene) -> None:
    s3 = scene.client("s3")
    s3.create_bucket(Bucket="changes")
    function = scene.function("changes")
    scene.let_s3_invoke("changes", "changes")
    url, queue = scene.queue("changes", "changes")
    created = {
        "Id": "in",
        "LambdaFunctionArn": function,
        "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}]}},
    }
    removed = {"Id": "gone", "QueueArn": queue, "Events": ["s3:ObjectRemoved:*"]}
    scene.notify("changes", LambdaFunctionConfigurations=[created], QueueConfigurations=[removed])
    (test,) = scene.messages(url)

    s3.put_object(Bucket="changes", Key="in/a b.txt", Body=b"one")
    s3.copy_object(Bucket="changes", Key="in/copy", CopySource="changes/in/a b.txt")
    upload = s3.create_multipart_upload(Bucket="changes", Key="in/parts")["UploadId"]
    part = s3.upload_part(Bucket="changes", Key="in/parts", UploadId=upload, PartNumber=1, Body=b"part")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": part}]}
    s3.complete_multipart_upload(Bucket="changes", Key="in/parts", UploadId=upload, MultipartUpload=parts)
    s3.put_object(Bucket="changes", Key="out/a", Body=b"no")
    s3.delete_object(Bucket="changes", Key="in/copy")
    scene.advance("1s")

    assert json.loads(test["Body"])["Event"] == "s3:TestEvent"
    pushed = {(facts["event_name"], facts["key"], facts["status"]) for facts in scene.facts("push", bucket="changes")}
    assert pushed == {
        ("ObjectCreated:Put", "in/a b.txt", "accepted"),
        ("ObjectCreated:Copy", "in/copy", "accepted"),
        ("ObjectCreated:CompleteMultipartUpload", "in/parts", "accepted"),
        ("ObjectRemoved:Delete", "in/copy", "accepted"),
    }
    runs = scene.facts("invocation", function="changes")
    assert [(run["source"], run["caller"], run["status"]) for run in runs] == 3 * [
        ("s3", "s3.amazonaws.com", "Succeeded")
    ]
    (message,) = [json.loads(message["Body"])["Records"][0] for message in scene.messages(url)]
    assert (message["eventVersion"], message["s3"]["object"]["key"]) == ("2.1", "in/copy")


def test_a_topic_passes_on_what_s3_publishes(scene: Scene) -> None:
    sns, s3 = scene.client("sns"), scene.client("s3")
    s3.create_bucket(Bucket="published")
    topic = sns.create_topic(Name="published")["TopicArn"]
    url, queue = scene.queue("subscribed")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    configuration = {"Id": "all", "TopicArn": topic, "Events": ["s3:ObjectCreated:Put"]}

    with pytest.raises(ClientError) as refused:
        scene.notify("published", TopicConfigurations=[configuration])
    s3_may = allow("sns:Publish", topic, Principal={"Service": "s3.amazonaws.com"})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy(s3_may))
    scene.notify("published", TopicConfigurations=[configuration])
    s3.put_object(Bucket="published", Key="one", Body=b"1")
    scene.advance("1s")

    error: Mapping[str, Any] = refused.value.response["Error"]
    assert error["ArgumentValue1"].startswith("Permissions on the destination topic")
    envelopes = [json.loads(message["Body"]) for message in scene.messages(url)]
    assert {envelope["Subject"] for envelope in envelopes} == {"Amazon S3 Notification"}
    told = [json.loads(envelope["Message"]) for envelope in envelopes]
    assert sorted("Records" in event for event in told) == [False, True]


def test_event_bridge_chooses_among_all_changes_by_its_rules(scene: Scene) -> None:
    s3, events = scene.client("s3"), scene.client("events")
    s3.create_bucket(Bucket="bridged")
    url, queue = scene.queue("bridged")
    rule = events.put_rule(
        Name="bridged",
        EventPattern=json.dumps({"source": ["aws.s3"], "detail": {"object": {"key": [{"prefix": "in/"}]}}}),
    )["RuleArn"]
    condition = {"ArnEquals": {"aws:SourceArn": rule}}
    allowed = allow("sqs:SendMessage", queue, Principal={"Service": "events.amazonaws.com"}, Condition=condition)
    scene.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(allowed)})
    events.put_targets(Rule="bridged", Targets=[{"Id": "1", "Arn": queue}])
    scene.notify("bridged", EventBridgeConfiguration={})

    for key in ("in/a b", "out/a"):
        s3.put_object(Bucket="bridged", Key=key, Body=b"1")
    scene.advance("1s")

    (event,) = [json.loads(message["Body"]) for message in scene.messages(url)]
    assert (event["detail-type"], event["detail"]["object"]["key"]) == ("Object Created", "in/a b")
    (put,) = scene.facts("object", bucket="bridged", key="in/a b")
    (brought,) = scene.facts("rule", rule=rule)
    assert (brought["status"], brought["trace_id"]) == ("accepted", put["trace_id"])


def test_a_permission_that_is_taken_away_later_ends_the_pushes_and_the_journal_explains_it(scene: Scene) -> None:
    s3 = scene.client("s3")
    s3.create_bucket(Bucket="withdrawn")
    function = scene.function("withdrawn")
    scene.let_s3_invoke("withdrawn", "withdrawn")
    created = {"LambdaFunctionArn": function, "Events": ["s3:ObjectCreated:*"]}
    scene.notify("withdrawn", LambdaFunctionConfigurations=[created])
    scene.client("lambda").remove_permission(FunctionName="withdrawn", StatementId="s3")

    s3.put_object(Bucket="withdrawn", Key="one", Body=b"1")
    scene.advance("1s")

    (push,) = scene.facts("push", bucket="withdrawn")
    (denial,) = scene.facts("denial", resource=function)
    assert push["status"] == "refused"
    assert (denial["principal"], denial["action"]) == ("s3.amazonaws.com", "lambda:InvokeFunction")
    assert (denial["trace_id"], denial["parent"]) == (push["trace_id"], push["span"])


def test_what_was_written_in_the_form_of_the_preview_is_read_in_both(scene: Scene) -> None:
    s3 = scene.client("s3")
    s3.create_bucket(Bucket="old-form")
    role = f"arn:aws:iam::{ACCOUNT}:role/for-s3"
    preview = {"Id": "old", "CloudFunction": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:old", "InvocationRole": role}
    s3.put_bucket_notification(
        Bucket="old-form",
        NotificationConfiguration={"CloudFunctionConfiguration": preview | {"Event": "s3:ObjectCreated:Put"}},
    )

    as_of_today = s3.get_bucket_notification_configuration(Bucket="old-form")["LambdaFunctionConfigurations"]
    as_of_the_preview = s3.get_bucket_notification(Bucket="old-form")["CloudFunctionConfiguration"]

    assert [(each["Id"], each["LambdaFunctionArn"]) for each in as_of_today] == [("old", preview["CloudFunction"])]
    assert preview.items() <= as_of_the_preview.items()


def test_an_event_that_fails_goes_its_way_to_the_end_in_virtual_time(scene: Scene) -> None:
    letters, dead = scene.queue("letters")
    _, told = scene.queue("told")
    scene.client("s3").create_bucket(Bucket="failures")
    scene.function("failing", DeadLetterConfig={"TargetArn": dead})
    destinations = {"OnSuccess": {"Destination": told}, "OnFailure": {"Destination": "arn:aws:s3:::failures"}}
    scene.client("lambda").put_function_event_invoke_config(FunctionName="failing", DestinationConfig=destinations)

    answer = scene.client("lambda").invoke(FunctionName="failing", InvocationType="Event", Payload=b'{"fails": true}')
    request_id = answer["ResponseMetadata"]["RequestId"]
    scene.advance("24h")

    (letter,) = scene.messages(letters)
    assert letter["Body"] == '{"fails": true}'
    attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert attributes == {"RequestID": request_id, "ErrorCode": "200", "ErrorMessage": "intentional failure"}
    (stored,) = scene.client("s3").list_objects_v2(Bucket="failures")["Contents"]
    record = json.load(scene.client("s3").get_object(Bucket="failures", Key=stored["Key"])["Body"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    (accepted,) = scene.facts("acceptance", request_id=request_id)
    on_the_way = Counter(
        kind
        for kind in ("invocation", "event", "delivery", "assumption", "denial")
        for facts in scene.facts(kind, trace_id=accepted["trace_id"])
        if facts["parent"] == accepted["span"] or kind == "assumption"
    )
    assert on_the_way == {"invocation": 3, "event": 3, "delivery": 2, "assumption": 3}


def test_what_a_function_does_and_what_follows_from_that_is_on_the_same_way(scene: Scene) -> None:
    s3 = scene.client("s3")
    for bucket in ("derived", "forbidden"):
        s3.create_bucket(Bucket=bucket)
    for name in ("first", "second"):
        scene.function(name)
    scene.let_s3_invoke("second", "derived")
    created = {"LambdaFunctionArn": scene.arn("second"), "Events": ["s3:ObjectCreated:*"]}
    scene.notify("derived", LambdaFunctionConfigurations=[created])
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::forbidden/*"}
    s3.put_bucket_policy(Bucket="forbidden", Policy=policy(deny))

    for bucket in ("derived", "forbidden"):
        answer = scene.client("lambda").invoke(FunctionName="first", Payload=json.dumps({"puts_into": bucket}).encode())
        answer["Payload"].read()
    scene.advance("1s")

    first, denied = scene.facts("invocation", function="first")
    (put,) = scene.facts("object", bucket="derived")
    (second,) = scene.facts("invocation", function="second")
    (denial,) = scene.facts("denial", resource="arn:aws:s3:::forbidden/derived")
    assert put["parent"] == first["span"]
    assert {put["trace_id"], second["trace_id"]} == {first["trace_id"]}
    assert (denial["parent"], denial["trace_id"]) == (denied["span"], denied["trace_id"])


def test_a_destination_that_the_role_may_not_reach_any_more_is_explained_by_the_journal(scene: Scene) -> None:
    iam = scene.client("iam")
    trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    role = iam.create_role(RoleName="poor", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName="poor", PolicyName="tell", PolicyDocument=policy(allow("sqs:SendMessage", "*")))
    _, queue = scene.queue("unreachable")
    scene.function("poor", role=role)
    destination = {"OnSuccess": {"Destination": queue}}
    scene.client("lambda").put_function_event_invoke_config(FunctionName="poor", DestinationConfig=destination)
    iam.delete_role_policy(RoleName="poor", PolicyName="tell")

    scene.client("lambda").invoke(FunctionName="poor", InvocationType="Event", Payload=b"{}")
    scene.advance("1s")

    (delivery,) = scene.facts("delivery", function="poor")
    (denial,) = scene.facts("denial", action="sqs:SendMessage", resource=queue)
    assert delivery["status"] == "refused"
    assert "is not authorized to perform: sqs:SendMessage" in delivery["message"]
    assert denial["explanation"]
    assert denial["parent"] == delivery["span"]


def test_every_object_of_a_burst_arrives_although_the_platform_is_killed_in_the_middle(
    start_platform: StartPlatform, tmp_path: Path
) -> None:
    first = scene_on(start_platform(state=tmp_path))
    first.client("s3").create_bucket(Bucket="burst")
    function = first.function("burst")
    first.let_s3_invoke("burst", "burst")
    created = {"LambdaFunctionArn": function, "Events": ["s3:ObjectCreated:Put"]}
    first.notify("burst", LambdaFunctionConfigurations=[created])

    answered = sent_until_killed(first, BURST)
    second = Scene(start_platform(state=tmp_path), first.role)
    rest = sorted({f"{number}" for number in range(BURST)} - answered, key=int)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(put_by(second), rest))
    second.advance("6h")

    assert len(answered) < BURST
    pushed = Counter(facts["key"] for facts in second.facts("push", status="accepted"))
    assert pushed.keys() == {f"{number}" for number in range(BURST)}
    assert second.facts("push", status="refused") == []
    ways = {facts["trace_id"] for facts in second.facts("push", status="accepted")}
    succeeded = {facts["trace_id"] for facts in second.facts("invocation", status="Succeeded")}
    assert ways <= succeeded


def sent_until_killed(scene: Scene, number: int) -> set[str]:
    """Put objects on four threads, and kill the platform when half of them were answered; return whose were."""
    answered: set[str] = set()
    put = put_by(scene)

    def put_and_perhaps_kill(key: str) -> None:
        try:
            put(key)
        except (BotoCoreError, ClientError):
            return
        answered.add(key)
        if len(answered) == number // 2:
            os.kill(scene.platform.pid, signal.SIGKILL)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(put_and_perhaps_kill, (f"{each}" for each in range(number))))
    return answered


def put_by(scene: Scene) -> Callable[[str], None]:
    """Return a function that puts an object of a name."""
    s3 = scene.client("s3")

    def put(key: str) -> None:
        s3.put_object(Bucket="burst", Key=key, Body=b"hello")

    return put


@pytest.mark.parametrize(
    "body", [b"", b"<", b"<Other/>", b"<NotificationConfiguration><Other/></NotificationConfiguration>"]
)
def test_a_document_that_nobody_would_read_is_refused_and_removes_nothing(scene: Scene, body: bytes) -> None:
    s3 = scene.client("s3")
    s3.create_bucket(Bucket="documents")
    _, queue = scene.queue("documents", "documents")
    scene.notify("documents", QueueConfigurations=[{"QueueArn": queue, "Events": ["s3:ObjectCreated:*"]}])
    s3.meta.events.register("before-sign.s3.PutBucketNotificationConfiguration", replaced_by(body))

    with pytest.raises(ClientError, match="MalformedXML"):
        s3.put_bucket_notification_configuration(Bucket="documents", NotificationConfiguration={})

    assert s3.get_bucket_notification_configuration(Bucket="documents")["QueueConfigurations"]


def replaced_by(body: bytes) -> Callable[..., None]:
    """Return a hook that sends another body."""

    def replace(request: Any, **_: Any) -> None:
        request.data = body
        for name in ("Content-MD5", "x-amz-checksum-crc32", "x-amz-sdk-checksum-algorithm"):
            del request.headers[name]

    return replace
