"""Own a backend with two running sandboxes, one of them frozen, until killed. Argument: the state directory."""

import asyncio
import sys
from pathlib import Path

from runtime.sandbox.backends import best
from runtime.sandbox.contract import Limits, Program, SandboxSpec


async def main() -> None:
    backend = best(Path(sys.argv[1]))
    sandboxes = []
    for _ in range(2):
        sandbox = await backend.create(SandboxSpec(Limits(128, 0.0625)))
        await sandbox.start(Program(("/bin/sh", "-c", "sleep 1000 & sleep 1001"), {}, "/tmp"))
        sandboxes.append(sandbox)
    await sandboxes[1].freeze()
    print("running", flush=True)
    await asyncio.sleep(1000)


asyncio.run(main())
