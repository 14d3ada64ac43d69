"""A policy document that is read once: its statements, in the form in which they are asked.

``read`` remembers the documents that it was last given, by their text, because the same few are judged by at every
call. What it returns is shared and must not be changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any

from runtime.policy.json_text import parsed
from runtime.policy.statement import Statement, read_statements

REMEMBERED = 1024


class Document(dict[str, Any]):
    """A document as JSON gives it, and its statements."""

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """The statements, read when they are first asked for."""
        return read_statements(self)


@lru_cache(maxsize=REMEMBERED)
def read(text: str) -> Document:
    """Read a document; a text that is no JSON object is one without statements, which says nothing."""
    try:
        document = parsed(text)
    except ValueError:
        return Document()
    return Document(document) if isinstance(document, dict) else Document()


def statements_of(document: Mapping[str, Any]) -> tuple[Statement, ...]:
    """Return the statements of any document."""
    return document.statements if isinstance(document, Document) else read_statements(document)
