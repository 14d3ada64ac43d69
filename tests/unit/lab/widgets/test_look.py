"""The colours of words can be read: WCAG 2.1 asks for a contrast of 4.5 between text and what it stands on."""

from __future__ import annotations

import re

import pytest

from lab.widgets.rendering import WIDGETS

Colour = tuple[float, ...]
LOOK = (WIDGETS / "look.css").read_text()
LIGHT, DARK = (block for block in LOOK.split("}")[:2])
WORDS = ("preview", "today", "good", "bad", "wall")
GROUNDS: dict[str, tuple[str, Colour, Colour]] = {
    "light": (LIGHT, (255, 255, 255), (238, 238, 238)),
    "dark": (DARK, (33, 33, 33), (66, 66, 66)),
}
"""What JupyterLab's themes give for ``--jp-layout-color1`` and ``--jp-layout-color2``."""
SURFACE = 0.55
"""The part of the second in ``--lab-surface``, on which a card's head stands."""


def colour(block: str, role: str) -> Colour:
    found = re.search(rf"--lab-{role}: #([0-9a-f]{{6}});", block)
    assert found is not None
    return tuple(bytes.fromhex(found[1]))


def luminance(colour: Colour) -> float:
    parts = [part / 255 for part in colour]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", GROUNDS)
@pytest.mark.parametrize("role", WORDS)
def test_a_word_in_a_colour_can_be_read_on_a_card_and_on_its_head(theme: str, role: str) -> None:
    block, ground, second = GROUNDS[theme]
    surface = tuple(SURFACE * b + (1 - SURFACE) * a for a, b in zip(ground, second, strict=True))

    assert f"{SURFACE * 100:.0f}%" in LIGHT
    assert contrast(colour(block, role), ground) >= 4.5
    assert contrast(colour(block, role), surface) >= 4.5
