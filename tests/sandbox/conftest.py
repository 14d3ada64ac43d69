"""A backend whose sandboxes run the attacking programs of ``programs/``."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from runtime.sandbox import backends
from runtime.sandbox.confined.backend import ConfinedBackend
from runtime.sandbox.contract import Promise, SandboxSpec
from runtime.sandbox.docker.backend import DockerBackend
from runtime.sandbox.sandbox import LinuxSandbox
from tests.sandbox import lesser
from tests.sandbox.attacks import AnyBackend, Attack, MakeBackend, attack_in, program, specification

BACKEND = DockerBackend if os.environ.get("LAMBDA_LAB_ATTACKED") == DockerBackend.name else None
"""Which backend is attacked instead of the best one (``test_docker.py``)."""


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a state directory that all tests share, so that the template of /tmp is made once."""
    made = tmp_path_factory.mktemp("state")
    made.chmod(0o711)
    made.parent.chmod(0o711)
    return made


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where another backend than that of namespaces is attacked, expect what is said to be missing to be missing."""
    here = [item for item in items if Path(__file__).parent in item.path.parents]
    if here and BACKEND:
        lesser.expect(here, asyncio.run(promises_of_docker()), lesser.IN_CONTAINERS)
    elif here and (backend := backends.best(Path("/"))).name == ConfinedBackend.name:
        lesser.expect(here, backend.promises(), lesser.without_namespaces(backend.promises()))


async def promises_of_docker() -> Sequence[Promise]:
    with tempfile.TemporaryDirectory() as directory:
        backend = DockerBackend(Path(directory))
        try:
            return backend.promises()
        finally:
            await backend.close()


@pytest.fixture(autouse=True)
def reachable(tmp_path: Path) -> None:
    """Let others pass what pytest makes: where nothing can be mounted, a sandbox with a user of its own needs that."""
    for place in (tmp_path, tmp_path.parent):
        place.chmod(0o711)


@pytest.fixture(scope="session")
def make_backend(state: Path) -> MakeBackend:
    """Return what makes the best backend of this host, or the one that is attacked instead, given a state directory."""
    return BACKEND or type(backends.best(state))


@pytest.fixture
async def backend(state: Path, make_backend: MakeBackend) -> AsyncIterator[AnyBackend]:
    made = make_backend(state)
    yield made
    await made.close()


@pytest.fixture
def spec() -> SandboxSpec:
    """Return the preview's smallest function: 128 MB, and so 6.25 % of a processor."""
    return specification()


@pytest.fixture
def attack(backend: AnyBackend, spec: SandboxSpec) -> Attack:
    """Return a function that starts a program in a new sandbox; ``language`` picks among those of one name."""

    async def start(
        name: str, *arguments: object, spec: SandboxSpec = spec, language: str | None = None
    ) -> LinuxSandbox:
        if language is None:
            command = program(name, *arguments)
        else:
            spec, command = attack_in(language, name, *arguments, spec=spec)
        sandbox = await backend.create(spec)
        await sandbox.start(command)
        return sandbox

    return start
