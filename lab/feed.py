"""The journal, as the lab reads it: a client of the endpoint's small read-only feed.

It promises entries in the order in which they happened, each exactly once, and that waiting for one costs no polling
(the runtime holds the answer back until there is something to tell). It never writes: only the runtime does.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from lab.errors import LabError

PAGE = 1000
LONGEST_WAIT_SECONDS = 10.0
REMEDY = (
    "run lab.start(), then the notebook again from its first cell. "
    "Your functions, buckets, roles, logs and the journal are kept."
)
"""For a runtime that is gone: a function that was running went with it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened; the kinds and their facts are described in ``runtime/journal.py``."""

    seq: int
    time: str
    kind: str
    facts: Mapping[str, Any]
    previous: str
    hash: str


class Feed:
    """Read what the runtime at ``url`` has journalled."""

    def __init__(self, url: str) -> None:
        self.url = url

    def status(self, timeout: float = 5.0) -> dict[str, Any]:
        """Ask the runtime what it is: backend, promises, region, account, version."""
        answer: dict[str, Any] = self._get("/_lab/status", timeout)
        return answer

    def under_way(self) -> list[str]:
        """Name the functions of the events that the runtime has accepted and that have no outcome yet."""
        functions: list[str] = self.status().get("under_way", [])
        return functions

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """Yield every entry with a higher ``seq`` than ``after``."""
        while page := self._page(after, wait=0.0):
            yield from page
            after = page[-1].seq

    def last_seq(self) -> int:
        """Return the number of the newest entry, 0 when there is none."""
        return max((entry.seq for entry in self.entries()), default=0)

    def first(self, wanted: Callable[[Entry], bool], *, after: int, wait: float) -> Entry | None:
        """Wait up to ``wait`` seconds for the first entry after ``after`` that is wanted."""
        deadline = time.monotonic() + wait
        while True:
            left = deadline - time.monotonic()
            page = self._page(after, wait=max(0.0, min(left, LONGEST_WAIT_SECONDS)))
            for entry in page:
                if wanted(entry):
                    return entry
            if page:
                after = page[-1].seq
            elif left <= 0:
                return None

    def _page(self, after: int, *, wait: float) -> list[Entry]:
        query = urlencode({"after": after, "limit": PAGE, "wait": f"{wait:.3f}"})
        answer = self._get(f"/_lab/journal?{query}", timeout=wait + 10.0)
        return [Entry(**entry) for entry in answer["entries"]]

    def _get(self, path: str, timeout: float) -> Any:
        # http.client takes no notice of proxies, which is right: the runtime is on this machine.
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=timeout)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise LabError(
                f"The runtime at {self.url} does not answer ({error}).",
                remedy=REMEDY,
            ) from error
        finally:
            connection.close()
        if response.status != 200:
            raise LabError(
                f"The runtime at {self.url} answered {response.status} to {path}: {body[:500].decode(errors='replace')}"
            )
        return json.loads(body)
