"""Handing a role to a service: whoever does that needs ``iam:PassRole`` on the role.

Lambda's and S3's own operations ask for it where they take the role in (``services/``), once they know that it is
well formed; here are those that the store carries out.
"""

from __future__ import annotations

from runtime.endpoint.needs.asked import Use


def passing(role: str, service: str) -> list[Use]:
    """Return the use of a role that is passed to a service; nothing if there is no role."""
    return [Use("iam:PassRole", arns=(role,), conditions={"iam:PassedToService": service})] if role else []
