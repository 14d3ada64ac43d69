"""``make bench``: what an invocation costs, as ratios within one run. See README.md for the method."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from runtime.invocation.runtimes import find_runtimes
from runtime.sandbox.contract import Backend
from runtime.sandbox.namespaces import NamespacesBackend
from tests.benchmarks.comparison import compare
from tests.benchmarks.docker_run import docker_runs
from tests.benchmarks.endpoint_calls import endpoint_calls
from tests.benchmarks.floor import floor
from tests.benchmarks.invocations import invocations
from tests.benchmarks.machine import machine
from tests.benchmarks.memory import footprint, kinds
from tests.benchmarks.rivals import rivals
from tests.benchmarks.rounds import Effort, Measured, measure
from tests.benchmarks.sandboxes import sandboxes
from tests.benchmarks.selection import (
    DOCKER,
    ENDPOINT,
    FLOOR,
    INVOKER,
    MEMORY,
    RIVALS,
    SANDBOX,
    STREAMS,
    SUBPROCESS,
    Selection,
)
from tests.benchmarks.streams import BATCH_SIZE, RECORDS, SHARDS, records_per_second
from tests.benchmarks.subprocesses import subprocesses
from tests.benchmarks.table import document, memory_table, table
from tests.benchmarks.variant import Group
from tests.handlers.laboratory import PARTS, Laboratory


def main() -> int:
    """Measure what was asked for, print it, and write it down."""
    options = _options()
    asyncio.run(_bench(options))
    return 0


async def _bench(options: argparse.Namespace) -> None:
    effort = Effort(options.rounds, options.samples, options.pause, options.patience)
    selection = Selection(options.only, options.without)
    written: dict[str, Any] = {"machine": machine(), "effort": asdict(effort)}
    runtimes = [
        runtime
        for name, runtime in find_runtimes(PARTS).items()
        if runtime.mold.parked and selection.has_runtime(name)  # a custom runtime brings its own interpreter
    ]
    async with _laboratory() as (state, backend, laboratory):
        if selection.measures_time:
            groups: dict[str, Group] = {
                FLOOR: floor(),
                SUBPROCESS: subprocesses(runtimes),
                DOCKER: docker_runs(runtimes),
                SANDBOX: sandboxes(backend, state, runtimes),
                INVOKER: invocations(laboratory, runtimes),
                ENDPOINT: endpoint_calls(runtimes),
                RIVALS: rivals(runtimes),
            }
            measured = await _measured([group for name, group in groups.items() if selection.has_group(name)], effort)
            rows = compare(measured)
            print(table(rows, measured))
            written |= document(rows, measured)
        if selection.has_group(MEMORY):
            taken = [await footprint(kind, effort.patience_seconds) for kind in kinds(state, laboratory, runtimes)]
            print("", memory_table(taken), sep="\n")
            written["memory"] = [asdict(one) for one in taken]
    if selection.has_group(STREAMS):
        rate = await asyncio.to_thread(records_per_second)
        print(
            "",
            f"{rate:.0f} records of a stream a second ({RECORDS} over {SHARDS} shards, {BATCH_SIZE} a batch)",
            sep="\n",
        )
        written["stream_records_per_second"] = rate
    if options.json:
        options.json.write_text(json.dumps(written, indent=1) + "\n")


async def _measured(groups: Sequence[Group], effort: Effort) -> Measured:
    """Open what is asked for and no more (an endpoint that nobody calls would still cost), and measure it."""
    async with AsyncExitStack() as stack:
        variants = [variant for group in groups for variant in await stack.enter_async_context(group)]
        return await measure(variants, effort)


@asynccontextmanager
async def _laboratory() -> AsyncIterator[tuple[Path, Backend, Laboratory]]:
    with tempfile.TemporaryDirectory(prefix="lambda-lab-bench-") as directory:
        state = Path(directory)
        backend = NamespacesBackend(state)
        laboratory = Laboratory(backend, state)
        try:
            yield state, backend, laboratory
        finally:
            await backend.close()
            laboratory.journal.close()


def _options() -> argparse.Namespace:
    usual = Effort()
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "--only",
        nargs="*",
        default=[],
        help="levels (sandbox, invoker, endpoint, memory, streams), beginnings of runtimes' names",
    )
    parser.add_argument(
        "--without", nargs="*", default=[], help="levels and yardsticks: docker, subprocess, floor, rivals"
    )
    parser.add_argument("--rounds", type=int, default=usual.rounds)
    parser.add_argument("--samples", type=int, default=usual.samples, help="latencies of each variant in a round")
    parser.add_argument("--pause", type=float, default=usual.pause_seconds, help="seconds between two latencies")
    parser.add_argument(
        "--patience", type=float, default=usual.patience_seconds, help="seconds to wait for a calm machine"
    )
    parser.add_argument("--json", type=Path, help="where to write everything that was measured")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
