"""What the tests of the quizzes share: a journal as the runtime writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runtime.clock import SystemClock
from runtime.journal import Journal

RUN = {
    "request_id": "8f1c2c1e-0000-4000-8000-000000000001",
    "function": "spin",
    "generation": "preview",
    "memory_mib": 128,
    "status": "Succeeded",
    "cpu_ms": 93.25,
    "received_share": 0.0624,
    "error_message": "naïve ☃",
}


@pytest.fixture
def journal(tmp_path: Path) -> list[dict[str, Any]]:
    """Return the documents of a small journal that the runtime's own code has written."""
    written = Journal(tmp_path / "journal.sqlite3", SystemClock())
    written.append("reset", {"caller": "arn:aws:iam::123456789012:root"})
    written.append("invocation", RUN)
    written.append("invocation", RUN | {"request_id": "8f1c2c1e-0000-4000-8000-000000000002", "memory_mib": 1024})
    documents = [entry.document() for entry in written.entries()]
    written.close()
    return documents
