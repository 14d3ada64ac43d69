"""Which module speaks which protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runtime.endpoint.exchange import Answer, Request
from runtime.endpoint.model import Operation
from runtime.endpoint.wire import json_rpc, query, rest_json, rest_xml
from runtime.errors import PlatformError, ServiceError

Parse = Callable[[Operation, Mapping[str, str], Request], dict[str, Any]]
Say = Callable[[Operation, Mapping[str, Any] | None, str], Answer]
Refuse = Callable[[ServiceError, Operation | None, str], Answer]


def _silent_parse(operation: Operation, labels: Mapping[str, str], request: Request) -> dict[str, Any]:  # noqa: ARG001
    raise PlatformError(f"none of our own services speaks {operation.protocol}")


def _silent_answer(operation: Operation, output: Mapping[str, Any] | None, request_id: str) -> Answer:  # noqa: ARG001
    raise PlatformError(f"none of our own services speaks {operation.protocol}")


@dataclass(frozen=True, slots=True)
class Wire:
    """How one protocol is read and spoken."""

    refusal: Refuse
    parse: Parse = _silent_parse
    answer: Say = _silent_answer


JSON_RPC = Wire(json_rpc.refusal)
WIRES = {
    "rest-json": Wire(rest_json.refusal, rest_json.parse, rest_json.answer),
    "json": JSON_RPC,
    "query": Wire(query.refusal, query.parse, query.answer),
    "ec2": Wire(query.refusal),
    "rest-xml": Wire(rest_xml.refusal, rest_xml.parse, rest_xml.answer),
}


def wire(protocol: str) -> Wire:
    """Return the wire of a protocol; JSON's for one that has none (smithy-rpc-v2-cbor)."""
    return WIRES.get(protocol, JSON_RPC)
