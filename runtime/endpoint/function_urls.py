"""Function URLs: an HTTP request becomes an event, and what the function answers a response.

A URL is reached at ``/_lab/url/<url-id>/`` of this endpoint, or at any path of
``<url-id>.lambda-url.<region>.localhost``. One of AuthType ``AWS_IAM`` wants a signature for the service ``lambda``;
one of ``NONE`` asks nobody who he is. Both are judged like any call: whoever asks needs ``lambda:InvokeFunctionUrl``
and, as AWS has it since October 2025, ``lambda:InvokeFunction`` too (with ``lambda:InvokedViaFunctionUrl``); an
anonymous caller can be allowed them by the resource policy of the function alone. A denial is journalled as ever, and
answered with AWS's one sentence.

A function that fails is answered with 502, one too many at once with 429; AWS's words for these two, and for an address
that nobody has, are not recorded.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime.clock import Clock
from runtime.endpoint.authentication import ANONYMOUS, Authentication, Proven
from runtime.endpoint.exchange import Answer, Request
from runtime.errors import ServiceError
from runtime.eventsources.push import invocation_source
from runtime.identity.authority import Authority
from runtime.identity.request_signature import parse_authorization
from runtime.invocation.invoker import Invoker
from runtime.invocation.outcome import Invocation, InvocationType
from runtime.policy.values import ContextValue
from runtime.resources.account import Account
from runtime.resources.attachments import Kind
from runtime.services.lambda_today import url_cors, url_payload
from runtime.services.lambda_today.function_urls import PATH
from runtime.services.payload import SYNCHRONOUS_BYTES
from runtime.settings import Settings

BY_PATH = re.compile(re.escape(PATH) + r"(?P<id>[a-z0-9]{32})(?P<path>/.*)?")
BY_HOST = re.compile(r"(?P<id>[a-z0-9]{32})\.lambda-url\.[a-z0-9-]+\.(?:localhost|on\.aws)(?::\d+)?")
FORBIDDEN = (
    "Forbidden. For troubleshooting Function URL authorization issues, see:"
    " https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)
OURS_TO_SAY = frozenset({"content-length", "transfer-encoding", "connection", "keep-alive"})
"""Headers about the connection: they are the door's, whatever the function says."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a request to a function URL is for."""

    url_id: str
    path: str
    function: str
    qualifier: str
    config: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionUrlDoor:
    """Answers what is sent to function URLs."""

    account: Account
    invoker: Invoker
    authority: Authority
    authentication: Authentication
    settings: Settings
    clock: Clock

    @staticmethod
    def is_for_us(request: Request) -> bool:
        """Tell whether a request is for a function URL, there being one or not."""
        return _named(request) is not None

    async def answer(self, request: Request, *, inside_sandbox: bool) -> Answer:
        """Answer a request to a function URL."""
        request_id = str(uuid.uuid4())
        target = self._target(request)
        if target is None:
            return _said(404, "There is no function URL of this address.", request_id)
        headers = dict(request.headers)
        cors = target.config["cors"]
        if cors and url_cors.is_preflight(request.method, headers):
            return Answer(200, tuple(url_cors.preflight(cors, headers).items()))
        try:
            answer = await self._judged(request, target, request_id, inside_sandbox=inside_sandbox)
        except ServiceError as refusal:
            answer = _said(refusal.status, FORBIDDEN if refusal.status == 403 else refusal.message, request_id)
        return answer.with_headers(url_cors.allowed(cors, headers)) if cors else answer

    async def _judged(self, request: Request, target: Target, request_id: str, *, inside_sandbox: bool) -> Answer:
        proven = await self._caller(request, target, inside_sandbox=inside_sandbox)
        arn = f"arn:aws:lambda:{self.settings.region}:{self.settings.account}:function:{target.function}"
        resource = f"{arn}:{target.qualifier}" if target.qualifier else arn
        url_context: dict[str, ContextValue] = {"lambda:FunctionUrlAuthType": target.config["auth_type"]}
        for action, context in (
            ("lambda:InvokeFunctionUrl", url_context),
            ("lambda:InvokeFunction", {**url_context, "lambda:InvokedViaFunctionUrl": True}),
        ):
            self.authority.require(
                proven.principal,
                action,
                resource,
                {"aws:SourceIp": request.source_ip, **context},
                service="lambda",
                operation="InvokeFunctionUrl",
                request_id=request_id,
            )
        return await self._invoke(request, target, proven, request_id)

    async def _caller(self, request: Request, target: Target, *, inside_sandbox: bool) -> Proven:
        if target.config["auth_type"] == "NONE":
            return Proven(ANONYMOUS, "anonymous")
        claim = parse_authorization(request.headers, request.query_string)
        return await self.authentication.caller(request, claim, service="lambda", inside_sandbox=inside_sandbox)

    async def _invoke(self, request: Request, target: Target, proven: Proven, request_id: str) -> Answer:
        function = self.account.resolve(target.function, target.qualifier or None)
        if function is None:
            return _said(404, "The function of this address is gone.", request_id)
        event = url_payload.event(
            self._url_request(request, target, proven), self.settings.account, request_id, self.clock.now()
        )
        payload = json.dumps(event).encode()
        if len(payload) > SYNCHRONOUS_BYTES:
            return _said(413, f"Request must be smaller than {SYNCHRONOUS_BYTES} bytes", request_id)
        outcome = await self.invoker.invoke(
            Invocation(
                function=function,
                request_id=request_id,
                payload=payload,
                invocation_type=InvocationType.REQUEST_RESPONSE,
                caller=proven.principal.arn,
                source=invocation_source(proven.principal),
                qualifier=target.qualifier or None,
            )
        )
        response = None if outcome.function_error else url_payload.response(outcome.payload)
        if response is None:
            return _said(502, "Internal Server Error", request_id)
        headers = tuple((name, value) for name, value in response.headers if name.lower() not in OURS_TO_SAY)
        return Answer(response.status, (*headers, ("x-amzn-RequestId", request_id)), response.body)

    def _url_request(self, request: Request, target: Target, proven: Proven) -> url_payload.UrlRequest:
        principal = proven.principal
        caller = {
            "accessKey": proven.access_key_id,
            "accountId": principal.account,
            "callerId": principal.identifier,
            "userArn": principal.arn,
            "userId": principal.identifier,
        }
        return url_payload.UrlRequest(
            url_id=target.url_id,
            domain=f"{target.url_id}.lambda-url.{self.settings.region}.localhost",
            method=request.method,
            path=target.path,
            query_string=request.query_string,
            query=request.query,
            headers=request.headers,
            body=request.body,
            source_ip=request.source_ip,
            caller=None if principal is ANONYMOUS else caller,
        )

    def _target(self, request: Request) -> Target | None:
        named = _named(request)
        for (function, qualifier), config in self.account.attachments.all(Kind.URL).items():
            if named is not None and config["id"] == named[0]:
                return Target(*named, function, qualifier, config)
        return None


def _named(request: Request) -> tuple[str, str] | None:
    """Return the URL's id and the path on it that a request asks for."""
    by_host = BY_HOST.fullmatch(request.header("host") or "")
    if by_host:
        return by_host["id"], request.path
    by_path = BY_PATH.fullmatch(request.path)
    return (by_path["id"], by_path["path"] or "/") if by_path else None


def _said(status: int, message: str, request_id: str) -> Answer:
    headers = (("Content-Type", "application/json"), ("x-amzn-RequestId", request_id))
    return Answer(status, headers, json.dumps({"Message": message}).encode())
