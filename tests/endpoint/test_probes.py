"""What AWS decides and a well-known emulator does not: every probe in which it errs, asked through boto3.

Each probe stands for one sentence of the IAM User Guide; the emulator is our store, and here it must not be the judge.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import RunningPlatform
from tests.endpoint.conftest import allow, policy
from tests.endpoint.held import zipped

ACCOUNT = "123456789012"
FROM_ELSEWHERE = {"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}
FROM_HERE = {"Condition": {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}}
Keys = Mapping[str, str]


@dataclass
class Scene:
    """A bucket with a photo, a table with a pet, a function, and people with rights."""

    platform: RunningPlatform
    name: str

    @property
    def photos(self) -> str:
        return f"arn:aws:s3:::{self.name}"

    @property
    def table(self) -> str:
        return f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{self.name}"

    @property
    def user_arn(self) -> str:
        return f"arn:aws:iam::{ACCOUNT}:user/{self.name}"

    def build(self) -> None:
        s3, dynamodb = self.platform.client("s3"), self.platform.client("dynamodb")
        self.platform.client("iam").create_user(UserName=self.name)
        s3.create_bucket(Bucket=self.name)
        s3.put_object(Bucket=self.name, Key="cats/1.jpg", Body=b"cat")
        dynamodb.create_table(
            TableName=self.name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )

    def user(self, *statements: Mapping[str, Any]) -> Keys:
        """Return keys of the user, with these rights."""
        iam = self.platform.client("iam")
        if statements:
            iam.put_user_policy(UserName=self.name, PolicyName="rights", PolicyDocument=policy(*statements))
        key = iam.create_access_key(UserName=self.name)["AccessKey"]
        return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}

    def role(self, trusted: Mapping[str, Any], *statements: Mapping[str, Any], **more: Any) -> str:
        """Return the ARN of a new role that trusts somebody."""
        iam = self.platform.client("iam")
        trust = policy({"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole", **more})
        name = f"role-{uuid.uuid4().hex[:8]}"
        arn = str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"])
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="rights", PolicyDocument=policy(*statements))
        return arn

    def session(self, *statements: Mapping[str, Any]) -> Keys:
        """Return a session of a new role with these rights."""
        return self.assumed(self.role({"AWS": self.user_arn}, *statements), self.user())

    def assumed(self, role: str, keys: Keys, **more: Any) -> Keys:
        sts = self.platform.client("sts", **keys)
        got = sts.assume_role(RoleArn=role, RoleSessionName="probe", **more)["Credentials"]
        return {
            "aws_access_key_id": got["AccessKeyId"],
            "aws_secret_access_key": got["SecretAccessKey"],
            "aws_session_token": got["SessionToken"],
        }

    def reads(self, keys: Keys) -> bool:
        """Tell whether these keys can read the photo."""
        return is_allowed(lambda: self.platform.client("s3", **keys).get_object(Bucket=self.name, Key="cats/1.jpg"))


def is_allowed(call: Callable[[], Any]) -> bool:
    """Tell whether a call is let through; any other error than a denial is one of the test."""
    try:
        call()
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("AccessDenied", "AccessDeniedException"):
            raise
        return False
    return True


@pytest.fixture
def scene(platform: RunningPlatform) -> Scene:
    made = Scene(platform, f"probe-{uuid.uuid4().hex[:10]}")
    made.build()
    return made


IDENTITY_PROBES = {
    "GetObject on *": ([allow("s3:GetObject", "*")], True),
    "GetObject on one bucket": ([allow("s3:GetObject", "{photos}/*")], True),
    "GetObject on a prefix": ([allow("s3:GetObject", "{photos}/cats/*")], True),
    "another action": ([allow("s3:PutObject", "*")], False),
    "another bucket": ([allow("s3:*", "arn:aws:s3:::another/*")], False),
    "an explicit Deny beside an Allow": (
        [allow("*", "*"), {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}],
        False,
    ),
    "no policy at all": ([], False),
    "a Condition on an Allow that is not met": ([allow("s3:GetObject", "*", **FROM_ELSEWHERE)], False),
    "a Condition on an Allow that is met": ([allow("s3:GetObject", "*", **FROM_HERE)], True),
    "a Condition on a Deny that is not met": (
        [allow("*", "*"), {"Effect": "Deny", "Action": "s3:*", "Resource": "*", **FROM_ELSEWHERE}],
        True,
    ),
    "a Condition on a Deny that is met": (
        [allow("*", "*"), {"Effect": "Deny", "Action": "s3:*", "Resource": "*", **FROM_HERE}],
        False,
    ),
    "? in Resource": ([allow("s3:GetObject", "{photos}/cats/?.jpg")], True),
    "an action in another case": ([allow("S3:getobject", "*")], True),
    "a resource in another case": ([allow("s3:GetObject", "{photos}/CATS/*")], False),
    "Allow with NotResource, excepted": (
        [{"Effect": "Allow", "Action": "s3:*", "NotResource": "{photos}/*"}],
        False,
    ),
    "Allow with NotResource, the rest": (
        [{"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::another/*"}],
        True,
    ),
    "Deny with NotResource, the rest": (
        [allow("*", "*"), {"Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::another/*"}],
        False,
    ),
    "Deny with NotResource, excepted": (
        [allow("*", "*"), {"Effect": "Deny", "Action": "s3:*", "NotResource": "{photos}/*"}],
        True,
    ),
    "NotAction": ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], True),
}


@pytest.mark.parametrize(("statements", "expected"), IDENTITY_PROBES.values(), ids=IDENTITY_PROBES.keys())
def test_a_role_reads_an_object_if_its_policies_say_so(
    scene: Scene, statements: list[dict[str, Any]], expected: bool
) -> None:
    there = json.loads(json.dumps(statements).replace("{photos}", scene.photos))

    assert scene.reads(scene.session(*there)) is expected


def test_everybody_may_ask_who_he_is_even_against_a_deny(scene: Scene) -> None:
    keys = scene.user({"Effect": "Deny", "Action": "*", "Resource": "*"})

    assert scene.platform.client("sts", **keys).get_caller_identity()["Arn"] == scene.user_arn


def test_a_table_is_a_resource_of_its_own(scene: Scene) -> None:
    dynamodb = scene.platform.client("dynamodb", **scene.session(allow("dynamodb:GetItem", scene.table)))

    assert is_allowed(lambda: dynamodb.get_item(TableName=scene.name, Key={"id": {"S": "1"}}))
    assert not is_allowed(lambda: dynamodb.get_item(TableName="another", Key={"id": {"S": "1"}}))
    assert not is_allowed(lambda: dynamodb.scan(TableName=scene.name))


def test_a_function_is_a_resource_of_its_own_and_a_get_of_lambda_is_signed_like_any_call(scene: Scene) -> None:
    function = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{scene.name}"
    keys = scene.session(allow("lambda:*", function), allow("lambda:ListFunctions", "*"))
    scene_lambda = scene.platform.client("lambda", **keys)

    with pytest.raises(ClientError) as nothing_there:
        scene_lambda.get_function(FunctionName=scene.name)
    with pytest.raises(ClientError) as denied:
        scene_lambda.get_function(FunctionName="another")

    assert nothing_there.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert denied.value.response["Error"]["Code"] == "AccessDeniedException"
    assert scene_lambda.list_functions()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_json_service_says_its_denial_in_json(scene: Scene) -> None:
    dynamodb = scene.platform.client("dynamodb", **scene.user())

    with pytest.raises(ClientError) as denied:
        dynamodb.get_item(TableName=scene.name, Key={"id": {"S": "1"}})

    assert denied.value.response["Error"] == {
        "Code": "AccessDeniedException",
        "Message": f"User: {scene.user_arn} is not authorized to perform: dynamodb:GetItem on resource: {scene.table} "
        "because no identity-based policy allows the dynamodb:GetItem action",
    }


# Trust


def test_a_user_whom_a_trust_policy_names_needs_nothing_else(scene: Scene) -> None:
    keys = scene.user()

    assert is_allowed(lambda: scene.assumed(scene.role({"AWS": scene.user_arn}), keys))


def test_a_trust_policy_that_names_the_account_leaves_it_to_the_users_own_policies(scene: Scene) -> None:
    role = scene.role({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    keys = scene.user()
    assert not is_allowed(lambda: scene.assumed(role, keys))

    scene.platform.client("iam").put_user_policy(
        UserName=scene.name, PolicyName="may", PolicyDocument=policy(allow("sts:AssumeRole", role))
    )

    assert is_allowed(lambda: scene.assumed(role, keys))


def test_a_right_to_assume_is_not_enough_where_only_a_service_is_trusted(scene: Scene) -> None:
    keys = scene.user(allow("sts:AssumeRole", "*"))

    assert not is_allowed(lambda: scene.assumed(scene.role({"Service": "lambda.amazonaws.com"}), keys))


@pytest.mark.parametrize(
    ("given", "expected"), [({}, False), ({"ExternalId": "43"}, False), ({"ExternalId": "42"}, True)]
)
def test_an_external_id_that_is_asked_for_must_be_given_and_right(
    scene: Scene, given: dict[str, str], expected: bool
) -> None:
    condition = {"StringEquals": {"sts:ExternalId": "42"}}
    role, keys = scene.role({"AWS": scene.user_arn}, Condition=condition), scene.user()

    assert is_allowed(lambda: scene.assumed(role, keys, **given)) is expected


def test_a_trust_policy_may_ask_where_the_call_comes_from(scene: Scene) -> None:
    keys = scene.user()

    assert not is_allowed(lambda: scene.assumed(scene.role({"AWS": scene.user_arn}, **FROM_ELSEWHERE), keys))
    assert is_allowed(lambda: scene.assumed(scene.role({"AWS": scene.user_arn}, **FROM_HERE), keys))


# Passing roles


def create_function(scene: Scene, keys: Keys, role: str) -> Any:
    return scene.platform.client("lambda", **keys).create_function(
        FunctionName=scene.name,
        Runtime="python3.11",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": zipped("index.py", "")},
    )


def test_a_function_is_only_given_a_role_that_one_may_pass(scene: Scene) -> None:
    role = scene.role({"Service": "lambda.amazonaws.com"})
    may_create = allow("lambda:CreateFunction", "*")
    keys = scene.user(may_create)

    with pytest.raises(ClientError, match="is not authorized to perform: iam:PassRole on resource"):
        create_function(scene, keys, role)
    scene.platform.client("iam").put_user_policy(
        UserName=scene.name, PolicyName="rights", PolicyDocument=policy(may_create, allow("iam:PassRole", role))
    )

    assert create_function(scene, keys, role)["Role"] == role


def test_a_function_is_not_given_a_role_that_trusts_only_s3(scene: Scene) -> None:
    keys = scene.user(allow("*", "*"))

    with pytest.raises(ClientError) as refused:
        create_function(scene, keys, scene.role({"Service": "s3.amazonaws.com"}))

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert refused.value.response["Error"] == {
        "Code": "InvalidParameterValueException",
        "Message": "The role defined for the function cannot be assumed by Lambda.",
    }


# Policies of resources


def bucket_policy(scene: Scene, effect: str, principal: Any) -> None:
    statement = {"Effect": effect, "Principal": principal, "Action": "s3:GetObject", "Resource": f"{scene.photos}/*"}
    scene.platform.client("s3").put_bucket_policy(Bucket=scene.name, Policy=policy(statement))


def test_a_bucket_lets_in_a_role_that_has_no_policy(scene: Scene) -> None:
    role = scene.role({"AWS": scene.user_arn})
    keys = scene.assumed(role, scene.user())
    assert not scene.reads(keys)

    bucket_policy(scene, "Allow", {"AWS": role})

    assert scene.reads(keys)


def test_a_bucket_that_denies_everybody_denies_whoever_may_do_everything(scene: Scene) -> None:
    keys = scene.session(allow("*", "*"))
    bucket_policy(scene, "Deny", "*")

    with pytest.raises(ClientError) as denied:
        scene.platform.client("s3", **keys).get_object(Bucket=scene.name, Key="cats/1.jpg")

    assert (denied.value.response["Error"]["Code"], denied.value.response["ResponseMetadata"]["HTTPStatusCode"]) == (
        "AccessDenied",
        403,
    )
    assert denied.value.response["Error"]["Message"].endswith("with an explicit deny in a resource-based policy")


# What exists


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
        "arn:aws:iam::aws:policy/AWSLambdaExecute",
        "arn:aws:iam::aws:policy/AdministratorAccess",
    ],
)
def test_the_managed_policies_of_aws_exist_with_their_versions(scene: Scene, arn: str) -> None:
    iam = scene.platform.client("iam")

    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]

    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    assert document["Statement"]


def test_the_document_of_a_managed_policy_of_aws_is_what_counts(scene: Scene) -> None:
    role = scene.role({"AWS": scene.user_arn})
    keys = scene.assumed(role, scene.user())
    logs = scene.platform.client("logs", **keys)
    assert not is_allowed(lambda: logs.create_log_group(logGroupName=scene.name))

    scene.platform.client("iam").attach_role_policy(
        RoleName=role.rsplit("/", 1)[-1],
        PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    )

    assert is_allowed(lambda: logs.create_log_group(logGroupName=scene.name))
    assert not is_allowed(lambda: logs.delete_log_group(logGroupName=scene.name))


def test_the_api_of_2014_is_there(scene: Scene) -> None:
    preview = scene.platform.client("lambda", api_version="2014-11-11", **scene.user(allow("lambda:*", "*")))

    assert preview.list_functions()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_notification_keeps_its_invocation_role(scene: Scene) -> None:
    trusted, external = {"Service": "s3.amazonaws.com"}, {"StringLike": {"sts:ExternalId": "arn:aws:s3:::*"}}
    role = scene.role(trusted, allow("lambda:InvokeFunction", "*"), Condition=external)
    execution = scene.role({"Service": "lambda.amazonaws.com"})
    scene.platform.client("lambda", api_version="2014-11-11").upload_function(
        FunctionName=scene.name,
        FunctionZip=zipped("index.js", ""),
        Runtime="nodejs",
        Role=execution,
        Handler="index.handler",
        Mode="event",
    )
    configuration = {
        "Event": "s3:ObjectCreated:*",
        "CloudFunction": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{scene.name}",
        "InvocationRole": role,
    }
    s3 = scene.platform.client("s3")

    s3.put_bucket_notification(
        Bucket=scene.name, NotificationConfiguration={"CloudFunctionConfiguration": configuration}
    )

    kept = s3.get_bucket_notification(Bucket=scene.name)["CloudFunctionConfiguration"]
    assert kept["InvocationRole"] == role
