"""An invoker on the real backend, with stand-ins for what lies above it: IAM's documents and CloudWatch Logs."""

from __future__ import annotations

import io
import json
import sys
import uuid
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.types import ASGIApp

from runtime.arn import function_arn
from runtime.clock import MovableClock, SystemClock
from runtime.errors import ServiceError
from runtime.generation import PREVIEW, TODAY
from runtime.identity.authority import Authority
from runtime.identity.principal import Credentials
from runtime.identity.seams import Holder
from runtime.invocation.concurrency import Concurrency
from runtime.invocation.host_memory import HostMemory
from runtime.invocation.invoker import Invoker
from runtime.invocation.outcome import Invocation, InvocationType, Outcome
from runtime.journal import Journal
from runtime.resources.function import Function
from runtime.resources.packages import PackageStore
from runtime.sandbox.contract import Backend
from runtime.settings import Settings

ACCOUNT = "123456789012"
REGION = "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/execution"
PARTS = Path(sys.prefix) / "share/lambda-lab"
TRUST = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}


BOOTSTRAP = ("bootstrap",)
"""What may be executed of a package, unless it says otherwise."""


class OneRole:
    """A directory in which there is one role, and Lambda may assume it."""

    def user(self, access_key_id: str) -> None:
        return None

    def trust_policy(self, role_arn: str) -> Mapping[str, Any] | None:
        return TRUST if role_arn == ROLE else None

    def holder(self, arn: str) -> Holder | None:
        return Holder("AROAEXAMPLE") if arn == ROLE else None

    def identity_policies(self, arn: str) -> list[tuple[str, Mapping[str, Any]]]:
        return []

    def permissions_boundary(self, arn: str) -> None:
        return None

    def managed_policy(self, policy_arn: str) -> None:
        return None

    def resource_policy(self, resource_arn: str) -> None:
        return None


@dataclass
class LogStore:
    """Takes what the platform calls CloudWatch Logs with; ``refuses`` says no to everything, as a judge would."""

    refuses: bool = False
    streams: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    groups: set[str] = field(default_factory=set)

    async def call(
        self,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        credentials: Credentials,
        api_version: str | None = None,
    ) -> Mapping[str, Any]:
        assert service == "logs"
        assert credentials.session_token, "logs are written with the session of the execution role"
        if self.refuses:
            raise ServiceError("AccessDeniedException", "no", 400)
        group = parameters["logGroupName"]
        if operation == "CreateLogGroup":
            self.groups.add(group)
        elif group not in self.groups:
            raise ServiceError("ResourceNotFoundException", "The specified log group does not exist.")
        elif operation == "CreateLogStream":
            self.streams[group, parameters["logStreamName"]] = []
        else:
            events = parameters["logEvents"]
            self.streams[group, parameters["logStreamName"]] += [event["message"] for event in events]
        return {}

    def lines(self) -> list[str]:
        """Return all lines of all streams."""
        return [line for lines in self.streams.values() for line in lines]


class Laboratory:
    """An invoker with its surroundings."""

    def __init__(
        self,
        backend: Backend,
        state: Path,
        logs: LogStore | None = None,
        parts: Path = PARTS,
        limit: int = 1000,
        *,
        has_later_context: bool = True,
        memory: HostMemory | None = None,
        clock: MovableClock | None = None,
        **settings: Any,
    ) -> None:
        self.clock = clock = clock or MovableClock()
        self.endpoint: ASGIApp = Starlette()
        self.logs = logs or LogStore()
        self.packages = PackageStore(state / "packages")
        self.journal = Journal(state / "journal.sqlite3", clock)
        authority = Authority(
            account=ACCOUNT,
            root=Credentials("AKIAROOT", "secret"),
            directory=OneRole(),
            journal=self.journal,
            clock=clock,
            is_strict=True,
        )
        self.reservations: dict[str, int] = {}
        self.invoker = Invoker(
            concurrency=Concurrency(limit, lambda: self.reservations),
            settings=Settings(
                "127.0.0.1",
                0,
                state,
                parts,
                backend.name,
                is_strict=True,
                region=REGION,
                account=ACCOUNT,
                has_later_context=has_later_context,
                **settings,
            ),
            memory=memory,
            backend=backend,
            packages=self.packages,
            authority=authority,
            caller=self.logs,
            journal=self.journal,
            clock=clock,
            doors=lambda sandbox_id: self.endpoint,
        )

    def function(
        self,
        name: str,
        runtime: str,
        files: Mapping[str, str | bytes],
        *,
        executable: Collection[str] = BOOTSTRAP,
        **configuration: Any,
    ) -> Function:
        """Return a function with these files as its deployment package."""
        stored = self.packages.put(archive(files, executable))
        settings: dict[str, Any] = {
            "handler": "index.handler",
            "role": ROLE,
            "memory_mib": 128,
            "timeout_seconds": 3,
            **configuration,
        }
        return Function(
            name=name,
            arn=function_arn(REGION, ACCOUNT, name),
            generation=PREVIEW if runtime == "nodejs" else TODAY,
            runtime=runtime,
            description="",
            code_sha256=stored.sha256,
            code_size=stored.size,
            last_modified=SystemClock().now(),
            revision=str(uuid.uuid4()),
            **settings,
        )

    async def invoke(
        self,
        function: Function,
        event: str = "{}",
        invocation_type: InvocationType = InvocationType.EVENT,
        client_context: str | None = None,
    ) -> Outcome:
        """Invoke a function once, and wait until its log can be read."""
        outcome = await self.invoker.invoke(self.invocation(function, event, invocation_type, client_context))
        await self.invoker.logs_settled()
        return outcome

    def invocation(
        self,
        function: Function,
        event: str = "{}",
        invocation_type: InvocationType = InvocationType.EVENT,
        client_context: str | None = None,
    ) -> Invocation:
        """Return an invocation of a function by the account's root."""
        return Invocation(
            function=function,
            request_id=str(uuid.uuid1()),
            payload=event.encode(),
            invocation_type=invocation_type,
            caller=f"arn:aws:iam::{ACCOUNT}:root",
            client_context=client_context,
        )

    def entry(self) -> Mapping[str, Any]:
        """Return the facts of the newest invocation in the journal."""
        return [entry.facts for entry in self.journal.entries() if entry.kind == "invocation"][-1]


def archive(files: Mapping[str, str | bytes], executable: Collection[str] = BOOTSTRAP) -> bytes:
    """Return a deployment package with these files, some of which may be executed."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as package:
        for path, text in files.items():
            member = zipfile.ZipInfo(path)
            member.external_attr = (0o755 if path in executable else 0o644) << 16
            package.writestr(member, text)
    return written.getvalue()


def result(outcome: Outcome) -> Any:
    """Return what an invocation gave back, or would have."""
    return json.loads(outcome.payload) if outcome.payload else None
