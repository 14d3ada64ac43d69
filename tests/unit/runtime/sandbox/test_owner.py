"""Marks of runtimes are told from whatever else stands on a command line."""

from __future__ import annotations

import pytest

from runtime.sandbox import owner


def test_the_own_mark_is_one_and_its_owner_is_here() -> None:
    assert owner.is_mark(owner.mark())
    assert not owner.has_gone(owner.mark())


def test_a_process_id_that_was_given_again_is_another_owner() -> None:
    pid, start, namespace = owner.mark().split("-")

    assert owner.has_gone(f"{pid}-{int(start) + 1}-{namespace}")


@pytest.mark.parametrize("text", ["", "1-2", "1-2-3-4", "1--3", "a-2-3", "²-2-3", "٣-2-3", "1-2-3\n"])
def test_what_only_looks_like_a_mark_is_none(text: str) -> None:
    assert not owner.is_mark(text)
