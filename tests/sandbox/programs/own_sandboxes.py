"""Own two running sandboxes, one of them frozen, until killed. Arguments: the state directory [docker]."""

import asyncio
import sys
from pathlib import Path

from runtime.sandbox.backends import best
from runtime.sandbox.contract import Limits, Program, SandboxSpec
from runtime.sandbox.docker.backend import DockerBackend


async def main() -> None:
    state = Path(sys.argv[1])
    backend = DockerBackend(state) if sys.argv[2:] == ["docker"] else best(state)
    sandboxes = []
    for _ in range(2):
        sandbox = await backend.create(SandboxSpec(Limits(128, 0.0625)))
        await sandbox.start(Program(("/bin/sh", "-c", "sleep 1000 & sleep 1001"), {}, "/tmp"))
        sandboxes.append(sandbox)
    await sandboxes[1].freeze()
    print("running", flush=True)
    await asyncio.sleep(1000)


asyncio.run(main())
