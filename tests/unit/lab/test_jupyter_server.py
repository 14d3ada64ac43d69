"""The lab's settings of JupyterLab and Voila."""

from __future__ import annotations

import json
import os
import re
import socket

import pytest
from jupyterlab_server.config import get_page_config

from lab.errors import LabError
from lab.jupyter_server import DASHBOARD, SETTINGS, settings_of, wanted_port
from lab.places import ROOT, child_environment, program


def test_a_port_that_is_taken_is_passed_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert wanted_port("127.0.0.1", None, port) > port


def test_a_port_that_was_asked_for_and_is_taken_is_said_with_the_remedy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(LabError, match=rf"Port {port} is taken[\s\S]*--port N"):
            wanted_port("127.0.0.1", port, 8888)


def test_every_settings_file_can_be_read() -> None:
    files = list(SETTINGS.rglob("*.json"))

    assert [json.loads(file.read_text()) for file in files]


def test_the_dashboards_page_asks_nothing_of_the_network() -> None:
    for template in (SETTINGS / "share").rglob("*.j2"):
        assert not re.search(r"https?://", template.read_text())


INSTRUCTORS = {f"@jupyter/nbgrader:{panel}" for panel in ("course-list", "create-assignment", "formgrader")}


@pytest.mark.parametrize("is_learner", [True, False])
def test_a_learners_jupyterlab_does_not_load_the_instructors_panels_and_an_instructors_does(
    is_learner: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", os.pathsep.join(map(str, settings_of(is_learner=is_learner))))

    disabled = set(get_page_config([])["disabledExtensions"])

    assert disabled & INSTRUCTORS == (INSTRUCTORS if is_learner else set())


def test_the_panels_are_named_as_nbgrader_names_them() -> None:
    (place,) = program("x").parents[1].glob("share/jupyter/labextensions/@jupyter/nbgrader/static")
    scripts = "".join(script.read_text() for script in place.glob("*.js"))

    assert all(f'"{panel}"' in scripts for panel in INSTRUCTORS)


def test_voila_may_load_what_a_widget_needs() -> None:
    allowed = json.loads((SETTINGS / "config/voila.json").read_text())["VoilaConfiguration"]["extension_allowlist"]

    assert {"@voila-dashboards/widgets-manager8", "@jupyter-widgets/jupyterlab-manager", "anywidget"} <= set(allowed)


def test_the_dashboard_is_there() -> None:
    assert (ROOT / DASHBOARD).exists()


def test_a_child_finds_this_environments_programs_and_nothing_of_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")

    environment = child_environment(JUPYTER_TOKEN="t")

    assert environment["PATH"].startswith(str(program("node").parent))
    assert "AWS_SECRET_ACCESS_KEY" not in environment
    assert environment["JUPYTER_TOKEN"] == "t"
