"""A function cannot tell whether its process was started for it, or ahead of it and told later."""

from __future__ import annotations

import json
import re
import shutil
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from runtime.invocation.runtimes import BOOTSTRAPS, Runtime, find_runtimes
from tests.handlers.bootstrap_process import RuntimeApi, Start, parked, runtime_api, started
from tests.handlers.laboratory import PARTS
from tests.handlers.test_scenarios import FAMILIES

PARKED = Path(__file__).parent / "parked"
LANGUAGES = ("nodejs", "nodejs_current")
MARKER = "BOOTSTRAP_PARKED"
HIGH = 1000
"""A descriptor that takes no number away from those that Node opens."""
OWN_VARIABLES = {"TZ": "Asia/Tokyo", "NODE_ENV": "production", "HOME": "/tmp", "NOT_ASCII": "zwölf", "EMPTY": ""}

MakeStart = Callable[..., Start]


@pytest.fixture(scope="session")
def runtimes() -> Mapping[str, Runtime]:
    return find_runtimes(PARTS)


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def runtime(language: str, runtimes: Mapping[str, Runtime]) -> Runtime:
    found = [runtime for name, runtime in runtimes.items() if re.fullmatch(FAMILIES[language], name)]
    if not found:
        pytest.skip(f"this machine does not have the runtime {language}")
    return found[0]


@pytest.fixture
def api() -> Iterator[RuntimeApi]:
    with runtime_api() as served:
        yield served


@pytest.fixture
def make_start(language: str, runtime: Runtime, api: RuntimeApi, tmp_path: Path) -> MakeStart:
    """Return a function that says how the bootstrap is started for the function in a folder of the tests."""
    task = tmp_path / "task"
    shutil.copytree(PARKED / language, task)

    def make(own: Mapping[str, str] | None = None, handler: str = "index.handler") -> Start:
        facts = dict.fromkeys(re.findall(r"{(\w+)}", "".join(runtime.reserved.values())), "x")
        program = runtime.program({**facts, "runtime_api": api.address, "handler": handler}, own or {})
        places = {"LAMBDA_TASK_ROOT": str(task), "NODE_PATH": f"{task}:/nowhere"}
        return Start(on_this_host(language, runtime, program.argv), {**program.environment, **places}, task)

    return make


def on_this_host(language: str, runtime: Runtime, argv: tuple[str, ...]) -> tuple[str, ...]:
    """Return a command with the paths inside the sandbox replaced by those outside."""
    found = list(argv)
    for mount in runtime.mold.mounts:
        found = [re.sub(f"^{re.escape(mount.target)}(?=/)", str(mount.source), argument) for argument in found]
    return tuple(found)


def parked_environment(runtime: Runtime) -> dict[str, str]:
    assert runtime.mold.parked is not None
    return dict(runtime.mold.parked.environment)


def report_of_a_start(start: Start, api: RuntimeApi) -> Any:
    """Return what the introspecting function answered, what was asked of the Runtime API, and what was written."""
    status, output = started(start).end()
    assert status == 0, output
    return taken(api), output


def report_of_a_parked_start(
    start: Start, api: RuntimeApi, runtime: Runtime, descriptor: int, kind: socket.SocketKind = socket.SOCK_STREAM
) -> Any:
    environment = {**parked_environment(runtime), MARKER: str(descriptor)}
    with parked(start.argv, environment, descriptor, kind) as (process, channel):
        channel.sendall(start.order())
        status, output = process.end()
    assert status == 0, output
    return taken(api), output


def taken(api: RuntimeApi) -> tuple[Any, list[str]]:
    answer, requests = api.answer, list(api.requests)
    api.answer = None
    api.requests.clear()
    return answer, requests


def differences(one: Any, other: Any, where: str = "") -> list[str]:
    """Return what differs between two reports, and where: a comparison of the whole is longer than anybody reads."""
    if isinstance(one, dict) and isinstance(other, dict):
        names = [*one, *(name for name in other if name not in one)]
        return [line for name in names for line in differences(one.get(name), other.get(name), f"{where}.{name}")]
    if isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [line for place, pair in pairs for line in differences(*pair, f"{where}[{place}]")]
    return [] if one == other else [f"{where}: {one} != {other}"]


@pytest.mark.parametrize("own", [{}, OWN_VARIABLES], ids=["no variables", "own variables"])
def test_a_parked_start_cannot_be_told_from_any_other(
    own: Mapping[str, str], runtime: Runtime, api: RuntimeApi, make_start: MakeStart
) -> None:
    start = make_start(own)

    usual = report_of_a_start(start, api)
    ahead = report_of_a_parked_start(start, api, runtime, HIGH)

    assert not differences(usual, ahead), "\n".join(differences(usual, ahead))
    assert MARKER not in json.dumps(ahead)
    assert set(own.items()) <= {tuple(pair) for pair in ahead[0][0]["atWork"]["environment"]}
    assert str(start.working_directory) == ahead[0][0]["onLoad"]["directory"]


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_SEQPACKET], ids=["stream", "packets"])
def test_over_descriptor_3_only_the_numbers_of_descriptors_differ(
    kind: socket.SocketKind, runtime: Runtime, api: RuntimeApi, make_start: MakeStart
) -> None:
    start = make_start()

    usual, _ = report_of_a_start(start, api)
    ahead, _ = report_of_a_parked_start(start, api, runtime, 3, kind)

    kinds = [sorted(link for _, link in report[0]["atWork"].pop("descriptors")) for report in (usual, ahead)]
    assert kinds[0] == kinds[1]
    assert not differences(usual, ahead), "\n".join(differences(usual, ahead))


def test_an_order_may_be_long_and_come_in_pieces(runtime: Runtime, api: RuntimeApi, make_start: MakeStart) -> None:
    start = make_start({"LONG": "x" * 100_000})
    order = start.order()

    with parked(start.argv, parked_environment(runtime), 3) as (process, channel):
        for begin, end in ((0, 2), (2, 4), (4, 70_000), (70_000, len(order))):
            channel.sendall(order[begin:end])
        status, output = process.end()

    assert status == 0, output
    assert ["LONG", "x" * 100_000] in api.answer["atWork"]["environment"]


def test_who_is_never_given_an_order_ends_quietly(runtime: Runtime, api: RuntimeApi, make_start: MakeStart) -> None:
    with parked(make_start().argv, parked_environment(runtime), 3) as (process, channel):
        channel.close()
        ended = process.end()

    assert ended == (0, "")
    assert not api.requests


def test_a_failure_on_load_is_told_as_by_any_other_start(
    runtime: Runtime, api: RuntimeApi, make_start: MakeStart
) -> None:
    start = make_start(handler="throws.handler")
    (start.working_directory / "throws.js").write_text("throw new Error('on load');\n")

    status, usual = started(start).end()
    first = taken(api)
    with parked(start.argv, parked_environment(runtime), 3) as (process, channel):
        channel.sendall(start.order())
        parked_status, ahead = process.end()

    assert (parked_status, without_times(ahead)) == (status, without_times(usual))
    assert taken(api) == first
    assert status != 0


def without_times(log: str) -> str:
    """Return a log without its times and the made-up request id of a module that is loading."""
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z(\t[a-z0-9]{16}\t)?", "", log)


@pytest.mark.parametrize("language", ["nodejs_current"], indirect=True)
def test_a_function_may_have_a_variable_of_the_markers_name(api: RuntimeApi, make_start: MakeStart) -> None:
    (report, _), _ = report_of_a_start(make_start({MARKER: "3"}), api)

    assert [MARKER, "3"] in report["atWork"]["environment"]


def test_every_folder_of_a_bootstrap_that_can_be_parked_is_attacked_here() -> None:
    able = {path.parent.name for path in BOOTSTRAPS.glob("*/runtime.toml") if "[parked]" in path.read_text()}

    assert able == set(LANGUAGES)
