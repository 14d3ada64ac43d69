"""The platform's own routes, on the outer door only: what the lab reads, and the one thing it may ask for.

* ``GET /_lab/journal?after=N&limit=M&wait=SECONDS``: entries after ``N``; with ``wait`` the
  answer is held back until there is one
* ``GET /_lab/status``: what this runtime is, and whose events are under way (``under_way``: names of functions, one
  for each event that was accepted and is due or running; not of those that wait for another attempt), and where every
  execution environment stands (``environments``: the function, its state, how often it was used, how long it is idle)
* ``GET /_lab/packages/<sha256>?Expires=…&Signature=…``: a deployment package, by an address that GetFunction gave
* ``GET /_lab/clock``: the account's time (``now``), this machine's, and how far the one is ahead
* ``POST /_lab/clock?advance=24h``: advance the account's time (``advance.py``), and answer when what fell due on
  the way is over; signed for the service ``lab`` by root
* ``POST /_lab/reset``: begin again with an empty account; the time stays; signed likewise

What only reads asks for no proof, so it is closed to web pages (``web_page.py``). Whoever has a login on this machine
can read them; they hold names and figures, and no keys or events.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from runtime.advance import TimeMachine, duration
from runtime.clock import iso_milliseconds, machine_time
from runtime.endpoint.authentication import Authentication
from runtime.endpoint.exchange import Answer, Request
from runtime.endpoint.web_page import may_be_of_a_web_page
from runtime.errors import ServiceError
from runtime.identity.principal import PrincipalKind
from runtime.identity.request_signature import parse_authorization
from runtime.journal import Journal
from runtime.resources.packages import PackageStore
from runtime.services.locations import PATH as PACKAGES_PATH
from runtime.services.locations import PackageLocations

PREFIX = "/_lab/"
LONGEST_WAIT_SECONDS = 60.0
LONGEST_PAGE = 1000


class LabRoutes:
    """Answers the requests under ``/_lab/``."""

    def __init__(
        self,
        *,
        journal: Journal,
        authentication: Authentication,
        locations: PackageLocations,
        packages: PackageStore,
        status: Callable[[], Mapping[str, Any]],
        reset: Callable[[], Awaitable[None]],
        logs_settled: Callable[[], Awaitable[None]],
        time_machine: TimeMachine,
    ) -> None:
        self._journal = journal
        self._authentication = authentication
        self._locations = locations
        self._packages = packages
        self._status = status
        self._reset = reset
        self._logs_settled = logs_settled
        self._time_machine = time_machine

    async def answer(self, request: Request) -> Answer:
        """Answer a request; what goes wrong is said in plain JSON."""
        try:
            return await self._answer(request)
        except ServiceError as error:
            return as_json({"code": error.code, "message": error.message}, error.status)

    async def _answer(self, request: Request) -> Answer:
        match request.method, request.path:
            case "POST", "/_lab/reset":
                return await self._begin_again(request)
            case "POST", "/_lab/clock":
                return await self._advance(request)
            case "GET", path if path.startswith(PACKAGES_PATH):
                return self._package(path.removeprefix(PACKAGES_PATH), request.query_fields)
        if may_be_of_a_web_page(request):
            raise ServiceError("AccessDenied", "The lab's own routes are not for web pages.", 403)
        match request.method, request.path:
            case "GET", "/_lab/journal":
                return await self._entries(request)
            case "GET", "/_lab/status":
                return as_json(dict(self._status()))
            case "GET", "/_lab/clock":
                return as_json(self._times())
        raise ServiceError("NotFound", f"There is no {request.method} {request.path}.", 404)

    async def _entries(self, request: Request) -> Answer:
        await self._logs_settled()  # a role that may not write logs is told so by a denial
        query = request.query_fields
        after, wait = _number(query, "after", 0.0), _number(query, "wait", 0.0)
        limit = min(int(_number(query, "limit", LONGEST_PAGE)), LONGEST_PAGE)
        entries = self._journal.entries(int(after), limit)
        if not entries and wait > 0:
            await self._journal.wait(int(after), min(wait, LONGEST_WAIT_SECONDS))
            entries = self._journal.entries(int(after), limit)
        return as_json({"entries": [entry.document() for entry in entries]})

    async def _begin_again(self, request: Request) -> Answer:
        caller = await self._root(request, "reset it")
        await self._reset()
        self._journal.append("reset", {"caller": caller})
        return as_json({})

    async def _advance(self, request: Request) -> Answer:
        caller = await self._root(request, "advance its clock")
        text = request.query_fields.get("advance", "")
        by = duration(text)
        before = self._time_machine.clock.now()
        self._journal.append(
            "clock",
            {
                "caller": caller,
                "advance": text,
                "seconds": by.total_seconds(),
                "before": iso_milliseconds(before),
                "after": iso_milliseconds(before + by),
            },
        )
        done = await self._time_machine.advance(by)
        return as_json(self._times() | {"appointments": done.appointments, "is_settled": done.is_settled})

    def _times(self) -> dict[str, Any]:
        clock = self._time_machine.clock
        return {
            "now": iso_milliseconds(clock.now()),
            "machine_time": iso_milliseconds(machine_time()),
            "ahead_seconds": clock.ahead.total_seconds(),
        }

    async def _root(self, request: Request, what: str) -> str:
        """Return the ARN of the account's root user, if it is he who asks."""
        claim = parse_authorization(request.headers, request.query_string)
        proven = await self._authentication.caller(request, claim, service="lab", inside_sandbox=False)
        if proven.principal.kind is not PrincipalKind.ROOT:
            raise ServiceError("AccessDenied", f"Only the account's root user may {what}.", 403)
        return proven.principal.arn

    def _package(self, sha256: str, query: Mapping[str, str]) -> Answer:
        self._locations.check(sha256, query.get("Expires", ""), query.get("Signature", ""))
        return Answer(200, (("Content-Type", "application/zip"),), self._packages.archive(sha256))


def _number(query: Mapping[str, str], name: str, default: float) -> float:
    try:
        number = float(query.get(name, default))
    except ValueError:
        number = -1.0
    if not 0 <= number < 1e15:
        raise ServiceError("InvalidArgument", f"{name} must be a number that is not negative.")
    return number


def as_json(document: Mapping[str, Any], status: int = 200) -> Answer:
    """Return a JSON document as an answer that nobody keeps."""
    headers = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))
    return Answer(status, headers, json.dumps(document, ensure_ascii=False).encode())
