"""What is to become of events of a function: how often and how long they are tried, and where their records go.

A configuration belongs to the function, a version or an alias. It is checked and kept here; the queue obeys its retries
and age (``runtime/eventsources/retries.py``) and tells its destinations (``runtime/eventsources/records.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from runtime.generation import TODAY
from runtime.resources.attachments import Kind
from runtime.resources.function import LATEST, Function
from runtime.services.call import Call
from runtime.services.collaborators import Collaborators
from runtime.services.constraints import invalid_parameter
from runtime.services.lambda_today.catalogue import Catalogue, not_found
from runtime.services.lambda_today.destinations import Destinations
from runtime.services.paging import page

LISTED_AT_ONCE = 50
NAMES = {
    "maximum_retry_attempts": "MaximumRetryAttempts",
    "maximum_event_age_in_seconds": "MaximumEventAgeInSeconds",
    "destination_config": "DestinationConfig",
}
NOTHING_GIVEN = "You must specify at least one of error handling or destination setting."
NO_FUNCTION = "The function doesn't exist."


class EventInvokeConfig:
    """Put, Update, Get, List and Delete FunctionEventInvokeConfig."""

    service = "lambda"
    api_version = TODAY.api_version

    def __init__(self, collaborators: Collaborators) -> None:
        self._catalogue = Catalogue(collaborators)
        self._destinations = Destinations(collaborators)
        self._account = collaborators.account
        self._clock = collaborators.clock

    async def put_function_event_invoke_config(
        self, call: Call, *, function_name: str, qualifier: str | None = None, **settings: Any
    ) -> dict[str, Any]:
        """Replace the configuration of a function, a version or an alias."""
        return self._put(function_name, qualifier, _members(settings), keeping=False)

    async def update_function_event_invoke_config(
        self, call: Call, *, function_name: str, qualifier: str | None = None, **settings: Any
    ) -> dict[str, Any]:
        """Change what is given, in a configuration that must be there."""
        return self._put(function_name, qualifier, _members(settings), keeping=True)

    async def get_function_event_invoke_config(
        self, call: Call, *, function_name: str, qualifier: str | None = None
    ) -> dict[str, Any]:
        """Return the configuration."""
        name, named = self._named(function_name, qualifier)
        return self._shape(name, named, self._find(name, named))

    async def list_function_event_invoke_configs(
        self, call: Call, *, function_name: str, marker: str | None = None, max_items: int = LISTED_AT_ONCE
    ) -> dict[str, Any]:
        """Return every configuration of a function."""
        name = self._function(*self._named(function_name, None)).name
        kept = list(self._account.attachments.of(Kind.EVENT_INVOKE_CONFIG, name).items())
        chosen, next_marker = page(
            kept, marker, max_items, key=lambda item: item[0], operation="ListFunctionEventInvokeConfigs"
        )
        shapes = [self._shape(name, named, document) for named, document in chosen]
        return {"FunctionEventInvokeConfigs": shapes} | ({"NextMarker": next_marker} if next_marker else {})

    async def delete_function_event_invoke_config(
        self, call: Call, *, function_name: str, qualifier: str | None = None
    ) -> dict[str, Any]:
        """Take the configuration away."""
        name, named = self._named(function_name, qualifier)
        self._find(name, named)
        self._account.attachments.delete(Kind.EVENT_INVOKE_CONFIG, name, named)
        return {}

    def _put(
        self, function_name: str, qualifier: str | None, settings: Mapping[str, Any], *, keeping: bool
    ) -> dict[str, Any]:
        if not settings:
            raise invalid_parameter(NOTHING_GIVEN)
        name, named = self._named(function_name, qualifier)
        function = self._function(name, named)
        destinations = settings.get("DestinationConfig")
        if destinations is not None:
            self._destinations.require(function, destinations)
        document = dict(self._find(name, named)) if keeping else {}
        document |= {**settings, "LastModified": self._clock.now().timestamp()}
        self._account.attachments.put(Kind.EVENT_INVOKE_CONFIG, name, document, named)
        return self._shape(name, named, document)

    def _named(self, function_name: str, qualifier: str | None) -> tuple[str, str]:
        reference = self._catalogue.refer(function_name, qualifier)
        return reference.name, reference.qualifier or LATEST

    def _function(self, name: str, qualifier: str) -> Function:
        function = self._account.resolve(name, qualifier)
        if function is None or function.generation is not TODAY:
            raise not_found(NO_FUNCTION)
        return function

    def _find(self, name: str, qualifier: str) -> Mapping[str, Any]:
        document = self._account.attachments.get(Kind.EVENT_INVOKE_CONFIG, name, qualifier)
        if document is None:
            arn = f"{self._catalogue.functions.arn(name)}:{qualifier}"
            raise not_found(f"The function {arn} doesn't have an EventInvokeConfig")
        return document

    def _shape(self, name: str, qualifier: str, document: Mapping[str, Any]) -> dict[str, Any]:
        destinations = document.get("DestinationConfig") or {}
        return {
            **document,
            "FunctionArn": f"{self._catalogue.functions.arn(name)}:{qualifier}",
            "LastModified": datetime.fromtimestamp(document["LastModified"], UTC),
            "DestinationConfig": {when: destinations.get(when) or {} for when in ("OnSuccess", "OnFailure")},
        }


def _members(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings by AWS's names, by which the queue knows them too."""
    return {NAMES[name]: value for name, value in settings.items()}
