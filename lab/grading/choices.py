"""Feedback for a question with options, at once and per option, without giving the key away.

Every option has its own explanation, and the learner sees the one that belongs to the option that was chosen. An
explanation never says "right" or "wrong": it says what would follow if this option were true, and which run would show
it. So the released quiz can hold all explanations in plain text and still hold no key; the learner learns by looking;
and the verdict, with its reason, comes from the hidden tests when the quiz is graded.
(Hashed or encoded keys were the alternative. With four options they hide nothing from somebody who tries all four.)

Plain text on stdout, because that survives validation, autograding and feedback, works in every front end and with a
screen reader, and needs no widget state (which nbgrader loses).
"""

from __future__ import annotations

import textwrap

from lab.grading.unmet import READABLE_WIDTH, UnmetError


def explain(answer: str, /, *, reading: str, **options: str) -> None:
    """Print what follows from the chosen option; raise :class:`UnmetError` if it is none of the options."""
    if answer not in options:
        letters = ", ".join(f'"{letter}"' for letter in options)
        raise UnmetError(f"{answer!r} is not one of the options. Write one of {letters}, with its quotes.")
    for line in (f"You chose {answer}. {options[answer]}", f"To read: {reading}"):
        print(textwrap.fill(line, READABLE_WIDTH))
