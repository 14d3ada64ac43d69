"""The lab finds out whether a journal is as the runtime wrote it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from lab.grading.chain import BrokenChainError, entry_hash, verify
from runtime import journal as runtime_journal

Documents = list[dict[str, Any]]


def test_the_lab_hashes_an_entry_as_the_runtime_does(journal: Documents) -> None:
    for document in journal:
        assert entry_hash(document) == runtime_journal.entry_hash(document) == document["hash"]


def test_a_journal_as_the_runtime_wrote_it_is_whole(journal: Documents) -> None:
    verify(journal)


def test_an_empty_journal_is_whole() -> None:
    verify([])


def test_a_changed_fact_is_found(journal: Documents) -> None:
    forged = copy.deepcopy(journal)
    forged[1]["facts"]["cpu_ms"] = 12.0

    with pytest.raises(BrokenChainError, match="entry 2 was changed"):
        verify(forged)


def test_a_changed_fact_with_a_hash_made_to_fit_is_found_at_the_next_entry(journal: Documents) -> None:
    forged = copy.deepcopy(journal)
    forged[1]["facts"]["cpu_ms"] = 12.0
    forged[1]["hash"] = entry_hash(forged[1])

    with pytest.raises(BrokenChainError, match="entry 3 does not follow"):
        verify(forged)


def test_a_dropped_entry_is_found(journal: Documents) -> None:
    with pytest.raises(BrokenChainError, match="entry 2 is missing"):
        verify([journal[0], journal[2]])


def test_a_dropped_beginning_is_found(journal: Documents) -> None:
    with pytest.raises(BrokenChainError, match="entry 1 is missing"):
        verify(journal[1:])


def test_entries_that_changed_places_are_found(journal: Documents) -> None:
    with pytest.raises(BrokenChainError, match="is missing"):
        verify([journal[0], journal[2], journal[1]])


@pytest.mark.parametrize("member", ["seq", "time", "kind", "facts", "previous", "hash"])
def test_an_entry_without_one_of_its_members_is_no_entry(journal: Documents, member: str) -> None:
    del journal[0][member]

    with pytest.raises(BrokenChainError, match="entry 1 is not a journal entry"):
        verify(journal)


def test_entries_missing_at_the_end_are_not_noticed(journal: Documents) -> None:
    """The limit of a chain without a seal, written down where it is claimed."""
    verify(journal[:2])


def test_a_chain_that_was_made_anew_is_not_noticed(journal: Documents) -> None:
    """The other limit: who has this rule can forge a whole chain. Only a seal by somebody else would show it."""
    forged = copy.deepcopy(journal)
    forged[1]["facts"]["cpu_ms"] = 12.0
    for number in (1, 2):
        forged[number]["previous"] = forged[number - 1]["hash"]
        forged[number]["hash"] = entry_hash(forged[number])

    verify(forged)
