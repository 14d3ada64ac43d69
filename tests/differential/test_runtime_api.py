"""Does our Runtime API say what AWS's own says? A runtime asks both the same, mistakes included."""

from __future__ import annotations

import io
import json
import sys
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REQUIRE_ALL, RunningPlatform
from tests.differential.emulator import PROGRAM, emulate_program

PROBER = Path(__file__).parent / "handlers/prober/python/bootstrap"
EVENTS = {"small": '{"large": false}', "too large": '{"large": true}'}


@pytest.fixture
def name(platform: RunningPlatform, execution_role: str) -> Iterator[str]:
    """Return the name of a function with the prober as its runtime."""
    if not PROGRAM.exists():
        message = "AWS's runtime interface emulator is not installed; `make test` does that"
        pytest.fail(message) if REQUIRE_ALL else pytest.skip(message)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as package:
        bootstrap = zipfile.ZipInfo("bootstrap")
        bootstrap.external_attr = 0o755 << 16
        package.writestr(bootstrap, PROBER.read_text())
    client, name = platform.client("lambda"), f"probing-{uuid.uuid4().hex[:8]}"
    client.create_function(
        FunctionName=name,
        Runtime="provided.al2023",
        Role=execution_role,
        Handler="any",
        Code={"ZipFile": written.getvalue()},
        Timeout=60,
        MemorySize=1769,
    )
    yield name
    client.delete_function(FunctionName=name)


@pytest.mark.isolation
@pytest.mark.parametrize("kind", sorted(EVENTS))
def test_every_answer_of_the_runtime_api_is_the_one_that_aws_gives(
    platform: RunningPlatform, name: str, kind: str, tmp_path: Path
) -> None:
    theirs = emulate_program([sys.executable, str(PROBER)], EVENTS[kind], tmp_path)

    answer = platform.client("lambda").invoke(FunctionName=name, Payload=EVENTS[kind].encode())

    wanted, got = json.loads(theirs.payload), json.loads(answer["Payload"].read())
    if kind == "small":
        for event in ("next", "another event before the answer"):
            got[event]["headers"].remove("lambda-runtime-trace-id")  # the emulator has no traces, and leaves it out
    assert got == wanted
    logged = platform.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    assert after("".join(event["message"] for event in logged)) == after(theirs.log)


def after(log: str) -> Mapping[str, Any]:
    """Return what the prober was told once it had answered."""
    (line,) = [line for line in log.splitlines() if line.startswith('{"answer"')]
    said: Mapping[str, Any] = json.loads(line)
    return said
