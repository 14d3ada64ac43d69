"""Versions of functions: kept, numbered once, and gone with their function."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest

from runtime.resources.function import Layer
from runtime.resources.function_table import SCHEMA, FunctionTable
from tests.unit.runtime.resources.test_account import HELLO


@pytest.fixture
def table() -> FunctionTable:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for statement in SCHEMA:
        connection.execute(statement)
    return FunctionTable(connection)


def test_a_version_comes_back_with_its_layers(table: FunctionTable) -> None:
    version = replace(
        HELLO, version="1", layers=(Layer("arn:aws:lambda:us-east-1:123456789012:layer:l:1", "0" * 64, 7),)
    )

    table.put(version)

    assert table.find("hello", "1") == version
    assert table.find("hello") is None


def test_versions_are_in_the_order_of_their_numbers(table: FunctionTable) -> None:
    for version in ("10", "$LATEST", "2", "1"):
        table.put(replace(HELLO, version=version))

    assert [one.version for one in table.versions("hello")] == ["$LATEST", "1", "2", "10"]
    assert [one.version for one in table.latest()] == ["$LATEST"]


def test_a_number_is_given_once_until_the_function_is_new(table: FunctionTable) -> None:
    numbers = [table.next_number("hello"), table.next_number("hello"), table.next_number("other")]
    table.delete_version("hello", "2")
    numbers.append(table.next_number("hello"))
    table.delete("hello")
    numbers.append(table.next_number("hello"))

    assert numbers == ["1", "2", "1", "3", "1"]


def test_the_last_published_version_is_known_unless_it_is_gone(table: FunctionTable) -> None:
    assert table.last_published("hello") is None
    version = replace(HELLO, version=table.next_number("hello"))
    table.put(version)
    assert table.last_published("hello") == version
    table.delete_version("hello", "1")
    assert table.last_published("hello") is None


@pytest.mark.parametrize("version", ["nobody", "", "-1", "9" * 100, "1.5"])
def test_what_is_no_number_is_no_version(table: FunctionTable, version: str) -> None:
    table.put(HELLO)

    assert table.find("hello", version) is None
