"""STS: what a call for credentials needs beside what the role's own trust policy says of it."""

from __future__ import annotations

from runtime.endpoint.needs.asked import Asked, Use


def uses(asked: Asked) -> list[Use]:
    """Return what a call to STS uses; whoever passes tags needs the right to that, too."""
    names = {"FederatedUserName": asked.text("Name")}
    actions = [asked.operation, *(["TagSession"] if asked.parameters.get("Tags") else [])]
    federated = asked.arn(f"federated-user/{asked.text('Name')}", region="") if asked.text("Name") else ""
    return [Use(f"sts:{action}", names, resource=federated) for action in actions]
