"""The parts of the platform that the operations of Lambda work with: one value, made in ``platform``, handed to each.

It holds parts and decides nothing. A family of operations takes from it what it needs, once, when it is made.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.clock import Clock
from runtime.eventsources.asynchronous import EventQueue
from runtime.identity.authority import Authority
from runtime.identity.seams import Caller
from runtime.invocation.invoker import Invoker
from runtime.journal import Journal
from runtime.resources.account import Account
from runtime.resources.packages import PackageStore
from runtime.services.locations import PackageLocations
from runtime.services.transitions import Transitions
from runtime.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Collaborators:
    """What Lambda has around it in one account."""

    account: Account
    packages: PackageStore
    invoker: Invoker
    queue: EventQueue
    authority: Authority
    caller: Caller
    journal: Journal
    settings: Settings
    clock: Clock
    locations: PackageLocations
    transitions: Transitions
