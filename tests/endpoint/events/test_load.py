"""A stream under load, with the platform killed in the middle: each shard in order, nothing lost, nothing done twice.

The whole size, and how fast it is: ``python -m tests.benchmarks.streams --kill``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.streams import BATCH_SIZE, SHARDS, read_all

pytestmark = pytest.mark.isolation

RECORDS = 2_000


def test_a_stream_is_read_in_order_and_once_although_the_platform_is_killed(tmp_path: Path) -> None:
    settled = read_all(tmp_path, RECORDS, is_killed=True)

    assert settled.mistakes() == []
    assert (settled.count, len(settled.spans)) == (RECORDS, SHARDS)
    # What was with its function when the platform was killed, one batch of each shard at most, is delivered again.
    assert settled.invocations <= settled.batches + SHARDS
    assert settled.batches >= RECORDS / BATCH_SIZE
