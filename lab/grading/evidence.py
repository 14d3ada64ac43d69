"""Evidence: the learner's journal as a file beside the quiz, which travels with the submission.

:func:`save_evidence` writes the whole journal of the learner's account, one entry a line, to ``evidence.jsonl``.
:func:`read_evidence` reads it back and verifies its chain. :func:`own_run` finds the run that an answer cites; quizzes
call it in their graded cells, the learner's kernel runs it for feedback at once, and the autograder runs it again
outside the kernel, on the file as it was submitted, for the score.

While nbgrader validates or autogrades (``NBGRADER_EXECUTION`` is set) nothing is written: the file shows what the
learner ran, not what the grader ran.

**What it proves.** That the answers fit runs in a journal whose entries were not changed, dropped or reordered since
they were written; and, because times differ from run to run, that they were read off these very runs.

**What it does not prove.** That the runs took place: whoever owns the journal can compute a new chain that is whole.
Who made them: an entry does not name the learner, so a journal copied from somebody else verifies as well. That
nothing happened afterwards: entries left out at the end are not missed.
Only a journal that is written and sealed by somebody else than the learner proves these.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from lab.grading.chain import BrokenChainError, verify
from lab.grading.unmet import UnmetError
from lab.places import is_checked_by_nbgrader
from lab.session import current_session

FILE_NAME = "evidence.jsonl"
LARGEST_FILE = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Evidence:
    """The entries of a saved journal; ``problem`` says why they cannot be relied on, and is empty if they can."""

    entries: tuple[Mapping[str, Any], ...] = ()
    problem: str = ""

    def invocations(self) -> list[Mapping[str, Any]]:
        """Return the facts of every run, oldest first."""
        return [entry["facts"] for entry in self.entries if entry["kind"] == "invocation"]


def save_evidence(path: str | Path = FILE_NAME) -> None:
    """Write the learner's journal beside the notebook, from its first entry to the newest."""
    path = Path(path)
    if is_checked_by_nbgrader():
        print(f"{path.name} stays as you saved it: this is a check of your quiz, not a run of yours.")
        return
    entries = list(current_session().connection.feed.entries())
    _write_at_once(path, "".join(json.dumps(asdict(entry)) + "\n" for entry in entries))
    runs = sum(entry.kind == "invocation" for entry in entries)
    print(
        f"Saved {len(entries)} journal entries, {runs} of them runs, in {path.name}. It travels with your submission."
    )


def read_evidence(path: str | Path = FILE_NAME) -> Evidence:
    """Read and verify a saved journal; never raise for what is in the file or missing from it."""
    path = Path(path)
    if not path.is_file():
        return Evidence(problem=f"there is no {FILE_NAME} beside the notebook")
    if path.stat().st_size > LARGEST_FILE:
        return Evidence(problem=f"{FILE_NAME} is larger than {LARGEST_FILE // 1024**2} MiB")
    try:
        entries = tuple(_entry(line) for line in path.read_text("utf-8").splitlines())
        verify(entries)
    except BrokenChainError as reason:
        return Evidence(problem=str(reason))
    except (UnicodeError, RecursionError):
        return Evidence(problem="it is not a file of journal entries")
    return Evidence(entries)


def own_run(request_id: str, /, *, evidence: Evidence | None = None, **wanted: object) -> SimpleNamespace:
    """Return the facts of the run with this request id, as attributes.

    Raise :class:`UnmetError`, saying what to do, if the evidence cannot be relied on, does not hold the run, or the
    run is not as ``wanted``: ``own_run(request_id, function="spin", memory_mib=128)``.
    """
    evidence = read_evidence() if evidence is None else evidence
    if evidence.problem:
        raise UnmetError(
            f"Your evidence cannot be used: {evidence.problem}. Run lab.save_evidence() again, which writes the file "
            "anew from your journal, and leave the file as it is."
        )
    run = _cited(request_id, evidence.invocations(), wanted)
    for name, value in wanted.items():
        if run.get(name) != value:
            raise UnmetError(
                f"The run that you cite has {name} {run.get(name)!r}; "
                f"the question is about a run with {name} {value!r}."
            )
    return SimpleNamespace(**run)


def _cited(request_id: str, runs: list[Mapping[str, Any]], wanted: Mapping[str, object]) -> Mapping[str, Any]:
    for run in runs:
        if run.get("request_id") == request_id:
            return run
    fitting = [str(run.get("request_id")) for run in runs if all(run.get(name) == wanted[name] for name in wanted)]
    hint = f"Runs there that fit: {', '.join(fitting[-3:])}." if fitting else "No run there fits the question."
    raise UnmetError(
        f"Your evidence holds no run with the request id {request_id!r}. {hint} "
        "Write the id itself in quotes, not an expression: the quiz is graded without your live run. "
        "If you made the run after you saved the evidence, save it again."
    )


def _entry(line: str) -> Mapping[str, Any]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        raise BrokenChainError("a line of it is not JSON") from None
    if not isinstance(entry, dict):
        raise BrokenChainError("a line of it is not a journal entry")
    return entry


def _write_at_once(path: Path, text: str) -> None:
    """Replace the file in one step, so that a kernel that is interrupted never leaves half a journal."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, "utf-8")
    partial.replace(path)
