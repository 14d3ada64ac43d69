"""The lab's magics: ``%%handler``, ``%explain``, ``%timeline`` and ``%package``. ``NAME?`` shows the help of each.

They parse their line, ask the modules that do the work, and show what comes back. A line that cannot be understood is
answered with the usage, never with a stack. What may stand on a line is completed (``lab.completion``).
"""

from __future__ import annotations

from pathlib import Path

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

from lab.archive import write_archive
from lab.denial import Denial, denial
from lab.errors import LabError
from lab.places import WORK
from lab.run import SETTLED_SECONDS, wait_until_settled
from lab.session import current_session
from lab.syntax import check_syntax
from lab.way import Way, way


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

    @magic_arguments()
    @argument("--back", type=int, default=0, metavar="N", help="the Nth denial before the last")
    @line_magic
    def explain(self, line: str) -> Denial:
        """Say why the last call was denied: who asked for what, what was looked at, and what came nearest."""
        options = parse_argstring(self.explain, line)
        return denial(current_session().connection.feed.entries(), options.back)

    @magic_arguments()
    @argument("trace_id", nargs="?", default="", help="of another event; its beginning is enough")
    @line_magic
    def timeline(self, line: str) -> Way:
        """Show the way of the last event: what it caused, step by step, and what followed from what."""
        options = parse_argstring(self.timeline, line)
        feed = current_session().connection.feed
        wait_until_settled(feed, None, SETTLED_SECONDS)
        return way(feed.entries(), options.trace_id)

    @magic_arguments()
    @argument("archive", help="the package's name: it is written to work/NAME.zip")
    @argument("paths", nargs="*", help="files, and folders whose content goes to the top of the package")
    @argument("--pip", nargs="+", default=[], metavar="MODULE", help="Python modules, as pip names them")
    @argument("--npm", nargs="+", default=[], metavar="MODULE", help="Node modules, as npm names them")
    @line_magic
    def package(self, line: str) -> None:
        """Make a deployment package of files, folders and other people's modules.

        ``%package hello.zip hello.py --pip requests`` or ``%package hello.zip hello.js --npm left-pad``. No install
        script of npm's modules is run.
        """
        options = parse_argstring(self.package, line)
        name = options.archive
        if Path(name).name != name or name.startswith(".") or Path(name).suffix != ".zip":
            raise UsageError(f"{name!r} is not a plain name that ends in .zip, as in: %package hello.zip hello.js")
        print(write_archive(Path(WORK) / name, options.paths, options.pip, options.npm))


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
