"""A laboratory on the real backend for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runtime.sandbox.namespaces import NamespacesBackend
from tests.handlers.laboratory import Laboratory, LogStore


@pytest.fixture(scope="session")
def backend_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory that all tests share, so that the template of /tmp is made once."""
    return tmp_path_factory.mktemp("backend")


@pytest.fixture
def logs() -> LogStore:
    """Return what takes the logs."""
    return LogStore()


@pytest.fixture
async def laboratory(backend_state: Path, tmp_path: Path, logs: LogStore) -> AsyncIterator[Laboratory]:
    backend = NamespacesBackend(backend_state)
    made = Laboratory(backend, tmp_path, logs)
    async with made.invoker:
        yield made
    await backend.close()
    made.journal.close()
