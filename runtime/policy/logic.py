"""Answers with three values: yes, no, and ``None`` for unknown (Kleene's logic).

Policies are judged with it so that whatever is not understood stays visible until the effect of the statement says
which way is safe.
"""

from __future__ import annotations

from collections.abc import Iterable

Answer = bool | None


def all_of(answers: Iterable[Answer]) -> Answer:
    """Return no if one is no, otherwise unknown if one is unknown."""
    result: Answer = True
    for answer in answers:
        if answer is False:
            return False
        if answer is None:
            result = None
    return result


def any_of(answers: Iterable[Answer]) -> Answer:
    """Return yes if one is yes, otherwise unknown if one is unknown."""
    return opposite(all_of(opposite(answer) for answer in answers))


def opposite(answer: Answer) -> Answer:
    """Return no for yes and yes for no; the opposite of unknown is unknown."""
    return None if answer is None else not answer
