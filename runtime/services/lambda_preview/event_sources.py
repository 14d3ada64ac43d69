"""Event sources in the preview: which stream Lambda reads for which function, with which invocation role.

A stream is mapped to one function. AddEventSource for a stream that is mapped already updates that mapping: it calls
the new function instead of the old one. Members that are not given then keep what the mapping had. Whoever adds one
must be allowed to pass the role, and Lambda to assume it; the stream itself is not looked for, and a mapping that finds
none says so in its status.

Not known of the preview: what it answered to a stream of another region or account (here it is a mistake, because
nothing could read it), the largest batch (here that of 2015, 10,000), and whether asking for the mappings of a function
that does not exist was a mistake (here it is, because ListEventSources names the error).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from runtime.errors import ServiceError
from runtime.generation import PREVIEW
from runtime.resources.event_source import EventSource
from runtime.services.call import Call
from runtime.services.collaborators import Collaborators
from runtime.services.constraints import invalid_parameter
from runtime.services.functions import Functions, last_modified
from runtime.services.lambda_preview.members import (
    DEFAULT_BATCH_SIZE,
    DEFAULT_PARAMETERS,
    MAXIMUM_ITEMS,
    check_mapping,
    check_members,
)
from runtime.services.paging import page

NO_FUNCTION = "Function does not exist"
NO_MAPPING = "The resource you requested does not exist."
"""Both as recorded of today's API for its event source mappings; the preview's words are not known."""


class PreviewEventSources:
    """The operations of Lambda 2014-11-11 on event sources, by botocore's names."""

    service = "lambda"
    api_version = PREVIEW.api_version

    def __init__(self, collaborators: Collaborators) -> None:
        self._functions = Functions(PREVIEW, collaborators)
        self._sources = collaborators.account.event_sources
        self._settings = collaborators.settings
        self._journal = collaborators.journal
        self._clock = collaborators.clock

    async def add_event_source(
        self,
        call: Call,
        *,
        event_source: str,
        function_name: str,
        role: str,
        batch_size: int | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Map a stream to a function, or a mapped one to another function."""
        check_members(function_name=function_name, role=role)
        check_mapping(event_source, batch_size, parameters or {}, self._settings)
        self._require_function(function_name)
        self._functions.require_role(role, function_name, "AddEventSource", call)
        known = self._sources.of_stream(event_source)
        added = EventSource(
            uuid=known.uuid if known else str(uuid.uuid4()),
            stream_arn=event_source,
            function=function_name,
            role=role,
            batch_size=batch_size or (known.batch_size if known else DEFAULT_BATCH_SIZE),
            parameters={**(known.parameters if known else DEFAULT_PARAMETERS), **(parameters or {})},
            last_modified=self._clock.now(),
        )
        self._sources.put(added)
        self._record("updated" if known else "added", added, call)
        return configuration(added)

    async def get_event_source(self, call: Call, *, uuid: str) -> dict[str, Any]:
        """Return a mapping, with its health."""
        return configuration(self._find(uuid))

    async def list_event_sources(
        self,
        call: Call,
        *,
        event_source_arn: str | None = None,
        function_name: str | None = None,
        marker: str | None = None,
        max_items: int = MAXIMUM_ITEMS,
    ) -> dict[str, Any]:
        """Return the mappings of a stream, of a function, of both, or all; what S3 notifies is not among them."""
        check_members(function_name=function_name, max_items=max_items)
        if function_name is not None:
            self._functions.find(function_name)
        asked = [
            source
            for source in self._sources.all()
            if event_source_arn in (None, source.stream_arn) and function_name in (None, source.function)
        ]
        sources, next_marker = page(
            asked, marker, max_items, key=lambda source: source.uuid, operation="ListEventSources"
        )
        answer: dict[str, Any] = {"EventSources": [configuration(source) for source in sources]}
        return answer | ({"NextMarker": next_marker} if next_marker else {})

    async def remove_event_source(self, call: Call, *, uuid: str) -> dict[str, Any]:
        """Unmap a stream: its events invoke nobody any more."""
        removed = self._find(uuid)
        self._sources.remove(uuid)
        self._record("removed", removed, call)
        return {}

    def _require_function(self, name: str) -> None:
        # AddEventSource names no ResourceNotFoundException among its errors.
        try:
            self._functions.find(name)
        except ServiceError as absent:
            raise invalid_parameter(NO_FUNCTION) from absent

    def _find(self, identifier: str) -> EventSource:
        source = self._sources.find(identifier)
        if source is None:
            raise ServiceError("ResourceNotFoundException", NO_MAPPING, 404, {"Type": "User"})
        return source

    def _record(self, operation: str, source: EventSource, call: Call) -> None:
        facts = {
            "operation": operation,
            "uuid": source.uuid,
            "event_source_arn": source.stream_arn,
            "function": source.function,
            "role": source.role,
            "caller": call.principal.arn,
        }
        self._journal.append("event-source", facts)


def configuration(source: EventSource) -> dict[str, Any]:
    """Return a mapping as the shape EventSourceConfiguration."""
    return {
        "UUID": source.uuid,
        "BatchSize": source.batch_size,
        "EventSource": source.stream_arn,
        "FunctionName": source.function,
        "Parameters": dict(source.parameters),
        "Role": source.role,
        "LastModified": last_modified(source.last_modified),
        "IsActive": source.is_active,
        "Status": source.status,
    }
