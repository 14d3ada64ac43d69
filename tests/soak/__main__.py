"""``make soak``: many thousand invocations with attacks among them, and whether anything is left of them.

It invokes functions of all runtimes and both generations, several at once: honest ones, and the attacks of
``tests/handlers``. Each must end as its contract says. At the end there must be as many processes, mounts, cgroups,
loop devices, namespaces, descriptors and files as after the warm-up, and no more memory. The exit status says whether.
"""

from __future__ import annotations

import argparse
import asyncio
import sys

from tqdm import tqdm

from tests.soak.soak import soak


def main() -> int:
    """Soak, and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="so many invocations")
    parser.add_argument("--at-once", type=int, default=8, help="so many of them at any time")
    parser.add_argument("--warm-up", type=int, default=300, help="so many before anything is counted")
    parser.add_argument("--seed", type=int, default=2014)
    options = parser.parse_args()
    with tqdm(total=options.count + options.warm_up, unit="invocation", smoothing=0.02) as progress:
        report = asyncio.run(soak(options.count, options.at_once, options.warm_up, options.seed, progress.update))
    for status, times in sorted(report.outcomes.items()):
        print(f"{status:<14}{times:>7}")
    print(f"before {report.before}\nafter  {report.after}\nmemory {report.grown_bytes / 2**20:+.1f} MB")
    for complaint in report.complaints:
        print(complaint)
    print("something is wrong" if report.complaints else "nothing is left")
    return 1 if report.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
