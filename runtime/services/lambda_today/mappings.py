"""Event source mappings: which queue or stream is to be read for which function.

A mapping is checked, kept and shown with the states of AWS: ``Creating``, ``Enabling`` and ``Updating`` until its
poller is at work and makes it ``Enabled``; ``Disabling`` and ``Deleting`` are in the answer only, although batches that
are under way then go on to their end. The pollers (``runtime/eventsources/pull``) are told of every change by the
endpoint.
"""

from __future__ import annotations

import uuid as identifiers
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from runtime.eventsources.pull.subscription import of_today
from runtime.generation import TODAY
from runtime.services.call import Call
from runtime.services.collaborators import Collaborators
from runtime.services.constraints import invalid_parameter
from runtime.services.lambda_today.catalogue import Catalogue, Found, conflict, not_found
from runtime.services.lambda_today.event_source import KINDS, SourceKind, check_starting_position
from runtime.services.lambda_today.members import is_empty
from runtime.services.lambda_today.sources import Sources, source_kind
from runtime.services.paging import page

LISTED_AT_ONCE = 100
NOT_THERE = "The resource you requested does not exist."


class EventSourceMappings:
    """Create, Get, List, Update and Delete EventSourceMapping."""

    service = "lambda"
    api_version = TODAY.api_version

    def __init__(self, collaborators: Collaborators) -> None:
        self._catalogue = Catalogue(collaborators)
        self._sources = Sources(collaborators)
        self._mappings = collaborators.account.mappings
        self._settings = collaborators.settings
        self._clock = collaborators.clock

    async def create_event_source_mapping(
        self,
        call: Call,
        *,
        function_name: str,
        event_source_arn: str | None = None,
        enabled: bool = True,
        **settings: Any,
    ) -> dict[str, Any]:
        """Map a source to a function, once."""
        kind = source_kind(event_source_arn)
        arn = str(event_source_arn)
        members = {**kind.defaults, **_members(kind, settings)}
        check_starting_position(kind, arn, members.get("StartingPosition"))
        found = self._function(function_name)
        self._require_new(arn, found)
        self._sources.check(kind, arn, members, found.function)
        await self._sources.require_readable(kind, arn, found.function)
        uuid = str(identifiers.uuid4())
        members |= {
            "UUID": uuid,
            "EventSourceArn": arn,
            "EventSourceMappingArn": self._arn(uuid),
            "FunctionArn": found.arn,
            "State": "Enabled" if enabled else "Disabled",
            "StateTransitionReason": kind.transition_reason,
        }
        return self._put(uuid, members, "Creating")

    async def get_event_source_mapping(self, call: Call, *, uuid: str) -> dict[str, Any]:
        """Return a mapping."""
        return _shape(self._find(uuid))

    async def list_event_source_mappings(
        self,
        call: Call,
        *,
        event_source_arn: str | None = None,
        function_name: str | None = None,
        marker: str | None = None,
        max_items: int = LISTED_AT_ONCE,
    ) -> dict[str, Any]:
        """Return the mappings, all or those of one source or function."""
        arn = self._named_arn(function_name) if function_name else None
        mappings = [
            mapping
            for _, mapping in sorted(self._mappings.all().items())
            if event_source_arn in (None, mapping["EventSourceArn"]) and arn in (None, mapping["FunctionArn"])
        ]
        chosen, next_marker = page(
            mappings,
            marker,
            min(max_items, LISTED_AT_ONCE),
            key=lambda mapping: str(mapping["UUID"]),
            operation="ListEventSourceMappings",
        )
        shapes = [_shape(mapping) for mapping in chosen]
        return {"EventSourceMappings": shapes} | ({"NextMarker": next_marker} if next_marker else {})

    async def update_event_source_mapping(
        self,
        call: Call,
        *,
        uuid: str,
        function_name: str | None = None,
        enabled: bool | None = None,
        **settings: Any,
    ) -> dict[str, Any]:
        """Change what is given; the source and its position stay."""
        mapping = self._find(uuid)
        arn = mapping["EventSourceArn"]
        kind = source_kind(arn)
        changed = {**mapping, **_members(kind, settings)}
        found = self._function(function_name or mapping["FunctionArn"])
        if function_name:
            changed["FunctionArn"] = found.arn
        self._sources.check(kind, arn, changed, found.function)
        if function_name:
            await self._sources.require_time(kind, arn, found.function)
        state = "Updating"
        if enabled is not None:
            changed["State"] = "Enabled" if enabled else "Disabled"
            state = "Enabling" if enabled else "Disabling"
        return self._put(uuid, changed, state, mapping)

    async def delete_event_source_mapping(self, call: Call, *, uuid: str) -> dict[str, Any]:
        """Take a mapping away."""
        mapping = self._find(uuid)
        self._mappings.delete(uuid)
        return _shape(mapping | {"State": "Deleting"})

    def _put(
        self, uuid: str, members: dict[str, Any], state: str, before: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Keep a mapping in a passing state until its poller goes on; as before, where nothing is changed for that."""
        members["LastModified"] = self._clock.now().timestamp()
        if before is not None and of_today(members) == of_today(before):
            kept = before["State"]
        else:
            kept = "Disabled" if members["State"] == "Disabled" else state
        self._mappings.put(uuid, members | {"State": kept})
        return _shape(members | {"State": state})

    def _find(self, uuid: str) -> dict[str, Any]:
        mapping = self._mappings.find(uuid)
        if mapping is None:
            raise not_found(NOT_THERE)
        return mapping

    def _function(self, name: str) -> Found:
        function = self._catalogue.refer(name)
        if self._catalogue.functions.of_any_generation(function.name) is None:
            raise invalid_parameter("Function does not exist")
        return self._catalogue.find(name)

    def _named_arn(self, name: str) -> str:
        reference = self._catalogue.refer(name)
        arn = self._catalogue.functions.arn(reference.name)
        return f"{arn}:{reference.qualifier}" if reference.qualifier else arn

    def _require_new(self, arn: str, found: Found) -> None:
        for uuid, other in self._mappings.all().items():
            if (other["EventSourceArn"], other["FunctionArn"]) == (arn, found.arn):
                raise conflict(
                    f'The event source arn (" {arn} ") and function (" {found.function.name} ") provided mapping'
                    f" already exists. Please update or delete the existing mapping with UUID {uuid}"
                )

    def _arn(self, uuid: str) -> str:
        return f"arn:aws:lambda:{self._settings.region}:{self._settings.account}:event-source-mapping:{uuid}"


def _members(kind: SourceKind, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings by AWS's names; refuse what the source does not know, or this runtime does not have."""
    members = {name.title().replace("_", ""): value for name, value in settings.items()}
    for name, value in members.items():
        if name not in kind.members and not is_empty(value):
            known = any(name in other.members for other in KINDS.values())
            why = f"a {kind.service} source has no such setting" if known else "this runtime does not have it"
            raise invalid_parameter(f"{name} cannot be set: {why}. Leave it out of the call.")
    kept = {name: value for name, value in members.items() if name in kind.members}
    if "StartingPositionTimestamp" in kept:
        kept["StartingPositionTimestamp"] = kept["StartingPositionTimestamp"].timestamp()
    return kept


def _shape(mapping: Mapping[str, Any]) -> dict[str, Any]:
    shape = dict(mapping)
    for moment in ("LastModified", "StartingPositionTimestamp"):
        if moment in shape:
            shape[moment] = datetime.fromtimestamp(shape[moment], UTC)
    return shape
