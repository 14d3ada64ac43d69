"""The plain values that a learner wrote into answer cells, read from the text without running it.

A graded cell asks for them with ``lab.answers()``. In the learner's kernel they are read from the cells that were run,
for feedback at once; the autograder reads them from the answer cells of the submitted notebook, for the score, by the
same rule. A kernel cannot tell an answer cell from another one: a value written elsewhere counts here and not there.

``share = 6.2`` and ``predicted_ms = 1480 / 8`` are plain values: literals, and sums, differences, products and
quotients of numbers and of names given before. Anything else (calls, attributes, magics) is not read, because it
would have to run, and what runs in a grading kernel is under the control of whoever wrote it.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable, Mapping

from IPython import get_ipython

from lab.grading.unmet import UnmetError

OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
LONGEST_CELL = 20_000
"""Characters; Python's own parser is not safe with deeper nesting than such a cell can hold."""


class Answers:
    """What was written, by name. Asking for what is not there raises :class:`UnmetError` and says what to write."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    def text(self, name: str) -> str:
        """Return an answer that is a text."""
        value = self._answer(name)
        if not isinstance(value, str):
            raise UnmetError(f"{name} should be a text in quotes, and it is {value!r}.")
        return value

    def number(self, name: str) -> float:
        """Return an answer that is a number."""
        value = self._answer(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise UnmetError(f"{name} should be a number without quotes, and it is {value!r}.")
        return float(value)

    def _answer(self, name: str) -> object:
        if name not in self._values:
            raise UnmetError(
                f"{name} has no plain value in the answer cell. Write the value itself, a text in quotes or a number; "
                "a calculation with numbers is fine. The quiz is graded from what you wrote, without your live run."
            )
        value = self._values[name]
        if value is None or value == "":
            raise UnmetError(f"No answer yet: write {name} in the answer cell, run it, then run this cell.")
        return value


def answers() -> Answers:
    """Return the plain values of the cells that were run in this kernel."""
    shell = get_ipython()
    return Answers(plain_values(shell.user_ns["In"] if shell else ()))


class NotPlainError(ValueError):
    """An expression that would have to run before its value is known."""


def plain_values(sources: Iterable[str]) -> dict[str, object]:
    """Return the value of every name that is assigned a plain value in these cells; later cells win."""
    values: dict[str, object] = {}
    for source in sources:
        for statement in _statements(source):
            _assign(statement, values)
    return values


def _statements(source: str) -> list[ast.stmt]:
    if len(source) > LONGEST_CELL:
        return []
    try:
        return ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # A cell with a magic, with a mistake, or built to trip the parser: it holds no plain value.
        return []


def _assign(statement: ast.stmt, values: dict[str, object]) -> None:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=expression):
            try:
                values[name] = _plain(expression, values)
            except (NotPlainError, ArithmeticError, RecursionError):
                values.pop(name, None)  # the name no longer has the value that an earlier line gave it


def _plain(expression: ast.expr, values: Mapping[str, object]) -> object:
    match expression:
        case ast.Constant(value=bool() | int() | float() | str() | None as value):
            return value
        case ast.Name(id=name) if name in values:
            return values[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(_plain(operand, values))
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in OPERATORS:
            return OPERATORS[type(sign)](_number(_plain(left, values)), _number(_plain(right, values)))
    raise NotPlainError(ast.unparse(expression)[:80])


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotPlainError(repr(value)[:80])
    return float(value)
