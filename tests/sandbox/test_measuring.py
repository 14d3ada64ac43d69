"""What ``doctor --measure`` measures is what sandboxes do on this host, and it leaves nothing."""

from __future__ import annotations

import os

import pytest

from runtime.sandbox import remains
from runtime.sandbox.contract import Limits
from runtime.sandbox.measuring.measurements import measure
from tests.sandbox.attacks import AnyBackend

pytestmark = [pytest.mark.isolation, pytest.mark.slow]


async def test_every_limit_and_every_deadline_is_measured_and_kept(backend: AnyBackend) -> None:
    shares = {"preview 128 MB": Limits(memory_mib=128, cpu_share=0.0625)}

    figures = {figure.name: figure async for figure in measure(backend, shares, seconds=2.0)}

    assert set(figures) == {
        "CPU share, preview 128 MB, one process", "CPU share, preview 128 MB, 4 processes",
        "memory", "storage", "processes", "file descriptors",
        "deadline, busy", "deadline, sleeping", "deadline, stopped", "deadline, ignoring SIGTERM",
        "create to destroy",
    }  # fmt: skip
    missed = [f"{name}: {figure.text}" for name, figure in figures.items() if not figure.is_kept]
    assert [text for text in missed if not text.startswith("CPU share")] == []  # of a busy machine, less can be had
    assert not [text for text in missed if "(+" in text]


async def test_measuring_leaves_nothing(backend: AnyBackend) -> None:
    async for _ in measure(backend, {}, seconds=0.1):
        pass

    assert remains.of_owners(lambda mark: mark.startswith(f"{os.getpid()}-")).groups == ()
