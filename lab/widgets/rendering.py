"""Static HTML from templates: what is only looked at needs no kernel and no script.

A card stays readable when the kernel is gone, when the notebook is opened again, in nbconvert's pages and in Voilà; so
cards are HTML and only what one operates is a live widget. Every value is escaped, for log lines are the learner's own.
Each piece carries the style sheet it needs: an output cannot count on another one being there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

WIDGETS = Path(__file__).parent


@dataclass(frozen=True, slots=True, repr=False)
class Html:
    """Something to look at, with the same in plain text for where HTML is not shown."""

    html: str
    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.html


def render(template: str, **values: object) -> str:
    """Fill ``<template>/card.html`` and put the style sheets before it."""
    card = _environment().get_template(f"{template}/card.html").render(**values)
    return f"<style>{style(template)}</style>\n{card}"


@cache
def style(template: str) -> str:
    """Return the look of the house and of this piece, as one style sheet."""
    sheets = (WIDGETS / "look.css", WIDGETS / template / "card.css")
    return "\n".join(sheet.read_text() for sheet in sheets if sheet.exists())


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(WIDGETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = percent
    environment.filters["milliseconds"] = milliseconds
    return environment


def percent(share: float) -> str:
    """Write a share of a processor: ``6.25 %``, ``50 %``, ``113 %``."""
    return f"{share * 100:.3g} %"


def milliseconds(duration: float) -> str:
    """Write a duration as people read it: ``0.6 ms``, ``98 ms``, ``2.41 s``."""
    if duration < 10:
        return f"{duration:.1f} ms"
    return f"{duration:.0f} ms" if duration < 1000 else f"{duration / 1000:.2f} s"
