"""The preinstalled SDKs just work: a function that configures nothing reaches the endpoint of its sandbox."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.handlers.laboratory import Laboratory, result
from tests.handlers.test_scenarios import FAMILIES

SDK = Path(__file__).parent / "sdk"
BUCKETS = """<?xml version="1.0" encoding="UTF-8"?>
<ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>o</ID></Owner>
<Buckets><Bucket><Name>photos</Name><CreationDate>2015-01-06T18:30:35.000Z</CreationDate></Bucket></Buckets>
</ListAllMyBucketsResult>"""


class Storage:
    """A door that knows two calls of S3, and remembers who made them."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, str]] = []
        paths = [Route("/{path:path}", self.respond, methods=["GET", "PUT"])]
        self.application = Starlette(routes=paths)

    async def respond(self, request: Request) -> Response:
        self.seen.append((request.method, request.url.path, request.headers.get("x-amz-security-token", "")))
        await request.body()
        return Response(BUCKETS if request.method == "GET" else "", media_type="application/xml")


@pytest.fixture
def storage(laboratory: Laboratory) -> Iterator[Storage]:
    made = Storage()
    laboratory.endpoint = made.application
    yield made


@pytest.mark.isolation
@pytest.mark.parametrize("language", ["nodejs", "python"])
async def test_an_sdk_that_nobody_configured_reaches_the_endpoint_with_the_session_of_the_role(
    language: str, laboratory: Laboratory, storage: Storage
) -> None:
    runtime = next(name for name in laboratory.invoker.runtimes if re.fullmatch(FAMILIES[language], name))
    files = {path.name: path.read_text() for path in (SDK / language).iterdir()}
    function = laboratory.function("sdk", runtime, files, memory_mib=1024, timeout_seconds=30)

    outcome = await laboratory.invoke(function)

    assert outcome.function_error is None, f"{outcome}\n{''.join(laboratory.logs.lines())}"
    assert result(outcome)["buckets"] == ["photos"]
    assert sorted((method, path) for method, path, _ in storage.seen) == [("GET", "/"), ("PUT", "/photos/a/b.txt")]
    assert all(token for _, _, token in storage.seen)
    if language == "nodejs":
        assert result(outcome)["version"] == "2.0.27"
        assert result(outcome)["table_endpoint"] == "http://127.0.0.1:4566/"
        assert result(outcome)["has_imagemagick"]
