"""Logs as JSON: the platform's records and the function's own, of every language, and levels that leave lines out."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest

from tests.conftest import RunningPlatform
from tests.endpoint.held import zipped
from tests.endpoint.lambda_today.conftest import Create, invoked, refusal

PYTHON = """
import logging

def handler(event, context):
    print("as it is")
    log = logging.getLogger()
    log.debug("quiet")
    log.info("told", extra={"order": 7})
    log.error("loud")
    if event.get("fails"):
        raise ValueError("failed")
"""
NODE = """
exports.handler = async (event) => {
  console.debug('quiet');
  console.log('told', 7);
  console.info({ order: 7 });
  console.error('loud', new TypeError('wrong'));
  if (event.fails) throw new RangeError('failed');
};
"""


def node(platform: RunningPlatform) -> str:
    runtimes: list[str] = httpx.get(f"{platform.url}/_lab/status").json()["runtimes"]
    return next(runtime for runtime in runtimes if runtime.startswith("nodejs") and runtime != "nodejs")


def lines(answer: Any) -> list[str]:
    return base64.b64decode(answer["LogResult"]).decode().splitlines()


def records(answer: Any) -> list[Any]:
    return [json.loads(line) for line in lines(answer) if line.startswith("{")]


def own(answer: Any) -> list[tuple[str, Any]]:
    """Return level and message of what the function itself said."""
    return [(record["level"], record["message"]) for record in records(answer) if "level" in record]


@pytest.mark.isolation
def test_a_python_function_and_the_platform_write_json(today: Any, name: str, create: Create) -> None:
    created = create(PYTHON, LoggingConfig={"LogFormat": "JSON", "LogGroup": f"/json/{name}"})

    answer = invoked(today, FunctionName=name, LogType="Tail")

    assert created["LoggingConfig"] == {
        "LogFormat": "JSON",
        "LogGroup": f"/json/{name}",
        "ApplicationLogLevel": "INFO",
        "SystemLogLevel": "INFO",
    }
    request_id = answer["ResponseMetadata"]["RequestId"]
    kinds = [record.get("type") for record in records(answer)]
    assert kinds == ["platform.initStart", "platform.start", None, None, "platform.report"]
    told = records(answer)[2]
    assert (told["level"], told["message"], told["order"], told["requestId"]) == ("INFO", "told", 7, request_id)
    assert own(answer) == [("INFO", "told"), ("ERROR", "loud")]
    assert "as it is" in lines(answer)
    assert records(answer)[1]["record"] == {"requestId": request_id, "version": "$LATEST"}
    assert records(answer)[0]["record"]["instanceId"].split("[")[0].endswith(f"/{name}")


@pytest.mark.isolation
def test_a_node_function_and_the_platform_write_json(
    platform: RunningPlatform, today: Any, name: str, create: Create
) -> None:
    create(
        Runtime=node(platform),
        Code={"ZipFile": zipped("index.js", NODE)},
        LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG"},
    )

    answer = invoked(today, FunctionName=name, LogType="Tail", Payload=b'{"fails": true}')

    assert own(answer)[:3] == [("DEBUG", "quiet"), ("INFO", "told 7"), ("INFO", {"order": 7})]
    loud, failed = [record for record in records(answer) if record.get("level") == "ERROR"]
    assert loud["message"].startswith("loud TypeError: wrong")
    assert (loud["errorType"], loud["errorMessage"]) == ("TypeError", "wrong")
    assert (failed["errorType"], failed["errorMessage"]) == ("RangeError", "failed")
    assert failed["requestId"] == answer["ResponseMetadata"]["RequestId"]


@pytest.mark.isolation
@pytest.mark.parametrize("language", ["python", "node"])
def test_below_its_level_nothing_is_kept(
    platform: RunningPlatform, today: Any, name: str, create: Create, language: str
) -> None:
    code: dict[str, dict[str, Any]] = {
        "python": {"source": PYTHON},
        "node": {"Runtime": node(platform), "Code": {"ZipFile": zipped("index.js", NODE)}},
    }
    levels = {"ApplicationLogLevel": "ERROR", "SystemLogLevel": "WARN"}
    create(**code[language], LoggingConfig={"LogFormat": "JSON", **levels})

    answer = invoked(today, FunctionName=name, LogType="Tail")

    (loud,) = records(answer)
    assert loud["level"] == "ERROR"
    assert lines(answer) == [line for line in lines(answer) if line.startswith("{")]


@pytest.mark.isolation
def test_a_function_may_change_its_format_and_a_level_needs_json(today: Any, name: str, create: Create) -> None:
    create(PYTHON, LoggingConfig={"LogFormat": "JSON", "SystemLogLevel": "DEBUG"})

    details = [record.get("type") for record in records(invoked(today, FunctionName=name, LogType="Tail"))]
    today.update_function_configuration(FunctionName=name, LoggingConfig={"LogFormat": "Text"})
    as_text = lines(invoked(today, FunctionName=name, LogType="Tail"))

    assert "platform.runtimeDone" in details
    assert as_text[1].startswith("START RequestId: ")
    told = refusal(today.update_function_configuration, FunctionName=name, LoggingConfig={"SystemLogLevel": "WARN"})
    assert "LogFormat 'JSON'" in told["message"]
