"""Does a Python handler get from us what AWS's own emulator and bootstrap make of it? Every kind of end, one by one.

The payload is compared byte for byte, but for request ids, times and the place of the files, and so is every line that
the function and its bootstrap wrote. Where the emulator differs from the service, :data:`DIFFERENCES` says what the
service does, and how that is known.
"""

from __future__ import annotations

import io
import re
import sys
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import REQUIRE_ALL, RunningPlatform
from tests.differential.emulator import PACKAGES, PROGRAM, Emulated, emulate

HANDLERS = Path(__file__).parent / "handlers/python"
EVENT = '{"text": "Gr\\u00fc\\u00dfe \\ud83d\\ude00", "number": 1.50, "list": [null, true]}'
DEFINED = re.compile(r"^(?:async )?def ([a-z]\w*)\(event", re.MULTILINE)
REQUEST_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
MILLISECONDS = re.compile(r"\[\d{13}\]")
PLATFORM = re.compile(r"^(?:END RequestId|REPORT RequestId|INIT_START )[^\n]*\n", re.MULTILINE)
ENDED = re.compile(
    r"^(?:RequestId: {request id} Error: [^\n]*\nRuntime\.\w+\n|{time} {request id} Task timed out [^\n]*\n\n)",
    re.MULTILINE,
)


def defined(*modules: str) -> list[str]:
    """Return the handlers of some modules."""
    return [
        f"{module}.{name}" for module in modules for name in DEFINED.findall((HANDLERS / f"{module}.py").read_text())
    ]


NOT_INITIALISED = (
    "throws.handler",
    "exits.handler",
    "lacks.handler",
    "misspelt.handler",
    "nowhere.handler",
    "returns.missing",
    "returns",
    "sys.exit",
    "folder/nowhere.handler",
)
IN_FOLDERS = ("folder/inside.handler", "folder.inside.handler")
NOT_MARSHALLED = (
    "returns.a_key_that_is_no_key",
    "returns.a_date",
    "returns.a_set",
    "returns.itself",
    "returns.a_circle",
    "returns.a_generator",
    "returns.a_coroutine",
    "returns.too_much",
    "returns.NOT_CALLABLE",
)
"""They return what is no result; so the function fails, though the handler did not."""
CASES = sorted({*defined("returns", "writes", "raises", "ends"), *NOT_INITIALISED, *IN_FOLDERS, *NOT_MARSHALLED})
FAILING = {*defined("raises", "ends"), *NOT_INITIALISED, *NOT_MARSHALLED}


@dataclass(frozen=True)
class Told:
    """What an invocation came to."""

    payload: str
    function_error: str | None
    tries: tuple[str, ...]
    """What was written in each init; the emulator shows none of a good one."""
    log: str
    """What was written after START."""


@dataclass(frozen=True)
class Difference:
    """Where the emulator differs from the service."""

    handlers: frozenset[str]
    emulator: str
    """What the emulator says."""
    service: str
    """What the service says."""
    known_by: str


DIFFERENCES = (
    Difference(
        frozenset({"ends.never"}),
        "Task timed out after 1.00 seconds",
        '{"errorType":"Sandbox.Timedout",'
        '"errorMessage":"RequestId: {request id} Error: Task timed out after 1.00 seconds"}',
        "AWS-076: recorded in 2025; the emulator's door answers a plain sentence, as it always has",
    ),
    Difference(
        frozenset({"exits.handler"}),
        "",
        '{"errorType":"Runtime.ExitError",'
        '"errorMessage":"RequestId: {request id} Error: Runtime exited with error: exit status 4"}',
        "AWS-072, AWS-073: an init that ends is told like an invocation that ends; the emulator forgets what it was",
    ),
)
"""Beside these the emulator sets no X-Amz-Function-Error and shows no line of how a process ended (AWS-086 and later
logs have them); it tries init twice, but shows what was written only once, and after START instead of before."""


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the handlers; what is misspelt on purpose is no Python until it is in there."""
    if not PROGRAM.exists():
        message = "AWS's runtime interface emulator is not installed; `make test` does that"
        pytest.fail(message) if REQUIRE_ALL else pytest.skip(message)
    task = tmp_path_factory.mktemp("task")
    for path in HANDLERS.rglob("*.py*"):
        if path.suffix != ".pyc":
            target = task / str(path.relative_to(HANDLERS)).removesuffix(".txt")
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(path.read_bytes())
    return task


@pytest.fixture(scope="module")
def package(task: Path) -> bytes:
    """Return the same folder as a deployment package."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for path in sorted(task.rglob("*.py")):
            archive.write(path, path.relative_to(task))
    return written.getvalue()


@pytest.fixture
def ours(platform: RunningPlatform, execution_role: str, package: bytes) -> Iterator[Callable[[str], Told]]:
    client, logs = platform.client("lambda"), platform.client("logs")
    name = f"emulated-{uuid.uuid4().hex[:8]}"

    def ours(handler: str) -> Told:
        client.create_function(
            FunctionName=name,
            Runtime=f"python3.{sys.version_info.minor}",
            Role=execution_role,
            Handler=handler,
            Code={"ZipFile": package},
            Timeout=timeout_seconds(handler),
            MemorySize=1769,
        )
        client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
        answer = client.invoke(FunctionName=name, Payload=EVENT.encode())
        payload = answer["Payload"].read().decode(errors="replace")
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        before, log = same("".join(event["message"] for event in events)).split("START RequestId", 1)
        tries = tuple(own_lines(part) for part in re.split(r"INIT_REPORT [^\n]*\n", before)[:-1])
        return Told(same(payload), answer.get("FunctionError"), tries, own_lines(log.partition("\n")[2]))

    yield ours
    client.delete_function(FunctionName=name)


@pytest.fixture
def theirs(task: Path, tmp_path: Path) -> Callable[[str], Emulated]:
    def theirs(handler: str) -> Emulated:
        told = emulate(task, handler, EVENT, timeout_seconds(handler), tmp_path)
        log = same(told.log, task).partition("START RequestId")[2].partition("\n")[2]
        return Emulated(told.status, same(told.payload, task), own_lines(log))

    return theirs


def timeout_seconds(handler: str) -> int:
    return 1 if handler == "ends.never" else 60


def same(text: str, task: Path | None = None) -> str:
    """Write what differs from run to run, and from place to place, in one way."""
    if task is not None:
        text = text.replace(str(task), "/var/task").replace(str(PACKAGES), "/var/runtime")
    text = re.sub(rf"(?:/var/lang|{re.escape(sys.base_prefix)})/lib/python", "/python", text)
    return MILLISECONDS.sub("[{time}]", TIME.sub("{time}", REQUEST_ID.sub("{request id}", text)))


def own_lines(log: str) -> str:
    """Return the lines of a log that are not the platform's."""
    return ENDED.sub("", PLATFORM.sub("", log))


@pytest.mark.isolation
@pytest.mark.parametrize("handler", CASES)
def test_a_handler_comes_to_what_awss_own_programs_make_of_it(
    handler: str, ours: Callable[[str], Told], theirs: Callable[[str], Emulated]
) -> None:
    wanted = theirs(handler)
    known = next((one for one in DIFFERENCES if handler in one.handlers), None)
    if known is not None:
        assert wanted.payload == known.emulator, f"it differs no longer: {known.known_by}"

    got = ours(handler)

    assert got.payload == (known.service if known else wanted.payload)
    assert got.function_error == ("Unhandled" if handler in FAILING else None)
    assert wanted.status == 200 or got.function_error, "the emulator says 502 of what is no answer"
    if handler in NOT_INITIALISED:
        assert (got.tries, got.log) == ((wanted.log, wanted.log), "")
    else:
        assert (got.tries, got.log) == ((), wanted.log)


def test_the_handlers_come_to_every_kind_of_end() -> None:
    assert len(CASES) >= 60
    assert {handler for one in DIFFERENCES for handler in one.handlers} <= set(CASES)
