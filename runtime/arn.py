"""Amazon Resource Names: build the ones we hand out, take apart the ones we are given."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Arn:
    """``arn:partition:service:region:account:resource``; the resource part may itself hold colons and slashes."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> Arn:
        """Take an ARN apart; raise ``ValueError`` for anything that is not one."""
        parts = text.split(":", 5)
        if len(parts) != 6 or parts[0] != "arn" or not parts[1] or not parts[2] or not parts[5]:
            raise ValueError(f"not an ARN: {text!r}")
        return cls(*parts[1:])

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"


def function_arn(region: str, account: str, name: str) -> str:
    """Return the unqualified ARN of a function."""
    return f"arn:aws:lambda:{region}:{account}:function:{name}"


def root_arn(account: str) -> str:
    """Return the ARN of the account's root user."""
    return f"arn:aws:iam::{account}:root"


def role_name(role_arn: str) -> str:
    """Return the name at the end of a role's ARN, without its path."""
    return role_arn.rsplit("/", 1)[-1]


def assumed_role_arn(account: str, role_arn: str, session_name: str) -> str:
    """Return the principal that a session of the role is."""
    return f"arn:aws:sts::{account}:assumed-role/{role_name(role_arn)}/{session_name}"
