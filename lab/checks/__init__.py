"""Self-tests of the lessons: has the learner *done* the thing?

A check is a predicate over what the journal holds, so it cannot be fooled by a value in a variable and needs no answer
typed in. ``lab.check("name")`` says done, with the run that shows it, or not yet, with a hint. The lessons' own checks
stand in ``lab/checks/lessons.py``.
"""

from __future__ import annotations

from lab.checks.check import Check, Evidence, Finding, examine

__all__ = ["Check", "Evidence", "Finding", "examine"]
