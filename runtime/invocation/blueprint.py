"""Make a fresh execution environment for a function: role assumed, variables filled in, mounts named, log begun.

Nothing runs yet when ``place`` returns. It raises ``ServiceError`` if the function cannot run: its execution role does
not let Lambda in (any more), or this machine does not have its runtime.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.types import ASGIApp

from runtime.clock import Clock
from runtime.errors import ServiceError
from runtime.identity.authority import Authority
from runtime.identity.principal import Credentials
from runtime.identity.seams import Caller
from runtime.invocation import entrypoint
from runtime.invocation.delivery import LogDelivery
from runtime.invocation.ending import NotStarted
from runtime.invocation.environment import ENDPOINT_PORT, RUNTIME_API, ExecutionEnvironment, Plan
from runtime.invocation.execution_role import NOT_ASSUMABLE, SERVICE_PRINCIPAL, session_name
from runtime.invocation.idle import Placed
from runtime.invocation.log_level import at_least, everything
from runtime.invocation.logs import LogStream, group_name, stream_name
from runtime.invocation.platform_lines import JsonRecords, PlatformLines, TextLines
from runtime.invocation.runtimes import Runtime
from runtime.journal import Journal
from runtime.resources.function import Function
from runtime.resources.packages import PackageStore
from runtime.sandbox.contract import ALL_LIMITS, Backend, Limit, Limits, Mount, Program, SandboxSpec

STOCKED = 4
"""How many sandboxes of a runtime in use wait for their function. One of Node takes about 10 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blueprints:
    """What every environment of the account is made with."""

    runtimes: Mapping[str, Runtime]
    region: str
    backend: Backend
    packages: PackageStore
    authority: Authority
    caller: Caller
    journal: Journal
    clock: Clock
    doors: Callable[[str], ASGIApp]
    has_later_context: bool

    def expect(self, runtime: str) -> None:
        """Have sandboxes for functions of a runtime made ahead."""
        if runtime in self.runtimes:
            self.backend.stock(self.runtimes[runtime].mold, STOCKED)

    def place(self, function: Function) -> Placed:
        """Return an environment for the function that is ready to be opened."""
        runtime = self._runtime(function)
        self.expect(function.runtime)
        credentials = self._session(function)
        log = LogStream(
            function.log_group or group_name(function.name),
            stream_name(function, self.clock.now()),
            self.clock,
            at_least(function.application_log_level) if function.application_log_level else everything,
        )
        plan = self._plan(function, runtime, credentials, log)
        return Placed(
            function=function,
            environment=ExecutionEnvironment(plan, self.backend, self.doors, log, self.clock),
            log=log,
            lines=self._lines(function, runtime, log),
            delivery=LogDelivery(self.caller, self.journal, log, credentials),
            session_expires=credentials.expiration,
        )

    def _lines(self, function: Function, runtime: Runtime, log: LogStream) -> PlatformLines:
        if function.log_format == "JSON":
            return JsonRecords(log, function, self.clock, runtime.label, runtime.release(self.region))
        return TextLines(log, function, runtime.version_line(self.region))

    def _runtime(self, function: Function) -> Runtime:
        if function.runtime not in self.runtimes:
            message = (
                f"This machine does not have the runtime {function.runtime}; it has {', '.join(self.runtimes)}. "
                "Install its parts, or update the function to a runtime that is here."
            )
            raise ServiceError("InvalidRuntimeException", message, 502, {"Type": "User"})
        return self.runtimes[function.runtime]

    def _session(self, function: Function) -> Credentials:
        service = self.authority.service(SERVICE_PRINCIPAL)
        try:
            return self.authority.assume_role(service, function.role, session_name(function.name)).credentials
        except ServiceError as refusal:
            raise ServiceError("AccessDeniedException", NOT_ASSUMABLE, 403, {"Type": "User"}) from refusal

    def _plan(self, function: Function, runtime: Runtime, credentials: Credentials, log: LogStream) -> Plan:
        generation = function.rules
        limits = Limits(
            memory_mib=function.memory_mib,
            cpu_share=generation.cpu_share(function.memory_mib),
            storage_mib=function.storage_mib,
            remembers_descriptors=generation.names_limit_exceptions,
        )
        package = Mount(self.packages.directory(function.code_sha256), "/var/task")
        layers = self._layers(function)
        spec = SandboxSpec(
            limits,
            runtime.mold,
            (package, *layers),
            may_start_early=not layers and runtime.can_start_early(function.environment),
        )
        facts = self._facts(function, credentials, log)
        fatal = ALL_LIMITS if generation.names_limit_exceptions else frozenset({Limit.MEMORY})
        program = _program(runtime, facts, function, spec.mounts)
        return Plan(spec, program, bool(runtime.entrypoints), fatal)

    def _layers(self, function: Function) -> tuple[Mount, ...]:
        if not function.layers:
            return ()
        return (Mount(self.packages.merged([layer.code_sha256 for layer in function.layers]), "/opt"),)

    def _facts(self, function: Function, credentials: Credentials, log: LogStream) -> dict[str, str]:
        """Return what the variables of ``preview.toml`` and ``today.toml`` are filled with."""
        return {
            "access_key_id": credentials.access_key_id,
            "secret_access_key": credentials.secret_access_key,
            "session_token": credentials.session_token or "",
            "region": self.region,
            "runtime_api": RUNTIME_API,
            "endpoint_url": f"http://127.0.0.1:{ENDPOINT_PORT}",
            "handler": function.handler,
            "function_name": function.name,
            "function_version": function.version,
            "memory_mib": str(function.memory_mib),
            "log_group": log.group,
            "log_stream": log.name,
            "later_context": "1" if self.has_later_context else "",
        }


def _program(
    runtime: Runtime, facts: dict[str, str], function: Function, mounts: tuple[Mount, ...]
) -> Program | NotStarted:
    if runtime.entrypoints:
        found = entrypoint.find(runtime.entrypoints, mounts)
        if isinstance(found, NotStarted):
            return found
        facts["entrypoint"] = found
    variables = {**function.environment, **_log_variables(function)}
    return runtime.program(facts, variables, has_layers=bool(function.layers))


def _log_variables(function: Function) -> dict[str, str]:
    """Return by which variables a runtime is told to write JSON. Without that it sees none (AWS-060 to 065)."""
    if function.log_format != "JSON":
        return {}
    return {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": function.application_log_level}
