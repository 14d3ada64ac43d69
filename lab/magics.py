"""The lab's cell magics. There is one: ``%%handler``, which turns a cell into a handler's file."""

from __future__ import annotations

from pathlib import Path

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, magics_class

from lab.errors import LabError
from lab.places import WORK
from lab.syntax import check_syntax


@magics_class
class LabMagics(Magics):
    """What ``%load_ext lab`` adds."""

    @cell_magic
    def handler(self, line: str, cell: str) -> None:
        """Write this cell to ``work/NAME`` beside the notebook, if it can be loaded.

        ``%%handler hello.js`` or ``%%handler hello.py``: the ending says the language. The syntax is checked first; on
        an error the file that was there stays as it was.
        """
        name = line.strip()
        if not name:
            raise UsageError("Say the file's name after %%handler, for example: %%handler hello.js")
        if Path(name).name != name or name.startswith("."):
            raise UsageError(f"{name!r} is not a plain file name. The file is written to work/: %%handler hello.js")
        print(write_handler(name, cell))


def write_handler(name: str, code: str) -> str:
    """Check and write a handler; return the sentence that says so."""
    verdict = check_syntax(name, code)
    path = Path(WORK) / name
    if verdict.problem:
        kept = f"{path} stays as it was." if path.exists() else f"{path} was not written."
        raise LabError(verdict.problem, remedy=f"mend that line and run the cell again; {kept}")
    path.parent.mkdir(exist_ok=True)
    path.write_text(code)
    lines = len(code.splitlines())
    checked = ", syntax checked" if verdict.is_judged else ""
    written = f"wrote {path} ({lines} line{'s' if lines != 1 else ''}{checked})"
    return f"{written}\n\n{verdict.remark}" if verdict.remark else written
