"""The account keeps what it was given, for the next process too."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runtime.errors import PlatformError
from runtime.generation import PREVIEW, TODAY
from runtime.resources.account import Account
from runtime.resources.event import QueuedEvent
from runtime.resources.function import Function

HELLO = Function(
    name="hello",
    arn="arn:aws:lambda:us-east-1:123456789012:function:hello",
    generation=TODAY,
    runtime="python3.11",
    handler="index.handler",
    role="arn:aws:iam::123456789012:role/basic",
    memory_mib=128,
    timeout_seconds=3,
    description="",
    code_sha256="0" * 64,
    code_size=100,
    last_modified=datetime(2014, 11, 13, 18, 0, 0, 123456, UTC),
    revision="8716646e-5066-4684-872e-f632b2e933cf",
    environment={"STAGE": "test"},
    storage_mib=1024,
)
EVENT = QueuedEvent(
    request_id="first",
    function="hello",
    generation="today",
    payload=b'{"a": 1}',
    caller="arn:aws:iam::123456789012:root",
    source="direct",
    accepted_at=datetime(2014, 11, 13, 18, 0, 0, 123456, UTC),
    journal_seq=7,
    trace_id="1-546500e0-0123456789abcdef01234567",
    span="0123456789abcdef",
)


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    account = Account(tmp_path / "lab.sqlite3")
    yield account
    account.close()


def reopened(account: Account, path: Path) -> Account:
    account.close()
    return Account(path / "lab.sqlite3")


def test_a_function_comes_back_as_it_was_put(account: Account, tmp_path: Path) -> None:
    account.put_function(HELLO)

    account = reopened(account, tmp_path)

    assert account.function("hello") == HELLO
    account.close()


def test_a_function_of_the_same_name_is_replaced(account: Account) -> None:
    account.put_function(HELLO)
    account.put_function(replace(HELLO, generation=PREVIEW, memory_mib=1024))

    assert [function.memory_mib for function in account.functions()] == [1024]


def test_functions_are_listed_by_name(account: Account) -> None:
    for name in ("b", "c", "a"):
        account.put_function(replace(HELLO, name=name))

    assert [function.name for function in account.functions()] == ["a", "b", "c"]


def test_a_deleted_function_is_gone(account: Account) -> None:
    account.put_function(HELLO)

    account.delete_function("hello")

    assert account.function("hello") is None


def test_a_notification_comes_back_as_it_was_put(account: Account, tmp_path: Path) -> None:
    account.put_notification("photos", {"CloudFunctionConfiguration": {"Id": "one", "Events": ["s3:ObjectCreated:*"]}})

    account = reopened(account, tmp_path)

    assert account.notification("photos") == {
        "CloudFunctionConfiguration": {"Id": "one", "Events": ["s3:ObjectCreated:*"]}
    }
    account.delete_notification("photos")
    assert account.notification("photos") is None
    account.close()


def test_accepted_events_wait_in_their_order_until_they_are_settled(account: Account, tmp_path: Path) -> None:
    account.enqueue(EVENT)
    account.enqueue(replace(EVENT, request_id="second", client_context="{}"))
    account.enqueue(replace(EVENT, request_id="third"))

    account = reopened(account, tmp_path)
    account.settle("second")

    assert account.queued() == [EVENT, replace(EVENT, request_id="third")]
    account.close()


def test_a_reset_empties_the_account(account: Account) -> None:
    account.put_function(HELLO)
    account.put_notification("photos", {})
    account.enqueue(EVENT)

    account.reset()

    assert (account.functions(), account.notification("photos"), account.queued()) == ([], None, [])


def test_a_file_of_another_form_is_refused_and_left_alone(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "lab.sqlite3")
    connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(PlatformError, match="has the form 99"):
        Account(tmp_path / "lab.sqlite3")


def test_a_file_that_is_no_account_is_named_with_its_remedy(tmp_path: Path) -> None:
    path = tmp_path / "account.sqlite3"
    path.write_bytes(b"no database" * 1000)

    with pytest.raises(PlatformError, match=r"account\.sqlite3 cannot be read as an account"):
        Account(path)
