"""Functions are read: one with its package, its configuration alone, or all of them in pages."""

from __future__ import annotations

from typing import Any

from runtime.generation import TODAY
from runtime.resources.attachments import Kind
from runtime.services.call import Call
from runtime.services.collaborators import Collaborators
from runtime.services.lambda_today.catalogue import Catalogue
from runtime.services.lambda_today.members import refuse_unimplemented
from runtime.services.lambda_today.shapes import LISTED
from runtime.services.lambda_today.versions import order
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
        self._account = collaborators.account

    async def get_function(self, call: Call, *, function_name: str, qualifier: str | None = None) -> dict[str, Any]:
        """Return the configuration, tags, concurrency, and where the package can be fetched for ten minutes."""
        found = self._catalogue.find(function_name, qualifier)
        name = found.function.name
        tags = self._account.attachments.get(Kind.TAGS, name)
        reserved = self._account.attachments.get(Kind.CONCURRENCY, name)
        location = self._locations.location(call.endpoint_url, found.function.code_sha256)
        return {
            "Configuration": self._catalogue.read(found),
            "Code": {"RepositoryType": "S3", "Location": location},
            **({"Tags": tags} if tags else {}),
            **({"Concurrency": reserved} if reserved else {}),
        }

    async def get_function_configuration(
        self, call: Call, *, function_name: str, qualifier: str | None = None
    ) -> dict[str, Any]:
        """Return the configuration."""
        found = self._catalogue.find(function_name, qualifier)
        return self._catalogue.read(found)

    async def list_functions(
        self,
        call: Call,
        *,
        marker: str | None = None,
        max_items: int = LISTED_AT_ONCE,
        function_version: str | None = None,
        **unimplemented: object,
    ) -> dict[str, Any]:
        """Return the functions of today's API by name, or with ALL each of their versions."""
        refuse_unimplemented("ListFunctions", unimplemented)
        functions = self._catalogue.functions.all()
        if function_version == "ALL":
            functions = [version for one in functions for version in self._account.versions.versions(one.name)]
        chosen, next_marker = page(
            functions, marker, min(max_items, LISTED_AT_ONCE), key=order, operation="ListFunctions"
        )
        shapes = [
            self._catalogue.described(one, LISTED, one.version if function_version == "ALL" else None) for one in chosen
        ]
        return {"Functions": shapes} | ({"NextMarker": next_marker} if next_marker else {})
