"""The README's table of operations, made from botocore's models and from the classes that carry them out.

``python -m tests.docs.operations`` (which ``make fix`` runs) writes it into the README.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from runtime.endpoint.model import Model, Models
from runtime.generation import PREVIEW, TODAY
from runtime.services import lambda_preview, lambda_today

README = Path(__file__).resolve().parent.parent.parent / "README.md"
BEGIN, END = "<!-- operations: made by tests/docs/operations.py -->\n", "<!-- end of operations -->\n"
ANSWERED_BY_THE_PREVIEW = "InvokeAsync"
"""Today's clients still have it, and send it to the preview's address, where the preview answers."""


def section() -> str:
    """Return the part of the README that says which operations there are."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    preview, today = _model(PREVIEW.api_version), _model(TODAY.api_version)
    carried_out = {name for family in lambda_today.FAMILIES for name in _operations(family, today)}
    missing = [name for name in today.operation_names if name not in carried_out | {ANSWERED_BY_THE_PREVIEW}]
    yield "| | operations |"
    yield "| --- | --- |"
    in_preview = [name for family in lambda_preview.FAMILIES for name in _operations(family, preview)]
    yield f"| **preview**, {len(in_preview)} of {len(preview.operation_names)} | {_listed(in_preview)} |"
    yield f"| **today**, {len(carried_out)} of {len(today.operation_names)} | |"
    for family in lambda_today.FAMILIES:
        yield f"| {_title(family)} | {_listed(_operations(family, today))} |"
    yield f"| not here | {_listed(missing)} |"


def _operations(family: type, model: Model) -> list[str]:
    return [name for name in model.operation_names if model.operation(name).method_name in vars(family)]


def _title(family: type) -> str:
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", family.__name__)
    return words.capitalize()


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _model(api_version: str) -> Model:
    model = Models().service("lambda", api_version)
    assert model is not None
    return model


def rewritten(readme: str) -> str:
    """Return the README with the section as it must be."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + section() + END + after


if __name__ == "__main__":
    README.write_text(rewritten(README.read_text()))
