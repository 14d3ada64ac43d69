"""The lab's magics in a real IPython."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest
from IPython.core.completer import provisionalcompleter, rectify_completions
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from lab.completion import offer_completions
from lab.errors import LabError
from lab.magics import LabMagics
from tests.unit.lab.conftest import FakeRuntime


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InteractiveShell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    configuration = Config()
    configuration.HistoryManager.enabled = False  # it would write to its database at exit, when the directory is gone
    shell = InteractiveShell(config=configuration)
    shell.register_magics(LabMagics)
    offer_completions(shell)
    return shell


TRACE = "1-00000001-aaaaaaaaaaaaaaaaaaaaaaaa"


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


def write_wheel(path: Path) -> None:
    """Write a Python module as pip takes it, with nothing to fetch."""
    described = "lab_greeting-1.0.dist-info"
    members = {
        "lab_greeting.py": "HELLO = 'hello'\n",
        f"{described}/METADATA": "Metadata-Version: 2.1\nName: lab-greeting\nVersion: 1.0\n",
        f"{described}/WHEEL": "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{described}/RECORD": "",
    }
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in members.items():
            wheel.writestr(name, text)


def write_node_module(path: Path) -> None:
    """Write a Node module as npm takes it, whose install script would leave a mark."""
    described = {"name": "lab-greeting", "version": "1.0.0", "scripts": {"install": f"touch {path.parent}/mark"}}
    members = {"package.json": json.dumps(described), "index.js": "exports.hello = 'hello';\n"}
    with tarfile.open(path, "w:gz") as archive:
        for name, text in members.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))


def test_a_package_holds_ones_own_files_and_other_peoples_modules(
    shell: InteractiveShell, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_wheel(tmp_path / "lab_greeting-1.0-py3-none-any.whl")
    write_node_module(tmp_path / "lab-greeting.tgz")
    Path("app/lib").mkdir(parents=True)
    Path("app/hello.py").write_text("import lab_greeting\n")
    Path("app/lib/more.py").write_text("")

    modules = "--pip ./lab_greeting-1.0-py3-none-any.whl --npm ./lab-greeting.tgz"
    shell.run_line_magic("package", f"hello.zip app {modules}")

    names = set(zipfile.ZipFile("work/hello.zip").namelist())
    assert {"hello.py", "lib/more.py", "lab_greeting.py", "node_modules/lab-greeting/index.js"} <= names
    assert not (tmp_path / "mark").exists()
    said = capfd.readouterr()
    assert "wrote work/hello.zip" in said.out
    assert "zip: hello.zip: 100%" in said.out
    assert said.err == ""


def test_a_module_that_cannot_be_installed_leaves_the_package_as_it_was(shell: InteractiveShell) -> None:
    shell.run_cell_magic("handler", "hello.py", "x = 1\n")
    shell.run_line_magic("package", "hello.zip hello.py")
    before = Path("work/hello.zip").read_bytes()
    Path("broken.whl").write_text("this is no wheel")

    with pytest.raises(LabError, match=r"pip could not install[\s\S]*What to do"):
        shell.run_line_magic("package", "hello.zip hello.py --pip ./broken.whl")

    assert Path("work/hello.zip").read_bytes() == before


@pytest.mark.parametrize("line", ["../hello.zip hello.py", "hello hello.py", ".zip hello.py", "a/b.zip hello.py"])
def test_a_package_is_named_plainly(shell: InteractiveShell, line: str) -> None:
    with pytest.raises(UsageError, match=r"ends in \.zip"):
        shell.run_line_magic("package", line)


def test_a_package_of_nothing_and_one_of_what_is_not_there_are_refused(shell: InteractiveShell) -> None:
    with pytest.raises(LabError, match="at least one file"):
        shell.run_line_magic("package", "hello.zip")
    with pytest.raises(LabError, match=r"There is no hello\.py"):
        shell.run_line_magic("package", "hello.zip hello.py")


@pytest.mark.parametrize(("magic", "line"), [("timeline", "a b"), ("explain", "--back x"), ("package", "")])
def test_a_line_that_cannot_be_understood_is_answered_with_the_usage(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str], magic: str, line: str
) -> None:
    with pytest.raises(UsageError):
        shell.run_line_magic(magic, line)


@pytest.mark.usefixtures("started")
def test_the_last_way_and_the_last_denial_are_read_from_the_running_runtime(
    shell: InteractiveShell, runtime: FakeRuntime
) -> None:
    runtime.run(trace_id=TRACE, span="s", parent=None)
    runtime.append("denial", trace_id=TRACE, parent="s", action="s3:GetObject", message="m", explanation="Why not.")

    assert "hello ran" in repr(shell.run_line_magic("timeline", TRACE[:10]))
    assert "Why not." in repr(shell.run_line_magic("explain", ""))


def test_before_the_start_a_magic_says_how_to_start(shell: InteractiveShell) -> None:
    for magic in ("timeline", "explain"):
        with pytest.raises(LabError, match=r"lab\.start\(\)"):
            shell.run_line_magic(magic, "")


@pytest.mark.usefixtures("started")
def test_tab_offers_what_may_stand_there(shell: InteractiveShell, runtime: FakeRuntime) -> None:
    runtime.append("acceptance", trace_id=TRACE, function="f")
    Path("work").mkdir()
    Path("work/hello.js").write_text("")
    Path("lib").mkdir()

    assert "%timeline" in offered(shell, "%timel")
    assert TRACE in offered(shell, "%timeline 1-")
    assert "hello.js" in offered(shell, "%%handler he")
    assert "hello.js" in offered(shell, "%package a.zip he")
    assert "--pip" in offered(shell, "%package a.zip --")
    assert "--back" in offered(shell, "%explain -")


def offered(shell: InteractiveShell, line: str) -> set[str]:
    """Ask as a kernel asks."""
    with provisionalcompleter():
        found = rectify_completions(line, shell.Completer.completions(line, len(line)))
        return {one.text for one in found}


def test_every_magic_has_help(shell: InteractiveShell) -> None:
    for name in ("explain", "timeline", "package"):
        assert f"%{name}" in (shell.find_line_magic(name).__doc__ or "")
