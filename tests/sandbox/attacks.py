"""How the tests of the promises describe a sandbox, an attack, and what it printed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from runtime.sandbox.contract import Limits, Mold, Mount, Program, SandboxSpec
from runtime.sandbox.sandbox import NamespacesSandbox

PROGRAMS = Path(__file__).parent / "programs"

MOLD = Mold("attacks", ports=(9001,))

Attack = Callable[..., Awaitable[NamespacesSandbox]]


def specification(memory_mib: int = 128, cpu_share: float = 0.0625, **limits: Any) -> SandboxSpec:
    return SandboxSpec(Limits(memory_mib, cpu_share, **limits), MOLD, (Mount(PROGRAMS, "/var/task"),))


def program(name: str, *arguments: object) -> Program:
    """Return the command that runs one of the programs with the system's interpreter."""
    interpreter = "/bin/sh" if name.endswith(".sh") else "/usr/bin/python3"
    options = () if name.endswith(".sh") else ("-I", "-S")
    argv = (interpreter, *options, f"/var/task/{name}", *map(str, arguments))
    return Program(argv, {"PATH": "/usr/bin:/bin"})


async def line(sandbox: NamespacesSandbox, seconds: float = 20) -> str:
    """Return the next line that a program prints."""
    return (await asyncio.wait_for(sandbox.output.readline(), seconds)).decode().strip()


async def document(sandbox: NamespacesSandbox) -> dict[str, Any]:
    """Return the JSON object that a program prints."""
    text = await line(sandbox)
    try:
        answer: dict[str, Any] = json.loads(text)
    except json.JSONDecodeError:
        pytest.fail(f"the program said: {text} {(await sandbox.output.read()).decode()}")
    return answer
