"""The lab's face: everything a lesson may use.

    %load_ext lab          start or join the runtime, for this notebook only, and add the magics
    import lab
    lab.start()            the same without the magic
    lab.reset()            a clean account: no functions, roles or buckets
    lab.advance("24h")     let a day pass at once: retries, expiries and schedules happen now
    lab.stop()             stop the runtime, for all notebooks
    lab.runs(), lab.last_run(), lab.journal()      what happened
    lab.package("hello.js")                        a deployment package
    lab.basic_execution_role()                     a role that may write logs
    lab.show_pictures({...}), lab.show_code("file"), lab.check("..."), lab.explorer()
    %%handler hello.js     the cell becomes a handler's file
    %explain, %timeline    why the last call was denied; the way of the last event
    %package hello.zip hello.py --pip requests     a deployment package with other people's modules
    lab.save_evidence(), lab.answers(), lab.own_run(), lab.explain()      in quizzes

Everything else in this package is private. What talks to AWS in a lesson is boto3, never this.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab.errors import LabError
from lab.feed import Entry
from lab.grading import answers, explain, own_run, save_evidence
from lab.packages import package
from lab.run import Run
from lab.session import current_session

if TYPE_CHECKING:
    from lab.checks import Finding
    from lab.code_listing import CodeListing
    from lab.session import Clock
    from lab.widgets.banner import Banner
    from lab.widgets.explorer import Explorer
    from lab.widgets.rendering import Html

__all__ = [
    "LabError",
    "Run",
    "advance",
    "answers",
    "basic_execution_role",
    "check",
    "explain",
    "explorer",
    "journal",
    "last_run",
    "load_ipython_extension",
    "own_run",
    "package",
    "reset",
    "runs",
    "save_evidence",
    "show_code",
    "show_pictures",
    "start",
    "stop",
]

# Imports inside the functions below keep `import lab` at a few hundredths of a second: widgets, templates and boto3
# are loaded by the first cell that needs them.


def start() -> Banner:
    """Start or join the runtime and point this notebook's AWS clients at it; show what it is."""
    from IPython.core.getipython import get_ipython

    from lab.widgets import run_card
    from lab.widgets.banner import Banner

    banner = Banner.of(current_session().start())
    run_card.show_in(get_ipython())
    return banner


def stop() -> None:
    """Stop the runtime, for all notebooks. Functions and the journal are kept; buckets, roles and logs are not."""
    current_session().stop()


def reset() -> None:
    """Get a clean account: no functions, roles, buckets or logs. The journal stays."""
    current_session().reset()


def advance(time: str) -> Clock:
    """Let time pass in the account: ``advance("24h")``; what falls due on the way (s, m, h or d) happens now."""
    return current_session().advance(time)


def runs(function: str | None = None) -> list[Run]:
    """Return the runs since the last reset, oldest first; of one function if it is named."""
    from lab.run import runs

    return runs(current_session().connection.feed, function)


def last_run(function: str | None = None, *, after: int | None = None, wait: float = 10) -> Run:
    """Return the newest run; wait for one when there is none yet, and for the events that are under way.

    With ``after`` (the ``seq`` of a run you know) it is the first run that is newer than that.
    """
    from lab.run import last_run

    return last_run(current_session().connection.feed, function, after=after, wait=wait)


def journal(kind: str | None = None) -> list[Entry]:
    """Return everything that happened, oldest first; of one kind if named: invocation, denial, assumption, push."""
    return [entry for entry in current_session().connection.feed.entries() if kind in (None, entry.kind)]


def basic_execution_role() -> str:
    """Return the ARN of a role that Lambda may assume and that may write logs; make it unless it is there."""
    from lab.roles import basic_execution_role

    current_session().connection  # noqa: B018 - says so when the lab is not started, before boto3 looks for a real account
    return basic_execution_role()


def show_pictures(pictures: Mapping[str, bytes]) -> Html:
    """Show pictures side by side: ``show_pictures({"before": photo, "after": thumbnail})``."""
    from lab.pictures import show_pictures

    return show_pictures(pictures)


def show_code(path: str | Path) -> CodeListing:
    """Show a handler's file, highlighted."""
    from lab.code_listing import show_code

    return show_code(path)


def check(name: str) -> Finding:
    """Say whether you have done what a lesson asks, by what the journal holds."""
    from lab.checks import Evidence, examine
    from lab.checks.lessons import LESSON_CHECKS

    return examine(LESSON_CHECKS, name, Evidence(tuple(current_session().connection.feed.entries())))


def explorer() -> Explorer:
    """Show the CPU share explorer: what memory buys, measured."""
    from lab.widgets.explorer import Explorer

    # Here, not in the thread that measures: a private runtime would end with that thread (prctl(2), PR_SET_PDEATHSIG).
    current_session().start()
    return Explorer()


def load_ipython_extension(shell: Any) -> None:
    """Start or join the runtime, add the lab's magics to IPython, show the banner (``%load_ext lab``)."""
    from IPython.display import display

    from lab.completion import offer_completions
    from lab.lost_runtime import explain_lost_runtime
    from lab.magics import LabMagics

    shell.register_magics(LabMagics)
    offer_completions(shell)
    explain_lost_runtime(shell)
    display(start())  # type: ignore[no-untyped-call]
