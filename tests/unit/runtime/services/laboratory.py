"""An account with both Lambda services and S3's notification face, fakes at the seams, and every answer validated."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.validate import ParamValidator

from runtime.endpoint import model_constraints
from runtime.endpoint.model import Models, Operation, snake_case
from runtime.errors import ServiceError
from runtime.identity.principal import Credentials, Identity, Principal, PrincipalKind
from runtime.identity.seams import Holder
from runtime.invocation.outcome import Invocation, Outcome, Report, Status
from runtime.journal import Journal
from runtime.resources.account import Account
from runtime.resources.packages import PackageStore
from runtime.services.call import Call
from runtime.services.locations import PackageLocations

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/basic"
ROLE_OF_S3 = f"arn:aws:iam::{ACCOUNT}:role/for-s3"
LEARNER = Principal(PrincipalKind.USER, f"arn:aws:iam::{ACCOUNT}:user/learner", ACCOUNT, "AIDAEXAMPLE")


def zipped(content: str = "exports.handler = function () {};", name: str = "index.js") -> bytes:
    """Return a deployment package with one file, the same for the same content."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as package:
        package.writestr(zipfile.ZipInfo(name), content)
    return written.getvalue()


class SetClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.moment = datetime(2014, 11, 13, 18, 30, 5, 103_000, UTC)

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.moment.timestamp()

    def move(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class FakeDirectory:
    """IAM with two roles, one that trusts Lambda and one that trusts S3, and a user whose policies a test sets."""

    def __init__(self) -> None:
        self.policies: list[tuple[str, Mapping[str, Any]]] = []
        self.policies_of_functions: Callable[[str], tuple[str, Mapping[str, Any]] | None] = lambda _: None

    def user(self, access_key_id: str) -> Identity | None:
        return None

    def trust_policy(self, role_arn: str) -> Mapping[str, Any] | None:
        service = {ROLE: "lambda.amazonaws.com", ROLE_OF_S3: "s3.amazonaws.com"}.get(role_arn)
        trusted = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        return {"Version": "2012-10-17", "Statement": [trusted]} if service else None

    def holder(self, arn: str) -> Holder | None:
        return Holder("AROAEXAMPLE") if arn in (ROLE, ROLE_OF_S3) else None

    def identity_policies(self, arn: str) -> Sequence[tuple[str, Mapping[str, Any]]]:
        return self.policies if arn == LEARNER.arn else []

    def permissions_boundary(self, arn: str) -> tuple[str, Mapping[str, Any]] | None:
        return None

    def managed_policy(self, policy_arn: str) -> tuple[str, Mapping[str, Any]] | None:
        return None

    def resource_policy(self, resource_arn: str) -> tuple[str, Mapping[str, Any]] | None:
        return self.policies_of_functions(resource_arn)

    def allow(self, action: str, resource: str = "*") -> None:
        statement = {"Effect": "Allow", "Action": action, "Resource": resource}
        self.policies.append((action, {"Version": "2012-10-17", "Statement": [statement]}))


@dataclass
class FakeInvoker:
    """Runs nothing; answers what a test sets."""

    runtimes: tuple[str, ...] = ("nodejs", "nodejs22.x", "python3.11")
    invocations: list[Invocation] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    payload: bytes = b'"done"'
    function_error: str | None = None

    async def invoke(self, invocation: Invocation) -> Outcome:
        self.invocations.append(invocation)
        status = Status.FAILED if self.function_error else Status.SUCCEEDED
        report = Report(
            sandbox="0123456789ab",
            is_cold=True,
            log_group=f"/aws/lambda/{invocation.function.name}",
            log_stream="stream",
            init_ms=0.0,
            duration_ms=1.0,
            billed_ms=100,
            cpu_ms=1.0,
            peak_memory_bytes=2**20,
            cost_usd=0.0,
        )
        return Outcome(status, self.payload, self.function_error, report, log_tail=b"START\nEND\n")

    def release(self, runtime: str) -> str:
        return f"arn:aws:lambda:us-east-1::runtime:{'0' * 64}" if runtime in self.runtimes else ""

    async def forget(self, function_name: str) -> None:
        self.forgotten.append(function_name)

    def expect(self, runtime: str) -> None:
        """Make nothing ahead: nothing is run."""


@dataclass
class FakeQueue:
    """Remembers what was accepted."""

    accepted: list[Invocation] = field(default_factory=list)

    async def accept(self, invocation: Invocation) -> None:
        self.accepted.append(invocation)


class FakeCaller:
    """S3 with the objects that a test puts into it."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}
        self.buckets = {"photos"}
        self.queues = {"q"}
        self.sent: list[tuple[str, Mapping[str, Any]]] = []
        self.refuses_to_send = False

    async def call(
        self,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        credentials: Credentials,
        api_version: str | None = None,
    ) -> Mapping[str, Any]:
        if service == "sqs":
            return self._queue(operation, parameters)
        bucket, key = parameters["Bucket"], parameters.get("Key", "")
        if bucket not in self.buckets:
            raise ServiceError("NoSuchBucket", "The specified bucket does not exist", 404)
        if operation == "GetBucketLocation":
            return {}
        if (bucket, key) not in self.objects:
            raise ServiceError("NoSuchKey", "The specified key does not exist.", 404)
        return {"Body": self.objects[bucket, key]}

    def _queue(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        if parameters["QueueUrl"].rpartition("/")[2] not in self.queues:
            raise ServiceError("AWS.SimpleQueueService.NonExistentQueue", "There is none.", 400)
        if operation == "SendMessage":
            if self.refuses_to_send:
                raise ServiceError("AccessDenied", "No.", 403)
            self.sent.append((operation, parameters))
        return {}


def model_of_s3() -> Any:
    """Return the model of S3 as the endpoint has it."""
    model = Models().service("s3")
    assert model is not None
    return model.service_model


class Validated:
    """A service whose calls and answers are held to botocore's model; it may come as several families."""

    def __init__(self, model: Any, *families: Any) -> None:
        self._families = families
        self._model = model
        self._operations = {name: model.operation_model(name) for name in model.operation_names}

    def _operation(self, name: str) -> Operation:
        operation = self._operations[name.title().replace("_", "")]
        return Operation(self._model.service_name, self._model.api_version, operation)

    def _members(self, name: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        shape = self._operation(name).input_shape
        names = {snake_case(member): member for member in shape.members} if shape else {}
        return {names[parameter]: value for parameter, value in parameters.items()}

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = next(getattr(family, name) for family in self._families if hasattr(family, name))
        operation = self._operation(name).model

        async def called(call: Call, **parameters: Any) -> Any:
            model_constraints.check(self._operation(name), self._members(name, parameters))
            answer = await method(call, **parameters)
            if operation.output_shape is None:
                assert answer == {}
            else:
                report = ParamValidator().validate(answer, operation.output_shape)
                assert not report.has_errors(), report.generate_report()
                assert answer.keys() <= operation.output_shape.members.keys()
            return answer

        return called


@dataclass
class Lab:
    """Everything that a test of a service may look at."""

    account: Account
    packages: PackageStore
    invoker: FakeInvoker
    queue: FakeQueue
    directory: FakeDirectory
    caller: FakeCaller
    clock: SetClock
    journal: Journal
    locations: PackageLocations
    preview: Any
    today: Any
    s3: Any
    root: Principal

    def call(self, principal: Principal | None = None, request_id: str = "8e9b9d5a") -> Call:
        """Return the circumstances of a call, by root unless somebody is named."""
        return Call(principal or self.root, request_id, "127.0.0.1", "http://127.0.0.1:4566")

    def facts(self, kind: str) -> list[Mapping[str, Any]]:
        """Return the facts of every entry of a kind."""
        return [entry.facts for entry in self.journal.entries() if entry.kind == kind]
