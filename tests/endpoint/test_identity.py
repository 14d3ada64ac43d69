"""Who is calling, may they, and how are they told: signatures, denials and their words in every protocol."""

from __future__ import annotations

import json

import boto3
import httpx
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from botocore.exceptions import ClientError

from runtime.identity.principal import Credentials
from tests.endpoint.conftest import allow, policy, session_with, user_with
from tests.endpoint.door import REGION, ROOT, WireDoor

WRONG = Credentials(ROOT.access_key_id, "not the secret")
UNKNOWN = Credentials("AKIADUMMYDUMMYDUMMY1", "dummy")
SESSION = "arn:aws:sts::123456789012:assumed-role/worker/hello"
BY_LAMBDA = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


def refusal_of(client: object, operation: str, **parameters: object) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as refusal:
        getattr(client, operation)(**parameters)
    response = refusal.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]


def test_root_is_told_who_it_is(door: WireDoor) -> None:
    answered = door.client("sts").get_caller_identity()

    assert answered["Arn"] == "arn:aws:iam::123456789012:root"
    assert answered["UserId"] == answered["Account"] == "123456789012"


def test_a_user_needs_no_right_to_ask_who_it_is(door: WireDoor) -> None:
    user = user_with(door)

    assert door.client("sts", user).get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:user/learner"


def test_an_assumed_role_is_told_who_it_is(door: WireDoor) -> None:
    session = session_with(door)

    answered = door.client("sts", session).get_caller_identity()

    assert answered["Arn"] == SESSION
    assert answered["UserId"].endswith(":hello")


def test_root_assumes_no_role(door: WireDoor) -> None:
    session_with(door)

    status, code, _ = refusal_of(
        door.client("sts"), "assume_role", RoleArn="arn:aws:iam::123456789012:role/worker", RoleSessionName="hello"
    )

    assert (status, code) == (403, "AccessDenied")


def test_a_session_name_with_a_colon_is_refused_in_the_recorded_words(door: WireDoor) -> None:
    answered = refusal_of(
        door.client("sts"), "assume_role", RoleArn="arn:aws:iam::123456789012:role/x", RoleSessionName="Session1:2"
    )

    assert answered == (
        400,
        "ValidationError",
        "1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\w+=,.@-]*",
    )


def test_what_is_no_arn_is_refused_in_the_recorded_words(door: WireDoor) -> None:
    door.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=policy(BY_LAMBDA))
    user = user_with(door, allow("sts:AssumeRole", "*"))

    attached = refusal_of(door.client("iam"), "attach_role_policy", RoleName="r", PolicyArn="long_enough_but_no_arn")
    assumed = refusal_of(
        door.client("sts", user), "assume_role", RoleArn="nothing-valid-in-here", RoleSessionName="hello"
    )

    assert attached == (400, "ValidationError", "Invalid ARN:  Could not be parsed!")
    assert assumed == (400, "ValidationError", "nothing-valid-in-here is invalid")


@pytest.mark.parametrize(
    ("service", "operation", "status", "code"),
    [
        ("s3", "list_buckets", 403, "SignatureDoesNotMatch"),
        ("iam", "list_roles", 403, "SignatureDoesNotMatch"),
        ("logs", "describe_log_groups", 400, "InvalidSignatureException"),
        ("lambda", "list_functions", 403, "InvalidSignatureException"),
    ],
)
@pytest.mark.parametrize("door_kind", ["door", "lenient_door"])
def test_a_known_key_with_a_wrong_secret_is_refused_also_when_lenient(
    request: pytest.FixtureRequest, door_kind: str, service: str, operation: str, status: int, code: str
) -> None:
    door: WireDoor = request.getfixturevalue(door_kind)

    answered = refusal_of(door.client(service, WRONG), operation)

    assert answered[:2] == (status, code)


@pytest.mark.parametrize(
    ("service", "operation", "status", "code"),
    [
        ("s3", "list_buckets", 403, "InvalidAccessKeyId"),
        ("iam", "list_roles", 403, "InvalidClientTokenId"),
        ("logs", "describe_log_groups", 400, "UnrecognizedClientException"),
        ("lambda", "list_functions", 403, "UnrecognizedClientException"),
    ],
)
def test_an_unknown_key_is_refused_when_strict(
    door: WireDoor, service: str, operation: str, status: int, code: str
) -> None:
    assert refusal_of(door.client(service, UNKNOWN), operation)[:2] == (status, code)


def test_an_unknown_key_acts_as_root_when_lenient(lenient_door: WireDoor) -> None:
    answered = lenient_door.client("sts", UNKNOWN).get_caller_identity()

    assert answered["Arn"] == "arn:aws:iam::123456789012:root"


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "rebound.evil.example"}]
)
def test_an_unknown_key_acts_as_nobody_for_a_web_page_also_when_lenient(
    lenient_door: WireDoor, headers: dict[str, str]
) -> None:
    # What a page can send without asking first: a POST of plain text, everything else in the address.
    forged = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": "x/20260101/us-east-1/iam/aws4_request",
        "X-Amz-Date": "20260101T000000Z",
        "X-Amz-SignedHeaders": "host",
        "X-Amz-Signature": "x",
    }
    form = "Action=CreateUser&UserName=mallory&Version=2010-05-08"

    answer = httpx.post(lenient_door.url, params=forged, content=form, headers=headers)

    assert (answer.status_code, "InvalidClientTokenId" in answer.text) == (403, True)
    assert lenient_door.client("iam").list_users()["Users"] == []


@pytest.mark.parametrize("route", ["journal", "status"])
@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Host": "rebound.evil.example"}])
def test_the_lab_routes_tell_web_pages_nothing(door: WireDoor, route: str, headers: dict[str, str]) -> None:
    answer = httpx.get(f"{door.url}/_lab/{route}", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (403, "AccessDenied")


def test_an_unknown_key_is_refused_inside_a_sandbox_also_when_lenient(lenient_door: WireDoor) -> None:
    sts = lenient_door.client("sts", UNKNOWN, endpoint_url=lenient_door.inside_url)

    assert refusal_of(sts, "get_caller_identity")[:2] == (403, "InvalidClientTokenId")


def test_an_unsigned_call_is_refused(door: WireDoor) -> None:
    answer = httpx.get(f"{door.url}/2014-11-13/functions/")

    assert answer.status_code == 403
    assert answer.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"


def test_a_user_with_an_inactive_key_is_refused(lenient_door: WireDoor) -> None:
    user = user_with(lenient_door)
    lenient_door.client("iam").update_access_key(UserName="learner", AccessKeyId=user.access_key_id, Status="Inactive")

    assert refusal_of(lenient_door.client("sts", user), "get_caller_identity")[1] == "InvalidClientTokenId"


def test_a_role_may_do_what_its_policy_allows_and_is_told_what_it_may_not(door: WireDoor) -> None:
    door.client("s3").create_bucket(Bucket="photos")
    session = session_with(door, allow("s3:PutObject", "arn:aws:s3:::photos/*"))
    s3 = door.client("s3", session)

    s3.put_object(Bucket="photos", Key="a b.jpg", Body=b"")

    assert refusal_of(s3, "get_object", Bucket="photos", Key="a b.jpg") == (
        403,
        "AccessDenied",
        f'User: {SESSION} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::photos/a b.jpg" '
        "because no identity-based policy allows the s3:GetObject action",
    )


def test_a_denial_of_a_json_service(door: WireDoor) -> None:
    session = session_with(door, allow("logs:CreateLogGroup", "*"))
    logs = door.client("logs", session)
    logs.create_log_group(logGroupName="/aws/lambda/hello")

    answered = refusal_of(logs, "create_log_stream", logGroupName="/aws/lambda/hello", logStreamName="one")

    assert answered == (
        400,
        "AccessDeniedException",
        f"User: {SESSION} is not authorized to perform: logs:CreateLogStream on resource: "
        "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/hello:log-stream:one "
        "because no identity-based policy allows the logs:CreateLogStream action",
    )


def test_a_denial_of_a_query_service(door: WireDoor) -> None:
    session = session_with(door)

    assert refusal_of(door.client("iam", session), "get_role", RoleName="worker") == (
        403,
        "AccessDenied",
        f"User: {SESSION} is not authorized to perform: iam:GetRole on resource: "
        "arn:aws:iam::123456789012:role/worker because no identity-based policy allows the iam:GetRole action",
    )


def test_a_denial_of_lambda(door: WireDoor) -> None:
    session = session_with(door)
    preview = door.client("lambda", session, api_version="2014-11-11")

    assert refusal_of(preview, "invoke_async", FunctionName="hello", InvokeArgs=b"{}") == (
        403,
        "AccessDeniedException",
        f"User: {SESSION} is not authorized to perform: lambda:InvokeAsync on resource: "
        "arn:aws:lambda:us-east-1:123456789012:function:hello "
        "because no identity-based policy allows the lambda:InvokeAsync action",
    )


def test_every_denial_is_in_the_journal_with_the_statement_that_decided(door: WireDoor) -> None:
    deny = {"Effect": "Deny", "Action": "iam:*", "Resource": "*", "Sid": "NoRoles"}
    user = user_with(door, allow("iam:GetRole", "*"), deny)

    _, _, message = refusal_of(door.client("iam", user), "get_role", RoleName="x")

    assert message.endswith("with an explicit deny in an identity-based policy")
    (denial,) = door.facts("denial")
    assert denial["statement"] == deny
    assert denial["operation"] == "GetRole"


@pytest.mark.parametrize("right", ["lambda:InvokeAsync", "lambda:InvokeFunction"])
def test_either_right_lets_a_role_invoke_as_the_invocation_roles_of_the_preview_did(door: WireDoor, right: str) -> None:
    session = session_with(door, allow(right, "*"))
    preview = door.client("lambda", session, api_version="2014-11-11")

    assert refusal_of(preview, "invoke_async", FunctionName="hello", InvokeArgs=b"{}")[1] == "NotImplementedException"


def test_a_user_needs_the_right_of_the_operation_itself(door: WireDoor) -> None:
    user = user_with(door, allow("lambda:InvokeFunction", "*"))
    preview = door.client("lambda", user, api_version="2014-11-11")

    assert refusal_of(preview, "invoke_async", FunctionName="hello", InvokeArgs=b"{}")[1] == "AccessDeniedException"


def test_a_managed_policy_of_aws_counts(door: WireDoor) -> None:
    door.client("s3").create_bucket(Bucket="photos")
    session = session_with(door)
    door.client("iam").attach_role_policy(RoleName="worker", PolicyArn="arn:aws:iam::aws:policy/AWSLambdaExecute")

    door.client("s3", session).put_object(Bucket="photos", Key="k", Body=b"")
    door.client("logs", session).create_log_group(logGroupName="/g")

    assert refusal_of(door.client("s3", session), "list_objects_v2", Bucket="photos")[1] == "AccessDenied"


def test_the_rights_of_a_group_count_for_its_users(door: WireDoor) -> None:
    user = user_with(door)
    iam = door.client("iam")
    iam.create_group(GroupName="class")
    iam.put_group_policy(GroupName="class", PolicyName="may", PolicyDocument=policy(allow("iam:ListRoles", "*")))
    iam.add_user_to_group(GroupName="class", UserName="learner")

    assert door.client("iam", user).list_roles()["Roles"] == []


def test_a_right_that_was_taken_away_is_gone_at_once(door: WireDoor) -> None:
    session = session_with(door, allow("s3:ListAllMyBuckets", "*"))
    s3 = door.client("s3", session)
    assert s3.list_buckets()["Buckets"] == []

    door.client("iam").delete_role_policy(RoleName="worker", PolicyName="rights")

    assert refusal_of(s3, "list_buckets")[1] == "AccessDenied"


def test_a_bucket_policy_lets_in_whoever_it_names(door: WireDoor) -> None:
    s3 = door.client("s3")
    s3.create_bucket(Bucket="photos")
    s3.put_object(Bucket="photos", Key="k", Body=b"hello")
    session = session_with(door)

    s3.put_bucket_policy(
        Bucket="photos",
        Policy=policy({**allow("s3:GetObject", "arn:aws:s3:::photos/*"), "Principal": {"AWS": SESSION}}),
    )

    assert door.client("s3", session).get_object(Bucket="photos", Key="k")["Body"].read() == b"hello"


def test_strangers_are_let_in_by_a_bucket_policy_alone(door: WireDoor) -> None:
    s3 = door.client("s3")
    s3.create_bucket(Bucket="photos")
    s3.put_object(Bucket="photos", Key="k", Body=b"hello")

    before = httpx.get(f"{door.url}/photos/k")
    s3.put_bucket_policy(
        Bucket="photos", Policy=policy({**allow("s3:GetObject", "arn:aws:s3:::photos/*"), "Principal": "*"})
    )

    assert before.status_code == 403
    assert "<Message>Access Denied</Message>" in before.text
    assert httpx.get(f"{door.url}/photos/k").text == "hello"
    assert httpx.put(f"{door.url}/photos/k", content=b"x").status_code == 403


def test_a_missing_key_is_not_admitted_to_whoever_may_not_list(door: WireDoor) -> None:
    door.client("s3").create_bucket(Bucket="photos")
    reader = session_with(door, allow("s3:GetObject", "*"))
    lister = user_with(door, allow("s3:GetObject", "*"), allow("s3:ListBucket", "*"))

    assert refusal_of(door.client("s3", reader), "get_object", Bucket="photos", Key="k") == (
        403,
        "AccessDenied",
        f'User: {SESSION} is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::photos" '
        "because no identity-based policy allows the s3:ListBucket action",
    )
    assert refusal_of(door.client("s3", lister), "get_object", Bucket="photos", Key="k")[1] == "NoSuchKey"


def test_copying_needs_the_right_to_read_the_source(door: WireDoor) -> None:
    s3 = door.client("s3")
    s3.create_bucket(Bucket="photos")
    s3.put_object(Bucket="photos", Key="secret", Body=b"")
    writer = session_with(door, allow("s3:PutObject", "*"))

    _, code, message = refusal_of(
        door.client("s3", writer), "copy_object", Bucket="photos", Key="mine", CopySource="photos/secret"
    )

    assert code == "AccessDenied"
    assert 's3:GetObject on resource: "arn:aws:s3:::photos/secret"' in message


@pytest.mark.parametrize("service", ["s3", "iam", "logs", "lambda"])
def test_every_answer_has_a_request_id(door: WireDoor, service: str) -> None:
    operation = {"s3": "list_buckets", "iam": "list_roles", "logs": "describe_log_groups", "lambda": "list_functions"}
    client = boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=door.url,
        region_name=REGION,
        aws_access_key_id=UNKNOWN.access_key_id,
        aws_secret_access_key=UNKNOWN.secret_access_key,
    )

    with pytest.raises(ClientError) as refusal:
        getattr(client, operation[service])()

    assert refusal.value.response["ResponseMetadata"]["RequestId"]


def test_the_account_is_reset_by_root_alone(door: WireDoor) -> None:
    door.client("s3").create_bucket(Bucket="photos")
    user = user_with(door, allow("*", "*"))

    refused = signed_reset(door, user)
    granted = signed_reset(door, ROOT)

    assert refused.status_code == 403
    assert granted.status_code == 200
    assert door.resets == ["reset"]
    assert door.client("s3").list_buckets()["Buckets"] == []
    assert door.facts("reset") == [{"caller": "arn:aws:iam::123456789012:root"}]


def signed_reset(door: WireDoor, credentials: Credentials) -> httpx.Response:
    signed = AWSRequest("POST", f"{door.url}/_lab/reset")
    keys = BotocoreCredentials(credentials.access_key_id, credentials.secret_access_key)
    SigV4Auth(keys, "lab", REGION).add_auth(signed)
    return httpx.post(f"{door.url}/_lab/reset", headers=dict(signed.headers.items()))


def test_the_lab_reads_the_journal_from_where_it_left_off(door: WireDoor) -> None:
    user = user_with(door)
    refusal_of(door.client("iam", user), "get_role", RoleName="x")

    everything = httpx.get(f"{door.url}/_lab/journal?after=0&limit=10&wait=1").json()["entries"]
    nothing = httpx.get(f"{door.url}/_lab/journal?after={everything[-1]['seq']}&wait=0.05").json()["entries"]

    assert [entry["kind"] for entry in everything] == ["denial"]
    assert everything[0]["facts"]["operation"] == "GetRole"
    assert nothing == []


def test_the_lab_routes_say_what_is_wrong_with_a_question(door: WireDoor) -> None:
    answer = httpx.get(f"{door.url}/_lab/journal?after=soon")

    assert answer.status_code == 400
    assert json.loads(answer.text)["message"] == "after must be a number that is not negative."


def test_a_package_is_only_given_to_whoever_has_a_signed_address(door: WireDoor) -> None:
    answer = httpx.get(f"{door.url}/_lab/packages/{'0' * 64}?Expires=1&Signature=x")

    assert answer.status_code == 403


def test_a_sandbox_does_not_see_the_labs_routes(door: WireDoor) -> None:
    assert httpx.get(f"{door.inside_url}/_lab/status").status_code == 403
    assert httpx.get(f"{door.url}/_lab/status").json() == {"region": REGION}


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TARGET = {"X-Amz-Target": "Logs_20140328.DescribeLogGroups", "Content-Type": "application/x-amz-json-1.1"}
IN_PARTS = (
    b"Action=ListRoles&Version=\r\n--B\r\n"
    b'Content-Disposition: form-data; name="Action"\r\n\r\nCreateUser\r\n--B\r\n'
    b'Content-Disposition: form-data; name="UserName"\r\n\r\nmallory\r\n--B--\r\n'
)


@pytest.mark.parametrize(
    ("service", "method", "query", "headers", "body"),
    [
        ("logs", "POST", "Action=CreateLogGroup&logGroupName=loot", TARGET, b'{"logGroupName": "loot"}'),
        ("logs", "POST", "", TARGET, b'{"logGroupName": "loot", "x": "&Action=CreateLogGroup&"}'),
        ("logs", "POST", "", TARGET | FORM, b'{"logGroupName": "loot", "x": "&Action=CreateLogGroup&"}'),
        ("iam", "POST", "Action=CreateUser&UserName=mallory", {"Content-Type": "text/plain"}, b"Action=ListRoles"),
        ("iam", "GET", "Action=ListRoles", FORM, b"Action=CreateUser&UserName=mallory"),
        ("iam", "POST", "", {"Content-Type": "multipart/form-data; boundary=B"}, IN_PARTS),
        ("iam", "POST", "", FORM | {"X-Amz-Target": "x.ListRoles"}, b"Action=CreateUser&UserName=mallory"),
    ],
    ids=["query", "body as a query", "body as a form", "query beside a body", "form of a GET", "parts", "target"],
)
def test_a_call_that_asks_for_two_operations_does_what_was_judged_and_no_more(
    door: WireDoor, service: str, method: str, query: str, headers: dict[str, str], body: bytes
) -> None:
    user = user_with(door, allow("logs:DescribeLogGroups", "*"), allow("iam:ListRoles", "*"))

    send_signed(user, service, method, f"{door.url}/?{query}", headers, body)

    assert door.client("logs").describe_log_groups()["logGroups"] == []
    assert [one["UserName"] for one in door.client("iam").list_users()["Users"]] == ["learner"]


def test_a_slash_in_a_buckets_name_divides_nothing(door: WireDoor) -> None:
    user = user_with(door, allow("s3:ListBucket", "*"))
    door.client("s3").create_bucket(Bucket="photos")
    door.client("s3").put_object(Bucket="photos", Key="secret", Body=b"loot")

    # Signed as /photos/secret, which is what both ways of writing it come to in the canonical request.
    answer = send_signed(user, "s3", "GET", f"{door.url}/photos/secret", {}, b"", sent=f"{door.url}/photos%2Fsecret")

    assert (answer.status_code, "<Code>InvalidBucketName</Code>" in answer.text) == (400, True)


def send_signed(
    user: Credentials, service: str, method: str, url: str, headers: dict[str, str], body: bytes, sent: str = ""
) -> httpx.Response:
    signed = AWSRequest(method, url, headers, body)
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    signer(BotocoreCredentials(user.access_key_id, user.secret_access_key), service, REGION).add_auth(signed)
    return httpx.request(method, sent or url, headers=dict(signed.headers.items()), content=body)
