"""A learner opens a lesson in JupyterLab, chooses "Run All Cells", and reads it to the end without an error.

Screenshots of the whole notebook, in the light theme and then in the dark one, are left in ``tests/artefacts/``.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

REPOSITORY = Path(__file__).resolve().parent.parent.parent
LESSONS = REPOSITORY / "lessons"
ARTEFACTS = REPOSITORY / "tests" / "artefacts"
WIDTH = 1280
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "apputils-extension/themes": {"theme": "JupyterLab Light"},
}
KERNEL_IS_IDLE = "() => window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
SHOW_THE_BEGINNING = """() => {
    window.jupyterapp.shell.currentWidget.content.activeCellIndex = 0;
    document.querySelector('.jp-WindowedPanel-outer').scrollTop = 0;
}"""
CHANGE_THEME = "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})"
THEME_IS = "theme => document.body.dataset.jpThemeName === theme"
ALL_HAVE_RUN = """() => {
    const panel = window.jupyterapp.shell.currentWidget;
    const code = panel.content.widgets.filter(cell => cell.model.type === 'code');
    const done = cell => cell.model.executionCount !== null || cell.model.sharedModel.source.trim() === '';
    const failed = cell => cell.model.outputs.toJSON().some(output => output.output_type === 'error');
    const is_idle = panel.sessionContext.session?.kernel?.status === 'idle';
    return is_idle && (code.every(done) || code.some(failed));
}"""
ERRORS = """() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells.flatMap(
    cell => (cell.outputs ?? []).filter(output => output.output_type === 'error' || output.name === 'stderr'))"""

pytestmark = [pytest.mark.browser, pytest.mark.isolation, pytest.mark.slow]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder with the lessons, whose runtime keeps its state there and is ended at the end."""
    place = tmp_path_factory.mktemp("browser")
    shutil.copytree(LESSONS, place / "lessons", ignore=shutil.ignore_patterns("work", "*.png"))
    yield place
    endpoint = place / "state" / "endpoint.json"
    if endpoint.exists():
        os.kill(json.loads(endpoint.read_text())["pid"], signal.SIGTERM)


@pytest.fixture(scope="module")
def jupyter_lab(place: Path) -> Iterator[str]:
    """Return the address of a JupyterLab."""
    for name, wanted in SETTINGS.items():
        path = place / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(wanted))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "LAMBDA_LAB_STATE": str(place / "state"),
        "JUPYTERLAB_SETTINGS_DIR": str(place / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(place / "workspaces"),
        "IPYTHONDIR": str(place / "ipython"),
    }
    with (place / "jupyter.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser",
             "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--IdentityProvider.token="],
            cwd=place / "lessons",
            stdout=log,
            stderr=log,
            env=environment,
        )  # fmt: skip
        await_answer(f"http://127.0.0.1:{port}/api", server, place / "jupyter.log")
        yield f"http://127.0.0.1:{port}"
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": WIDTH, "height": 900})
        browser.close()


@pytest.mark.parametrize("name", ["01-run-a-function", "02-a-photo-lands-in-a-bucket", "03-walls"])
def test_a_learner_runs_all_cells_and_sees_no_error(jupyter_lab: str, page: Page, name: str) -> None:
    page.goto(f"{jupyter_lab}/lab/tree/{name}.ipynb?reset")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
    page.wait_for_function(KERNEL_IS_IDLE)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.wait_for_function(ALL_HAVE_RUN, timeout=120_000)

    for theme in ("Light", "Dark"):
        page.evaluate(CHANGE_THEME, f"JupyterLab {theme}")
        page.wait_for_function(THEME_IS, arg=f"JupyterLab {theme}")
        take_picture_of_everything(page, ARTEFACTS / f"lesson-{name}-{theme.lower()}.png")
    assert page.evaluate(ERRORS) == []


def take_picture_of_everything(page: Page, picture: Path) -> None:
    """Make the window as high as the notebook, and take its picture."""
    picture.parent.mkdir(exist_ok=True)
    page.keyboard.press("Escape")
    height = page.evaluate("() => document.querySelector('.jp-WindowedPanel-outer').scrollHeight")
    page.set_viewport_size({"width": WIDTH, "height": int(height) + 200})
    page.evaluate(SHOW_THE_BEGINNING)
    page.wait_for_function("() => document.querySelector('.jp-WindowedPanel-outer').scrollTop === 0")
    page.wait_for_function("() => [...document.images].every(image => image.complete)")
    page.screenshot(path=picture)


def await_answer(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a server answers; fail with its log if it ends or takes too long."""
    deadline = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                answer.read()
            return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"JupyterLab did not answer:\n{log.read_text()[-3000:]}")
