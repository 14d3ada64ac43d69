"""The course as nbgrader sees it: where things are, how a quiz is released, how a submission is graded.

nbgrader reads this file when a command is started in this folder, or anywhere with this folder in
``JUPYTER_CONFIG_PATH``. ``README.md`` beside it has the round trip in commands.
"""

import os
import sysconfig
from pathlib import Path

COURSE = Path(__file__).resolve().parent

c = get_config()  # noqa: F821 - nbgrader puts it here

# nbgrader calls `alembic` by its bare name when it makes a gradebook; in a venv that is not activated there is none.
os.environ["PATH"] = sysconfig.get_path("scripts") + os.pathsep + os.environ.get("PATH", os.defpath)  # noqa: TID251

c.CourseDirectory.course_id = "lambda-lab"
c.CourseDirectory.root = str(COURSE)
# Without "*.md" a release would contain the text source, answers and all. The other names are nbgrader's defaults.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback", "*.md"]

# One directory for instructor and learners, writable by all of them; it must exist before the first release.
c.Exchange.root = os.environ.get("LAMBDA_LAB_EXCHANGE", str(COURSE / "exchange"))  # noqa: TID251
# Where a learner on this very machine works: at the same depth as the source, so that links to lessons hold. In the
# JupyterLab of the lab it is in the learner's folder.
c.Exchange.assignment_dir = os.environ.get("LAMBDA_LAB_FETCHED", str(COURSE / "fetched"))  # noqa: TID251

# The released cell keeps the lines around the solution, and nothing is put in its place: no red NotImplementedError
# when a learner runs all cells, and the tests say what is missing.
c.ClearSolutions.code_stub = {"python": ""}
c.ClearSolutions.text_stub = "*Your answer here: double-click, write, then run the cell.*"

# A learner may delete a graded cell by accident; without this it would silently count as nothing.
c.OverwriteCells.add_missing_cells = True

# Seconds for one cell. The first one starts a runtime; an endless loop costs this much for every cell that has it.
c.Execute.timeout = 60

# nbgrader gives no point for a cell with anything on stderr, so one warning would cost a correct answer everything.
# A failed test is an error in the notebook's own sense, not a line on stderr, so nothing is lost by ignoring stderr.
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = r"(?s)."

# Scores of cells that ask for lab.answers() are computed outside the kernel that runs the submission.
c.Autograde.autograde_preprocessors = [
    "lab.grading.preprocessors.ReadSubmission",
    "nbgrader.preprocessors.Execute",
    "lab.grading.preprocessors.ScoreOutsideTheKernel",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# Feedback shows neither the code of hidden tests nor the tracebacks that would print it, only the messages.
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "nbgrader.preprocessors.ClearHiddenTests",
    "lab.grading.preprocessors.ShowMessages",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
