from __future__ import annotations

import pytest

from runtime.errors import PlatformError
from runtime.invocation.states import LIFE, Event, State, advance, may


def test_a_warm_environment_goes_round() -> None:
    state = State.NEW

    for event in (Event.START, Event.ASK, Event.HAND_OUT, Event.ANSWER, Event.ASK, Event.FREEZE, Event.THAW):
        state = advance(state, event)

    assert state is State.READY


def test_whoever_has_not_answered_may_not_ask_again() -> None:
    assert not may(State.INVOKING, Event.ASK)
    with pytest.raises(PlatformError, match="that is invoking cannot ask for the next event"):
        advance(State.INVOKING, Event.ASK)


def test_whoever_was_reset_starts_anew_and_cannot_go_on() -> None:
    for state in (State.INITIALISING, State.READY, State.INVOKING, State.ANSWERED):
        assert advance(state, Event.RESET) is State.STOPPED
    assert advance(State.STOPPED, Event.START) is State.INITIALISING
    for event in (Event.ASK, Event.HAND_OUT, Event.ANSWER, Event.FREEZE, Event.THAW):
        assert not may(State.STOPPED, event)


@pytest.mark.parametrize("state", list(State))
def test_every_environment_can_end_and_stays_ended(state: State) -> None:
    assert advance(state, Event.END) is State.ENDED
    assert set(LIFE[State.ENDED]) == {Event.END}
