"""Whatever is asked, what it needs is said or it is refused in AWS's words: the judge does not stumble."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.endpoint.authorization import needs
from runtime.endpoint.needs.asked import Asked, NothingKnown
from runtime.errors import ServiceError
from tests.unit.runtime.endpoint.samples import model, request
from tests.unit.runtime.endpoint.test_needs import ACCOUNT, REGION, asked


class Known(NothingKnown):
    def partition_key(self, table: str, region: str) -> str | None:
        return "owner"


SERVICES = {
    "dynamodb": "DynamoDB_20120810",
    "kinesis": "Kinesis_20131202",
    "logs": "Logs_20140328",
    "sqs": "AmazonSQS",
}
TEXTS = st.sampled_from(
    [
        "",
        "*",
        "arn:aws:",
        "arn:aws:sqs:us-east-1:123456789012:q",
        "a/b",
        "owner = :o",
        "#",
        "${aws:username}",
        "\x00",
        "é",
    ]
) | st.text(max_size=12)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(chosen=st.data())
@pytest.mark.parametrize("service", SERVICES)
def test_no_parameters_whatsoever_break_the_judge(service: str, chosen: st.DataObject) -> None:
    found = model(service)
    operation = found.operation(chosen.draw(st.sampled_from(found.operation_names)))
    names = sorted(operation.input_shape.members) if operation.input_shape else []
    body = chosen.draw(st.dictionaries(st.sampled_from([*names, "Another"]), VALUES, max_size=6))
    headers = {"X-Amz-Target": f"{SERVICES[service]}.{operation.name}"}

    try:
        call = replace(asked(service, request("POST", "/", headers, json.dumps(body).encode())), known=Known())
        found_needs = needs(call)
    except ServiceError as error:
        assert error.status < 500
    else:
        assert found_needs
        assert all(isinstance(need.resource, str) and need.resource for need in found_needs)


@settings(max_examples=100, deadline=None)
@given(
    path=TEXTS,
    query=st.dictionaries(st.sampled_from(["prefix", "versionId", "uploadId", "tagging", "policy", "delete"]), TEXTS),
    headers=st.dictionaries(
        st.sampled_from(["x-amz-copy-source", "x-amz-tagging", "x-amz-acl", "authorization", "x-amz-date"]), TEXTS
    ),
    body=st.binary(max_size=40) | st.sampled_from([b"<a/>", b"<Delete><Object><Key>k</Key></Object></Delete>"]),
    operation=st.sampled_from(
        ["GetObject", "PutObject", "CopyObject", "DeleteObjects", "PutObjectTagging", "ListObjectsV2"]
    ),
)
def test_no_request_to_s3_breaks_the_judge(
    path: str, query: dict[str, str], headers: dict[str, str], body: bytes, operation: str
) -> None:
    sent = replace(
        request("PUT", "/b/k", headers, body), query_string="&".join(f"{name}={value}" for name, value in query.items())
    )
    given_names = {"Bucket": "b", "Key": path}

    try:
        found = needs(Asked("s3", "s3", operation, given_names, sent, REGION, ACCOUNT))
    except ServiceError as error:
        assert error.status < 500
    else:
        assert all(need.resource for need in found)
