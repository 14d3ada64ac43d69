"""The life of an execution environment: a table, and the one function that obeys it.

An environment is initialised, then serves one invocation at a time; between two it is frozen. After a crash or a
timeout today's is reset: no process is left of it, but ``/tmp`` is, and before its next invocation it is initialised
anew. The Runtime API may only be asked what the table allows, and answers anything else with a 403; but who asks for
the next event without having answered the last one gets that one again.

The diagram in ``runtime/README.md`` is drawn from :data:`LIFE` (``tests/docs/life.py``).
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
    STOPPED = "stopped"
    """There is no process any more; what was written to ``/tmp`` waits for the next start."""
    ENDED = "ended"
    """Nothing is left, or will be soon."""


class Event(Enum):
    """What can happen to an environment."""

    START = "start"
    ASK = "ask for the next event"
    HAND_OUT = "hand out the event"
    ANSWER = "answer"
    FREEZE = "freeze"
    THAW = "thaw"
    RESET = "be reset"
    END = "end"


LIFE: Mapping[State, Mapping[Event, State]] = {
    State.NEW: {Event.START: State.INITIALISING, Event.END: State.ENDED},
    State.INITIALISING: {Event.ASK: State.READY, Event.RESET: State.STOPPED, Event.END: State.ENDED},
    State.READY: {
        Event.HAND_OUT: State.INVOKING,
        Event.FREEZE: State.FROZEN,
        Event.RESET: State.STOPPED,
        Event.END: State.ENDED,
    },
    State.INVOKING: {Event.ANSWER: State.ANSWERED, Event.RESET: State.STOPPED, Event.END: State.ENDED},
    State.ANSWERED: {Event.ASK: State.READY, Event.RESET: State.STOPPED, Event.END: State.ENDED},
    State.STOPPED: {Event.START: State.INITIALISING, Event.END: State.ENDED},
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
