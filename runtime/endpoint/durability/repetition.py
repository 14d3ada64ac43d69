"""Make moto repeatable: the same call at the same moment with the same seed has the same effect.

moto takes its identifiers, keys and version ids from one generator of random numbers (those of uploads in parts from
the system), and its dates from one function. All are given their values here, by thread, so that a call under way on
another thread neither changes what this one draws nor sees its moment. A service that is set up by a call draws from
elsewhere, because in the repetition another call may be the first. Outside of ``repeatable`` numbers are drawn from the
system, and time is the account's (``clock.py``), which goes on while a call waits.

What does not take its dates from that function goes by this machine's time: when a bucket was made, and all of Secrets
Manager and Step Functions.
"""

from __future__ import annotations

import os
import random
import secrets
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from runtime.clock import Clock, machine_time


class _Given(threading.local):
    """What this thread was given."""

    numbers: random.Random | None = None
    moment: datetime | None = None
    now: Callable[[], datetime] = staticmethod(machine_time)


_GIVEN = _Given()


@contextmanager
def repeatable(seed: int, moment: datetime) -> Iterator[None]:
    """Let moto draw from this seed, and see this moment, on this thread."""
    _GIVEN.numbers, _GIVEN.moment = random.Random(seed), moment
    try:
        yield
    finally:
        _GIVEN.numbers = _GIVEN.moment = None


@contextmanager
def at_the_time_of(clock: Clock) -> Iterator[None]:
    """Let moto see the time of this clock, as it goes on, on this thread."""
    _GIVEN.now = clock.now
    try:
        yield
    finally:
        _GIVEN.now = machine_time


def new_seed() -> int:
    """Return a seed that nobody can guess: secret keys are drawn from it."""
    return secrets.randbits(128)


@contextmanager
def _elsewhere() -> Iterator[None]:
    """Draw from the system for a while."""
    numbers, _GIVEN.numbers = _GIVEN.numbers, None
    try:
        yield
    finally:
        _GIVEN.numbers = numbers


def _numbers() -> random.Random:
    return _GIVEN.numbers or secrets.SystemRandom()


def _utcnow() -> datetime:
    return (_GIVEN.moment or _GIVEN.now()).replace(tzinfo=None)


def install() -> None:
    """Give moto our generator and our clock; to be called before its services are imported. Idempotent."""
    import moto.core.utils

    if moto.core.utils.utcnow is not _utcnow:
        _install_clock(moto.core.utils.utcnow)
        _install_generator()
        _install_set_up()


def _install_clock(original: Any) -> None:
    for module in list(sys.modules.values()):
        if getattr(module, "utcnow", None) is original:
            module.utcnow = _utcnow  # type: ignore[attr-defined]


def _install_generator() -> None:
    import moto.s3.models
    from moto.moto_api._internal import mock_random
    from moto.moto_api._internal.moto_random import MotoRandom

    class ByThread(MotoRandom):
        """Draws from the generator that the thread was given."""

        def random(self) -> float:
            return _numbers().random()

        def getrandbits(self, bits: int, /) -> int:
            return _numbers().getrandbits(bits)

    mock_random.__class__ = ByThread
    s3: Any = moto.s3.models
    s3.os = SimpleNamespace(**vars(os) | {"urandom": lambda size: _numbers().randbytes(size)})


def _install_set_up() -> None:
    from moto.core.base_backend import AccountSpecificBackend

    original = AccountSpecificBackend.__getitem__

    def found_or_set_up(self: Any, region: str) -> Any:
        with _elsewhere():
            return original(self, region)

    AccountSpecificBackend.__getitem__ = found_or_set_up  # type: ignore[method-assign]
