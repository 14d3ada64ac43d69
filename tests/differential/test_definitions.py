"""Promises of runtime/endpoint/needs/definitions.json: it is what its source says, and it covers the account."""

from __future__ import annotations

import pytest

from runtime.endpoint.authorization import needs
from runtime.endpoint.exchange import Request
from runtime.endpoint.model import Models
from runtime.endpoint.needs.asked import Asked
from tests.conftest import REQUIRE_ALL
from tests.differential import definitions

NOWHERE = Request("POST", "/", "", (), b"<Nothing/>", "127.0.0.1", "http://localhost")
ROOTS_ALONE = {
    "dynamodb": {
        *("BatchExecuteStatement", "ExecuteStatement", "ExecuteTransaction"),
        *("CancelBulkOperation", "DescribeBulkOperation", "ListBulkOperations", "StartBulkPutItems"),
    },
    "iam": {"AcquireRole", "UpdateDelegationRequest"},
    "kinesis": {
        *("CreateQueue", "DeleteQueue", "DescribeQueue", "ListQueues", "UpdateQueue"),
        *("AcknowledgeQueueRecords", "ReceiveQueueRecords", "UpdateQueueRecordsVisibility"),
        *("AcknowledgeDeadLetterQueueRecords", "ReceiveDeadLetterQueueRecords"),
        *("RestoreDeadLetterQueueRecords", "UpdateDeadLetterQueueRecordsVisibility"),
    },
    "lambda": {"DeleteDurableExecution", "PauseDurableExecution", "ResumeDurableExecution"},
    "logs": {"GetLogObject"},
    "s3": {"CreateSession", "ListDirectoryBuckets", "RenameObject", "WriteGetObjectResponse"},
}
"""Operations without a known action: PartiQL, which is not read, and what is newer than the source, or not S3's own."""


def test_the_definitions_are_those_of_the_source() -> None:
    if not definitions.INSTALLED.exists():
        message = "the source is not installed; `make test` does that"
        pytest.fail(message) if REQUIRE_ALL else pytest.skip(message)

    assert definitions.REDUCED.read_text() == definitions.reduction(definitions.INSTALLED)
    assert definitions.LICENCE.read_text() == (definitions.INSTALLED / "LICENSE.txt").read_text()


@pytest.mark.parametrize(
    ("service", "prefix", "api_version"),
    [
        ("dynamodb", "dynamodb", None),
        ("dynamodbstreams", "dynamodb", None),
        ("iam", "iam", None),
        ("kinesis", "kinesis", None),
        ("lambda", "lambda", None),
        ("lambda", "lambda", "2014-11-11"),
        ("logs", "logs", None),
        ("s3", "s3", None),
        ("sns", "sns", None),
        ("sqs", "sqs", None),
        ("sts", "sts", None),
    ],
)
def test_every_operation_has_an_action_but_those_that_are_roots_alone(
    service: str, prefix: str, api_version: str | None
) -> None:
    model = Models().service(service, api_version)
    assert model is not None

    unmapped = {
        name
        for name in model.operation_names
        for need in needs(Asked(service, prefix, name, {}, NOWHERE, "us-east-1", "123456789012"))
        if not need.is_mapped
    }

    allowed = ROOTS_ALONE.get(service, set()) if api_version is None else set()
    assert unmapped <= allowed
    assert service != "s3" or unmapped == allowed
