"""EventBridge, as far as it is more than a store: what it is asked must make sense, and what is put must arrive.

A pattern and a schedule are read before a rule is kept, so that one which would never fire is refused at once. Targets
are functions, queues and topics. What a target can have beyond its input (a role, a dead-letter queue, retries of its
own) is refused with words that say so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Protocol

from botocore.exceptions import ParamValidationError
from botocore.validate import validate_parameters

from runtime.arn import Arn
from runtime.endpoint.exchange import Answer
from runtime.endpoint.execution import Execution, not_implemented
from runtime.endpoint.received import Received
from runtime.endpoint.wire.rest_json import json_object
from runtime.errors import ServiceError
from runtime.eventsources.bus.event_bus import TARGETS
from runtime.eventsources.bus.expressions import read_schedule
from runtime.eventsources.bus.target_input import require_path
from runtime.eventsources.patterns import require_valid

FUNCTION = re.compile(r"function:[^:]+(:[^:]+)?")
OF_A_TARGET = frozenset({"Id", "Arn", "Input", "InputPath", "InputTransformer"})


class EventSink(Protocol):
    """Takes what was put."""

    def put(self, event_id: str, entry: Mapping[str, Any]) -> None:
        """Bring an event to the targets of the rules that it concerns."""


class EventsFace:
    """EventBridge in front of the store."""

    def __init__(self, execution: Execution, bus: EventSink) -> None:
        self._execution = execution
        self._bus = bus

    async def answer(self, received: Received) -> Answer:
        """Carry out a call to EventBridge."""
        given = json_object(received.request.body)
        _require_shape(received, given)
        match received.operation.name:
            case "PutRule":
                _require_rule(given)
            case "PutTargets":
                for target in given.get("Targets") or []:
                    _require_target(target)
        answer = await self._execution.answer(received)
        if received.operation.name == "PutEvents" and answer.status == 200:
            self._take(given["Entries"], json.loads(answer.body)["Entries"])
        return answer

    def _take(self, given: list[Mapping[str, Any]], answered: list[Mapping[str, Any]]) -> None:
        for entry, said in zip(given, answered, strict=True):
            if "EventId" in said:
                moment = datetime.fromtimestamp(float(entry["Time"]), UTC) if "Time" in entry else None
                self._bus.put(said["EventId"], {**entry, "Time": moment, "Detail": json.loads(entry["Detail"])})


def _require_shape(received: Received, given: Mapping[str, Any]) -> None:
    """Refuse members of another type than the model's: the store would stumble over them."""
    shape = received.operation.input_shape
    if shape is None:
        return
    try:
        validate_parameters(given, shape)
        for entry in given.get("Entries") or []:
            if received.operation.name == "PutEvents" and "Time" in entry:
                datetime.fromtimestamp(float(entry["Time"]), UTC)
            _require_depth(entry.get("Detail", ""))
    except (ParamValidationError, ValueError, TypeError, OverflowError, OSError, RuntimeError) as error:
        raise ServiceError("SerializationException", str(error), 400) from error


def _require_depth(detail: str) -> None:
    """Raise ``RuntimeError`` for a detail that is nested too deeply; what is no JSON, its entry is answered."""
    with suppress(ValueError):
        json.loads(detail)


def _require_rule(given: Mapping[str, Any]) -> None:
    pattern, schedule = given.get("EventPattern"), given.get("ScheduleExpression")
    if pattern:
        try:
            require_valid(json.loads(pattern))
        except (ValueError, TypeError, RecursionError) as error:
            message = f"Event pattern is not valid. Reason: {error}"
            raise ServiceError("InvalidEventPatternException", message, 400) from error
    if schedule:
        try:
            read_schedule(schedule)
        except (ValueError, TypeError) as error:
            message = f"Parameter ScheduleExpression is not valid. ({error})"
            raise ServiceError("ValidationException", message, 400) from error


def _require_target(target: Mapping[str, Any]) -> None:
    service = _service(str(target.get("Arn", "")))
    if service not in TARGETS:
        raise not_implemented(f"targets of {service} for events:PutTargets (functions, queues and topics it does)")
    unknown = sorted(target.keys() - OF_A_TARGET)
    if unknown:
        raise not_implemented(f"{', '.join(unknown)} of a target of events:PutTargets")
    paths = (target.get("InputTransformer") or {}).get("InputPathsMap") or {}
    try:
        for path in (*paths.values(), *([target["InputPath"]] if "InputPath" in target else [])):
            require_path(str(path))
        if "Input" in target:
            json.loads(target["Input"])
    except (ValueError, TypeError, RecursionError) as error:
        message = f"Parameter(s) of target {target.get('Id')} not valid. Reason: {error}"
        raise ServiceError("ValidationException", message, 400) from error


def _service(arn: str) -> str:
    """Return what a target is of; refuse what nothing could ever be brought to."""
    try:
        target = Arn.parse(arn)
    except ValueError:
        target = None
    if target is None or (target.service == "lambda" and not FUNCTION.fullmatch(target.resource)):
        message = f"Parameter {arn} is not valid. Reason: Provided Arn is not in correct format."
        raise ServiceError("ValidationException", message, 400)
    return target.service
