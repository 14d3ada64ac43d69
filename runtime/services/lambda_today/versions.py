"""Versions: snapshots of a function that nothing changes any more.

A function that has not been changed since its last version gets no new one: PublishVersion answers with that version.
A version can be invoked as soon as the call has answered; the answer says ``Pending``, and the next read ``Active``.
"""

from __future__ import annotations

import base64
from typing import Any

from runtime.generation import TODAY
from runtime.resources.function import LATEST, Function
from runtime.services.call import Call
from runtime.services.collaborators import Collaborators
from runtime.services.constraints import invalid_parameter
from runtime.services.lambda_today.catalogue import Catalogue
from runtime.services.lambda_today.members import check_revision, refuse_unimplemented
from runtime.services.lambda_today.shapes import CREATED, LISTED
from runtime.services.paging import page

LISTED_AT_ONCE = 50


class Versions:
    """PublishVersion, ListVersionsByFunction."""

    service = "lambda"
    api_version = TODAY.api_version

    def __init__(self, collaborators: Collaborators) -> None:
        self._catalogue = Catalogue(collaborators)
        self._publisher = Publisher(collaborators)
        self._account = collaborators.account

    async def publish_version(
        self,
        call: Call,
        *,
        function_name: str,
        code_sha256: str | None = None,
        description: str | None = None,
        revision_id: str | None = None,
        **unimplemented: object,
    ) -> dict[str, Any]:
        """Make a version of the function as it is, unless the last version is just that."""
        refuse_unimplemented("PublishVersion", unimplemented)
        function = self._catalogue.find_settled(function_name, "PublishVersion")
        current = base64.b64encode(bytes.fromhex(function.code_sha256)).decode()
        if code_sha256 and code_sha256 != current:
            raise invalid_parameter(
                f"CodeSHA256 ({code_sha256}) is different from current CodeSHA256 in $LATEST ({current})."
                " Please try again with the CodeSHA256 in $LATEST."
            )
        check_revision(revision_id, function.revision)
        version = self._publisher.publish(function, call, description)
        return self._catalogue.described(version, CREATED, version.version)

    async def list_versions_by_function(
        self, call: Call, *, function_name: str, marker: str | None = None, max_items: int = LISTED_AT_ONCE
    ) -> dict[str, Any]:
        """Return $LATEST and the versions, the oldest first."""
        name = self._catalogue.find(function_name).function.name
        versions, next_marker = page(
            self._account.versions.versions(name), marker, max_items, key=order, operation="ListVersionsByFunction"
        )
        shapes = [self._catalogue.described(version, LISTED, version.version) for version in versions]
        return {"Versions": shapes} | ({"NextMarker": next_marker} if next_marker else {})


class Publisher:
    """Makes versions, for PublishVersion and for the calls that publish on the way."""

    def __init__(self, collaborators: Collaborators) -> None:
        self._catalogue = Catalogue(collaborators)
        self._account = collaborators.account

    def publish(self, function: Function, call: Call, description: str | None = None) -> Function:
        """Return a version of the function as it is: a new one, or the last one if nothing was changed since."""
        last = self._account.versions.last_published(function.name)
        if last is not None and last.published_from == function.revision:
            return last
        version = self._catalogue.changed(
            function,
            version=self._account.versions.next_number(function.name),
            published_from=function.revision,
            description=function.description if description is None else description,
        )
        return self._catalogue.functions.publish(version, call)


def order(function: Function) -> str:
    """Return a key by which $LATEST comes first, and the versions by their number."""
    return f"{function.name}:" + ("" if function.version == LATEST else function.version.zfill(10))
