"""The HTTP door of our AWS.

Theory of operation. Every request, whichever door it came through, takes the same way:

1. what its signature claims (``identity.request_signature``), hence which service it is for (``destination``);
2. who it comes from, proven (``authentication``); an HTML form that uploads to S3 is a put from here on (``s3_form``);
3. which operation it asks for, by botocore's model (``routing``);
4. whether that principal may do that to those resources (``authorization``); policy documents must be well formed;
5. the operation itself: a service of ours, or the store (``execution``; ``s3_face``, ``iam_face`` add what it lacks);
6. the answer in the caller's protocol (``wire``), with a request id.

A refusal at any step is a :class:`~runtime.errors.ServiceError` and is said in the caller's protocol. Anything else
that is raised is our own fault: it is journalled as ``platform-error``, and answered as ServiceException 500.

Every door answers function URLs (``function_urls.py``). The outer door also has the lab's routes. A door inside a
sandbox has none, and is strict whatever the account is. ``async with Endpoint(...)`` imports the store in the
background.

Order of construction, since everything needs something of the others: store, directory (of the store), authority,
caller (``EndpointCaller(lambda request: endpoint.respond(request), region)``), then what runs functions (it is given
``lambda sandbox_id: endpoint.door(sandbox_id)``), the services and the push source, and last the endpoint.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping
from email.utils import format_datetime
from types import TracebackType
from typing import Any, TypeVar

from starlette.types import ASGIApp, Receive, Scope, Send

from runtime.advance import TimeMachine
from runtime.clock import machine_time
from runtime.endpoint import documents
from runtime.endpoint.authentication import ANONYMOUS, Authentication
from runtime.endpoint.authorization import Judge, parameters
from runtime.endpoint.destination import Destination, Directions
from runtime.endpoint.directory import MotoDirectory
from runtime.endpoint.events_face import EventsFace, EventSink
from runtime.endpoint.exchange import Answer, ClientGone, Request, read_body, request_of, send_answer
from runtime.endpoint.execution import Execution, Service
from runtime.endpoint.function_urls import FunctionUrlDoor
from runtime.endpoint.iam_face import IamFace
from runtime.endpoint.intake import Intake
from runtime.endpoint.lab_routes import PREFIX, LabRoutes
from runtime.endpoint.needs.asked import Asked
from runtime.endpoint.received import Received
from runtime.endpoint.s3_face import PushSource, S3Face
from runtime.endpoint.s3_form import FormUpload, form_upload
from runtime.endpoint.store import Store
from runtime.endpoint.wire.rest_xml import host_id
from runtime.errors import ServiceError
from runtime.generation import PREVIEW
from runtime.identity.authority import Authority
from runtime.identity.principal import Principal, PrincipalKind
from runtime.identity.request_signature import Claim, parse_authorization
from runtime.journal import Journal
from runtime.resources.packages import PackageStore
from runtime.services.locations import PackageLocations
from runtime.settings import Settings
from runtime.timeline import HEADER, told, under

Result = TypeVar("Result")
LOG = logging.getLogger(__name__)
DELIVERING = frozenset({"CreateLogGroup", "CreateLogStream", "PutLogEvents"})
"""With these operations logs are delivered; every other one finds all that was logged before."""
MULTICAST_BIT = 1 << 40
"""Marks a node that is no network card's address (RFC 9562, section 6.10)."""


FIRST_REFUSAL = 300
"""The first HTTP status that does not say that something was done."""


def _nobody_asks(service: str, operation: str) -> None:
    """Tell nobody."""


class Endpoint:
    """One account's AWS. Entered and left by the same task."""

    def __init__(
        self,
        *,
        settings: Settings,
        directory: MotoDirectory,
        authority: Authority,
        journal: Journal,
        store: Store,
        services: Iterable[Service],
        push: PushSource,
        bus: EventSink,
        status: Callable[[], Mapping[str, Any]],
        on_reset: Callable[[], Awaitable[None]],
        locations: PackageLocations,
        packages: PackageStore,
        logs_settled: Callable[[], Awaitable[None]],
        time_machine: TimeMachine,
        urls: FunctionUrlDoor | None = None,
        written: Callable[[str, str], None] = _nobody_asks,
    ) -> None:
        """``written`` is told of every call that has changed something: its service and operation."""
        self._settings = settings
        self._journal = journal
        self._store = store
        self._on_reset = on_reset
        self._logs_settled = logs_settled
        self._urls = urls
        self._written = written
        self._background = asyncio.TaskGroup()
        self._directions = Directions(settings.region)
        self._authentication = Authentication(authority, journal)
        self._judge = Judge(authority)
        self._known = directory
        self._execution = Execution(services, store)
        s3 = S3Face(
            execution=self._execution,
            store=store,
            authority=authority,
            push=push,
        )
        self._faces: Mapping[str, S3Face | IamFace | EventsFace] = {
            "s3": s3,
            "iam": IamFace(self._execution, store, directory),
            "events": EventsFace(self._execution, bus),
        }
        self._lab = LabRoutes(
            journal=journal,
            authentication=self._authentication,
            locations=locations,
            packages=packages,
            status=status,
            reset=self._reset,
            logs_settled=logs_settled,
            time_machine=time_machine,
        )

    async def __aenter__(self) -> Endpoint:
        await self._background.__aenter__()
        self._in_background("importing the store", self._store.warm_up())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._background.__aexit__(kind, error, trace)
        self._store.close()

    def outer(self) -> ASGIApp:
        """Return the application of the door that the machine's users call."""
        return self._application(inside_sandbox=False)

    def door(self, sandbox_id: str) -> ASGIApp:  # noqa: ARG002 - every sandbox sees the same account
        """Return the application of the door inside a sandbox."""
        return self._application(inside_sandbox=True)

    def _application(self, *, inside_sandbox: bool) -> ASGIApp:
        intake = Intake()

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            request = request_of(scope)
            # A door serves on a task of its own, whose way is that of whoever opened it.
            step = told(request.header(HEADER)) if inside_sandbox else None
            with intake.request() as take, under(step):
                try:
                    request = await read_body(request, receive, take)
                except ClientGone:
                    return
                except ServiceError as too_large:
                    answer = await self.respond(request, inside_sandbox=inside_sandbox, refused=too_large)
                else:
                    answer = await self._answer_of_door(request, inside_sandbox=inside_sandbox)
                await send_answer(answer, send, is_head=request.method == "HEAD")

        return application

    async def _answer_of_door(self, request: Request, *, inside_sandbox: bool) -> Answer:
        if self._urls is not None and self._urls.is_for_us(request):
            answer = self._urls.answer(request, inside_sandbox=inside_sandbox)
            return await self._guarded("a function URL", answer) or Answer(500)
        if request.raw_path.startswith(PREFIX) and not inside_sandbox:
            return await self._guarded("the lab's routes", self._lab.answer(request)) or Answer(500)
        return await self.respond(request, inside_sandbox=inside_sandbox)

    async def respond(
        self, request: Request, *, inside_sandbox: bool = False, refused: ServiceError | None = None
    ) -> Answer:
        """Answer one request, one that was refused already in the words of its service; never raises."""
        claim, unreadable = _claim(request)
        destination = self._directions.destination(request, claim)
        request_id = new_request_id(destination)
        where = f"{request.method} {request.raw_path} ({destination.service})"
        answer = await self._guarded(
            where,
            self._answer(request, claim, refused or unreadable, destination, request_id, inside_sandbox=inside_sandbox),
        )
        if answer is None:
            answer = destination.wire.refusal(self._fault(where), None, request_id)
        return self._with_usual_headers(answer, destination, request_id)

    def _fault(self, where: str) -> ServiceError:
        says = (
            "its journal says why" if self._journal.is_writable else "its journal cannot be written: is the disk full?"
        )
        return ServiceError("ServiceException", f"Lambda Lab itself failed; {says} ({where})", 500)

    async def _answer(
        self,
        request: Request,
        claim: Claim | None,
        refused: ServiceError | None,
        destination: Destination,
        request_id: str,
        *,
        inside_sandbox: bool,
    ) -> Answer:
        operation = None
        try:
            if refused is not None:
                raise refused
            upload = await _form_upload(request, claim, destination)
            if upload is not None:
                request, claim = upload.put, upload.claim
            proven = await self._authentication.caller(
                request,
                claim,
                service=destination.service,
                inside_sandbox=inside_sandbox,
                request_id=request_id,
                upload=upload,
            )
            operation, labels = destination.route(request)
            received = Received(
                request,
                request_id,
                destination,
                operation,
                labels,
                proven.principal,
                proven.access_key_id,
                is_form=upload is not None,
            )
            self._require(received)
            if received.service == "logs" and received.operation.name not in DELIVERING:
                await self._logs_settled()
            answer = await self._faces.get(received.service, self._execution).answer(received)
            if operation.is_write and answer.status < FIRST_REFUSAL:
                self._written(received.service, operation.name)
            return upload.answered(answer) if upload is not None else answer
        except ServiceError as error:
            return destination.wire.refusal(error, operation, request_id)

    def _require(self, received: Received) -> None:
        given = parameters(received.operation, received.labels, received.request)
        asked = Asked(
            service=received.service,
            prefix=received.destination.action_prefix,
            operation=received.operation.name,
            parameters=given,
            request=received.request,
            region=received.destination.region,
            account=self._settings.account,
            caller_name=_user_name(received.principal),
            known=self._known,
        )
        try:
            self._judge.require(asked, received.principal, received.request_id)
        except ServiceError as error:
            if received.principal is ANONYMOUS:
                raise ServiceError("AccessDenied", "Access Denied", 403) from error
            raise
        documents.refuse_malformed(
            received.service, received.operation.name, given, received.request, self._known.principal_exists
        )

    def _with_usual_headers(self, answer: Answer, destination: Destination, request_id: str) -> Answer:
        # The machine's time: SDKs sign by it when their own clock differs from it.
        usual = {"Date": format_datetime(machine_time().replace(microsecond=0), usegmt=True)}
        if destination.service == "s3":
            usual |= {"x-amz-request-id": request_id, "x-amz-id-2": host_id(request_id)}
        else:
            usual |= {"x-amzn-RequestId": request_id}
        missing = {name: value for name, value in usual.items() if answer.header(name.lower()) is None}
        return answer.with_headers(missing)

    async def _reset(self) -> None:
        await self._on_reset()
        self._store.reset()

    def _in_background(self, what: str, work: Awaitable[None]) -> None:
        self._background.create_task(self._guarded(what, work))

    async def _guarded(self, where: str, work: Awaitable[Result]) -> Result | None:
        """Await something; journal what goes wrong in it as our own fault, and return ``None`` then."""
        try:
            return await work
        except Exception as error:  # the one place: nothing above us could answer the caller
            LOG.exception("platform error: %s", where)
            self._journal.fault(where, f"{type(error).__name__}: {error}")
            return None


def _claim(request: Request) -> tuple[Claim | None, ServiceError | None]:
    """Return what a signature claims, or why it cannot be read; the service must be known before that can be said."""
    try:
        return parse_authorization(request.headers, request.query_string), None
    except ServiceError as error:
        return None, error


async def _form_upload(request: Request, claim: Claim | None, destination: Destination) -> FormUpload | None:
    """Return the form that a request is, if it may be one; a large file is looked through on a thread."""
    if claim is not None or destination.service != "s3" or request.method != "POST":
        return None
    return await asyncio.to_thread(form_upload, request)


def _user_name(principal: Principal) -> str:
    return principal.arn.rsplit("/", 1)[-1] if principal.kind is PrincipalKind.USER else ""


def new_request_id(destination: Destination) -> str:
    """Return a request id of the form that the service gives.

    S3's are 16 hexadecimal digits. Lambda's of the preview were UUIDs of version 1 (recorded 2015-01), here with a
    random node instead of this machine's; everybody else's are of version 4.
    """
    if destination.service == "s3":
        return secrets.token_hex(8).upper()
    if destination.model is not None and destination.model.api_version == PREVIEW.api_version:
        return str(uuid.uuid1(node=secrets.randbits(48) | MULTICAST_BIT))
    return str(uuid.uuid4())
