"""Custom runtimes: a function that brings its own bootstrap, in its package or in a layer, or that does not."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runtime.errors import PlatformError
from runtime.invocation.outcome import Outcome
from runtime.resources.function import Function, Layer
from tests.handlers.laboratory import PARTS, Laboratory, archive, result

CUSTOM = Path(__file__).parent / "custom"
PERL = (CUSTOM / "perl/bootstrap.pl").read_text()
ECHO = (CUSTOM.parent / "echo/perl/index.pl").read_text()
SYSTEMS_PYTHON = "/usr/bin/python3"


def brings(laboratory: Laboratory, files: dict[str, str | bytes], **configuration: Any) -> Function:
    return laboratory.function("custom", configuration.pop("runtime", "provided.al2023"), files, **configuration)


def layer(laboratory: Laboratory, files: dict[str, str | bytes]) -> Layer:
    stored = laboratory.packages.put(archive(files))
    return Layer("arn:aws:lambda:us-east-1:123456789012:layer:perl:1", stored.sha256, stored.size)


def systems_version() -> str:
    """Return the version of the Python that every sandbox here has from the operating system."""
    try:
        said = subprocess.run([SYSTEMS_PYTHON, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return "none"
    return ".".join(said.split()[1].split(".")[:2])


@pytest.mark.isolation
@pytest.mark.parametrize("runtime", ["provided", "provided.al2", "provided.al2023"])
async def test_a_bootstrap_in_the_package_serves_one_event_after_another(runtime: str, laboratory: Laboratory) -> None:
    function = brings(laboratory, {"bootstrap": PERL, "index.pl": ECHO}, runtime=runtime)

    outcomes = [await laboratory.invoke(function, event) for event in ('{"n": 1}', '{"n": 2}')]

    assert [result(outcome) for outcome in outcomes] == [{"n": 1}, {"n": 2}]
    assert [outcome.report.is_cold for outcome in outcomes] == [True, False]
    assert laboratory.logs.lines()[0].startswith("INIT_START Runtime Version: provided:")


@pytest.mark.isolation
async def test_a_bootstrap_may_lie_in_a_layer_and_one_in_the_package_comes_first(laboratory: Laboratory) -> None:
    in_layer = layer(laboratory, {"bootstrap": PERL})
    of_layer = brings(laboratory, {"index.pl": ECHO}, layers=(in_layer,))
    of_both = brings(laboratory, {"bootstrap": "#!/bin/sh\nexit 7\n"}, layers=(in_layer,))

    assert result(await laboratory.invoke(of_layer, "[1]")) == [1]
    assert (await laboratory.invoke(of_both)).error_message.endswith("exit status 7")


@pytest.mark.isolation
async def test_awslambdaric_runs_unmodified_as_a_custom_runtime(laboratory: Laboratory) -> None:
    ours = PARTS / f"python{systems_version()}"
    if not ours.exists():
        pytest.skip(f"the system's Python is {systems_version()}, and awslambdaric is here for another one")
    patterns = ("awslambdaric/**/*.py", "simplejson/**/*.py", "snapshot_restore_py.py", "runtime_client*.so")
    paths = [path for pattern in patterns for path in ours.glob(pattern)]
    files: dict[str, str | bytes] = {str(path.relative_to(ours)): path.read_bytes() for path in paths}
    for name, source in (("bootstrap", "bootstrap.sh"), ("index.py", "index.py")):
        files[name] = (CUSTOM / "python" / source).read_text()
    function = brings(laboratory, files, memory_mib=256)

    outcome = await laboratory.invoke(function, '{"a": 1}')

    told = result(outcome)
    assert 0 < told.pop("remaining") <= 3000, outcome
    assert told == {
        "event": {"a": 1},
        "arn": function.arn,
        "memory": "256",
        "runtime": None,  # "not defined for OS-only runtimes"
        "handler": "index.handler",
        "path": "/usr/local/bin:/usr/bin/:/bin:/opt/bin",
        "folders": "/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
    }


@pytest.mark.isolation
@pytest.mark.parametrize(
    ("files", "executable", "why"),
    [
        ({"other": "#!/bin/sh\n"}, ["other"], "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"),
        (
            {"bootstrap/in_a_folder": ""},
            [],
            "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]",
        ),
        ({"bootstrap": PERL}, [], "fork/exec /var/task/bootstrap: permission denied"),
        ({"bootstrap": "no program"}, ["bootstrap"], "fork/exec /var/task/bootstrap: exec format error"),
        (
            {"bootstrap": "#!/usr/bin/no-such-interpreter\n"},
            ["bootstrap"],
            "fork/exec /var/task/bootstrap: no such file or directory",
        ),
    ],
)
async def test_a_function_without_a_program_fails_in_the_words_of_aws(
    files: dict[str, str | bytes], executable: list[str], why: str, laboratory: Laboratory
) -> None:
    function = brings(laboratory, files, executable=executable)

    outcome = await laboratory.invoke(function)

    says_why(outcome, why)
    words = f"RequestId: {result(outcome)['errorMessage'].split()[1]} Error: {why}\n"
    said = laboratory.logs.lines()
    assert said[said.index(words) + 1] == "Runtime.InvalidEntrypoint\n"
    assert said[-1].endswith("Status: error\tError Type: Runtime.InvalidEntrypoint\n")


def says_why(outcome: Outcome, why: str) -> None:
    assert outcome.function_error == "Unhandled"
    assert result(outcome)["errorType"] == "Runtime.InvalidEntrypoint"
    assert re.fullmatch(rf"RequestId: [-0-9a-f]{{36}} Error: {re.escape(why)}", result(outcome)["errorMessage"])


@pytest.mark.isolation
async def test_a_function_that_got_no_program_can_be_put_right(laboratory: Laboratory) -> None:
    broken = await laboratory.invoke(brings(laboratory, {"bootstrap": PERL, "index.pl": ECHO}, executable=[]))
    mended = await laboratory.invoke(brings(laboratory, {"bootstrap": PERL, "index.pl": ECHO}), "[2]")

    says_why(broken, "fork/exec /var/task/bootstrap: permission denied")
    assert result(mended) == [2]


@pytest.mark.isolation
async def test_a_bootstrap_that_says_why_its_init_failed_is_believed(laboratory: Laboratory) -> None:
    outcome = await laboratory.invoke(brings(laboratory, {"bootstrap": PERL, "index.pl": "1;"}))

    assert (outcome.error_type, outcome.error_message) == ("Runtime.HandlerNotFound", "index.pl has no handler")


@pytest.mark.isolation
async def test_a_program_of_the_platform_that_cannot_be_executed_is_no_failure_of_the_function(
    laboratory: Laboratory,
) -> None:
    blueprints = laboratory.invoker.blueprints
    python = next(name for name in laboratory.invoker.runtimes if name.startswith("python"))
    broken = replace(blueprints.runtimes[python], argv=("/usr/bin/no-such-python",))
    assert isinstance(blueprints.runtimes, dict)
    blueprints.runtimes[python] = broken
    function = laboratory.function(
        "f", python, {"index.py": ""}, environment={"PYTHONVERBOSE": ""}
    )  # a start of its own

    with pytest.raises(PlatformError, match="cannot execute /usr/bin/no-such-python"):
        await laboratory.invoke(function)
