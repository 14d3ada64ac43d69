"""``%%handler`` in a real IPython."""

from __future__ import annotations

from pathlib import Path

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from lab.errors import LabError
from lab.magics import LabMagics


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InteractiveShell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    configuration = Config()
    configuration.HistoryManager.enabled = False  # it would write to its database at exit, when the directory is gone
    shell = InteractiveShell(config=configuration)
    shell.register_magics(LabMagics)
    return shell


def test_a_cell_becomes_a_file_in_work(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_cell_magic("handler", "hello.py", "def handler(event, context):\n    return 1\n")

    assert Path("work/hello.py").read_text() == "def handler(event, context):\n    return 1\n"
    assert "wrote work/hello.py (2 lines, syntax checked)" in capsys.readouterr().out


def test_a_file_of_no_language_is_not_said_to_be_checked(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell_magic("handler", "notes.txt", "(\n")

    assert capsys.readouterr().out == "wrote work/notes.txt (1 line)\n"


def test_a_mistake_leaves_the_file_as_it_was(shell: InteractiveShell) -> None:
    shell.run_cell_magic("handler", "hello.py", "x = 1\n")

    with pytest.raises(LabError, match=r"line 1[\s\S]*stays as it was"):
        shell.run_cell_magic("handler", "hello.py", "x = = 1\n")

    assert Path("work/hello.py").read_text() == "x = 1\n"


@pytest.mark.parametrize("name", ["", "../hello.py", "a/b.py", ".hidden.py"])
def test_a_name_that_leads_elsewhere_is_refused(shell: InteractiveShell, name: str) -> None:
    with pytest.raises(UsageError, match=r"%%handler hello\.js"):
        shell.run_cell_magic("handler", name, "x = 1\n")


def test_an_error_of_the_lab_is_shown_without_its_stack() -> None:
    error = LabError("It broke.", remedy="mend it.")

    assert error._render_traceback_() == ["It broke.", "What to do: mend it."]
