"""A file of code to read in a notebook, highlighted by the notebook's own theme."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError

LANGUAGES = {".js": "javascript", ".mjs": "javascript", ".py": "python", ".json": "json"}


@dataclass(frozen=True, slots=True, repr=False)
class CodeListing:
    """Code as Markdown, which JupyterLab and Voila colour for light and dark; plain where Markdown is not shown."""

    language: str
    code: str

    def __repr__(self) -> str:
        return self.code

    def _repr_markdown_(self) -> str:
        fence = "```"
        while fence in self.code:
            fence += "`"
        return f"{fence}{self.language}\n{self.code}\n{fence}"


def show_code(path: str | Path) -> CodeListing:
    """Show a file of code."""
    file = Path(path)
    if not file.is_file():
        raise LabError(f"There is no file {file} beside this notebook.", remedy="look at its name in the file browser.")
    return CodeListing(LANGUAGES.get(file.suffix, ""), file.read_text().rstrip())
