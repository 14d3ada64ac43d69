"""Function URLs: an address for a function, an HTTP request as its event, its answer as the response."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.conftest import RunningPlatform
from tests.endpoint.conftest import allow, policy
from tests.endpoint.lambda_today.conftest import Create, refusal

FORBIDDEN = {
    "Message": "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
}
ECHO_EVENT = "def handler(event, context):\n    return event\n"
ANSWERS = """
import json

def handler(event, context):
    if event["rawPath"] == "/raises":
        raise ValueError("boom")
    return json.loads(event["body"])
"""


@pytest.fixture
def public(today: Any, name: str, create: Create) -> Callable[..., str]:
    """Return a function that makes a function with an address which everybody may use, and returns the address."""

    def public(source: str = ECHO_EVENT, **config: Any) -> str:
        create(source)
        today.add_permission(
            FunctionName=name,
            StatementId="url",
            Action="lambda:InvokeFunctionUrl",
            Principal="*",
            FunctionUrlAuthType="NONE",
        )
        today.add_permission(
            FunctionName=name,
            StatementId="invoke",
            Action="lambda:InvokeFunction",
            Principal="*",
            InvokedViaFunctionUrl=True,
        )
        address = today.create_function_url_config(FunctionName=name, AuthType="NONE", **config)["FunctionUrl"]
        return str(address)

    return public


def test_an_address_is_made_read_changed_listed_and_taken_away(today: Any, name: str, create: Create) -> None:
    arn = create(Publish=True)["FunctionArn"]
    today.create_alias(FunctionName=name, Name="live", FunctionVersion="1")

    made = today.create_function_url_config(FunctionName=name, AuthType="AWS_IAM")
    again = refusal(today.create_function_url_config, FunctionName=name, AuthType="NONE")
    of_alias = today.create_function_url_config(FunctionName=name, AuthType="NONE", Qualifier="live")
    changed = today.update_function_url_config(FunctionName=name, AuthType="NONE", Cors={"AllowOrigins": ["*"]})

    assert (made["AuthType"], made["FunctionArn"], made["InvokeMode"]) == ("AWS_IAM", arn, "BUFFERED")
    assert (again["status"], again["message"]) == (
        409,
        f"Failed to create function url config for [functionArn = {arn}]. Error message:  "
        "FunctionUrlConfig exists for this Lambda function",
    )
    assert of_alias["FunctionArn"] == f"{arn}:live"
    assert (changed["FunctionUrl"], changed["AuthType"]) == (made["FunctionUrl"], "NONE")
    assert today.get_function_url_config(FunctionName=name)["Cors"] == {"AllowOrigins": ["*"]}
    assert len(today.list_function_url_configs(FunctionName=name)["FunctionUrlConfigs"]) == 2
    today.delete_function_url_config(FunctionName=name)
    assert refusal(today.get_function_url_config, FunctionName=name)["status"] == 404
    assert httpx.get(made["FunctionUrl"]).status_code == 404


@pytest.mark.parametrize("qualifier", ["1", "$LATEST"])
def test_only_functions_and_aliases_have_addresses(today: Any, function: Mapping[str, Any], qualifier: str) -> None:
    answer = refusal(
        today.create_function_url_config,
        FunctionName=function["FunctionName"],
        AuthType="NONE",
        Qualifier=qualifier,
    )

    assert answer["code"] == "ValidationException"
    assert answer["message"].startswith(f"1 validation error detected: Value '{qualifier}' at 'qualifier' failed")


def test_aws_123_an_address_that_nothing_allows_is_forbidden(today: Any, name: str, create: Create) -> None:
    create()
    url = today.create_function_url_config(FunctionName=name, AuthType="NONE")["FunctionUrl"]

    answer = httpx.get(url)

    assert (answer.status_code, answer.json()) == (403, FORBIDDEN)


@pytest.mark.isolation
def test_a_request_becomes_an_event_of_format_2(public: Callable[..., str]) -> None:
    url = public()

    answer = httpx.post(
        f"{url}a/path%20here?one=1&two=2&two=3",
        json={"x": 1},
        headers={"X-Own": "mine", "Cookie": "a=1; b=2", "User-Agent": "tester"},
    )

    event = answer.json()
    context = event["requestContext"]
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert (event["version"], event["routeKey"], event["rawPath"]) == ("2.0", "$default", "/a/path here")
    assert (event["rawQueryString"], event["queryStringParameters"]) == (
        "one=1&two=2&two=3",
        {"one": "1", "two": "2,3"},
    )
    assert (event["cookies"], event["headers"]["x-own"]) == (["a=1", "b=2"], "mine")
    assert (json.loads(event["body"]), event["isBase64Encoded"]) == ({"x": 1}, False)
    assert (context["accountId"], context["stage"]) == ("anonymous", "$default")
    assert context["http"] | {"sourceIp": ""} == {
        "method": "POST",
        "path": "/a/path here",
        "protocol": "HTTP/1.1",
        "sourceIp": "",
        "userAgent": "tester",
    }
    assert answer.headers["x-amzn-requestid"] == context["requestId"]


@pytest.mark.isolation
def test_what_is_not_text_comes_in_base64(public: Callable[..., str]) -> None:
    url = public()

    event = httpx.post(url, content=b"\x00\xff", headers={"Content-Type": "application/octet-stream"}).json()
    form = httpx.post(url, data={"a": "b"}).json()

    assert (base64.b64decode(event["body"]), event["isBase64Encoded"]) == (b"\x00\xff", True)
    assert (base64.b64decode(form["body"]), form["isBase64Encoded"]) == (b"a=b", True)


@pytest.mark.isolation
def test_an_answer_becomes_a_response(public: Callable[..., str]) -> None:
    url = public(ANSWERS)
    full = {
        "statusCode": 201,
        "headers": {"X-Own": "mine", "Content-Type": "text/plain", "Content-Length": "999"},
        "cookies": ["a=1", "b=2; Secure"],
        "body": base64.b64encode(b"\x00bytes").decode(),
        "isBase64Encoded": True,
    }

    made = httpx.post(url, json=full)
    plain = httpx.post(url, json="words")
    only_status = httpx.post(url, json={"statusCode": 204})

    assert (made.status_code, made.content, made.headers["x-own"]) == (201, b"\x00bytes", "mine")
    assert made.headers.get_list("set-cookie") == ["a=1", "b=2; Secure"]
    assert (plain.status_code, plain.text, plain.headers["content-type"]) == (200, '"words"', "application/json")
    assert (only_status.status_code, only_status.content) == (204, b"")


@pytest.mark.isolation
@pytest.mark.parametrize(
    "answer",
    [
        {"statusCode": "many"},
        {"statusCode": 42},
        {"statusCode": 200, "headers": {"X": "two\r\nlines"}},
        {"statusCode": 200, "body": "no base64", "isBase64Encoded": True},
        {"statusCode": 200, "headers": ["X"]},
    ],
)
def test_an_answer_that_is_no_response_is_a_bad_gateway(public: Callable[..., str], answer: Mapping[str, Any]) -> None:
    response = httpx.post(public(ANSWERS), json=answer)

    assert (response.status_code, response.json()) == (502, {"Message": "Internal Server Error"})


@pytest.mark.isolation
def test_a_function_that_fails_is_a_bad_gateway(public: Callable[..., str]) -> None:
    response = httpx.get(f"{public(ANSWERS)}raises")

    assert (response.status_code, response.json()) == (502, {"Message": "Internal Server Error"})


@pytest.mark.isolation
def test_an_address_works_by_host_too(platform: RunningPlatform, public: Callable[..., str]) -> None:
    url_id = public().rstrip("/").rpartition("/")[2]

    answer = httpx.get(f"{platform.url}/path", headers={"Host": f"{url_id}.lambda-url.us-east-1.localhost:80"})

    assert answer.json()["rawPath"] == "/path"


@pytest.mark.isolation
def test_one_too_many_is_429(today: Any, name: str, public: Callable[..., str]) -> None:
    url = public()
    today.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)

    answer = httpx.get(url)

    assert (answer.status_code, answer.json()) == (429, {"Message": "Rate Exceeded."})


def signed_get(url: str, keys: Mapping[str, str]) -> httpx.Response:
    request = AWSRequest("GET", url)
    SigV4Auth(Credentials(keys["AccessKeyId"], keys["SecretAccessKey"]), "lambda", "us-east-1").add_auth(request)
    return httpx.get(url, headers=dict(request.headers))


@pytest.mark.isolation
def test_an_address_of_aws_iam_wants_a_signature_and_both_rights(
    platform: RunningPlatform, today: Any, name: str, create: Create
) -> None:
    arn = create(ECHO_EVENT)["FunctionArn"]
    url = today.create_function_url_config(FunctionName=name, AuthType="AWS_IAM")["FunctionUrl"]
    iam, user = platform.client("iam"), f"user-{name}"
    iam.create_user(UserName=user)
    keys = iam.create_access_key(UserName=user)["AccessKey"]

    def grant(*actions: str) -> None:
        document = policy(*(allow(action, arn) for action in actions))
        iam.put_user_policy(UserName=user, PolicyName="url", PolicyDocument=document)

    assert httpx.get(url).status_code == 403
    assert signed_get(url, keys).json() == FORBIDDEN
    grant("lambda:InvokeFunctionUrl")
    assert signed_get(url, keys).status_code == 403
    grant("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")
    answer = signed_get(url, keys)
    assert answer.status_code == 200
    caller = answer.json()["requestContext"]["authorizer"]["iam"]
    assert (caller["accessKey"], caller["userArn"]) == (keys["AccessKeyId"], f"arn:aws:iam::123456789012:user/{user}")
    assert signed_get(url, keys | {"SecretAccessKey": "wrong"}).status_code == 403


@pytest.mark.isolation
def test_an_address_of_an_alias_runs_what_it_points_to(today: Any, name: str, create: Create) -> None:
    create("def handler(event, context):\n    return context.invoked_function_arn\n", Publish=True)
    today.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    url = today.create_function_url_config(FunctionName=name, Qualifier="live", AuthType="NONE")["FunctionUrl"]
    for action, condition in (
        ("lambda:InvokeFunctionUrl", {"FunctionUrlAuthType": "NONE"}),
        ("lambda:InvokeFunction", {"InvokedViaFunctionUrl": True}),
    ):
        today.add_permission(
            FunctionName=name,
            Qualifier="live",
            StatementId=action.partition(":")[2],
            Action=action,
            Principal="*",
            **condition,
        )

    assert httpx.get(url).json().endswith(f":function:{name}:live")
    # A permission for calls by the URL is none for calls by the API.
    policy_of_alias = json.loads(today.get_policy(FunctionName=name, Qualifier="live")["Policy"])
    assert {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}} in [
        statement["Condition"] for statement in policy_of_alias["Statement"]
    ]


def test_a_permission_for_the_url_is_none_for_the_api(today: Any, function: Mapping[str, Any], as_user: Any) -> None:
    name = function["FunctionName"]
    today.add_permission(
        FunctionName=name,
        StatementId="invoke",
        Action="lambda:InvokeFunction",
        Principal="*",
        InvokedViaFunctionUrl=True,
    )

    assert refusal(as_user().invoke, FunctionName=name, InvocationType="DryRun")["status"] == 403


@pytest.mark.isolation
def test_a_preflight_is_answered_without_the_function(public: Callable[..., str]) -> None:
    cors = {
        "AllowOrigins": ["https://page.example"],
        "AllowMethods": ["PUT"],
        "AllowHeaders": ["X-Own"],
        "ExposeHeaders": ["X-Seen"],
        "MaxAge": 60,
        "AllowCredentials": True,
    }
    url = public("def handler(event, context):\n    raise ValueError\n", Cors=cors)
    asked = {"Origin": "https://page.example", "Access-Control-Request-Method": "PUT"}

    allowed = httpx.options(url, headers=asked)
    other_origin = httpx.options(url, headers=asked | {"Origin": "https://other.example"})
    other_method = httpx.options(url, headers=asked | {"Access-Control-Request-Method": "DELETE"})
    run = httpx.put(url, headers={"Origin": "https://page.example"})

    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == "https://page.example"
    assert allowed.headers["access-control-allow-methods"] == "PUT"
    assert allowed.headers["access-control-allow-headers"] == "X-Own"
    assert allowed.headers["access-control-max-age"] == "60"
    assert "access-control-allow-origin" not in other_origin.headers
    assert "access-control-allow-methods" not in other_method.headers
    assert (run.status_code, run.headers["access-control-expose-headers"]) == (502, "X-Seen")
    assert run.headers["access-control-allow-credentials"] == "true"
