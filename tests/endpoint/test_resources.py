"""Does the judge know queues, streams, tables' items and paths from each other? Asked through boto3."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.endpoint.conftest import allow, policy, user_with
from tests.endpoint.door import ACCOUNT, ROOT, WireDoor

UNMAPPED = (
    "User: arn:aws:iam::123456789012:user/learner is not authorized to perform: {0}. Lambda Lab does not know which"
    " permission {0} needs, so no policy can allow it: only the root user may call it. Use the credentials of the root"
    " user for it."
)


def test_a_right_to_one_queue_is_none_to_another(door: WireDoor) -> None:
    root = door.client("sqs")
    mine, other = (root.create_queue(QueueName=name)["QueueUrl"] for name in ("mine", "other"))
    sqs = door.client("sqs", user_with(door, allow("sqs:SendMessage", f"arn:aws:sqs:*:{ACCOUNT}:mine")))

    sqs.send_message(QueueUrl=mine, MessageBody="hello")
    sqs.send_message_batch(QueueUrl=mine, Entries=[{"Id": "1", "MessageBody": "hello"}])

    with pytest.raises(ClientError, match=r"not authorized to perform: sqs:SendMessage on resource: .*:other because"):
        sqs.send_message(QueueUrl=other, MessageBody="hello")
    with pytest.raises(ClientError, match=r"not authorized to perform: sqs:SendMessage on resource: .*:other because"):
        sqs.send_message_batch(QueueUrl=other, Entries=[{"Id": "1", "MessageBody": "hello"}])


def test_a_queues_own_policy_lets_in_whom_it_names(door: WireDoor) -> None:
    root = door.client("sqs")
    url = root.create_queue(QueueName="open")["QueueUrl"]
    learner = user_with(door)
    document = policy(
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/learner"},
            "Action": "sqs:SendMessage",
            "Resource": f"arn:aws:sqs:us-east-1:{ACCOUNT}:open",
        }
    )
    root.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})

    door.client("sqs", learner).send_message(QueueUrl=url, MessageBody="hello")

    with pytest.raises(ClientError, match="sqs:ReceiveMessage"):
        door.client("sqs", learner).receive_message(QueueUrl=url)


def test_a_right_to_one_kinesis_stream_is_none_to_the_iterator_of_another(door: WireDoor) -> None:
    root = door.client("kinesis")
    for name in ("mine", "other"):
        root.create_stream(StreamName=name, ShardCount=1)
    shard = "shardId-000000000000"
    iterators = {
        name: root.get_shard_iterator(StreamName=name, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        for name in ("mine", "other")
    }
    kinesis = door.client(
        "kinesis", user_with(door, allow("kinesis:GetRecords", f"arn:aws:kinesis:*:{ACCOUNT}:stream/mine"))
    )

    assert kinesis.get_records(ShardIterator=iterators["mine"])["Records"] == []
    with pytest.raises(ClientError, match=r"kinesis:GetRecords on resource: .*stream/other because"):
        kinesis.get_records(ShardIterator=iterators["other"])


def test_users_see_only_their_own_items_if_a_policy_goes_by_their_name(door: WireDoor) -> None:
    root = door.client("dynamodb")
    root.create_table(
        TableName="pets",
        KeySchema=[{"AttributeName": "owner", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "owner", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:username}"]}}
    dynamodb = door.client("dynamodb", user_with(door, allow("dynamodb:*", "*", Condition=own)))

    dynamodb.put_item(TableName="pets", Item={"owner": {"S": "learner"}, "name": {"S": "Rex"}})

    assert dynamodb.get_item(TableName="pets", Key={"owner": {"S": "learner"}})["Item"]["name"] == {"S": "Rex"}
    with pytest.raises(ClientError, match="dynamodb:GetItem"):
        dynamodb.get_item(TableName="pets", Key={"owner": {"S": "teacher"}})
    with pytest.raises(ClientError, match="dynamodb:Query"):
        dynamodb.query(
            TableName="pets",
            KeyConditionExpression="#o = :t",
            ExpressionAttributeNames={"#o": "owner"},
            ExpressionAttributeValues={":t": {"S": "teacher"}},
        )


def test_a_role_is_protected_by_its_path(door: WireDoor) -> None:
    trust = policy({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
    for path, name in (("/admin/", "boss"), ("/", "worker")):
        door.client("iam").create_role(Path=path, RoleName=name, AssumeRolePolicyDocument=trust)
    deny = {"Effect": "Deny", "Action": "iam:*", "Resource": f"arn:aws:iam::{ACCOUNT}:role/admin/*"}
    iam = door.client("iam", user_with(door, allow("iam:*", "*"), deny))

    iam.delete_role(RoleName="worker")

    with pytest.raises(ClientError, match="with an explicit deny in an identity-based policy"):
        iam.delete_role(RoleName="boss")


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "action"),
    [
        ("dynamodb", "execute_statement", {"Statement": "SELECT * FROM pets"}, "dynamodb:ExecuteStatement"),
        ("ssm", "get_parameter", {"Name": "secret"}, "ssm:GetParameter"),
    ],
)
def test_what_has_no_known_action_is_roots_alone_and_says_so(
    door: WireDoor, service: str, operation: str, parameters: dict[str, str], action: str
) -> None:
    mighty = user_with(door, allow("*", "*"))

    with pytest.raises(ClientError) as refused:
        getattr(door.client(service, mighty), operation)(**parameters)

    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    assert refused.value.response["Error"]["Message"] == UNMAPPED.format(action)
    assert [denial["action"] for denial in door.facts("denial")] == [action]
    with pytest.raises(ClientError, match=r"ResourceNotFound|ParameterNotFound"):
        getattr(door.client(service, ROOT), operation)(**parameters)
