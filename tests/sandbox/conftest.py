"""A backend whose sandboxes run the attacking programs of ``programs/``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runtime.sandbox.contract import SandboxSpec
from runtime.sandbox.namespaces import NamespacesBackend
from runtime.sandbox.sandbox import NamespacesSandbox
from tests.sandbox.attacks import Attack, attack_in, program, specification


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a state directory that all tests share, so that the template of /tmp is made once."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture
async def backend(state: Path) -> AsyncIterator[NamespacesBackend]:
    made = NamespacesBackend(state)
    yield made
    await made.close()


@pytest.fixture
def spec() -> SandboxSpec:
    """Return the preview's smallest function: 128 MB, and so 6.25 % of a processor."""
    return specification()


@pytest.fixture
def attack(backend: NamespacesBackend, spec: SandboxSpec) -> Attack:
    """Return a function that starts a program in a new sandbox; ``language`` picks among those of one name."""

    async def start(
        name: str, *arguments: object, spec: SandboxSpec = spec, language: str | None = None
    ) -> NamespacesSandbox:
        if language is None:
            command = program(name, *arguments)
        else:
            spec, command = attack_in(language, name, *arguments, spec=spec)
        sandbox = await backend.create(spec)
        await sandbox.start(command)
        return sandbox

    return start
