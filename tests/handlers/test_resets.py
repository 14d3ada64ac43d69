"""After a crash or a timeout today's environment begins anew: memory is gone and ``/tmp`` is not (AWS-080, AWS-081)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runtime.invocation.outcome import Status
from tests.handlers.laboratory import Laboratory, result
from tests.handlers.test_scenarios import BROUGHT, LANGUAGES

RESETS = Path(__file__).parent / "resets"
ENDINGS = {"crash": Status.FAILED, "overstay": Status.TIMED_OUT, "swell": Status.OUT_OF_MEMORY}


async def keeps_disks(laboratory: Laboratory) -> bool:
    """Say whether the sandboxes of this host have disks that can be kept."""
    function = laboratory.function("f", "provided", {"bootstrap": ""})
    placed = laboratory.invoker.blueprints.place(function)
    await placed.environment.open()
    try:
        return placed.environment.sandbox.has_heritable_disk
    finally:
        await placed.environment.close()


@pytest.mark.isolation
@pytest.mark.parametrize("language", ["python", "nodejs_current", "perl"])
@pytest.mark.parametrize("ending", ENDINGS)
async def test_the_next_invocation_finds_tmp_but_no_memory(ending: str, language: str, laboratory: Laboratory) -> None:
    runtime = next(name for name in laboratory.invoker.runtimes if re.fullmatch(LANGUAGES[language], name))
    files: dict[str, str | bytes] = {
        path.name: path.read_text() for path in (RESETS / language).iterdir() if path.is_file()
    }
    if language in BROUGHT:
        files["bootstrap"] = BROUGHT[language].read_text()
    # To swell takes long on a sixteenth of a slow processor.
    function = laboratory.function("resets", runtime, files, timeout_seconds=3 if ending == "overstay" else 60)

    outcomes = [await laboratory.invoke(function, f'"{word}"') for word in ("look", ending, "look", "look")]

    first, ended, after, warm = outcomes
    kept = 2 if await keeps_disks(laboratory) else 0
    assert result(first) == {"in_memory": 1, "in_tmp": 1}
    assert ended.status is ENDINGS[ending]
    assert result(after) == {"in_memory": 1, "in_tmp": kept + 1}
    assert result(warm) == {"in_memory": 2, "in_tmp": kept + 2}
    assert [outcome.report.is_cold for outcome in outcomes] == [True, False, True, False]
    assert (after.report.log_stream == first.report.log_stream) == bool(kept)


@pytest.mark.isolation
async def test_another_function_finds_nothing_of_an_environment_that_was_reset(laboratory: Laboratory) -> None:
    runtime = next(name for name in laboratory.invoker.runtimes if name.startswith("python"))
    files: dict[str, str | bytes] = {"index.py": (RESETS / "python/index.py").read_text()}
    one, other = (laboratory.function(name, runtime, files) for name in ("one", "other"))

    await laboratory.invoke(one, '"crash"')

    assert result(await laboratory.invoke(other, '"look"')) == {"in_memory": 1, "in_tmp": 1}
