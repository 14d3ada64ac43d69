"""Promises of runtime/endpoint/routing.py."""

from __future__ import annotations

import pytest

from runtime.endpoint.routing import Router
from runtime.errors import ServiceError
from tests.unit.runtime.endpoint.samples import model, request, sample_input, written_by_botocore

S3 = Router(model("s3"))
PREVIEW = Router(model("lambda", "2014-11-11"))
TODAY = Router(model("lambda"))

SHARES_A_PATH = {
    "GetBucketLifecycle",
    "PutBucketLifecycle",
    "GetBucketNotification",
    "PutBucketNotification",
    "ListDirectoryBuckets",
}
"""Operations of S3 that are on the wire what another one is."""


def routed(router: Router, method: str, url: str, **headers: str) -> str | None:
    found = router.route(request(method, url, {name.replace("_", "-"): value for name, value in headers.items()}))
    return found[0].name if found else None


@pytest.mark.parametrize(("service", "version"), [("lambda", "2014-11-11"), ("lambda", None), ("s3", None)])
def test_every_request_that_botocore_writes_finds_its_own_operation(service: str, version: str | None) -> None:
    described = model(service, version)
    router = Router(described)
    strays = {}

    for name in set(described.operation_names) - SHARES_A_PATH:
        operation = described.operation(name)
        parameters = (
            {k: v for k, v in sample_input(operation.model).items() if k in operation.input_shape.required_members}
            if operation.input_shape
            else {}
        )
        found = router.route(written_by_botocore(operation.model, parameters))
        if found is None or found[0].name != name:
            strays[name] = found and found[0].name

    assert strays == {}


@pytest.mark.parametrize("service", ["iam", "sts", "logs", "dynamodb"])
def test_operations_that_are_named_in_a_form_or_a_header_are_found(service: str) -> None:
    described = model(service)
    router = Router(described)

    for name in described.operation_names:
        found = router.route(written_by_botocore(described.operation(name).model, {}))
        assert found is not None
        assert found[0].name == name


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_slash_at_the_end_of_a_path_counts_for_nothing(slash: str) -> None:
    assert routed(PREVIEW, "POST", f"/2014-11-13/functions/hello/invoke-async{slash}") == "InvokeAsync"
    assert routed(PREVIEW, "GET", f"/2014-11-13/functions{slash}") == "ListFunctions"
    assert routed(S3, "GET", f"/bucket{slash}") == "ListObjects"


def test_a_slash_at_the_end_of_a_key_belongs_to_the_key() -> None:
    found = S3.route(request("PUT", "/bucket/folder/"))

    assert found is not None
    assert found[0].name == "PutObject"
    assert found[1] == {"Bucket": "bucket", "Key": "folder/"}


def test_labels_are_decoded_after_the_path_was_taken_apart() -> None:
    found = TODAY.route(request("GET", "/2015-03-31/functions/arn%3Aaws%3Alambda%2Fx/configuration"))

    assert found is not None
    assert found[1] == {"FunctionName": "arn:aws:lambda/x"}


@pytest.mark.parametrize(
    ("method", "url", "headers", "operation"),
    [
        ("GET", "/b?notification", {}, "GetBucketNotificationConfiguration"),
        ("PUT", "/b?notification=", {}, "PutBucketNotificationConfiguration"),
        ("GET", "/b?list-type=2&prefix=x", {}, "ListObjectsV2"),
        ("GET", "/b?list-type=1", {}, "ListObjects"),
        ("PUT", "/b/k", {"x_amz_copy_source": "/a/k"}, "CopyObject"),
        ("PUT", "/b/k?partNumber=1&uploadId=u", {}, "UploadPart"),
        ("PUT", "/b/k?partNumber=1&uploadId=u", {"x_amz_copy_source": "/a/k"}, "UploadPartCopy"),
        ("GET", "/b/k?uploadId=u", {}, "ListParts"),
        ("GET", "/b/k?uploadId=", {}, "GetObject"),
        ("GET", "/", {}, "ListBuckets"),
        ("POST", "/b/k?uploads", {}, "CreateMultipartUpload"),
    ],
)
def test_operations_of_s3_on_one_path_are_told_apart(
    method: str, url: str, headers: dict[str, str], operation: str
) -> None:
    assert routed(S3, method, url, **headers) == operation


def test_a_query_that_names_two_operations_is_refused() -> None:
    with pytest.raises(ServiceError, match="Conflicting query string parameters: acl, tagging") as refusal:
        routed(S3, "GET", "/b/k?acl&tagging")

    assert refusal.value.code == "InvalidArgument"


def test_a_path_that_no_operation_has_is_nobodys() -> None:
    assert routed(PREVIEW, "PATCH", "/2014-11-13/functions/hello") is None
    assert routed(TODAY, "GET", "/2015-03-31/nonsense") is None


def test_what_is_required_and_missing_is_left_for_the_parser_to_say() -> None:
    assert routed(PREVIEW, "PUT", "/2014-11-13/functions/hello") == "UploadFunction"
