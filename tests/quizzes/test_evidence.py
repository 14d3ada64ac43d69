"""Evidence is saved once, read without trust, and cited by request id."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lab.grading.evidence import FILE_NAME, Evidence, own_run, read_evidence, save_evidence

Documents = list[dict[str, Any]]
REQUEST_ID = "8f1c2c1e-0000-4000-8000-000000000001"
"""The run in the journal of ``conftest.py``."""
WANTED = {"function": "spin", "memory_mib": 128}


def saved(directory: Path, documents: Documents) -> Path:
    path = directory / FILE_NAME
    path.write_text("".join(json.dumps(document) + "\n" for document in documents))
    return path


def test_a_cited_run_gives_its_facts(tmp_path: Path, journal: Documents) -> None:
    evidence = read_evidence(saved(tmp_path, journal))

    run = own_run(REQUEST_ID, evidence=evidence, **WANTED)

    assert run.cpu_ms == 93.25
    assert run.error_message == "naïve ☃"


def test_a_run_that_is_not_in_the_evidence_is_refused_and_those_that_fit_are_named(
    tmp_path: Path, journal: Documents
) -> None:
    evidence = read_evidence(saved(tmp_path, journal))

    with pytest.raises(AssertionError, match=f"no run with the request id 'abc'.*that fit: {REQUEST_ID}"):
        own_run("abc", evidence=evidence, **WANTED)


def test_a_run_of_another_kind_than_the_question_asks_for_is_refused(tmp_path: Path, journal: Documents) -> None:
    evidence = read_evidence(saved(tmp_path, journal))

    with pytest.raises(AssertionError, match="has memory_mib 128; the question is about a run with memory_mib 1024"):
        own_run(REQUEST_ID, evidence=evidence, memory_mib=1024)


def test_evidence_that_was_changed_says_which_entry_and_what_to_do(tmp_path: Path, journal: Documents) -> None:
    journal[1]["facts"]["cpu_ms"] = 12.0
    evidence = read_evidence(saved(tmp_path, journal))

    with pytest.raises(AssertionError, match=r"entry 2 was changed.*Run lab\.save_evidence\(\) again"):
        own_run(REQUEST_ID, evidence=evidence)


def test_evidence_that_is_missing_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(AssertionError, match=r"there is no evidence\.jsonl.*lab\.save_evidence"):
        own_run(REQUEST_ID)


NO_JOURNALS = {
    "no text": b"\xff\xfe",
    "no JSON": b"not json\n",
    "a list": b"[]\n",
    "deep lists": b"[" * 100_000,
    "half an entry": b'{"facts": {}}\n',
    "deep objects": b'{"facts": ' * 990 + b"1" + b"}" * 990,
    "a long number": b"9" * 9000,
}


@pytest.mark.parametrize("content", NO_JOURNALS.values(), ids=NO_JOURNALS.keys())
def test_whatever_is_in_the_file_reading_it_only_finds_a_problem(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / FILE_NAME
    path.write_bytes(content)

    evidence = read_evidence(path)

    assert evidence.problem
    assert evidence.entries == ()


@pytest.mark.parametrize("execution", ["validate", "autograde"])
def test_nothing_is_written_while_nbgrader_checks_a_quiz(
    tmp_path: Path, journal: Documents, monkeypatch: pytest.MonkeyPatch, execution: str
) -> None:
    path = saved(tmp_path, journal)
    before = path.read_bytes()
    monkeypatch.setenv("NBGRADER_EXECUTION", execution)

    save_evidence(path)

    assert path.read_bytes() == before


def test_evidence_with_a_problem_has_no_runs() -> None:
    assert Evidence(problem="torn").invocations() == []
