"""The CPU share explorer's Python side."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from lab.errors import LabError
from lab.feed import Feed
from lab.run import Run
from lab.widgets.explorer import Explorer
from lab.widgets.explorer.experiment import MEMORY_SIZES, SUBJECTS, SWEEP, Subject
from runtime.generation import GENERATIONS
from tests.unit.lab.conftest import FACTS

pytestmark = pytest.mark.usefixtures("started")


def measured(_feed: Feed, subject: Subject, memory_mib: int, after: int) -> Run:
    facts = {"generation": subject.generation, "memory_mib": memory_mib, "cpu_share": memory_mib / 2048}
    return Run(seq=after + 1, time="", **(FACTS | facts))


@pytest.fixture
def explorer() -> Iterator[Explorer]:
    explorer = Explorer(measure=measured)
    yield explorer
    explorer.wait(5)
    explorer.close()


def ask(explorer: Explorer, what: str) -> None:
    explorer._handle_custom_msg({"ask": what}, [])


def test_run_measures_the_size_on_the_slider(explorer: Explorer) -> None:
    explorer.memory_mib = 512
    ask(explorer, "run")
    explorer.wait(5)

    (point,) = explorer.points
    assert (point["memory_mib"], point["bought"], point["generation"]) == (512, 0.25, "preview")
    assert explorer.running == {}
    assert explorer.error == ""


def test_a_sweep_measures_every_size_and_tells_how_far_it_is(explorer: Explorer) -> None:
    running: list[dict[str, int]] = []
    explorer.observe(lambda change: running.append(change.new), "running")

    ask(explorer, "sweep")
    explorer.wait(5)

    assert [point["memory_mib"] for point in explorer.points] == list(SWEEP)
    told = [(now["number"], now["count"]) for now in running if now]
    assert told == [(number, len(SWEEP)) for number in range(1, len(SWEEP) + 1)]


def test_an_error_is_shown_in_the_widget() -> None:
    def fails(*_arguments: object) -> Run:
        raise LabError("The runtime is gone.", remedy="run lab.start() again.")

    explorer = Explorer(measure=fails)
    explorer.run()
    explorer.wait(5)

    assert explorer.error == "The runtime is gone.\nWhat to do: run lab.start() again."
    assert explorer.running == {}
    explorer.close()


def test_a_mistake_of_the_lab_itself_is_shown_too() -> None:
    def breaks(*_arguments: object) -> Run:
        raise ZeroDivisionError

    explorer = Explorer(measure=breaks)
    explorer.run()
    explorer.wait(5)

    assert "ZeroDivisionError" in explorer.error
    explorer.close()


def test_stop_ends_a_sweep_after_the_measurement_under_way() -> None:
    began, go_on = threading.Event(), threading.Event()

    def waits(feed: Feed, subject: Subject, memory_mib: int, after: int) -> Run:
        began.set()
        go_on.wait(5)
        return measured(feed, subject, memory_mib, after)

    explorer = Explorer(measure=waits)
    ask(explorer, "sweep")
    began.wait(5)
    ask(explorer, "stop")
    go_on.set()
    explorer.wait(5)

    assert len(explorer.points) == 1
    explorer.close()


def test_clear_forgets_the_points(explorer: Explorer) -> None:
    explorer.run()
    explorer.wait(5)

    ask(explorer, "clear")

    assert explorer.points == []


def test_a_question_that_the_widget_does_not_know_is_answered_in_words(explorer: Explorer) -> None:
    ask(explorer, "dance")

    assert "'dance'" in explorer.error


def test_what_is_drawn_as_bought_is_what_the_generation_sells() -> None:
    for name, subject in SUBJECTS.items():
        assert subject.mib_per_processor == GENERATIONS[name].mib_per_processor
    preview = GENERATIONS["preview"]
    assert MEMORY_SIZES[0] == preview.minimum_memory_mib
    assert MEMORY_SIZES[-1] == preview.maximum_memory_mib
    assert MEMORY_SIZES[1] - MEMORY_SIZES[0] == preview.memory_step_mib
    assert set(SWEEP) <= set(MEMORY_SIZES)
