"""A function cannot tell whether its interpreter was started for it, or forked from one that had loaded everything."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from runtime.invocation.runtimes import BOOTSTRAPS
from tests.handlers import forking
from tests.handlers.bootstrap_process import RuntimeApi, Start, parked, runtime_api, started
from tests.handlers.laboratory import PARTS
from tests.handlers.test_parked import differences

FUNCTIONS = Path(__file__).parent / "parked" / "python"
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
PYTHON = f"{sys.base_prefix}/bin/python{VERSION}"
EVERYBODYS = {
    "PATH": "/usr/bin:/bin",
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
    "PYTHONPATH": str(PARTS / f"python{VERSION}"),
}
OWN_VARIABLES = {"TZ": "Asia/Tokyo", "NOT_ASCII": "zwölf", "EMPTY": "", "AWS_LAMBDA_LOG_FORMAT": "JSON"}
Fork = Callable[[Start], tuple[int, Any]]


@pytest.fixture
def task(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FUNCTIONS, tmp_path / "task", ignore=shutil.ignore_patterns("__pycache__")))


@pytest.fixture
def api() -> Iterator[RuntimeApi]:
    with runtime_api() as served:
        yield served


def start_of(
    task: Path, api: RuntimeApi, own: Mapping[str, str] | None = None, handler: str = "index.handler"
) -> Start:
    environment = {**EVERYBODYS, **(own or {}), "AWS_LAMBDA_RUNTIME_API": api.address}
    return Start((PYTHON, "-m", "awslambdaric", handler), environment, task)


@contextmanager
def zygote(api: RuntimeApi) -> Iterator[tuple[Fork, list[str]]]:
    """Start a zygote; the list has what was written when it has ended."""
    own_path = f"{Path(forking.__file__).parent}:{EVERYBODYS['PYTHONPATH']}"
    environment = {**EVERYBODYS, "PYTHONPATH": own_path, "AWS_LAMBDA_RUNTIME_API": api.address}
    argv = (PYTHON, forking.__file__, str(BOOTSTRAPS / "python/forked.py"))
    written: list[str] = []
    with parked(argv, environment, 3) as (process, channel):

        def fork(start: Start) -> tuple[int, Any]:
            channel.sendall(start.order())
            status = int(channel.recv(16))
            answer, api.answer = api.answer, None
            return status, answer

        yield fork, written
        channel.close()
        status, output = process.end()
        assert status == 0, output
        written.append(output)


def both(start: Start, api: RuntimeApi) -> tuple[tuple[int, Any, str], tuple[int, Any, str]]:
    """Start and fork; return of each how the process ended, what it answered, and what it wrote."""
    status, output = started(start).end()
    usual = (status, api.answer, without_times(output))
    api.answer = None
    with zygote(api) as (fork, written):
        forked_status, answer = fork(start)
    return usual, (forked_status, answer, without_times(written[0]))


def without_times(log: str) -> str:
    return re.sub(r"\[\d{13}\]|\d{4}-\d\d-\d\dT[\d:.]+Z", "", log)


@pytest.mark.parametrize("own", [{}, OWN_VARIABLES], ids=["no variables", "own variables"])
def test_a_forked_interpreter_cannot_be_told_from_a_started_one(
    own: Mapping[str, str], task: Path, api: RuntimeApi
) -> None:
    usual, ahead = both(start_of(task, api, own), api)

    assert (usual[0], usual[2]) == (ahead[0], ahead[2])
    more = [taken_out(report) for report in (usual[1], ahead[1])]
    assert differences(usual[1], ahead[1]) == []
    assert all(set(ours) <= set(theirs) for ours, theirs in zip(*more, strict=True))


def taken_out(report: Any) -> list[list[str]]:
    """Take out of a report what may differ, and return that of which a forked interpreter may have more."""
    del report["random"]
    for look in (report["on load"], report["at work"]):
        look["frames"] = look["frames"][look["frames"].index(["<frozen runpy>", 198]) :]
    return [report.pop("loaded"), report["on load"].pop("importers"), report["at work"].pop("importers")]


@pytest.mark.parametrize(
    "ending",
    [
        "leaves", "leaves_with_words", "leaves_without_status", "is_interrupted", "breaks_off", "breaks_its_pipe",
        "raises_what_nobody_catches", "is_terminated", "forks", "is_not_there",
    ],
)  # fmt: skip
def test_a_forked_interpreter_ends_as_a_started_one(ending: str, task: Path, api: RuntimeApi) -> None:
    usual, ahead = both(start_of(task, api, handler=f"ends.{ending}"), api)

    assert ahead == usual


def test_a_forked_interpreter_that_cannot_flush_ends_with_the_status_of_a_started_one(
    task: Path, api: RuntimeApi
) -> None:
    usual, ahead = both(start_of(task, api, handler="ends.cannot_flush"), api)

    assert ahead[:2] == usual[:2] == (120, None)


def test_two_forks_of_one_zygote_have_nothing_of_each_other_and_other_random_numbers(
    task: Path, api: RuntimeApi
) -> None:
    with zygote(api) as (fork, _):
        _, one = fork(start_of(task, api, {"MINE": "1"}))
        _, other = fork(start_of(task, api))

    assert ["MINE", "1"] in one["at work"]["environment"]
    assert ["MINE", "1"] not in other["at work"]["environment"]
    assert one["random"] != other["random"]


def test_a_module_of_the_function_comes_before_one_that_is_loaded_already(task: Path, api: RuntimeApi) -> None:
    (task / "textwrap.py").write_text("def dedent(text): return text\ndef indent(text, prefix): return text\n")
    (task / "looks.py").write_text("import textwrap\ndef handler(event, context): return textwrap.__file__\n")

    usual, ahead = both(start_of(task, api, handler="looks.handler"), api)

    assert ahead == usual
    assert ahead[1] == str(task / "textwrap.py")


def test_a_runtime_api_elsewhere_is_spoken_with(task: Path, api: RuntimeApi) -> None:
    with runtime_api() as elsewhere:
        with zygote(api) as (fork, _):
            fork(start_of(task, elsewhere))

        assert elsewhere.answer["at work"]["directory"] == str(task)
