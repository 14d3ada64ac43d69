"""ARNs are taken apart and put together without loss."""

from __future__ import annotations

import pytest

from runtime.arn import Arn, assumed_role_arn, function_arn, role_name


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:s3:::bucket/a/key:with:colons",
        "arn:aws:lambda:us-east-1:123456789012:function:f",
        "arn:aws:iam::1:root",
    ],
)
def test_an_arn_is_written_as_it_was_read(text: str) -> None:
    assert str(Arn.parse(text)) == text


@pytest.mark.parametrize("text", ["", "bucket", "arn:aws:s3", "arn::s3:::b", "nra:aws:s3:::b", "arn:aws:s3:::"])
def test_what_is_not_an_arn_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an ARN"):
        Arn.parse(text)


def test_a_session_is_named_after_the_role_without_its_path() -> None:
    role = "arn:aws:iam::123456789012:role/service-role/thumbnailer"

    assert role_name(role) == "thumbnailer"
    assert assumed_role_arn("123456789012", role, "f") == "arn:aws:sts::123456789012:assumed-role/thumbnailer/f"


def test_a_function_has_an_unqualified_arn() -> None:
    assert function_arn("us-east-1", "123456789012", "f") == "arn:aws:lambda:us-east-1:123456789012:function:f"
