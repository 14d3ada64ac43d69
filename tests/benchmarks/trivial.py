"""The trivial handler for each runtime: as a program in a sandbox, and as the same program outside."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from runtime.invocation.runtimes import Runtime
from runtime.sandbox.contract import Limits, Mount, Program, SandboxSpec

PROGRAMS = Path(__file__).parent / "programs"
EVENT = '{"ok": true}'
ENVIRONMENT = {"PATH": "/usr/bin:/bin"}
LIMITS = Limits(memory_mib=128, cpu_share=1.0)
"""A whole processor, because at a sixteenth of one it is the share that is measured, not the start."""


def specification(runtime: Runtime) -> SandboxSpec:
    """Return the sandbox that a function of the runtime would have."""
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
