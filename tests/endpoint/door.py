"""An endpoint without any Lambda behind it, served in this process: what the tests of the wire talk to.

Everything in it is real (authority, journal, moto) but for the services that a test brings along.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.model import StructureShape
from botocore.validate import validate_parameters

from runtime.advance import TimeMachine
from runtime.clock import MovableClock
from runtime.endpoint.caller import EndpointCaller
from runtime.endpoint.directory import MotoDirectory
from runtime.endpoint.durability.redo_log import RedoLog
from runtime.endpoint.endpoint import Endpoint
from runtime.endpoint.store import Store
from runtime.eventsources.event_shapes import ObjectChange
from runtime.identity.authority import Authority
from runtime.identity.principal import Credentials
from runtime.journal import Journal
from runtime.resources.packages import PackageStore
from runtime.services.locations import PackageLocations
from runtime.services.security_tokens import SecurityTokens
from runtime.services.shared_rights import SharedRights
from runtime.serving import serve
from runtime.settings import Settings

Result = TypeVar("Result")
ACCOUNT, REGION = "123456789012", "us-east-1"
ROOT = Credentials("AKIAROOTROOTROOTROOT", "root-secret")


@dataclass
class WireDoor:
    """A served endpoint, seen from the test's side."""

    url: str
    inside_url: str
    """The same endpoint as a sandbox sees it."""
    journal: Journal
    caller: EndpointCaller
    authority: Authority
    object_changes: list[ObjectChange]
    loop: asyncio.AbstractEventLoop
    store: Store
    redo_log: RedoLog
    resets: list[str] = field(default_factory=list)

    def client(self, service: str, credentials: Credentials = ROOT, **options: Any) -> Any:
        """Return a boto3 client; each answer that it gets is held to botocore's output shape."""
        config = Config(retries={"max_attempts": 0}).merge(options.pop("config", Config()))
        client = boto3.client(  # type: ignore[call-overload]  # the service is a variable here
            service,
            endpoint_url=options.pop("endpoint_url", self.url),
            region_name=REGION,
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret_access_key,
            aws_session_token=credentials.session_token,
            config=config,
            **options,
        )
        client.meta.events.register("after-call.*", _hold_to_model)
        return client

    def run(self, work: Awaitable[Result]) -> Result:
        """Await something on the endpoint's own loop."""
        return asyncio.run_coroutine_threadsafe(_awaited(work), self.loop).result(timeout=20)

    def facts(self, kind: str) -> list[Mapping[str, Any]]:
        """Return the facts of the journal's entries of a kind."""
        return [entry.facts for entry in self.journal.entries() if entry.kind == kind]


async def _awaited(work: Awaitable[Result]) -> Result:
    return await work


def _hold_to_model(http_response: Any, parsed: dict[str, Any], model: Any, **_: Any) -> None:
    # DynamoDB's model gives a minimum of 1 to counters that AWS itself answers as 0.
    is_held = http_response.status_code < 300 and model.service_model.service_name != "dynamodb"
    if is_held and isinstance(model.output_shape, StructureShape):
        answered = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
        streams = [name for name, value in answered.items() if hasattr(value, "read")]
        validate_parameters({name: b"" if name in streams else answered[name] for name in answered}, model.output_shape)


@contextmanager
def wire_door(
    state: Path, *, is_strict: bool = True, services: tuple[Any, ...] = (), has_faults: bool = False
) -> Iterator[WireDoor]:
    """Serve an endpoint on a thread of its own for as long as the block lasts; a fault of our own fails the test."""
    opened: list[WireDoor] = []
    is_open, is_over = threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(state, is_strict, services, opened, is_open, is_over)))
    thread.start()
    try:
        assert is_open.wait(20), "the endpoint did not open"
        yield opened[0]
    finally:
        is_over.set()
        thread.join(20)
    faults = opened[0].facts("platform-error")
    opened[0].journal.close()
    opened[0].redo_log.close()
    assert has_faults or faults == []


async def _serve(
    state: Path,
    is_strict: bool,
    services: tuple[Any, ...],
    opened: list[WireDoor],
    is_open: threading.Event,
    is_over: threading.Event,
) -> None:
    settings = Settings("127.0.0.1", 0, state, state / "parts", "namespaces", is_strict, REGION, ACCOUNT)
    clock = MovableClock()
    journal = Journal(state / "journal.sqlite3", clock)
    redo_log = RedoLog(state / "store.sqlite3")
    store = Store(ACCOUNT, REGION, redo_log, clock)
    directory = MotoDirectory(store, ACCOUNT)
    authority = Authority(
        account=ACCOUNT,
        root=ROOT,
        directory=directory,
        journal=journal,
        clock=clock,
        is_strict=is_strict,
    )
    caller = EndpointCaller(lambda request: endpoint.respond(request), REGION)
    changes: list[ObjectChange] = []
    deleted: list[str] = []
    resets: list[str] = []
    endpoint = Endpoint(
        settings=settings,
        directory=directory,
        authority=authority,
        journal=journal,
        store=store,
        services=[SecurityTokens(authority), SharedRights(authority), *services],
        push=Listener(changes, deleted),
        bus=Deaf(),
        status=lambda: {"region": REGION},
        on_reset=_resetter(resets),
        locations=PackageLocations(clock),
        packages=PackageStore(state / "packages"),
        logs_settled=_nothing_is_logged,
        time_machine=TimeMachine(clock, lambda: ()),
    )
    outer, inner = socket.create_server(("127.0.0.1", 0)), socket.create_server(("127.0.0.1", 0))
    urls = [f"http://127.0.0.1:{sock.getsockname()[1]}" for sock in (outer, inner)]
    async with endpoint, serve(endpoint.outer(), outer), serve(endpoint.door("0123456789ab"), inner):
        loop = asyncio.get_running_loop()
        opened.append(WireDoor(urls[0], urls[1], journal, caller, authority, changes, loop, store, redo_log, resets))
        is_open.set()
        await asyncio.to_thread(is_over.wait)


@dataclass
class Listener:
    """A push source that only listens."""

    heard: list[ObjectChange]
    deleted: list[str]

    def listens(self, bucket: str) -> bool:
        return True

    def object_changed(self, change: ObjectChange) -> None:
        self.heard.append(change)

    def bucket_deleted(self, bucket: str) -> None:
        self.deleted.append(bucket)


class Deaf:
    """An event bus without rules."""

    def put(self, event_id: str, entry: Mapping[str, Any]) -> None:
        pass


async def _nothing_is_logged() -> None:
    pass


def _resetter(resets: list[str]) -> Callable[[], Awaitable[None]]:
    async def on_reset() -> None:
        resets.append("reset")

    return on_reset
