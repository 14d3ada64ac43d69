from __future__ import annotations

import sys
from pathlib import Path

from runtime.generation import PREVIEW, TODAY
from runtime.invocation.runtimes import find_runtimes
from runtime.sandbox.contract import Program, Zygote

THIS_PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
FACTS = dict.fromkeys(
    (
        "access_key_id", "secret_access_key", "session_token", "region", "runtime_api", "endpoint_url", "handler",
        "function_name", "function_version", "memory_mib", "log_group", "log_stream", "later_context",
    ),
    "x",
)  # fmt: skip


def test_a_runtime_bears_the_name_that_its_executable_earns(parts: Path) -> None:
    runtimes = find_runtimes(parts)

    assert runtimes["nodejs"].version == "0.10.32"
    assert runtimes["nodejs"].generation is PREVIEW
    assert runtimes[THIS_PYTHON].generation is TODAY
    assert runtimes[THIS_PYTHON].version == sys.version.split()[0]


def test_a_runtime_whose_parts_are_missing_is_not_offered(tmp_path: Path) -> None:
    runtimes = find_runtimes(tmp_path)

    assert "nodejs" not in runtimes
    assert THIS_PYTHON not in runtimes


def test_an_executable_that_does_not_run_here_is_not_offered(parts: Path) -> None:
    (parts / "nodejs/node/bin/node").write_text("#!/bin/false\n")

    assert "nodejs" not in find_runtimes(parts)


def test_a_function_of_the_preview_sees_the_variables_of_2014_and_those_of_its_bootstrap(parts: Path) -> None:
    environment = find_runtimes(parts)["nodejs"].program(FACTS, {}).environment

    assert {name for name in environment if not name.startswith("BOOTSTRAP_")} == {
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "LAMBDA_TASK_ROOT", "LAMBDA_CONSOLE_SOCKET",
        "LAMBDA_CONTROL_SOCKET", "NODE_PATH", "PATH", "PWD",
    }  # fmt: skip


def test_the_owner_of_a_function_may_replace_what_is_not_reserved(parts: Path) -> None:
    own = {"TZ": "Europe/Vienna", "AWS_SESSION_TOKEN": "stolen", "MINE": "{not a fact}"}

    environment = find_runtimes(parts)[THIS_PYTHON].program(FACTS, own).environment

    assert environment["TZ"] == "Europe/Vienna"
    assert environment["MINE"] == "{not a fact}"
    assert environment["AWS_SESSION_TOKEN"] == "x"


def test_the_version_is_told_as_lambda_tells_it(parts: Path) -> None:
    line = find_runtimes(parts)["nodejs"].version_line("us-east-1")

    assert line.startswith("Runtime Version: nodejs:0.10.v32\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:")


def test_what_is_parked_sees_the_variables_that_every_function_sees_and_nothing_of_any(parts: Path) -> None:
    runtime = find_runtimes(parts)["nodejs"]

    assert isinstance(runtime.mold.parked, Program)
    assert runtime.mold.parked.argv == runtime.program(FACTS, {}).argv
    marked = dict(runtime.mold.parked.environment)
    assert marked.pop("BOOTSTRAP_PARKED") == "3"
    assert set(marked) == {
        "PATH",
        "PWD",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_CONSOLE_SOCKET",
        "LAMBDA_CONTROL_SOCKET",
        "NODE_PATH",
    }
    assert not any("{" in text for text in (*runtime.mold.parked.argv, *marked.values()))


def test_what_is_parked_is_not_yet_where_the_function_will_be(parts: Path) -> None:
    runtime = find_runtimes(parts)["nodejs"]

    assert runtime.mold.parked is not None
    assert isinstance(runtime.mold.parked, Program)
    assert runtime.mold.parked.working_directory == "/"


def test_a_function_whose_variables_act_only_at_a_start_cannot_be_served_by_what_is_parked(parts: Path) -> None:
    runtime = find_runtimes(parts)["nodejs"]

    assert runtime.can_start_early({})
    assert runtime.can_start_early({"TZ": "Europe/Vienna", "NODE_ENV": "production", "HELD_PRELOAD": "x"})
    assert not runtime.can_start_early({"MINE": "x", "LD_PRELOAD": "/var/task/mine.so"})
    assert not runtime.can_start_early({"NODE_DEBUG": "http"})
    assert not runtime.can_start_early({"UV_THREADPOOL_SIZE": "8"})


def test_a_python_is_forked_from_one_that_sees_what_every_function_sees_and_nothing_of_any(parts: Path) -> None:
    runtime = find_runtimes(parts)[THIS_PYTHON]

    zygote = runtime.mold.parked
    assert isinstance(zygote, Zygote)
    assert zygote.argv == runtime.program(FACTS, {}).argv[:1]
    assert zygote.bootstrap.exists()
    assert zygote.environment["AWS_LAMBDA_RUNTIME_API"] == "127.0.0.1:9001"
    assert zygote.environment.keys() - {"AWS_LAMBDA_RUNTIME_API", "AWS_EXECUTION_ENV"} == runtime.variables.keys()
    assert not any("{" in text for text in zygote.environment.values())


def test_a_custom_runtime_has_no_program_of_ours_and_three_names(parts: Path) -> None:
    runtimes = find_runtimes(parts)

    for name in ("provided", "provided.al2", "provided.al2023"):
        assert runtimes[name].entrypoints == ("/var/task/bootstrap", "/opt/bootstrap")
        program = runtimes[name].program({**FACTS, "entrypoint": "/opt/bootstrap"}, {})
        assert program.argv == ("/opt/bootstrap",)
        assert runtimes[name].mold.parked is None
        assert runtimes[name].version_line("us-east-1").startswith("Runtime Version: provided:")


def test_a_custom_runtime_sees_no_language_and_no_name_of_its_own(parts: Path) -> None:
    environment = find_runtimes(parts)["provided.al2023"].program({**FACTS, "entrypoint": "x"}, {}).environment

    assert not any("/var/lang" in text for text in environment.values())
    assert {"AWS_EXECUTION_ENV", "PYTHONPATH", "NODE_PATH"}.isdisjoint(environment)
    assert {"_HANDLER", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"} <= environment.keys()
