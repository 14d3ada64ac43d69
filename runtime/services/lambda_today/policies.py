"""The resource policies of Lambda, as the judge asks for them: by the ARN of what is about to be used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from runtime.arn import Arn
from runtime.resources.account import Account
from runtime.resources.attachments import Kind

KINDS = {"function": Kind.POLICY, "layer": Kind.LAYER_POLICY}


def lambda_policies(account: Account) -> Callable[[str], tuple[str, Mapping[str, Any]] | None]:
    """Return a function that finds the policy of a function, a version, an alias or a layer version."""

    def find(resource_arn: str) -> tuple[str, Mapping[str, Any]] | None:
        if not resource_arn.startswith("arn:aws:lambda:"):
            return None
        kind, _, named = Arn.parse(resource_arn).resource.partition(":")
        owner, _, qualifier = named.partition(":")
        kept = account.attachments.get(KINDS[kind], owner, qualifier) if kind in KINDS else None
        return (f"policy of {kind} {named}", kept["document"]) if kept else None

    return find
