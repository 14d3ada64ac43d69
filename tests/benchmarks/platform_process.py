"""The platform as a learner's lab starts it: a process of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import RunningPlatform, started_runtime

PATIENCE_SECONDS = 30


@contextmanager
def platform_process() -> Iterator[RunningPlatform]:
    """Run a platform with a state of its own."""
    with tempfile.TemporaryDirectory(prefix="lambda-lab-bench-") as state:
        process, platform = started_runtime(Path(state))
        try:
            yield platform
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE_SECONDS)
