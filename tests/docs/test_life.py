"""The diagram in the runtime's README is the table that environments obey."""

from __future__ import annotations

from runtime.invocation.states import LIFE, Event, State
from tests.docs.life import BEGIN, END, README, rewritten


def test_the_readme_draws_the_life_that_environments_have() -> None:
    readme = README.read_text()

    assert BEGIN in readme
    assert END in readme
    assert readme == rewritten(readme), "run `make fix`"


def test_what_the_readme_says_beside_the_diagram_is_so() -> None:
    assert set(LIFE) == set(State)
    assert all(possible[Event.END] is State.ENDED for possible in LIFE.values())
