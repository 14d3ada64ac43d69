"""Code to read."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.code_listing import show_code
from lab.errors import LabError


def test_code_is_markdown_in_its_language_and_plain_elsewhere(tmp_path: Path) -> None:
    file = tmp_path / "walls.js"
    file.write_text("var x = '```';\n")

    shown = show_code(file)

    assert repr(shown) == "var x = '```';"
    assert shown._repr_markdown_() == "````javascript\nvar x = '```';\n````"


def test_a_missing_file_is_named() -> None:
    with pytest.raises(LabError, match=r"no file files/gone\.js"):
        show_code("files/gone.js")
