"""The life of an execution environment: a table, and the one function that obeys it.

An environment is initialised once, then serves one invocation at a time. The Runtime API may only be asked what the
table allows: who asks for the next event without having answered the last one gets a 403.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from runtime.errors import PlatformError


class State(Enum):
    """Where an environment stands."""

    NEW = "new"
    """There is a sandbox, and nothing runs in it."""
    INITIALISING = "initialising"
    """The bootstrap loads the function, without CPU limit."""
    READY = "ready"
    """The bootstrap has asked for an event and waits."""
    INVOKING = "invoking"
    """The handler has the event; the CPU share applies and the clock runs."""
    ANSWERED = "answered"
    """There is an answer; the bootstrap has not asked for the next event yet."""
    FROZEN = "frozen"
    """No process runs until the next invocation."""
    ENDED = "ended"


class Event(Enum):
    """What can happen to an environment."""

    START = "start"
    ASK = "ask for the next event"
    HAND_OUT = "hand out the event"
    ANSWER = "answer"
    FREEZE = "freeze"
    THAW = "thaw"
    END = "end"


LIFE: Mapping[State, Mapping[Event, State]] = {
    State.NEW: {Event.START: State.INITIALISING, Event.END: State.ENDED},
    State.INITIALISING: {Event.ASK: State.READY, Event.END: State.ENDED},
    State.READY: {Event.HAND_OUT: State.INVOKING, Event.FREEZE: State.FROZEN, Event.END: State.ENDED},
    State.INVOKING: {Event.ANSWER: State.ANSWERED, Event.END: State.ENDED},
    State.ANSWERED: {Event.ASK: State.READY, Event.END: State.ENDED},
    State.FROZEN: {Event.THAW: State.READY, Event.END: State.ENDED},
    State.ENDED: {Event.END: State.ENDED},
}


def may(state: State, event: Event) -> bool:
    """Say whether an event is possible in a state."""
    return event in LIFE[state]


def advance(state: State, event: Event) -> State:
    """Return the state after an event; raise ``PlatformError`` for one that the table does not know."""
    if not may(state, event):
        raise PlatformError(f"an execution environment that is {state.value} cannot {event.value}")
    return LIFE[state][event]
