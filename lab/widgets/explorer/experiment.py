"""One measurement: a function that only computes, run for real with the memory that was asked for.

It goes the way of any user: an execution role, a deployment package, boto3 in the API version of the generation. What
is returned is the journal's entry of the run, so the figures are the platform's own and nothing is computed here.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from lab.errors import LabError
from lab.feed import Feed
from lab.packages import package
from lab.roles import basic_execution_role
from lab.run import Run, last_run

HANDLERS = Path(__file__).parents[2] / "handlers"
TIMEOUT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Subject:
    """What is run in one generation. The rounds are chosen so that both take about 0.15 s of a whole processor."""

    generation: str
    label: str
    runtime: str
    script: Path
    rounds: int
    mib_per_processor: int
    """2048 in the preview (128 MB is 6.25 %), 1769 today; drawn as what is bought, before anything is measured."""


SUBJECTS = {
    "preview": Subject("preview", "Preview (2014)", "nodejs", HANDLERS / "burn.js", 20_000_000, 2048),
    "today": Subject("today", "Today", "python3.11", HANDLERS / "burn.py", 2_000_000, 1769),
}
MEMORY_SIZES = tuple(range(128, 1024 + 1, 64))
"""What the preview sold."""
SWEEP = (128, 192, 256, 384, 512, 640, 768, 1024)


def measure(feed: Feed, subject: Subject, memory_mib: int, after: int) -> Run:
    """Run the subject once with this memory; ``after`` is a journal entry that is older than the run."""
    name = f"cpu-share-{subject.generation}-{memory_mib}"
    if subject.generation == "preview":
        _run_in_the_preview(name, subject, memory_mib)
    else:
        _run_today(name, subject, memory_mib)
    run = last_run(feed, name, after=after, wait=TIMEOUT_SECONDS + 10)
    if not run.has_succeeded:
        raise LabError(
            f"The function ended with {run.status} at {memory_mib} MB: {run.error_type} {run.error_message}",
            remedy="lab.last_run() shows its card.",
        )
    return run


def _run_in_the_preview(name: str, subject: Subject, memory_mib: int) -> None:
    client: Any = boto3.client("lambda", api_version="2014-11-11")
    client.upload_function(
        FunctionName=name,
        FunctionZip=package(subject.script),
        Runtime=subject.runtime,
        Role=basic_execution_role(),
        Handler=f"{subject.script.stem}.handler",
        Mode="event",
        Timeout=TIMEOUT_SECONDS,
        MemorySize=memory_mib,
    )
    client.invoke_async(FunctionName=name, InvokeArgs=_event(subject))


def _run_today(name: str, subject: Subject, memory_mib: int) -> None:
    client: Any = boto3.client("lambda", api_version="2015-03-31")
    # An earlier measurement may have made it: the name says its memory, so it is the same function.
    with suppress(client.exceptions.ResourceConflictException):
        client.create_function(
            FunctionName=name,
            Code={"ZipFile": package(subject.script)},
            Runtime=subject.runtime,
            Role=basic_execution_role(),
            Handler=f"{subject.script.stem}.handler",
            Timeout=TIMEOUT_SECONDS,
            MemorySize=memory_mib,
        )
    client.invoke(FunctionName=name, Payload=_event(subject))


def _event(subject: Subject) -> bytes:
    return json.dumps({"rounds": subject.rounds}).encode()
