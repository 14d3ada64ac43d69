"""Handlers are checked before they are written."""

from __future__ import annotations

import pytest

from lab.places import preview_node, program
from lab.syntax import check_syntax

needs_node = pytest.mark.skipif(not program("node").exists(), reason="node comes with the installation")
needs_preview = pytest.mark.skipif(not preview_node().exists(), reason="Node v0.10.32 comes with the installation")


def test_a_python_handler_that_can_be_loaded_passes() -> None:
    assert check_syntax("hello.py", "def handler(event, context):\n    return event\n").problem == ""


def test_a_python_mistake_is_shown_with_its_line() -> None:
    problem = check_syntax("hello.py", "def handler(event, context):\n    return (event\n").problem

    assert "hello.py, line 2:" in problem
    assert "'(' was never closed" in problem


def test_what_python_warns_of_is_a_remark_and_not_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    verdict = check_syntax("hello.py", "def handler(event, context):\n    return event is 5\n")

    assert verdict.problem == ""
    assert 'hello.py, line 2: Python warns: "is" with a literal' in verdict.remark
    assert capsys.readouterr().err == ""


@needs_node
def test_a_javascript_mistake_is_shown_with_its_line_and_without_a_stack() -> None:
    problem = check_syntax("hello.js", "exports.handler = function (event, context) {\n  var = 3;\n};\n").problem

    assert "hello.js, line 2:" in problem
    assert "var = 3;" in problem
    assert "SyntaxError" in problem
    assert "    at " not in problem
    assert "/tmp" not in problem


@needs_node
@needs_preview
def test_what_only_a_newer_node_can_read_is_remarked_upon() -> None:
    verdict = check_syntax(
        "hello.js", "exports.handler = function (event, context) {\n  context.done(null, `x`);\n};\n"
    )

    assert verdict.problem == ""
    assert "Node v0.10.32, the preview's runtime, cannot read it" in verdict.remark
    assert "hello.js, line 2:" in verdict.remark


@needs_node
def test_a_plain_javascript_handler_passes_without_a_remark() -> None:
    verdict = check_syntax("hello.js", "exports.handler = function (event, context) { context.done(); };\n")

    assert (verdict.problem, verdict.remark) == ("", "")


def test_other_files_are_not_judged() -> None:
    assert check_syntax("words.txt", "def (").problem == ""
