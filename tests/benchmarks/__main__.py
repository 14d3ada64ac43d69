"""``make bench``: what an invocation costs, as ratios within one run. See README.md for the method."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from runtime.invocation.runtimes import Runtime, find_runtimes
from runtime.sandbox.namespaces import NamespacesBackend
from tests.benchmarks.comparison import compare
from tests.benchmarks.floor import floor
from tests.benchmarks.invocations import invocations
from tests.benchmarks.rounds import Effort, measure
from tests.benchmarks.sandboxes import sandboxes
from tests.benchmarks.subprocesses import subprocesses
from tests.benchmarks.table import document, table
from tests.benchmarks.variant import Variant
from tests.handlers.laboratory import PARTS, Laboratory


def main() -> int:
    """Measure what was asked for, print it, and write it down."""
    options = _options()
    asyncio.run(_bench(options))
    return 0


async def _bench(options: argparse.Namespace) -> None:
    effort = Effort(options.rounds, options.samples, options.pause, options.patience)
    async with AsyncExitStack() as stack:
        variants = [one for one in await _variants(stack) if one.matches(options.only)]
        measured = await measure(variants, effort)
    rows = compare(measured)
    print(table(rows, measured))
    if options.json:
        options.json.write_text(json.dumps(document(rows, measured), indent=1) + "\n")


async def _variants(stack: AsyncExitStack) -> Sequence[Variant]:
    state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lambda-lab-bench-")))
    runtimes: Sequence[Runtime] = list(find_runtimes(PARTS).values())
    backend = NamespacesBackend(state)
    stack.push_async_callback(backend.close)
    laboratory = Laboratory(backend, state)
    stack.callback(laboratory.journal.close)
    groups = [
        floor(),
        subprocesses(runtimes),
        sandboxes(backend, runtimes),
        invocations(laboratory, runtimes),
    ]
    return [variant for group in groups for variant in await stack.enter_async_context(group)]


def _options() -> argparse.Namespace:
    usual = Effort()
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "--only", nargs="*", default=[], help="levels (sandbox, invoker) and beginnings of runtimes' names"
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
