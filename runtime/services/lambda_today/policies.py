"""What the judge has to look up of Lambda: resource policies, tags, and which function a mapping is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime.arn import Arn
from runtime.policy import renamed
from runtime.resources.account import Account
from runtime.resources.attachments import Kind

KINDS = {"function": Kind.POLICY, "layer": Kind.LAYER_POLICY}
ARN = "arn:aws:lambda:"


@dataclass(frozen=True, slots=True)
class LambdaFacts:
    """Implements :class:`~runtime.endpoint.directory.OwnFacts` on what the account holds."""

    account: Account

    def policy(self, resource_arn: str) -> tuple[str, Mapping[str, Any]] | None:
        """Return the policy of a function, a version, an alias or a layer version, as (name, document)."""
        if not resource_arn.startswith(ARN):
            return None
        kind, _, named = Arn.parse(resource_arn).resource.partition(":")
        owner, _, qualifier = named.partition(":")
        kept = self.account.attachments.get(KINDS[kind], owner, qualifier) if kind in KINDS else None
        return (f"policy of {kind} {named}", kept["document"]) if kept else None

    def tags(self, resource_arn: str) -> Mapping[str, str]:
        """Return the tags of a function; its versions and aliases are asked for them, too, and have the function's."""
        kind, _, named = Arn.parse(resource_arn).resource.partition(":")
        return (self.account.attachments.get(Kind.TAGS, named.partition(":")[0]) or {}) if kind == "function" else {}

    def function_of_mapping(self, uuid: str) -> str | None:
        """Return the ARN of the function that an event source mapping is for."""
        mapping = self.account.mappings.find(uuid)
        return str(mapping["FunctionArn"]) if mapping else None

    def principal_deleted(self, arn: str, identifier: str) -> None:
        """Put the unique id of a user or role that is gone in the place of its ARN."""
        for kind in KINDS.values():
            for owner, qualifier, kept in self.account.attachments.every(kind):
                if renamed(kept["document"], arn, identifier):
                    self.account.attachments.put(kind, owner, kept, qualifier)
