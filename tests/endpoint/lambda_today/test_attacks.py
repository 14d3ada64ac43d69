"""Nothing that a caller writes brings the platform down: what makes no sense is the caller's mistake, and said so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from botocore.config import Config

from tests.conftest import RunningPlatform
from tests.endpoint.lambda_today.conftest import Create, refusal

HUGE = "9" * 60
LAYER = f"arn:aws:lambda:us-east-1:123456789012:layer:words:{HUGE}"
NO_RESOURCE = "arn:aws:sqs:us-east-1:123456789012:"


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("get_function", {"FunctionName": "{name}", "Qualifier": HUGE}),
        ("get_function", {"FunctionName": "{name}", "Qualifier": "$LATEST.PUBLISHED"}),
        ("invoke", {"FunctionName": f"{{name}}:{HUGE}"}),
        ("create_alias", {"FunctionName": "{name}", "Name": "huge", "FunctionVersion": HUGE}),
        ("get_layer_version_by_arn", {"Arn": LAYER}),
        ("get_layer_version_by_arn", {"Arn": "arn:aws:lambda:::awslayer:words"}),
        ("get_layer_version", {"LayerName": "words", "VersionNumber": 10**25}),
        ("get_layer_version", {"LayerName": "words", "VersionNumber": 0}),
        ("add_permission", {"FunctionName": "{name}", "StatementId": "s", "Action": "lambda:*", "Principal": "\x7f"}),
        ("update_function_configuration", {"FunctionName": "{name}", "Layers": [LAYER]}),
        ("update_function_configuration", {"FunctionName": "{name}", "Layers": ["arn:aws:lambda:::awslayer:words"]}),
        ("update_function_configuration", {"FunctionName": "{name}", "DeadLetterConfig": {"TargetArn": "arn:aws:x:"}}),
        ("create_event_source_mapping", {"FunctionName": "{name}", "EventSourceArn": NO_RESOURCE}),
        ("create_event_source_mapping", {"FunctionName": "{name}"}),
        (
            "put_function_event_invoke_config",
            {"FunctionName": "{name}", "DestinationConfig": {"OnFailure": {"Destination": NO_RESOURCE}}},
        ),
        ("list_tags", {"Resource": "{arn}:live"}),
        ("list_aliases", {"FunctionName": "{name}", "Marker": "?"}),
        ("list_layers", {"Marker": "?"}),
        ("list_functions", {"MaxItems": 0}),
    ],
)
def test_what_makes_no_sense_is_the_callers_mistake(
    platform: RunningPlatform, create: Create, operation: str, parameters: Mapping[str, Any]
) -> None:
    function = create()
    client = platform.client("lambda", config=Config(parameter_validation=False))

    answer = refusal(getattr(client, operation), **filled(parameters, function))

    assert 400 <= answer["status"] < 500, answer


def filled(parameters: Mapping[str, Any], function: Mapping[str, Any]) -> Mapping[str, Any]:
    names = {"name": function["FunctionName"], "arn": function["FunctionArn"]}
    return {key: value.format(**names) if isinstance(value, str) else value for key, value in parameters.items()}


@pytest.mark.parametrize(
    "path",
    ["/_lab/url/", "/_lab/url/short/", f"/_lab/url/{'a' * 32}", f"/_lab/url/{'a' * 32}/", f"/_lab/url/{'a' * 32}/%00"],
)
def test_an_address_that_nobody_has_is_not_found(platform: RunningPlatform, path: str) -> None:
    assert httpx.get(f"{platform.url}{path}").status_code == 404
