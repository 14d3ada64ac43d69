"""What the store keeps, brought back at the start and written down at every write.

Theory of operation. moto keeps everything in memory. Each write is carried out with a seed and at a moment of our own
(``repetition.py``) and is in the file before it is answered (``redo_log.py``); now and then a checkpoint of the whole
state (``snapshot.py``) takes the place of what was written down. At the start the checkpoint is loaded and the calls
since are repeated. So writes are carried out one after another; reads are not held up.

What is promised: whatever was answered is there after ``kill -9``, with the same identifiers, keys, versions and dates.
Not promised: the date of a bucket's creation (it may become that of the restart), and whether a message of a queue had
been received. A service whose state cannot be pickled (SSM) rules checkpoints out; then every write is repeated.
"""

from __future__ import annotations

import logging
import pickle
import threading
import time
from collections.abc import Callable

from runtime.clock import Clock
from runtime.endpoint.durability import repetition, snapshot
from runtime.endpoint.durability.redo_log import RedoLog, StoredCall
from runtime.endpoint.exchange import Answer, Request
from runtime.errors import PlatformError

LOG = logging.getLogger(__name__)
FEWEST_CALLS = 256
"""So many writes are repeated in about a third of a second; a checkpoint is taken no sooner."""
CALLS_PER_SECOND = 2000
"""A checkpoint that takes a second is worth so many writes: it costs each of them half a millisecond."""
NOT_NOW = (pickle.PicklingError, TypeError, AttributeError, RuntimeError)
"""What pickle raises for a state that holds a lock or a function, or that a reading call is just adding to."""
FIRST_REFUSAL = 300
"""The first HTTP status that does not say that something was done."""

Ask = Callable[[Request, str, str, str], Answer]
"""Has moto carry out a call: request, service, region, access key id."""


class KeptState:
    """The state of moto in this process, as one file keeps it."""

    def __init__(self, redo_log: RedoLog, clock: Clock) -> None:
        self._redo_log = redo_log
        self._clock = clock
        self._writing = threading.Lock()
        self._calls_until_checkpoint = FEWEST_CALLS
        self.lost: list[str] = []
        """Writes that could not be repeated: what they had done is not there."""

    def bring_back(self, ask: Ask) -> None:
        """Make the state what it was when the last process ended; moto must be set up."""
        with self._writing:
            forget_everything()
            state = self._redo_log.checkpoint()
            if state is not None:
                snapshot.put_back(state, self._redo_log.content)
            for call in self._redo_log.calls():
                status = _carry_out(ask, call).status
                if status >= FIRST_REFUSAL:
                    self.lost.append(f"{call.request.method} {call.request.raw_path} of {call.service}: {status}")

    def write(self, ask: Ask, request: Request, service: str, region: str, access_key_id: str) -> Answer:
        """Carry out a call that may change something, and write it down if it was not refused."""
        with self._writing:
            call = StoredCall(request, service, region, access_key_id, self._clock.now(), repetition.new_seed())
            answer = _carry_out(ask, call)
            if answer.status < FIRST_REFUSAL:
                self._redo_log.append(call)
            if self._redo_log.length >= self._calls_until_checkpoint:
                self._take_checkpoint()
        return answer

    def clear(self) -> None:
        """Forget everything, in memory and in the file."""
        with self._writing:
            forget_everything()
            self._redo_log.clear()

    def leave_checkpoint(self) -> None:
        """Spare the next process the repetition."""
        with self._writing:
            if self._redo_log.length:
                self._take_checkpoint()

    def _take_checkpoint(self) -> None:
        """Take a checkpoint; one that cannot be taken costs nothing but the time of the next start."""
        began = time.monotonic()
        try:
            self._redo_log.replace(*snapshot.take())
        except (*NOT_NOW, PlatformError) as error:
            LOG.warning(
                "no checkpoint of the store, because a service holds what cannot be kept (%s). Nothing is lost: the %d "
                "calls since the last one are written down, and the next start repeats them, which takes longer.",
                error,
                self._redo_log.length,
            )
            self._calls_until_checkpoint = 2 * self._redo_log.length
        else:
            took = time.monotonic() - began
            self._calls_until_checkpoint = max(FEWEST_CALLS, int(took * CALLS_PER_SECOND))


def _carry_out(ask: Ask, call: StoredCall) -> Answer:
    with repetition.repeatable(call.seed, call.moment):
        return ask(call.request, call.service, call.region, call.access_key_id)


def forget_everything() -> None:
    """Empty moto, which is one for the whole process."""
    from moto.moto_api._internal.models import moto_api_backend

    moto_api_backend.reset()
