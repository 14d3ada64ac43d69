"""Is this a handler that can be loaded at all? Asked before a cell is written to its file.

JavaScript is read by the current Node (``--check``); what it accepts is then shown to Node v0.10.32 too, because the
preview runs on that, and it knows no ``const``, no arrow functions and no template strings. Python is compiled.
Nothing is run.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

from lab.places import child_environment, preview_node, program

SCRIPT_CHECK = Path(__file__).with_name("check_script.js")
SECONDS = 20


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the language says of a file."""

    problem: str = ""
    """Empty when the file can be loaded; otherwise the line, the mark under it and the language's words."""
    remark: str = ""
    """What the learner should know although the file can be loaded."""
    is_judged: bool = True
    """Whether this is a file of a language that is checked at all."""


def check_syntax(name: str, code: str) -> Verdict:
    """Judge the code of a handler by the ending of its file's name; other files are not judged."""
    match Path(name).suffix:
        case ".py":
            return _python_verdict(name, code)
        case ".js":
            problem = _node_problem(name, code)
            return Verdict(problem) if problem else Verdict(remark=_preview_remark(name, code))
        case ".mjs" | ".cjs":
            return Verdict(_node_problem(name, code))
        case _:
            return Verdict(is_judged=False)


def _python_verdict(name: str, code: str) -> Verdict:
    try:
        # What the compiler warns of is a remark: on stderr it would cost a graded cell its points.
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            compile(code, name, "exec", dont_inherit=True)
    except SyntaxError as error:
        line = (error.text or "").rstrip("\n")
        mark = " " * (max(error.offset or 1, 1) - 1) + "^"
        return Verdict(f"{name}, line {error.lineno}:\n    {line}\n    {mark}\n{error.msg}")
    except ValueError as error:
        return Verdict(f"{name}: {error}")
    return Verdict(remark="\n".join(f"{name}, line {one.lineno}: Python warns: {one.message}" for one in warned))


def _node_problem(name: str, code: str) -> str:
    return _complaint([str(program("node")), "--check"], name, code)


def _preview_remark(name: str, code: str) -> str:
    node = preview_node()
    if not node.exists():
        return ""
    problem = _complaint([str(node), str(SCRIPT_CHECK)], name, code)
    return problem and f"Node v0.10.32, the preview's runtime, cannot read it (a newer Node can):\n{problem}"


def _complaint(command: list[str], name: str, code: str) -> str:
    with tempfile.TemporaryDirectory(prefix="lambda-lab-") as folder:
        path = Path(folder) / Path(name).name
        path.write_text(code)
        finished = subprocess.run(
            [*command, str(path)], capture_output=True, text=True, timeout=SECONDS, env=dict(child_environment())
        )
    return "" if finished.returncode == 0 else _readable(finished.stderr, path, name)


def _readable(complaint: str, path: Path, name: str) -> str:
    """Keep the place, the line, the mark and the error of Node's complaint; drop its own stack."""
    said = re.sub(rf"(?:file://)?{re.escape(str(path))}:(\d+)", rf"{name}, line \1:", complaint)
    lines = [line for line in said.splitlines() if line.strip() and not re.match(r"\s+at |Node\.js v", line)]
    begins = next((at for at, line in enumerate(lines) if line.startswith(name)), 0)
    shown = lines[begins:]
    return (
        "\n".join([shown[0], *(f"    {line}" for line in shown[1:-1]), shown[-1]]) if len(shown) > 1 else said.strip()
    )
