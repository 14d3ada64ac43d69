"""A deployment package that nobody should unpack is refused at the upload, in both APIs, and leaves nothing."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.conftest import RunningPlatform
from tests.endpoint.held import held_to_model
from tests.endpoint.hostile import HARMLESS, archive, packages

Upload = Callable[[str, bytes], Any]


@pytest.fixture(params=["preview", "today"])
def upload(request: pytest.FixtureRequest, platform: RunningPlatform, execution_role: str) -> Upload:
    """Return a function that uploads a package through one of the two APIs."""
    preview = held_to_model(platform.client("lambda", api_version="2014-11-11"))
    today = held_to_model(platform.client("lambda"))

    def upload_to_preview(name: str, package: bytes) -> Any:
        members = {"Runtime": "nodejs", "Role": execution_role, "Handler": "index.handler", "Mode": "event"}
        return preview.upload_function(FunctionName=name, FunctionZip=package, **members)

    def upload_to_today(name: str, package: bytes) -> Any:
        runtime = python(platform)
        members = {"Runtime": runtime, "Role": execution_role, "Handler": "index.handler"}
        return today.create_function(FunctionName=name, Code={"ZipFile": package}, **members)

    return upload_to_preview if request.param == "preview" else upload_to_today


@pytest.mark.parametrize("wrong", packages())
def test_it_is_refused_with_the_reason_and_nothing_of_it_is_kept(
    wrong: str, upload: Upload, platform: RunningPlatform
) -> None:
    package, words = packages()[wrong]
    name = f"hostile-{uuid.uuid4().hex[:8]}"
    before = kept(platform)

    with pytest.raises(ClientError) as caught:
        upload(name, package)

    error = caught.value.response["Error"]
    assert (error["Code"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]) == (
        "InvalidParameterValueException",
        400,
    )
    assert words in error["Message"]
    assert kept(platform) == before
    assert name not in [
        function["FunctionName"] for function in platform.client("lambda").list_functions()["Functions"]
    ]


def test_after_all_of_them_an_honest_package_is_taken(upload: Upload, platform: RunningPlatform) -> None:
    name = f"honest-{uuid.uuid4().hex[:8]}"

    upload(name, archive(HARMLESS, (name, "")))

    assert any(path.name == name for path in kept(platform))


def kept(platform: RunningPlatform) -> set[Path]:
    """List everything in the store of deployment packages."""
    return set((platform.state / "packages").rglob("*"))


def python(platform: RunningPlatform) -> str:
    runtimes: list[str] = httpx.get(f"{platform.url}/_lab/status").json()["runtimes"]
    return next(runtime for runtime in runtimes if runtime.startswith("python"))
