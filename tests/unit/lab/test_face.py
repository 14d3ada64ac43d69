"""What lessons may use is written down where they look for it."""

from __future__ import annotations

import lab

NOT_FOR_CELLS = {"LabError", "Run", "load_ipython_extension"}
"""What cells get to see without naming it."""


def test_the_face_describes_everything_that_a_lesson_may_call() -> None:
    assert lab.__doc__ is not None

    undescribed = {name for name in lab.__all__ if f"lab.{name}(" not in lab.__doc__}

    assert undescribed <= NOT_FOR_CELLS


def test_the_face_holds_what_it_lists() -> None:
    assert all(hasattr(lab, name) for name in lab.__all__)
