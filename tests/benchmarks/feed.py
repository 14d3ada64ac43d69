"""The journal's feed, read while the benchmark goes on: it tells when an asynchronous invocation is done."""

from __future__ import annotations

import asyncio
import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from tests.benchmarks.client import Threads


class Feed:
    """Follows the journal of a platform while its block lasts."""

    def __init__(self, url: str, threads: Threads) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc)
        self._threads = threads
        self._after = 0
        self._done: dict[str, asyncio.Future[str]] = {}

    async def __aenter__(self) -> Feed:
        self._following = asyncio.create_task(self._follow())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._following.cancel()
        await asyncio.wait({self._following})

    async def status(self, request_id: str) -> str:
        """Wait until an invocation is done; return what became of it."""
        done = self._of(request_id)
        either: set[asyncio.Future[Any]] = {done, self._following}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not done.done():
            self._following.result()  # it ends only by an error
        del self._done[request_id]
        return done.result()

    async def _follow(self) -> None:
        while True:
            for entry in await self._threads.call(self._next):
                self._after = entry["seq"]
                if entry["kind"] == "invocation":
                    self._of(entry["facts"]["request_id"]).set_result(entry["facts"]["status"])

    def _of(self, request_id: str) -> asyncio.Future[str]:
        """Return the future of an invocation: its entry may be read before the answer to whoever asked for it."""
        return self._done.setdefault(request_id, asyncio.get_running_loop().create_future())

    def _next(self) -> list[dict[str, Any]]:
        self._connection.request("GET", f"/_lab/journal?after={self._after}&wait=1")
        entries: list[dict[str, Any]] = json.load(self._connection.getresponse())["entries"]
        return entries
