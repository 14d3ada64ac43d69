"""What an invocation costs a client: boto3, signed, over HTTP, to a platform in a process of its own.

Its yardstick is boto3 itself against a server that does nothing. The preview has asynchronous invocations only: one of
those lasts until its entry can be read in the journal's feed. For a fresh invocation of today's the function is
changed before each (and not timed), so there is no rate of it.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from typing import Any

from runtime.generation import PREVIEW
from runtime.invocation.runtimes import Runtime
from tests.benchmarks.client import Threads, static_client
from tests.benchmarks.feed import Feed
from tests.benchmarks.invocations import MEMORY_MIB
from tests.benchmarks.platform_process import platform_process
from tests.benchmarks.selection import ENDPOINT
from tests.benchmarks.trivial import HANDLERS, language
from tests.benchmarks.variant import CLIENT, NO_RUNTIME, Removal, Variant
from tests.conftest import RunningPlatform
from tests.endpoint.held import zipped

EVENT = b'{"ok": true}'
TRUST = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", '
    '"Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}'
)
MAY_LOG = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]}'
Once = Callable[[], Awaitable[None]]


@asynccontextmanager
async def endpoint_calls(runtimes: Sequence[Runtime]) -> AsyncIterator[Sequence[Variant]]:
    """Yield the client's floor, and for each runtime what its generation has."""
    async with AsyncExitStack() as stack:
        threads = Threads()
        stack.callback(threads.close)
        floor = stack.enter_context(static_client())
        platform = stack.enter_context(platform_process())
        feed = await stack.enter_async_context(Feed(platform.url, threads))
        role = _role(platform)
        variants = [Variant(ENDPOINT, NO_RUNTIME, CLIENT, invoking(threads, floor, "nothing")), _start()]
        for runtime in runtimes:
            make = _preview if runtime.generation is PREVIEW else _today
            variants += make(platform, threads, feed, runtime, role)
        yield variants


def _start() -> Variant:
    """Return what it takes from the command until the platform says where it is."""

    async def once() -> Removal:
        running = ExitStack()
        running.enter_context(platform_process())

        async def remove() -> None:
            running.close()

        return remove

    async def nothing() -> None:
        """Begin each start alone: there is no rate of starts."""

    return Variant(ENDPOINT, NO_RUNTIME, "start", once, is_quick=False, before=nothing)


def _role(platform: RunningPlatform) -> str:
    iam = platform.client("iam")
    arn = str(iam.create_role(RoleName="bench", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"])
    iam.put_role_policy(RoleName="bench", PolicyName="logs", PolicyDocument=MAY_LOG)
    return arn


def _preview(platform: RunningPlatform, threads: Threads, feed: Feed, runtime: Runtime, role: str) -> list[Variant]:
    client = platform.client("lambda", api_version=PREVIEW.api_version)
    client.upload_function(
        FunctionName="trivial",
        FunctionZip=package(runtime),
        Runtime=runtime.identifier,
        Role=role,
        Handler="index.handler",
        Mode="event",
        MemorySize=MEMORY_MIB,
    )

    async def once() -> None:
        accepted = await threads.call(client.invoke_async, FunctionName="trivial", InvokeArgs=EVENT)
        status = await feed.status(accepted["ResponseMetadata"]["RequestId"])
        if status != "Succeeded":
            raise RuntimeError(f"An invocation of the preview ended as {status}.")

    return [Variant(ENDPOINT, runtime.identifier, "fresh", once)]


def _today(platform: RunningPlatform, threads: Threads, feed: Feed, runtime: Runtime, role: str) -> list[Variant]:
    client = platform.client("lambda")
    warm, changed = (f"{name}-{runtime.identifier.replace('.', '-')}" for name in ("warm", "changed"))
    for name in (warm, changed):
        client.create_function(
            FunctionName=name,
            Code={"ZipFile": package(runtime)},
            Runtime=runtime.identifier,
            Role=role,
            Handler="index.handler",
            MemorySize=MEMORY_MIB,
        )
        client.get_waiter("function_active_v2").wait(FunctionName=name)
    count = itertools.count()

    async def change() -> None:
        await threads.call(client.update_function_configuration, FunctionName=changed, Description=f"{next(count)}")

    return [
        Variant(ENDPOINT, runtime.identifier, "fresh", invoking(threads, client, changed), before=change),
        Variant(ENDPOINT, runtime.identifier, "warm", invoking(threads, client, warm)),
    ]


def package(runtime: Runtime) -> bytes:
    """Return the trivial handler as a deployment package."""
    (handler,) = (HANDLERS / language(runtime.identifier)).iterdir()
    return zipped(handler.name, handler.read_text())


def invoking(threads: Threads, client: Any, name: str) -> Once:
    """Return how a function is invoked once, by a caller who waits."""

    async def once() -> None:
        answer = await threads.call(client.invoke, FunctionName=name, Payload=EVENT)
        if answer["StatusCode"] != 200 or "FunctionError" in answer:
            raise RuntimeError(f"{name} answered {answer['Payload'].read()!r}.")
        answer["Payload"].read()

    return once
