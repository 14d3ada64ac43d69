"""What a function may answer to a request of its URL, and what is no response at all."""

from __future__ import annotations

import json

import pytest

from runtime.services.lambda_today.url_payload import response


@pytest.mark.parametrize(
    "payload",
    [
        b"no json",
        b"[" * 100_000,
        b'{"statusCode": Infinity}',
        b'{"statusCode": null}',
        b'{"statusCode": 600}',
        b'{"statusCode": 200, "headers": {"X Y": "z"}}',
        b'{"statusCode": 200, "headers": {"X": "a\\u0000b"}}',
        b'{"statusCode": 200, "headers": {"X": "\\u00e9"}}',
        b'{"statusCode": 200, "cookies": 7}',
        b'{"statusCode": 200, "cookies": ["a\\r\\nSet-Cookie: b"]}',
        b'{"statusCode": 200, "body": "\\u00e9", "isBase64Encoded": true}',
    ],
)
def test_what_cannot_be_a_response_is_none(payload: bytes) -> None:
    assert response(payload) is None


@pytest.mark.parametrize("payload", [b'"words"', b"null", b"[1, 2]", b'{"no": "status"}'])
def test_an_answer_without_a_status_code_is_the_body(payload: bytes) -> None:
    made = response(payload)

    assert made is not None
    assert (made.status, made.headers, made.body) == (200, (("Content-Type", "application/json"),), payload)


def test_numbers_and_truth_are_written_as_headers_are() -> None:
    made = response(json.dumps({"statusCode": "201", "headers": {"X-N": 7, "X-T": True}, "body": {"a": 1}}).encode())

    assert made is not None
    assert (made.status, made.body) == (201, b'{"a": 1}')
    assert made.headers == (("X-N", "7"), ("X-T", "true"), ("Content-Type", "application/json"))
