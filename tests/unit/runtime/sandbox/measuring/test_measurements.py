"""Shares are measured side by side only as far as this host reaches."""

from __future__ import annotations

import os

from runtime.sandbox.contract import Limits
from runtime.sandbox.measuring.measurements import batches


def test_no_batch_needs_more_than_the_host_has_and_nothing_is_left_out() -> None:
    shares = {str(share): Limits(memory_mib=128, cpu_share=share) for share in (0.0625, 0.25, 0.5, 0.579)}

    divided = batches(shares)

    processors = len(os.sched_getaffinity(0))
    assert all(sum(one.limits.cpu_share for one in batch) <= processors for batch in divided)
    assert sorted((one.name, one.processes) for batch in divided for one in batch) == sorted(
        (name, count) for name in shares for count in (1, 4)
    )
