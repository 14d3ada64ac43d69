"""The checks of the lessons: what a learner has done when a lesson is done, as the journal shows it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from lab.checks.check import Check, Evidence

PREVIEW = "preview"
LIMITS = frozenset({"memory", "storage", "file descriptors", "processes"})


def has_run_in_the_preview(evidence: Evidence) -> bool:
    return any(run.generation == PREVIEW and run.has_succeeded for run in evidence.runs)


def has_met_two_sandboxes(evidence: Evidence) -> bool:
    sandboxes: defaultdict[str, set[str]] = defaultdict(set)
    for run in evidence.runs:
        if run.generation == PREVIEW:
            sandboxes[run.function].add(run.sandbox)
    return any(len(met) > 1 for met in sandboxes.values())


def has_started_warm(evidence: Evidence) -> bool:
    return any(not run.is_cold for run in evidence.runs)


def has_been_pushed(evidence: Evidence) -> bool:
    return any(run.source == "s3" and run.has_succeeded for run in evidence.runs)


def has_been_denied_then_allowed(evidence: Evidence) -> bool:
    denied = {
        (entry.facts["principal"].rsplit("/", 1)[-1], entry.seq)
        for entry in evidence.of_kind("denial")
        if entry.facts["action"] == "s3:GetObject"
    }
    return any(
        run.source == "s3" and run.has_succeeded and run.function == function and run.seq > seq
        for run in evidence.runs
        for function, seq in denied
    )


def has_met_every_wall(evidence: Evidence) -> bool:
    met = {run.breach["limit"] for run in evidence.runs if run.breach}
    return met >= LIMITS and any(run.status == "TimedOut" for run in evidence.runs)


LESSON_CHECKS: Mapping[str, Check] = {
    "first-run": Check(
        "Has a function of yours run, and succeeded, in the Node of the preview?",
        has_run_in_the_preview,
        "Upload the handler with upload_function, then invoke_async it, and look at its card. "
        "A run that failed says why in its log.",
    ),
    "fresh-sandboxes": Check(
        "Has one function of the preview run in two different sandboxes?",
        has_met_two_sandboxes,
        "Invoke the same function once more: in the preview every invocation gets a sandbox of its own.",
    ),
    "warm-start": Check(
        "Has a function of today found its sandbox warm?",
        has_started_warm,
        "Invoke a function of today's API twice, one call after the other: the second finds the sandbox of the first.",
    ),
    "pushed-by-s3": Check(
        "Has S3 called a function of yours, with success?",
        has_been_pushed,
        "Put an object into the bucket whose notification names the function. If nothing runs, look at "
        "lab.journal('push') and lab.journal('assumption'); if it fails, at lab.journal('denial').",
    ),
    "denied-then-allowed": Check(
        "Was a function refused a photo, and succeeded once its role had the right to it?",
        has_been_denied_then_allowed,
        "Put a photo before the execution role has s3:GetObject, then write the policy, and put the photo again.",
    ),
    "every-wall": Check(
        "Have you met every wall: memory, storage, file descriptors, processes, and time?",
        has_met_every_wall,
        "Run the five handlers memory, storage, descriptors, processes and timeout of files/walls; "
        "the card of a run says which wall it met.",
    ),
}
