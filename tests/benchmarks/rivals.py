"""Other emulators of AWS that PyPI has, doing the same work in the same run: ministack, and moto.

Each is a process of its own, on loopback, called by the same boto3 with the same package and the same event.
ministack runs handlers in processes that it keeps. It gets an environment of its own beside the tests' other programs,
made when it is first measured; without a package index it is left out, and that is said.
moto, the one that the platform keeps its other services in, runs handlers in Docker alone. Told to do without it
answers every invocation with a fixed sentence, and that is what is measured: a bound that no work fits under.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.config import Config

from runtime.invocation.runtimes import Runtime
from tests.benchmarks.client import Threads
from tests.benchmarks.endpoint_calls import TRUST, invoking, package
from tests.benchmarks.selection import MINISTACK, MOTO
from tests.benchmarks.variant import NO_RUNTIME, Removal, Variant

REQUIREMENTS = Path(__file__).with_name("ministack.txt")
ENVIRONMENT = Path(sys.prefix) / "share/lambda-lab-tests/ministack"
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Rival:
    """An emulator that can be started."""

    level: str
    command: Callable[[int], Sequence[str]]
    variables: Callable[[int, str], Mapping[str, str]]
    settle: Callable[[str], None]
    """What has to be said to one that has just been started."""


@asynccontextmanager
async def rivals(runtimes: Sequence[Runtime]) -> AsyncIterator[Sequence[Variant]]:
    """Yield a warm invocation of Python by each, and its start."""
    chosen = [runtime for runtime in runtimes if runtime.identifier.startswith("python")]
    async with AsyncExitStack() as stack:
        threads = Threads()
        stack.callback(threads.close)
        variants = []
        for rival in (_ministack(), _moto()) if chosen else ():
            if rival is not None:
                url = stack.enter_context(_running(rival))
                variants += [_warm(rival, threads, url, runtime) for runtime in chosen]
                variants.append(_start(rival))
        yield variants


def _warm(rival: Rival, threads: Threads, url: str, runtime: Runtime) -> Variant:
    client = _client("lambda", url)
    role = _client("iam", url).create_role(RoleName="bench", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    client.create_function(
        FunctionName="trivial",
        Code={"ZipFile": package(runtime)},
        Runtime=runtime.identifier,
        Role=role,
        Handler="index.handler",
        MemorySize=1024,
    )
    client.get_waiter("function_active_v2").wait(FunctionName="trivial")
    return Variant(rival.level, runtime.identifier, "warm", invoking(threads, client, "trivial"))


def _start(rival: Rival) -> Variant:
    async def once() -> Removal:
        running = contextlib.ExitStack()
        running.enter_context(_running(rival))

        async def remove() -> None:
            running.close()

        return remove

    return Variant(rival.level, NO_RUNTIME, "start", once, is_quick=False, before=_nothing)


async def _nothing() -> None:
    """Begin each start alone: there is no rate of starts."""


def _client(service: str, url: str) -> Any:
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="bench",
        aws_secret_access_key="bench",
        config=Config(retries={"max_attempts": 0}),
    )


def _ministack() -> Rival | None:
    program = ENVIRONMENT / "bin/ministack"
    if not program.exists():
        venv.create(ENVIRONMENT, with_pip=True, clear=True)
        python = str(ENVIRONMENT / "bin/python")
        command = [python, "-m", "pip", "install", "--quiet", "--requirement", str(REQUIREMENTS)]
        if subprocess.run(command, check=False).returncode or not program.exists():
            print("ministack is left out: pip could not fetch it.", file=sys.stderr)
            return None

    def variables(port: int, scratch: str) -> Mapping[str, str]:
        own = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "LAMBDA_EXECUTOR": "local", "LOG_LEVEL": "ERROR"}
        return {"PATH": os.defpath, "HOME": scratch, "TMPDIR": scratch, **own}

    return Rival(MINISTACK, lambda _: [str(program)], variables, lambda _: None)


def _moto() -> Rival:
    def settle(url: str) -> None:
        httpx.post(f"{url}/moto-api/config", json={"lambda": {"use_docker": False}}).raise_for_status()

    def command(port: int) -> Sequence[str]:
        return [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]

    return Rival(MOTO, command, lambda _, scratch: {"PATH": os.defpath, "HOME": scratch}, settle)


@contextmanager
def _running(rival: Rival) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    with tempfile.TemporaryDirectory(prefix="lambda-lab-bench-") as scratch:
        process = subprocess.Popen(
            rival.command(port),
            env=dict(rival.variables(port, scratch)),
            cwd=scratch,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _await_door(rival, process, port)
            url = f"http://127.0.0.1:{port}"
            rival.settle(url)
            yield url
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await_door(rival: Rival, process: subprocess.Popen[bytes], port: int) -> None:
    latest = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < latest:
        if process.poll() is not None:
            raise RuntimeError(f"{rival.level} ended with {process.returncode}.")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.005)
    raise RuntimeError(f"{rival.level} does not listen.")
