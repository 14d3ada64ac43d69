"""The one place where the parts of the platform are put together.

Everything below is handed what it needs; here is where "what it needs" is chosen. ``running`` opens a platform and
closes it again so that nothing is left: no process, mount, cgroup or loop device.

The order of making goes up the ladder. One arrow would point up: whoever calls AWS (logs, pushes) calls the endpoint,
which is made last. It is handed over as a function that looks the endpoint up when it is called.
"""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from runtime.advance import TimeMachine, Working
from runtime.clock import MovableClock
from runtime.endpoint.authentication import Authentication
from runtime.endpoint.caller import EndpointCaller
from runtime.endpoint.directory import MotoDirectory
from runtime.endpoint.durability.redo_log import RedoLog
from runtime.endpoint.endpoint import Endpoint
from runtime.endpoint.function_urls import FunctionUrlDoor
from runtime.endpoint.rule_book import StoredRules
from runtime.endpoint.store import Store
from runtime.errors import PlatformError
from runtime.eventsources.asynchronous import EventQueue
from runtime.eventsources.bell import Bell
from runtime.eventsources.bus.event_bus import EventBus
from runtime.eventsources.bus.scheduler import Scheduler
from runtime.eventsources.deliveries import Deliveries
from runtime.eventsources.pull.pollers import Pollers
from runtime.eventsources.push import S3Push
from runtime.eventsources.records import Records
from runtime.identity.authority import Authority
from runtime.identity.principal import Credentials
from runtime.invocation.concurrency import Concurrency
from runtime.invocation.invoker import Invoker
from runtime.invocation.runtimes import find_runtimes
from runtime.journal import Journal
from runtime.resources.account import Account
from runtime.resources.packages import PackageStore
from runtime.sandbox import backends
from runtime.sandbox.confined.backend import ConfinedBackend
from runtime.sandbox.contract import Backend, Promise
from runtime.sandbox.docker.backend import DockerBackend
from runtime.sandbox.namespaces import NamespacesBackend
from runtime.services.collaborators import Collaborators
from runtime.services.lambda_preview import lambda_preview
from runtime.services.lambda_today import lambda_today
from runtime.services.lambda_today.policies import LambdaFacts
from runtime.services.locations import PackageLocations
from runtime.services.s3_notifications import S3Notifications
from runtime.services.security_tokens import SecurityTokens
from runtime.services.shared_rights import SharedRights
from runtime.services.transitions import Transitions
from runtime.serving import serve
from runtime.settings import Settings
from runtime.state_directory import announced, clock_ahead, keep_clock_ahead, root_keys

BACKENDS = ("best", "namespaces", "confined", "docker")
"""``best``: namespaces, or where this host forbids them, confined. Docker is used by whoever asks for it."""
GRACE_SECONDS = 1.0
"""How long answers under way may take when the platform stops."""


def promises(settings: Settings) -> tuple[Promise, ...]:
    """Say, promise by promise, which mechanism this host offers."""
    return chosen_backend(settings).promises()


def runtimes(settings: Settings) -> tuple[str, ...]:
    """Return the identifiers of the runtimes whose parts are installed."""
    return tuple(find_runtimes(settings.parts))


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[str]:
    """Run a platform; yield the URL of its endpoint."""
    clock = MovableClock(clock_ahead(settings.state), keep=partial(keep_clock_ahead, settings.state))
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(_listen(settings))
        journal = Journal(settings.state / "journal.sqlite3", clock)
        stack.callback(journal.close)
        account = Account(settings.state / "account.sqlite3")
        stack.callback(account.close)
        packages = PackageStore(settings.state / "packages")
        packages.keep_only(account.packages())
        redo_log = RedoLog(settings.state / "store.sqlite3")
        stack.callback(redo_log.close)
        store = Store(settings.account, settings.region, redo_log, clock)
        directory = MotoDirectory(store, settings.account, LambdaFacts(account))
        authority = Authority(
            account=settings.account,
            root=Credentials(*root_keys(settings.state)),
            directory=directory,
            journal=journal,
            clock=clock,
            is_strict=settings.is_strict,
        )
        caller = EndpointCaller(lambda request: endpoint.respond(request), settings.region)
        backend = chosen_backend(settings)
        stack.push_async_callback(backend.close)
        await _tidy(backend, journal)
        invoker = await stack.enter_async_context(
            Invoker(
                settings=settings,
                backend=backend,
                packages=packages,
                authority=authority,
                caller=caller,
                journal=journal,
                clock=clock,
                doors=lambda sandbox_id: endpoint.door(sandbox_id),
                concurrency=Concurrency(settings.concurrency, account.reservations),
            )
        )
        for runtime in {function.runtime for function in account.functions()}:
            invoker.expect(runtime)
        deliveries = Deliveries(account=account, journal=journal, clock=clock)
        records = Records(account=account, authority=authority, caller=caller, clock=clock)
        push = S3Push(
            account=account,
            authority=authority,
            caller=caller,
            journal=journal,
            clock=clock,
            region=settings.region,
            begin=deliveries.begin,
            put_on_bus=lambda event_id, entry: bus.put(event_id, entry),
        )
        deliveries.employ(records)
        rules = StoredRules(store)
        bus = EventBus(
            account=account,
            authority=authority,
            caller=caller,
            clock=clock,
            rules=rules,
            begin=deliveries.begin,
            region=settings.region,
            account_id=settings.account,
        )
        scheduler = Scheduler(account=account, bus=bus, rules=rules, clock=clock, journal=journal)
        deliveries.employ(push)
        deliveries.employ(bus)
        queue = EventQueue(
            account=account, invoker=invoker, journal=journal, clock=clock, records=records, tell=deliveries.begin
        )
        bell = Bell()
        pollers = Pollers(
            account=account,
            invoker=invoker,
            authority=authority,
            caller=caller,
            journal=journal,
            clock=clock,
            bell=bell,
            region=settings.region,
            account_id=settings.account,
        )
        collaborators = Collaborators(
            account=account,
            packages=packages,
            invoker=invoker,
            queue=queue,
            authority=authority,
            caller=caller,
            journal=journal,
            settings=settings,
            clock=clock,
            locations=PackageLocations(clock),
            transitions=Transitions(clock, settings.settling_seconds),
        )

        async def reset() -> None:
            account.reset()  # first, so that nothing new begins
            await pollers.abandon()
            scheduler.refresh()
            await invoker.abandon()

        def written(service: str, operation: str) -> None:
            bell.written(service, operation)
            if service == "lambda" and not operation.startswith("Invoke"):
                pollers.refresh()
            if service == "events":
                scheduler.refresh()

        endpoint = Endpoint(
            settings=settings,
            directory=directory,
            authority=authority,
            journal=journal,
            store=store,
            services=[
                *lambda_preview(collaborators),
                *lambda_today(collaborators),
                S3Notifications(account=account, authority=authority, caller=caller, push=push, clock=clock),
                SecurityTokens(authority),
                SharedRights(authority),
            ],
            push=push,
            bus=bus,
            status=_status(settings, backend, invoker, (deliveries, queue, pollers)),
            on_reset=reset,
            locations=collaborators.locations,
            packages=packages,
            logs_settled=invoker.logs_settled,
            time_machine=TimeMachine(clock, lambda: (deliveries, queue, pollers, scheduler, invoker.outbox)),
            urls=FunctionUrlDoor(
                account=account,
                invoker=invoker,
                authority=authority,
                authentication=Authentication(authority, journal),
                settings=settings,
                clock=clock,
            ),
            written=written,
        )
        await stack.enter_async_context(endpoint)
        stack.push_async_callback(invoker.logs_settled)  # when nothing runs any more, and the store still takes them
        await stack.enter_async_context(queue)
        await stack.enter_async_context(deliveries)  # left before the queue, which takes what they bring to an end
        await stack.enter_async_context(pollers)
        await stack.enter_async_context(scheduler)
        await stack.enter_async_context(serve(endpoint.outer(), listener, grace_seconds=GRACE_SECONDS))
        url = "http://{}:{}".format(*listener.getsockname()[:2])
        with announced(settings.state, url):
            yield url


def chosen_backend(settings: Settings) -> Backend:
    """Return what makes the sandboxes."""
    makers: dict[str, Callable[[Path], Backend]] = {
        NamespacesBackend.name: NamespacesBackend,
        ConfinedBackend.name: ConfinedBackend,
        DockerBackend.name: DockerBackend,
    }
    return makers.get(settings.backend, backends.best)(settings.state)


async def _tidy(backend: Backend, journal: Journal) -> None:
    try:
        await backend.tidy()
    except PlatformError as error:  # it is in nobody's way, and the next start tries again
        journal.fault("removing what a killed runtime left", str(error))


def _listen(settings: Settings) -> socket.socket:
    try:
        return socket.create_server((settings.host, settings.port), backlog=256)
    except OSError as error:
        raise PlatformError(
            f"Cannot listen on {settings.host}:{settings.port} ({error.strerror}). "
            "Choose another --port, or 0 for a free one."
        ) from error


def _status(
    settings: Settings, backend: Backend, invoker: Invoker, workers: Sequence[Working]
) -> Callable[[], Mapping[str, Any]]:
    def status() -> Mapping[str, Any]:
        return {
            "backend": backend.name,
            "promises": [
                {
                    "name": promise.name,
                    "mechanism": promise.mechanism,
                    "remark": promise.remark,
                    "is_whole": promise.is_whole,
                }
                for promise in backend.promises()
            ],
            "authorization": "strict" if settings.is_strict else "lenient",
            "region": settings.region,
            "account": settings.account,
            "pid": os.getpid(),
            "version": _version(),
            "runtimes": list(invoker.runtimes),
            "environments": invoker.environments(),
            "under_way": [name for worker in workers for name in worker.under_way()],
        }

    return status


def _version() -> str:
    try:
        return version("lambda-lab")
    except PackageNotFoundError:
        return "checkout"
