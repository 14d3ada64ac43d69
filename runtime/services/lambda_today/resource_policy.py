"""A resource policy as Lambda keeps it: statements that are added and removed one by one, under a revision of its own.

``{"Version": "2012-10-17", "Id": "default", "Statement": [...]}`` is what GetPolicy shows; without a statement there is
no policy. The largest one has 20 KB.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from runtime.errors import ServiceError
from runtime.resources.attachments import Attachments, Kind
from runtime.services.lambda_today.catalogue import conflict, not_found

LARGEST_BYTES = 20_480
NO_POLICY = "No policy is associated with the given resource."
STALE = (
    "The Revision Id provided does not match the latest Revision Id. Call the {} API to retrieve the latest Revision Id"
)


class ResourcePolicy:
    """The policy on one resource: a function, one of its versions or aliases, or a layer version."""

    def __init__(self, attachments: Attachments, kind: Kind, owner: str, qualifier: str, reader: str) -> None:
        self._attachments = attachments
        self._key = (kind, owner, qualifier)
        self._reader = reader
        """The operation that shows this policy; a stale revision is refused with its name."""

    def read(self) -> tuple[str, str] | None:
        """Return the document as JSON and its revision; ``None`` if there is none."""
        kept = self._attachments.get(*self._key)
        return (json.dumps(kept["document"], separators=(",", ":")), kept["revision"]) if kept else None

    def add(self, statement: Mapping[str, Any], revision: str | None) -> str:
        """Add a statement and return the new revision."""
        kept = self._attachments.get(*self._key)
        statements: list[Mapping[str, Any]] = list(kept["document"]["Statement"]) if kept else []
        self._require_revision(kept, revision)
        if any(other["Sid"] == statement["Sid"] for other in statements):
            raise conflict(
                f"The statement id ({statement['Sid']}) provided already exists."
                " Please provide a new statement id, or remove the existing statement."
            )
        return self._put([*statements, statement])

    def remove(self, statement_id: str, revision: str | None) -> None:
        """Take a statement away; with the last one goes the policy."""
        kept = self._attachments.get(*self._key)
        if kept is None:
            raise not_found(NO_POLICY)
        statements = kept["document"]["Statement"]
        left = [statement for statement in statements if statement["Sid"] != statement_id]
        if len(left) == len(statements):
            raise not_found(f"Statement {statement_id} is not found in resource policy.")
        self._require_revision(kept, revision)
        if left:
            self._put(left)
        else:
            self._attachments.delete(*self._key)

    def _put(self, statements: list[Mapping[str, Any]]) -> str:
        document = {"Version": "2012-10-17", "Id": "default", "Statement": statements}
        size = len(json.dumps(document, separators=(",", ":")).encode())
        if size > LARGEST_BYTES:
            message = f"The final policy size ({size}) is bigger than the limit ({LARGEST_BYTES})."
            raise ServiceError("PolicyLengthExceededException", message, 400, {"Type": "User"})
        revision = str(uuid.uuid4())
        kind, owner, qualifier = self._key
        self._attachments.put(kind, owner, {"document": document, "revision": revision}, qualifier)
        return revision

    def _require_revision(self, kept: Mapping[str, Any] | None, revision: str | None) -> None:
        if revision is not None and (kept is None or kept["revision"] != revision):
            raise ServiceError("PreconditionFailedException", STALE.format(self._reader), 412, {"Type": "User"})
