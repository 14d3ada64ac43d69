"""Invocations that were recorded on AWS (AWS-047 to 087): what the same function gets here.

Names and times differ, and so do the versions of the languages; what else differs stands beside the comparison.
"""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.conftest import RunningPlatform
from tests.endpoint.held import zipped
from tests.endpoint.lambda_today.conftest import Create, invoked

pytestmark = pytest.mark.isolation

LOOKS = """
import os, platform, pwd, resource, stat, subprocess

def limits(event, context):
    return {name: resource.getrlimit(getattr(resource, name)) for name in event["names"]}

def environment(event, context):
    return dict(os.environ)

def place(event, context):
    def look(path):
        found = os.stat(path)
        return [stat.filemode(found.st_mode), found.st_uid, found.st_gid]
    return {
        "user": pwd.getpwuid(os.getuid()).pw_name,
        "whoami": subprocess.check_output(["whoami"], text=True).strip(),
        "system": platform.system(),
        "pwd": os.getcwd(),
        "paths": {path: look(path) for path in ("/var/task", "/opt", "/tmp")},
    }
"""
SAYS = """
import logging

logging.getLogger().setLevel(logging.INFO)

def handler(event, context):
    print("Lambda log message - print function")
    logging.info("Lambda log message - logging module")
    return {}
"""
RAISES = "def handler(event, context):\n    raise Exception('Failed: some_error_msg')\n"
THROWS = "exports.handler = async () => { throw new Error('Error: some_error_msg'); };\n"
NOTHING = "exports.handler = async () => {};\n"
MODULE = "export const handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) });\n"


def node(platform: RunningPlatform) -> str:
    runtimes: list[str] = httpx.get(f"{platform.url}/_lab/status").json()["runtimes"]
    return next(runtime for runtime in runtimes if runtime.startswith("nodejs") and runtime != "nodejs")


def answered(today: Any, name: str, event: Mapping[str, Any] | None = None, **parameters: Any) -> Mapping[str, Any]:
    answer = dict(invoked(today, FunctionName=name, Payload=json.dumps(event or {}).encode(), **parameters))
    answer["Payload"] = json.loads(answer["Payload"]) if answer["Payload"] else ""
    return answer


def test_aws_047_the_limits_of_a_process_are_those_of_aws(today: Any, name: str, create: Create) -> None:
    create(LOOKS, Handler="index.limits")
    recorded = {
        "RLIMIT_AS": [-1, -1],
        "RLIMIT_CPU": [-1, -1],
        "RLIMIT_DATA": [-1, -1],
        "RLIMIT_FSIZE": [-1, -1],
        "RLIMIT_NOFILE": [1024, 1024],
        "RLIMIT_RSS": [-1, -1],
        "RLIMIT_STACK": [8_388_608, -1],
    }

    seen = answered(today, name, {"names": list(recorded)})["Payload"]

    # CORE and MEMLOCK are this machine's. NPROC said 742 there; here 1,024 are counted for processes and threads.
    assert {limit: seen[limit][0] for limit in seen} == {limit: recorded[limit][0] for limit in recorded}


def test_aws_048_and_049_who_waits_gets_the_result_and_who_does_not_gets_202(
    today: Any, name: str, create: Create
) -> None:
    create("def handler(event, context):\n    return event\n")

    waited = answered(today, name, InvocationType="RequestResponse")
    sent = answered(today, name, InvocationType="Event")

    assert (waited["StatusCode"], waited["ExecutedVersion"], waited["Payload"]) == (200, "$LATEST", {})
    assert (sent["StatusCode"], sent["Payload"]) == (202, "")
    assert "ExecutedVersion" not in sent


def test_aws_052_a_node_handler_that_returns_nothing_returns_null(
    platform: RunningPlatform, today: Any, name: str, create: Create
) -> None:
    create(Runtime=node(platform), Code={"ZipFile": zipped("index.js", NOTHING)})

    answer = invoked(today, FunctionName=name)

    assert (answer["Payload"], answer["StatusCode"], answer["ExecutedVersion"]) == (b"null", 200, "$LATEST")


def test_aws_058_and_087_the_log_has_these_lines(
    platform: RunningPlatform, today: Any, name: str, create: Create
) -> None:
    create(SAYS, Publish=True)

    answer = invoked(today, FunctionName=name, Qualifier="1", LogType="Tail")

    request_id = answer["ResponseMetadata"]["RequestId"]
    log = base64.b64decode(answer["LogResult"]).decode()
    assert re.fullmatch(
        r"INIT_START Runtime Version: python:3\.\d+\.v\d+\t"
        r"Runtime Version ARN: arn:aws:lambda:us-east-1::runtime:\w{64}\n"
        rf"START RequestId: {request_id} Version: 1\n"
        r"Lambda log message - print function\n"
        rf"\[INFO\]\t[-0-9T:.]+Z\t{request_id}\tLambda log message - logging module\n"
        rf"END RequestId: {request_id}\n"
        rf"REPORT RequestId: {request_id}\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB"
        r"\tMax Memory Used: \d+ MB\tInit Duration: \d+\.\d\d ms\t\n",
        log,
    ), log
    events = platform.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    assert "".join(event["message"] for event in events) == log


def test_aws_065_the_environment_is_complete_and_has_nothing_else(today: Any, name: str, create: Create) -> None:
    create(LOOKS, Handler="index.environment")

    seen = answered(today, name)["Payload"]

    there = [
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_EXECUTION_ENV",
        "AWS_DEFAULT_REGION",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_REGION",
        "PWD",
        "_HANDLER",
        "TZ",
        "LAMBDA_TASK_ROOT",
        "LANG",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "LAMBDA_RUNTIME_DIR",
        "_AWS_XRAY_DAEMON_ADDRESS",
        "AWS_XRAY_DAEMON_ADDRESS",
        "SHLVL",
        "AWS_ACCESS_KEY_ID",
        "LD_LIBRARY_PATH",
        "AWS_LAMBDA_FUNCTION_NAME",
        "PATH",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_SESSION_TOKEN",
        "AWS_XRAY_CONTEXT_MISSING",
        "_AWS_XRAY_DAEMON_PORT",
        "LC_CTYPE",
        "PYTHONPATH",
        "_X_AMZN_TRACE_ID",
    ]
    # LC_CTYPE is set by an interpreter that does not know its locale, as AWS's do not; AWS_ENDPOINT_URL leads home.
    assert seen.keys() - {"AWS_ENDPOINT_URL", "LC_CTYPE"} == set(there) - {"LC_CTYPE"}
    fixed = {
        "PWD": "/var/task",
        "_HANDLER": "index.environment",
        "TZ": ":UTC",
        "LANG": "en_US.UTF-8",
        "SHLVL": "0",
        "PYTHONPATH": "/var/runtime",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "LD_LIBRARY_PATH": "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib"
        ":/opt/lib",
        "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
    }
    assert {variable: seen[variable] for variable in fixed} == fixed


def test_aws_066_a_function_is_nobody_and_finds_itself_in_its_package(today: Any, name: str, create: Create) -> None:
    create(LOOKS, Handler="index.place")

    seen = answered(today, name)["Payload"]

    assert (seen["user"], seen["whoami"]) == ("sbx_user1051", "sbx_user1051")
    assert (seen["system"], seen["pwd"]) == ("Linux", "/var/task")
    modes = {path: mode for path, (mode, *_) in seen["paths"].items()}
    assert modes == {"/var/task": "drwxr-xr-x", "/opt": "drwxr-xr-x", "/tmp": "drwxrwxrwt"}


def test_aws_069_an_es_module_is_a_handler_too(
    platform: RunningPlatform, today: Any, name: str, create: Create
) -> None:
    create(Runtime=node(platform), Code={"ZipFile": zipped("index.mjs", MODULE)})

    answer = answered(today, name, {"event_type": "test_lambda"})

    assert answer["Payload"] == {"statusCode": 200, "body": '{"event_type":"test_lambda"}'}


def test_aws_074_and_077_an_init_without_end_ends_as_a_timeout(today: Any, name: str, create: Create) -> None:
    """The words are those of AWS-076; AWS-077 recorded older ones in 2024, which are no longer said."""
    create("import time\n\ndef handler(event, context):\n    time.sleep(60)\n", Timeout=1)

    answer = answered(today, name)

    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert answer["Payload"] == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {request_id} Error: Task timed out after 1.00 seconds",
    }


@pytest.mark.parametrize("language", ["python", "node"])
def test_aws_075_a_wrapper_that_is_not_there_ends_with_127(
    platform: RunningPlatform, today: Any, name: str, create: Create, language: str
) -> None:
    wrapper = {"Environment": {"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": "/idontexist.sh"}}}
    changes: Mapping[str, Any] = (
        {} if language == "python" else {"Runtime": node(platform), "Code": {"ZipFile": zipped("index.js", NOTHING)}}
    )
    create(**changes, **wrapper)

    answer = answered(today, name)

    request_id = answer["ResponseMetadata"]["RequestId"]
    assert answer["Payload"] == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {request_id} Error: Runtime exited with error: exit status 127",
    }


def test_a_wrapper_starts_the_runtime_and_may_change_its_environment(today: Any, name: str, create: Create) -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as package:
        package.writestr("index.py", LOOKS)
        wrapper = zipfile.ZipInfo("wrap")
        wrapper.external_attr = 0o755 << 16
        package.writestr(wrapper, '#!/bin/sh\nexport WRAPPED="$#"\nexec "$@"\n')
    create(
        Handler="index.environment",
        Code={"ZipFile": written.getvalue()},
        Environment={"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrap"}},
    )

    assert answered(today, name)["Payload"]["WRAPPED"] == "4"  # the interpreter, -m, awslambdaric and the handler


def test_aws_082_and_084_an_error_is_told_in_the_words_of_its_language(
    platform: RunningPlatform, today: Any, name: str, create: Create
) -> None:
    create(RAISES)
    raised = answered(today, name)
    today.delete_function(FunctionName=name)
    create(Runtime=node(platform), Code={"ZipFile": zipped("index.js", THROWS)})

    thrown = answered(today, name)

    assert raised["FunctionError"] == thrown["FunctionError"] == "Unhandled"
    python = raised["Payload"]
    assert (python["errorType"], python["errorMessage"]) == ("Exception", "Failed: some_error_msg")
    assert python["requestId"] == raised["ResponseMetadata"]["RequestId"]
    assert python.keys() == {"errorType", "errorMessage", "requestId", "stackTrace"}
    javascript = thrown["Payload"]
    assert (javascript["errorType"], javascript["errorMessage"]) == ("Error", "Error: some_error_msg")
    assert javascript.keys() == {"errorType", "errorMessage", "trace"}


def test_aws_085_what_a_custom_runtime_says_of_an_error_is_passed_on_as_it_is(
    today: Any, name: str, create: Create
) -> None:
    said = {
        "errorType": "&alloc::boxed::Box<dyn core::error::Error + core::marker::Send + core::marker::Sync>",
        "errorMessage": 'Error: "some_error_msg"',
    }
    bootstrap = f"""#!/usr/bin/python3
import http.client, json, os
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    event = api.getresponse()
    event.read()
    path = "/2018-06-01/runtime/invocation/" + event.headers["Lambda-Runtime-Aws-Request-Id"] + "/error"
    api.request("POST", path, json.dumps({said!r}))
    api.getresponse().read()
"""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as package:
        member = zipfile.ZipInfo("bootstrap")
        member.external_attr = 0o755 << 16
        package.writestr(member, bootstrap)
    create(Runtime="provided.al2023", Code={"ZipFile": written.getvalue()})

    answer = answered(today, name)

    assert (answer["FunctionError"], answer["Payload"]) == ("Unhandled", said)
