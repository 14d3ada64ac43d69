"""Quizzes that assess what a learner ran: the part of the lab that quizzes use, and the part that grades them.

In a quiz (through ``lab``, which lists these in its face):

    save_evidence   write the learner's journal beside the notebook, so that it travels with the submission
    answers         the plain values that the learner wrote into the answer cells
    own_run         the run that an answer cites, looked up in that evidence
    explain         say what follows from the option that was chosen, and how to find out whether it is so

For whoever grades:

    chain           is this the journal as the runtime wrote it?
    evidence        the file, and how it is saved, read and cited
    answers         what a learner wrote, read from the text without running anything
    unmet           what a checking cell says when an answer does not do
    preprocessors   nbgrader's seams: score outside the learner's kernel, show messages instead of tracebacks
    release         quizzes/source/<slug>/<slug>.md -> notebook -> quizzes/release/<slug>/

This package grades what nbgrader executed; it does not confine the learner's code while nbgrader executes it.
"""

from lab.grading.answers import answers
from lab.grading.choices import explain
from lab.grading.evidence import own_run, save_evidence

__all__ = ["answers", "explain", "own_run", "save_evidence"]
