"""Layer versions are kept, numbered once, and found newest first."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

import pytest

from runtime.resources.layers import SCHEMA, Layers, LayerVersion


@pytest.fixture
def layers() -> Layers:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for statement in SCHEMA:
        connection.execute(statement)
    return Layers(connection)


def version(name: str, number: int) -> LayerVersion:
    return LayerVersion(
        name=name,
        layer_arn=f"arn:aws:lambda:us-east-1:123456789012:layer:{name}",
        number=number,
        description="words",
        license="MIT",
        runtimes=("python3.11",),
        architectures=("x86_64",),
        created=datetime(2018, 11, 29, tzinfo=UTC),
        code_sha256="0" * 64,
        code_size=7,
    )


def test_a_version_comes_back_as_it_was_put(layers: Layers) -> None:
    layers.put(version("words", 1))

    assert layers.find("words", 1) == version("words", 1)
    assert version("words", 1).arn.endswith(":layer:words:1")


def test_versions_are_listed_newest_first_and_numbers_given_once(layers: Layers) -> None:
    numbers = [layers.next_number("words") for _ in range(2)]
    for number in numbers:
        layers.put(version("words", number))
    layers.put(version("other", 1))

    layers.delete("words", 2)

    assert (numbers, layers.next_number("words")) == ([1, 2], 3)
    assert [one.number for one in layers.versions("words")] == [1]
    assert [(one.name, one.number) for one in layers.all()] == [("other", 1), ("words", 1)]


def test_a_number_beyond_all_is_the_number_of_none(layers: Layers) -> None:
    layers.delete("words", 10**30)

    assert layers.find("words", 10**30) is None
