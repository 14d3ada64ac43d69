"""Pictures side by side."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from lab.errors import LabError
from lab.pictures import show_pictures


def picture(kind: str, width: int, height: int) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(stream, kind)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_is_shown_with_its_size(kind: str) -> None:
    shown = show_pictures({"before": picture(kind, 320, 200)})

    assert "320 by 200 px" in repr(shown)
    assert f"data:image/{kind.lower()};base64," in shown._repr_html_()


def test_a_label_cannot_break_the_page() -> None:
    shown = show_pictures({"<script>": picture("PNG", 1, 1)})

    assert "<script>" not in shown._repr_html_()


def test_what_is_not_a_picture_is_refused_with_a_hint() -> None:
    with pytest.raises(LabError, match=r'"Body"'):
        show_pictures({"after": b'{"errorMessage": "..."}'})
