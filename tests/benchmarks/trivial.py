"""The trivial handler of each runtime: as a function, as a program in a sandbox, and as the same program outside."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath

from runtime.invocation.environment import ENDPOINT_PORT, RUNTIME_API_PORT
from runtime.invocation.runtimes import Runtime
from runtime.sandbox.contract import Limits, Mount, Program, SandboxSpec

PROGRAMS = Path(__file__).parent / "programs"
HANDLERS = Path(__file__).parent.parent / "handlers" / "echo"
FACTS = {
    "access_key_id": "ASIABENCH",
    "secret_access_key": "secret",
    "session_token": "token",
    "region": "us-east-1",
    "runtime_api": f"127.0.0.1:{RUNTIME_API_PORT}",
    "endpoint_url": f"http://127.0.0.1:{ENDPOINT_PORT}",
    "handler": "index.handler",
    "function_name": "trivial",
    "function_version": "$LATEST",
    "memory_mib": "128",
    "log_group": "/aws/lambda/trivial",
    "log_stream": "trivial",
    "later_context": "",
}
EVENT = '{"ok": true}'
ENVIRONMENT = {"PATH": "/usr/bin:/bin"}
LIMITS = Limits(memory_mib=128, cpu_share=1.0)
"""A whole processor, because at a sixteenth of one it is the share that is measured, not the start."""


def function_of(runtime: Runtime) -> SandboxSpec:
    """Return the sandbox that a function of the runtime has."""
    return SandboxSpec(
        replace(LIMITS, remembers_descriptors=runtime.mold.remembers_descriptors),
        runtime.mold,
        (Mount(HANDLERS / language(runtime.identifier), "/var/task"),),
    )


def bootstrap(runtime: Runtime) -> Program:
    """Return the program of a function: the bootstrap that runs its handler."""
    return runtime.program(FACTS, {})


def language(identifier: str) -> str:
    """Return the folder of the handler that a runtime takes."""
    if identifier.startswith("python"):
        return "python"
    return "nodejs" if identifier == "nodejs" else "nodejs_current"


def specification(runtime: Runtime) -> SandboxSpec:
    """Return the sandbox in which the handler is a program."""
    return SandboxSpec(LIMITS, runtime.mold, (Mount(PROGRAMS, "/var/task"),), may_start_early=False)


def program(runtime: Runtime) -> Program:
    """Return the handler as a program inside."""
    return Program((runtime.argv[0], *_arguments(runtime, "/var/task")), ENVIRONMENT)


def command_outside(runtime: Runtime) -> list[str]:
    """Return the command that runs the same program with the same interpreter outside any sandbox."""
    return [str(outside(runtime.argv[0], runtime.mold.mounts)), *_arguments(runtime, str(PROGRAMS))]


def outside(path: str, mounts: tuple[Mount, ...]) -> Path:
    """Return where a file that a sandbox sees at a path lies on the host."""
    inside = PurePosixPath(path)
    for mount in mounts:
        if inside.is_relative_to(mount.target):
            return mount.source / inside.relative_to(mount.target)
    return Path(path)


def is_answer(output: bytes) -> bool:
    """Say whether a program said what the handler answers."""
    return output.replace(b" ", b"").strip() == EVENT.replace(" ", "").encode()


def _arguments(runtime: Runtime, directory: str) -> tuple[str, ...]:
    if runtime.identifier.startswith("python"):
        # Without ``site``: what this machine's administrator has installed would be read at every start outside.
        return ("-I", "-S", f"{directory}/answer.py", EVENT)
    return (f"{directory}/answer.js", EVENT)
