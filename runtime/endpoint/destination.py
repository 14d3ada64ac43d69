"""Which service a request is for.

A signature says it (its credential scope names the service; Version 2 is S3's alone). A request without one can only be
to S3, or is about to be refused, and then it matters in which protocol.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from runtime.endpoint.exchange import Request
from runtime.endpoint.model import Model, Models, Operation
from runtime.endpoint.routing import Router
from runtime.endpoint.wire.protocols import Wire, wire
from runtime.errors import ServiceError
from runtime.generation import PREVIEW
from runtime.identity.request_signature import Claim

PREVIEW_PATH = "/2014-11-13/"
LAMBDA_PATH = re.compile(r"/20\d\d-\d\d-\d\d/")
AWS_HOST = re.compile(
    r"(?:.+\.)?(?P<service>dynamodb|iam|lambda|logs|s3|sts)\.(?:[a-z0-9-]+\.)?amazonaws\.com(?::\d+)?"
)
TARGETS = {"Logs": "logs", "DynamoDBStreams": "dynamodbstreams", "DynamoDB": "dynamodb"}

PROTOCOL_WHEN_UNKNOWN = "json"
NO_SUCH_OPERATION = {
    "rest-json": ("UnknownOperationException", "", 404),
    "rest-xml": ("MethodNotAllowed", "The specified method is not allowed against this resource.", 405),
    "query": ("InvalidAction", "Could not find the operation that this request names.", 400),
}


@dataclass(frozen=True)
class Destination:
    """The service that a request is for; ``model`` is ``None`` if botocore knows no such service."""

    service: str
    signing_name: str
    region: str
    model: Model | None
    router: Router | None

    @property
    def wire(self) -> Wire:
        return wire(self.model.protocol if self.model else PROTOCOL_WHEN_UNKNOWN)

    @property
    def action_prefix(self) -> str:
        """The name that IAM's actions begin with: the service's in a signature, CloudWatch's excepted."""
        return "cloudwatch" if self.signing_name == "monitoring" else self.signing_name

    def route(self, request: Request) -> tuple[Operation, dict[str, str]]:
        """Return the operation that is asked for, and the labels of its path; raise ``ServiceError`` if none is."""
        if self.model is None or self.router is None:
            message = f"Lambda Lab knows no service named {self.signing_name!r}."
            raise ServiceError("NotImplementedException", message, 501)
        found = self.router.route(request)
        if found is None:
            code, message, status = NO_SUCH_OPERATION.get(self.model.protocol, ("UnknownOperationException", "", 400))
            raise ServiceError(code, message, status)
        return found


class Directions:
    """Tells where requests go; keeps the routers that it made."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._models = Models()
        self._routers: dict[int, Router] = {}

    def destination(self, request: Request, claim: Claim | None) -> Destination:
        """Return the service that a request is for."""
        signing_name = claim.service if claim and claim.service else unsigned_service(request)
        service = self._models.signed_as(signing_name, request.header("x-amz-target"))
        is_preview = service == "lambda" and request.raw_path.startswith(PREVIEW_PATH)
        model = self._models.service(service, PREVIEW.api_version if is_preview else None)
        region = claim.region if claim and claim.region else self._region
        return Destination(service, signing_name, region, model, self._router(model) if model else None)

    def _router(self, model: Model) -> Router:
        if id(model) not in self._routers:
            self._routers[id(model)] = Router(model)
        return self._routers[id(model)]


def unsigned_service(request: Request) -> str:
    """Return the service that an unsigned request seems to be for; S3 unless something speaks against it."""
    target = request.header("x-amz-target")
    if target is not None:
        return TARGETS.get(target.partition("_")[0], target.partition("_")[0].lower())
    if LAMBDA_PATH.match(request.raw_path):
        return "lambda"
    host = AWS_HOST.fullmatch(request.header("host") or "")
    if host:
        return host["service"]
    is_form = (request.header("content-type") or "").startswith("application/x-www-form-urlencoded")
    return "sts" if is_form and request.method == "POST" else "s3"
