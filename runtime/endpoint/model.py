"""AWS's own description of its services: the one place that knows botocore.

The models that botocore ships say which operations a service has, where each travels (method, path, query, headers,
body) and what shape its input, output and errors have. Everything about the wire follows from them; nothing is retyped.
A model is read when its service is first called, and kept.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from botocore import xform_name
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest, HeadersDict
from botocore.credentials import Credentials
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StringShape, StructureShape
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from botocore.utils import parse_timestamp

__all__ = [
    "ListShape",
    "MapShape",
    "Model",
    "Models",
    "Operation",
    "Shape",
    "StringShape",
    "StructureShape",
    "parse_timestamp",
]

SIGNED_AS_ANOTHER = {
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "email": "ses",
    "elasticloadbalancing": "elbv2",
    "tagging": "resourcegroupstaggingapi",
}
"""Services whose name in a signature is not the name of their model, where both are known to moto."""

READS = (
    "BatchGet",
    "Describe",
    "Filter",
    "Get",
    "Head",
    "List",
    "Lookup",
    "Query",
    "Receive",
    "Scan",
    "Search",
    "Test",
)
"""How the names of operations begin that change nothing which must be kept, where the HTTP method does not say so.
A message that was received counts as not received after a restart, as if its visibility timeout had passed."""

TARGETS_OF_ANOTHER = {"DynamoDBStreams_20120810": "dynamodbstreams"}
"""Services that share a signing name with another and are told apart by the prefix of X-Amz-Target."""


@dataclass(frozen=True)
class Operation:
    """One operation of one version of a service."""

    service: str
    api_version: str
    model: OperationModel

    @property
    def name(self) -> str:
        return str(self.model.name)

    @cached_property
    def method_name(self) -> str:
        """The name in snake case, as the method of a service is called."""
        return snake_case(self.name)

    @property
    def protocol(self) -> str:
        return str(self.model.service_model.protocol)

    @property
    def is_write(self) -> bool:
        """Whether it may change something that must be kept."""
        if self.protocol.startswith("rest-"):
            return self.model.http["method"] not in ("GET", "HEAD")
        return not self.name.startswith(READS)

    @property
    def input_shape(self) -> StructureShape | None:
        shape = self.model.input_shape
        return shape if isinstance(shape, StructureShape) else None

    @property
    def output_shape(self) -> StructureShape | None:
        shape = self.model.output_shape
        return shape if isinstance(shape, StructureShape) else None

    @property
    def success_status(self) -> int:
        return int(self.model.http.get("responseCode", 200))

    @property
    def xml_namespace(self) -> str:
        return str(self.model.service_model.metadata.get("xmlNamespace", ""))

    def error_shape(self, code: str) -> StructureShape | None:
        """Return what the model says about an error of this service."""
        shape = self.model.service_model.shape_for_error_code(code)  # type: ignore[arg-type]  # the stubs say int
        return shape if isinstance(shape, StructureShape) else None

    def signed_request(
        self, parameters: Mapping[str, Any], url: str, region: str, keys: tuple[str, str, str | None]
    ) -> AWSRequest:
        """Return a call of this operation as a client would send it, signed with (key id, secret, token)."""
        sent = create_serializer(self.protocol).serialize_to_request(dict(parameters), self.model)
        query = f"?{urlencode(sent['query_string'])}" if sent["query_string"] else ""
        request = AWSRequest(sent["method"], f"{url}{sent['url_path']}{query}", sent["headers"], sent["body"])
        name = str(self.model.service_model.signing_name)
        signer = S3SigV4Auth if name == "s3" else SigV4Auth
        signer(Credentials(*keys), name, region).add_auth(request)
        return request

    def parsed(self, status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
        """Return what an answer to this operation says, an error included, as a client would read it."""
        output = self.output_shape
        payload = output.serialization.get("payload") if output else None
        is_stream = output and payload and status < 300 and output.members[payload].type_name == "blob"
        # botocore reads bytes as a text, and leaves a stream as it is.
        response = {
            "status_code": status,
            "headers": HeadersDict(headers),
            "body": io.BytesIO(body) if is_stream else body,
        }
        shape: Any = self.model.output_shape  # None is fine for an operation without output, whatever the stubs say
        parsed = dict(create_parser(self.protocol).parse(response, shape))
        return parsed | ({str(payload): body} if is_stream else {})


class Model:
    """One version of one service."""

    def __init__(self, service: str, model: ServiceModel) -> None:
        self.service = service
        self.service_model = model
        self.api_version = str(model.api_version)
        self.protocol = str(model.protocol)
        self.endpoint_prefix = str(model.endpoint_prefix)
        self._operations: dict[str, Operation] = {}

    @property
    def operation_names(self) -> list[str]:
        return sorted(self.service_model.operation_names)

    def operation(self, name: str) -> Operation:
        """Return an operation that :attr:`operation_names` lists."""
        if name not in self._operations:
            self._operations[name] = Operation(self.service, self.api_version, self.service_model.operation_model(name))
        return self._operations[name]


class Models:
    """Every model, read from botocore's files when first asked for."""

    def __init__(self) -> None:
        self._loader = Loader()
        self._models: dict[tuple[str, str | None], Model | None] = {}

    def service(self, service: str, api_version: str | None = None) -> Model | None:
        """Return a service by botocore's name (its newest version, unless one is named); ``None`` if there is none."""
        key = (service, api_version)
        if key not in self._models:
            self._models[key] = self._load(service, api_version)
        return self._models[key]

    def signed_as(self, signing_name: str, target: str | None = None) -> str:
        """Return botocore's name of the service that a signature (and X-Amz-Target) names."""
        prefix = (target or "").rpartition(".")[0]
        return TARGETS_OF_ANOTHER.get(prefix) or SIGNED_AS_ANOTHER.get(signing_name, signing_name)

    def _load(self, service: str, api_version: str | None) -> Model | None:
        try:
            document = self._loader.load_service_model(service, "service-2", api_version)
        except UnknownServiceError:
            return None
        if service == "s3":
            _add_invocation_role(document)
        return Model(service, ServiceModel(document, service))


def _add_invocation_role(document: Mapping[str, Any]) -> None:
    """Let today's document of a bucket's notification say what only the preview's says in botocore's model.

    Both share one path and the names of their elements, so one document can hold both forms.
    """
    shapes = document["shapes"]
    role = shapes["CloudFunctionConfiguration"]["members"]["InvocationRole"]
    shapes["LambdaFunctionConfiguration"]["members"]["InvocationRole"] = role


def snake_case(name: str) -> str:
    """Write a member's or operation's name as Python does: ``FunctionName`` becomes ``function_name``."""
    return str(xform_name(name))
