"""A laboratory whose sandboxes are scripted, and whose runtimes are a stand-in of Node v0.10.32 and this Python."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.handlers.laboratory import Laboratory, LogStore
from tests.unit.runtime.invocation.scripted import Script, ScriptedBackend

MakeLaboratory = Callable[..., Awaitable[tuple[Laboratory, ScriptedBackend]]]


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    """Return parts in which there is a program that says it is Node v0.10.32."""
    folder = tmp_path / "parts"
    for name in ("nodejs/node/bin", "nodejs/node_modules", "empty"):
        (folder / name).mkdir(parents=True)
    (folder / f"python{sys.version_info.major}.{sys.version_info.minor}").mkdir()
    node = folder / "nodejs/node/bin/node"
    node.write_text("#!/bin/sh\necho v0.10.32\n")
    node.chmod(0o755)
    return folder


@pytest.fixture
async def make_laboratory(tmp_path: Path, parts: Path) -> AsyncIterator[MakeLaboratory]:
    """Return a function that makes a laboratory whose sandboxes run a script."""
    async with AsyncExitStack() as stack:

        async def unmake(laboratory: Laboratory, backend: ScriptedBackend) -> None:
            await backend.close()
            laboratory.journal.close()

        async def make(
            script: Script, logs: LogStore | None = None, **surroundings: Any
        ) -> tuple[Laboratory, ScriptedBackend]:
            backend = ScriptedBackend(script)
            laboratory = Laboratory(backend, tmp_path, logs, parts, **surroundings)
            stack.push_async_callback(unmake, laboratory, backend)
            await stack.enter_async_context(laboratory.invoker)
            return laboratory, backend

        yield make
