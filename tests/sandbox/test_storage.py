"""``/tmp`` is a disk of its own with a size, and being full is noticed even if the code does not mind."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from runtime.sandbox.contract import Limit
from runtime.sandbox.namespaces import NamespacesBackend
from tests.sandbox.attacks import Attack, document, in_languages, line, mechanism, specification

pytestmark = pytest.mark.isolation
MIB = 1 << 20


async def test_the_whole_of_512_mb_can_be_used(attack: Attack) -> None:
    sandbox = await attack("fill_storage.py", 512)

    assert await line(sandbox, 60) == "written"
    assert sandbox.breached() is None


@in_languages()
@pytest.mark.parametrize("way", ["fill_storage", "fill_deleted"])
async def test_writing_600_mb_fails_inside_and_is_a_breach_outside(attack: Attack, language: str, way: str) -> None:
    sandbox = await attack(way, 600, language=language)

    breach = await asyncio.wait_for(sandbox.breach(), 60)

    assert await line(sandbox) == ("ENOSPC" if way == "fill_storage" else "ENOSPC []")
    assert breach.limit is Limit.STORAGE
    assert breach.configured == 512 * MIB
    assert 512 * MIB <= breach.observed < 530 * MIB
    assert breach.unit == "bytes"


@in_languages("python", "sh")
async def test_asking_for_600_mb_without_writing_them_is_refused_and_a_breach(
    attack: Attack, backend: NamespacesBackend, language: str
) -> None:
    sandbox = await attack("allocate_storage", 600, language=language)

    assert await line(sandbox, 60) == "ENOSPC"
    breach = sandbox.breached()
    if "ext4" in str(mechanism(backend, "storage")):
        assert breach is not None
        assert 512 * MIB <= breach.observed < 530 * MIB
    else:  # a tmpfs gives all of it back before it refuses, so that nothing is exceeded
        assert breach is None


async def test_a_larger_disk_can_be_had(attack: Attack) -> None:
    sandbox = await attack("fill_storage.py", 600, spec=specification(storage_mib=1024))

    assert await line(sandbox, 60) == "written"


@in_languages()
async def test_files_without_content_run_out_too(attack: Attack, language: str) -> None:
    sandbox = await attack("fill_with_files", language=language)

    breach = await asyncio.wait_for(sandbox.breach(), 60)

    assert await line(sandbox) == "ENOSPC"
    assert breach.limit is Limit.STORAGE
    assert breach.unit == "files"
    assert breach.observed == breach.configured


@pytest.fixture
async def answers(attack: Attack) -> dict[str, Any]:
    return await document(await attack("play_with_links.py"))


async def test_a_sparse_file_and_a_thousand_names_of_one_file_use_what_they_hold(answers: dict[str, Any]) -> None:
    assert answers["sparse size"] == 10 << 30
    assert answers["used by a thousand links"] < 2 * MIB


@pytest.mark.parametrize(
    "game",
    [
        "hard link to a file of the package", "hard link to a file of the system", "hard link out of /tmp",
        "rename out of /tmp", "write through a link", "write through a link that climbs",
        "write through a link to process 1", "write through a link to myself", "replace /tmp",
    ],
)  # fmt: skip
async def test_no_game_with_names_leads_out_of_tmp(answers: dict[str, Any], game: str) -> None:
    assert answers[game] in ("EXDEV", "EROFS", "EPERM", "EACCES", "EBUSY", "ENOENT")
