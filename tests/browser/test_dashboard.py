"""A visitor plays with the CPU share explorer in Voila: the slider moves, Run measures, a point appears.

It is started as a user starts it (``python -m lab dashboard``) and nothing may come from elsewhere. Screenshots in the
light and the dark theme are left in ``tests/artefacts/``.
"""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

from lab.widgets.explorer.experiment import SWEEP

REPOSITORY = Path(__file__).resolve().parent.parent.parent
ARTEFACTS = REPOSITORY / "tests" / "artefacts"
WINDOW: ViewportSize = {"width": 1200, "height": 860}
MEASURED_MS = 90_000
DOT = "circle.lab-ex-dot"

pytestmark = [pytest.mark.browser, pytest.mark.isolation, pytest.mark.slow]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a dashboard with a runtime of its own."""
    state = tmp_path_factory.mktemp("state")
    with (state / "errors.log").open("w+") as errors:
        command = subprocess.Popen(
            [sys.executable, "-m", "lab", "dashboard", "--no-browser", "--state", str(state)],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        assert command.stdout is not None
        found = next((match[1] for line in command.stdout if (match := re.search(r"open +(http\S+)", line))), None)
        if found is None:
            errors.seek(0)
            pytest.fail(f"the dashboard did not start: {errors.read()}")
        yield found
        command.send_signal(signal.SIGTERM)
        command.stdout.close()
        assert command.wait(timeout=60) == 0


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser.new_page(viewport=WINDOW)
        browser.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_press_of_run_measures_what_the_slider_says(address: str, page: Page, theme: str) -> None:
    elsewhere: list[str] = []
    page.on("request", lambda request: None if is_here(request.url, address) else elsewhere.append(request.url))

    page.goto(f"{address}?theme={theme}")
    slider = page.get_by_label("Memory")
    expect(slider).to_be_visible(timeout=30_000)
    slider.focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_text("buys 25 % of a processor")).to_be_visible()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(DOT)).to_have_count(3, timeout=MEASURED_MS)

    expect(page.get_by_text("512 MB bought 25 % of a processor, and")).to_be_visible()
    assert elsewhere == []

    take_picture(page, f"dashboard-run-{theme}")


def test_every_size_of_both_generations_is_measured_one_after_the_other(address: str, page: Page) -> None:
    page.goto(address)
    for number, generation in enumerate(("Preview (2014)", "Today"), start=1):
        page.get_by_text(generation, exact=True).click(timeout=30_000)
        page.get_by_role("button", name="Run every size").click()
        expect(page.locator(DOT)).to_have_count(number * 3 * len(SWEEP), timeout=2 * MEASURED_MS)

    expect(page.get_by_role("alert")).to_be_hidden()
    take_picture(page, "dashboard-cpu-share-explorer-light")


def test_the_figures_stand_in_a_table_too(address: str, page: Page) -> None:
    page.goto(address)
    page.get_by_role("button", name="Run", exact=True).click(timeout=30_000)
    page.get_by_text("The measurements as a table").click()

    row = page.get_by_role("row").nth(1)

    expect(row).to_contain_text("128 MB", timeout=MEASURED_MS)
    expect(row).to_contain_text("6.25 %")


def take_picture(page: Page, name: str) -> None:
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png")


def is_here(url: str, address: str) -> bool:
    return url.startswith((address, "data:", "blob:"))
