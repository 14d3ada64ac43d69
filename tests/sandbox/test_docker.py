"""The promises are kept by the docker backend too: the same attacks, run again in containers; and what only it can do.

Skipped where no engine answers or the image is not there; with ``LAMBDA_LAB_REQUIRE_DOCKER=1`` that is a failure.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from runtime.errors import PlatformError
from runtime.sandbox import owner
from runtime.sandbox.contract import Limit
from runtime.sandbox.docker.backend import DockerBackend
from runtime.sandbox.docker.engine import Engine
from tests.sandbox.attacks import document, line, program, specification
from tests.sandbox.holdings import descriptors, lives, loops, mounts, until
from tests.sandbox.unprivileged import HERE, REPOSITORY

pytestmark = [
    pytest.mark.isolation,
    # The library leaves a socket open when nobody answers.
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]
REQUIRED = os.environ.get("LAMBDA_LAB_REQUIRE_DOCKER") == "1"
ATTACKS = (
    "test_cpu_share.py", "test_file_descriptors.py", "test_files.py", "test_inheritance.py", "test_life.py",
    "test_memory.py", "test_network.py", "test_privileges.py", "test_processes.py", "test_storage.py", "test_users.py",
)  # fmt: skip
NOT_OF_CONTAINERS = "not launcher and not hangs_is_given_up and not waits_for_the_kernel"
"""There is no launcher; and two tests hold on to parts that a shell has and a container has not."""
SLOWEST_SECONDS = 900


def lacking() -> str:
    """Return why no container can be made here; empty if one can."""
    if os.geteuid() != 0:
        return "only root reaches the containers of the engine"
    reason = ""
    try:
        Engine().image()
    except PlatformError as error:
        reason = str(error)
    gc.collect()  # what the library has left open, while its warning is expected
    return reason


@pytest.fixture(scope="module", autouse=True)
def engine() -> Engine:
    if reason := lacking():
        (pytest.fail if REQUIRED else pytest.skip)(reason)
    return Engine()


@pytest.fixture
def short() -> Iterator[Path]:
    """Return a directory with a short name, as those of sockets have to be."""
    with tempfile.TemporaryDirectory(prefix="lambda-lab-") as directory:
        Path(directory).chmod(0o711)
        yield Path(directory)


@pytest.fixture
async def docker(tmp_path: Path) -> AsyncIterator[DockerBackend]:
    backend = DockerBackend(tmp_path)
    yield backend
    await backend.close()


def own_containers(engine: Engine, mark: str) -> list[str]:
    return [container for container, whose in engine.owners().items() if whose == mark]


@pytest.mark.slow
@pytest.mark.timeout(SLOWEST_SECONDS)
@pytest.mark.parametrize("name", ATTACKS)
def test_the_promise_is_kept_in_containers_too_or_said_to_be_a_lesser_one(name: str, short: Path) -> None:
    run = subprocess.run(
        [
            sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not further_language",
            "-k", NOT_OF_CONTAINERS, f"--basetemp={short / 'pytest'}", str(HERE / name),
        ],
        cwd=REPOSITORY,
        env={**os.environ, "LAMBDA_LAB_ATTACKED": DockerBackend.name},
        capture_output=True,
        text=True,
        timeout=SLOWEST_SECONDS,
        check=False,
    )  # fmt: skip

    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]
    assert "passed" in run.stdout
    assert "skipped" not in run.stdout.splitlines()[-1]


async def test_what_was_destroyed_or_closed_leaves_nothing(
    docker: DockerBackend, tmp_path: Path, engine: Engine
) -> None:
    await (await docker.create(specification())).destroy()
    before = descriptors()

    for name in ("tick.py", "detach.py"):
        sandbox = await docker.create(specification())
        await sandbox.start(program(name, 100))
        await sandbox.destroy()

    assert descriptors() == before
    assert list((tmp_path / "sandbox" / "docker").iterdir()) == []
    assert own_containers(engine, owner.mark()) == []
    assert until(lambda: loops(tmp_path) == [])
    await (await docker.create(specification())).start(program("tick.py"))
    await docker.close()
    assert own_containers(engine, owner.mark()) == []
    assert not any(str(tmp_path) in mount for mount in mounts())


async def test_whoever_stops_waiting_for_a_container_leaves_nothing(
    docker: DockerBackend, tmp_path: Path, engine: Engine
) -> None:
    await (await docker.create(specification())).destroy()
    before = descriptors()

    for milliseconds in (0, 20, 100, 200, 400):
        waiting = asyncio.create_task(docker.create(specification()))
        await asyncio.sleep(milliseconds / 1000)
        waiting.cancel()
        for sandbox in await asyncio.gather(waiting, return_exceptions=True):
            if not isinstance(sandbox, BaseException):
                await sandbox.destroy()

    assert descriptors() == before
    assert own_containers(engine, owner.mark()) == []
    assert list((tmp_path / "sandbox" / "docker").iterdir()) == []
    assert until(lambda: loops(tmp_path) == [])


async def test_a_killed_owner_takes_its_containers_with_it_and_the_next_removes_what_is_left(
    tmp_path: Path, engine: Engine
) -> None:
    with subprocess.Popen(  # noqa: ASYNC220  a moment's wait harms nobody here
        [sys.executable, str(HERE / "programs" / "own_sandboxes.py"), str(tmp_path), "docker"],
        stdout=subprocess.PIPE,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    ) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == b"running\n"
        (mark,) = {mark for mark in engine.owners().values() if mark.startswith(f"{killed.pid}-")}
        assert len(own_containers(engine, mark)) == 2

        killed.kill()

    assert until(lambda: not lives(killed.pid))
    next_one = DockerBackend(tmp_path)
    await next_one.tidy()
    await next_one.close()
    assert own_containers(engine, mark) == []
    assert list((tmp_path / "sandbox" / "docker").iterdir()) == []
    assert until(lambda: loops(tmp_path) == [])


async def test_limits_are_docker_engines_own(docker: DockerBackend, engine: Engine) -> None:
    sandbox = await docker.create(specification())
    (container,) = own_containers(engine, owner.mark())

    with engine.asked("inspect a container") as client:
        told = client.inspect_container(container)["HostConfig"]

    assert told["Memory"] == told["MemorySwap"] == 128 << 20
    assert told["PidsLimit"] in (1024, 1025)
    assert (told["NetworkMode"], told["IpcMode"], told["ReadonlyRootfs"]) == ("none", "none", True)
    assert told["CapDrop"] == ["ALL"]
    assert "no-new-privileges" in told["SecurityOpt"]
    await sandbox.destroy()


async def test_what_runs_needs_the_engine_for_nothing(
    docker: DockerBackend, monkeypatch: pytest.MonkeyPatch, engine: Engine
) -> None:
    sandbox = await docker.create(specification())
    with monkeypatch.context() as dead:
        dead.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")

        await sandbox.start(program("touch_memory.py", 400))
        breach = await asyncio.wait_for(sandbox.breach(), 60)
        await sandbox.kill("too much")

        assert breach.limit is Limit.MEMORY
        assert breach.mechanism.startswith("cgroup")
        with pytest.raises(PlatformError, match="does not answer"):
            await sandbox.destroy()
        with pytest.raises(PlatformError, match="does not answer"):
            await docker.create(specification())
    await docker.tidy()
    assert until(lambda: own_containers(engine, owner.mark()) == [])  # it was told to remove them when they end


async def test_a_dead_engine_is_said_with_the_remedy_of_each_promise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    backend = DockerBackend(tmp_path)

    assert {promise.mechanism for promise in backend.promises()} == {None}
    assert all("Start Docker Engine" in promise.remark for promise in backend.promises())
    with pytest.raises(PlatformError, match="Start Docker Engine"):
        await backend.tidy()
    await backend.close()


async def test_a_missing_image_is_said_with_the_command_that_makes_it(
    docker: DockerBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.sandbox.docker.engine.IMAGE", "lambda-lab/none:0")

    with pytest.raises(PlatformError, match="python -m runtime image build"):
        await docker.create(specification())


async def test_nothing_of_the_lab_can_be_read_inside(docker: DockerBackend) -> None:
    sandbox = await docker.create(specification())
    places = "/usr/lib/lambda-lab/runtime/errors.py:/usr/lib/lambda-lab/door:/proc/1/environ:/proc/1/fd"
    await sandbox.start(program("try_files.py", "/usr/lib/lambda-lab/door/mine", places))

    seen = await document(sandbox)

    assert set(seen["reads"].values()) == {"EACCES"}
    assert set(seen["writes"].values()) == {"EACCES"}


async def test_four_at_once_do_not_hinder_each_other(docker: DockerBackend) -> None:
    sandboxes = await asyncio.gather(*(docker.create(specification()) for _ in range(4)))

    for sandbox in sandboxes:
        await sandbox.start(program("tick.py"))
    assert [await line(sandbox) for sandbox in sandboxes] == ["tick"] * 4


def test_functions_in_every_language_run_in_containers_and_the_journal_says_so(tmp_path: Path, engine: Engine) -> None:
    run = subprocess.run(
        [sys.executable, str(HERE / "programs" / "invoke_everything.py"), str(tmp_path), "--backend", "docker"],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr[-4000:]
    entries = json.loads(run.stdout.splitlines()[-1])
    assert {entry["runtime"].rstrip("0123456789.x") for entry in entries} == {"nodejs", "python"}
    for entry in entries:
        assert (entry["status"], entry["backend"]) == ("Succeeded", "docker"), entry
        assert "Docker Engine" in entry["mechanisms"]["memory"]
    assert [mark for mark in engine.owners().values() if owner.has_gone(mark)] == []


def image(*arguments: str, engine: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "runtime", "image", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **({"DOCKER_HOST": engine} if engine else {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_image_is_checked_by_running_what_functions_count_on() -> None:
    checked, listed = image("check"), image("ls")

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "ImageMagick" in checked.stdout
    assert "sbx_user1051" in checked.stdout
    assert "/dev/loop" in checked.stdout
    assert " MB  of this version" in listed.stdout


@pytest.mark.parametrize("action", ["build", "ls", "rm", "check"])
def test_without_an_engine_each_command_about_the_image_says_what_to_do(action: str) -> None:
    refused = image(action, engine="unix:///nonexistent/docker.sock")

    assert refused.returncode == 1
    assert refused.stderr.startswith("runtime: Docker Engine does not answer")
    assert "Traceback" not in refused.stderr


def test_a_base_that_is_none_ends_the_building_with_the_reason_and_leaves_the_image() -> None:
    refused = image("build", "--base", "No such base")

    assert refused.returncode == 1
    assert "must be lowercase" in refused.stderr
    assert "--base-from-packages" in refused.stderr
    assert "lambda-lab/sandbox:1" in image("ls").stdout
