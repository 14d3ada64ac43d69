"""boto3 as a learner has it, called from as many threads as there are calls in flight."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import boto3
from botocore.config import Config

from tests.benchmarks.rounds import IN_FLIGHT
from tests.conftest import REPOSITORY

T = TypeVar("T")


class Threads:
    """Where blocking calls are made."""

    def __init__(self) -> None:
        # one more for the feed that waits for the journal
        self._pool = ThreadPoolExecutor(max(IN_FLIGHT) + 1)

    async def call(self, blocking: Callable[..., T], **parameters: Any) -> T:
        """Make a call without blocking the others."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: blocking(**parameters))

    def close(self) -> None:
        self._pool.shutdown(wait=True)


@contextmanager
def static_client() -> Iterator[Any]:
    """Yield a boto3 client of Lambda whose endpoint does nothing."""
    command = [sys.executable, "-m", "tests.benchmarks.static_server"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = f"http://127.0.0.1:{process.stdout.readline().strip()}"
        yield boto3.client(
            "lambda",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="AKIASTATIC",
            aws_secret_access_key="static",
            config=Config(retries={"max_attempts": 0}),
        )
