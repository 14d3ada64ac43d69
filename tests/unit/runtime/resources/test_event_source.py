"""A mapping is kept for the next process too, and its health is only said by who read the mapping as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runtime.resources.account import Account
from runtime.resources.event_source import EventSource

CLICKS = EventSource(
    uuid="a1d4",
    stream_arn="arn:aws:kinesis:us-east-1:123456789012:stream/clicks",
    function="count",
    role="arn:aws:iam::123456789012:role/pull",
    batch_size=100,
    parameters={"InitialPositionInStream": "TRIM_HORIZON"},
    last_modified=datetime(2014, 11, 13, 18, 0, 0, 123456, UTC),
)


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    account = Account(tmp_path / "account.sqlite3")
    yield account
    account.close()


def status(account: Account) -> str | None:
    found = account.event_sources.find(CLICKS.uuid)
    return found.status if found else None


def test_a_mapping_comes_back_as_it_was_put(account: Account, tmp_path: Path) -> None:
    account.event_sources.put(CLICKS)
    account.close()

    again = Account(tmp_path / "account.sqlite3")

    assert again.event_sources.all() == [CLICKS]
    assert again.event_sources.of_stream(CLICKS.stream_arn) == again.event_sources.find("a1d4") == CLICKS
    again.close()


def test_there_is_one_mapping_of_a_stream(account: Account) -> None:
    account.event_sources.put(CLICKS)
    account.event_sources.put(replace(CLICKS, uuid="b2e5", function="sum"))

    assert [(source.uuid, source.function) for source in account.event_sources.all()] == [("b2e5", "sum")]


def test_health_begins_pending_and_follows_what_happens(account: Account) -> None:
    account.event_sources.put(CLICKS)
    seen = [status(account)]

    for step in ("processed", "failed", "processed"):
        read = account.event_sources.all()[0]
        if step == "failed":
            account.event_sources.failed(read, "The stream is gone.")
        else:
            account.event_sources.processed(read)
        seen.append(status(account))

    assert seen == ["PENDING", "OK", "PROBLEM:The stream is gone.", "OK"]


@pytest.mark.parametrize("change", [{"function": "sum"}, {"batch_size": 1}, {"last_modified": datetime.now(UTC)}])
def test_what_was_read_before_a_change_says_nothing_of_the_changed_mapping(
    account: Account, change: dict[str, object]
) -> None:
    account.event_sources.put(CLICKS)
    account.event_sources.put(replace(CLICKS, **change))  # type: ignore[arg-type]

    account.event_sources.processed(CLICKS)
    account.event_sources.failed(CLICKS, "too late")

    assert status(account) == "PENDING"


def test_a_removed_mapping_does_not_come_back_with_news_of_its_health(account: Account) -> None:
    account.event_sources.put(CLICKS)
    account.event_sources.remove(CLICKS.uuid)
    account.event_sources.remove(CLICKS.uuid)

    account.event_sources.processed(CLICKS)

    assert account.event_sources.all() == []


def test_an_emptied_account_has_no_mappings(account: Account) -> None:
    account.event_sources.put(CLICKS)

    account.reset()

    assert account.event_sources.all() == []
