"""Functions are read: one with its package, its configuration alone, or all of them in pages."""

from __future__ import annotations

from typing import Any

from runtime.generation import TODAY
from runtime.services.call import Call
from runtime.services.collaborators import Collaborators
from runtime.services.lambda_today.catalogue import Catalogue
from runtime.services.lambda_today.members import check_members, refuse_unimplemented
from runtime.services.lambda_today.shapes import LISTED, READ
from runtime.services.paging import page

LISTED_AT_ONCE = 50
"""However many MaxItems asks for, AWS answers at most so many functions a page."""


class FunctionReads:
    """GetFunction, GetFunctionConfiguration, ListFunctions."""

    service = "lambda"
    api_version = TODAY.api_version

    def __init__(self, collaborators: Collaborators) -> None:
        self._catalogue = Catalogue(collaborators)
        self._locations = collaborators.locations

    async def get_function(self, call: Call, *, function_name: str, qualifier: str | None = None) -> dict[str, Any]:
        """Return the configuration, and where the deployment package can be fetched for ten minutes."""
        function, asked_with = self._catalogue.find(function_name, qualifier)
        location = self._locations.location(call.endpoint_url, function.code_sha256)
        return {
            "Configuration": self._catalogue.described(function, READ, asked_with),
            "Code": {"RepositoryType": "S3", "Location": location},
        }

    async def get_function_configuration(
        self, call: Call, *, function_name: str, qualifier: str | None = None
    ) -> dict[str, Any]:
        """Return the configuration."""
        function, asked_with = self._catalogue.find(function_name, qualifier)
        return self._catalogue.described(function, READ, asked_with)

    async def list_functions(
        self, call: Call, *, marker: str | None = None, max_items: int = LISTED_AT_ONCE, **unimplemented: object
    ) -> dict[str, Any]:
        """Return the functions of today's API, by name."""
        check_members(max_items=max_items)
        refuse_unimplemented("ListFunctions", unimplemented)
        functions, next_marker = page(self._catalogue.functions.all(), marker, min(max_items, LISTED_AT_ONCE))
        answer: dict[str, Any] = {"Functions": [self._catalogue.described(function, LISTED) for function in functions]}
        return answer | ({"NextMarker": next_marker} if next_marker else {})
