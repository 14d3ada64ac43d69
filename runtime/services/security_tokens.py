"""STS: who am I, and may I be somebody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runtime.arn import Arn
from runtime.errors import ServiceError
from runtime.identity.authority import Authority
from runtime.identity.principal import Identity, Principal
from runtime.identity.session_tags import MOST, SessionTags, passed_on
from runtime.policy.values import ContextValue
from runtime.services.call import Call
from runtime.services.constraints import Constraints
from runtime.services.session_policies import check_policies, session_policies

SESSION_NAME = r"[\w+=,.@-]*"
SHORTEST_SESSION_NAME, LONGEST_SESSION_NAME = 2, 64
SHORTEST_SECONDS, LONGEST_SECONDS = 900, 43200
LONGEST_TAG_NAME, LONGEST_TAG_VALUE = 128, 256
NO_PROVIDERS = (
    "Lambda Lab knows no identity providers, so {} gives no credentials to anybody. "
    "Assume the role with the access key of a user instead (AssumeRole)."
)


class SecurityTokens:
    """The operations of STS that have to do with roles; whether a role lets somebody in, the authority says."""

    service = "sts"
    api_version = "2011-06-15"

    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    async def get_caller_identity(self, call: Call) -> dict[str, Any]:
        """Say who calls."""
        principal = call.principal
        return {"UserId": principal.identifier, "Account": principal.account, "Arn": principal.arn}

    async def get_access_key_info(self, call: Call, *, access_key_id: str) -> dict[str, Any]:
        """Say which account a key is of; there is only one here."""
        if not self._authority.knows_key(access_key_id):
            words = f"Nobody in this account has the access key {access_key_id}, and Lambda Lab knows no other account."
            raise ServiceError("ValidationError", words, 400)
        return {"Account": call.principal.account}

    async def decode_authorization_message(self, call: Call, *, encoded_message: str) -> dict[str, Any]:
        """Refuse, as AWS does for a message that it did not encode: no service here encodes any."""
        raise ServiceError("InvalidAuthorizationMessageException", "Message is not valid", 400)

    async def assume_role(
        self,
        call: Call,
        *,
        role_arn: str,
        role_session_name: str,
        external_id: str | None = None,
        duration_seconds: int = 3600,
        policy: str | None = None,
        policy_arns: Sequence[Mapping[str, str]] = (),
        tags: Sequence[Mapping[str, str]] = (),
        transitive_tag_keys: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Give the credentials of a session of a role, which has no more rights than the policies that are passed."""
        _check(role_arn, role_session_name, duration_seconds, policy, policy_arns, tags)
        identity = self._authority.assume_role(
            call.principal,
            role_arn,
            role_session_name,
            external_id=external_id,
            duration_seconds=duration_seconds,
            session_policies=session_policies(self._authority, policy, policy_arns),
            tags=_tags(call.principal, tags, transitive_tag_keys),
            circumstances=_circumstances(call),
        )
        assumed = {"AssumedRoleId": identity.principal.identifier, "Arn": identity.principal.arn}
        return {"Credentials": written(identity), "AssumedRoleUser": assumed}

    async def assume_role_with_web_identity(self, call: Call, **members: Any) -> dict[str, Any]:
        """Refuse: there is no identity provider whose word could be taken."""
        raise ServiceError("NotImplementedException", NO_PROVIDERS.format("AssumeRoleWithWebIdentity"), 501)

    async def assume_role_with_saml(self, call: Call, **members: Any) -> dict[str, Any]:
        """Refuse: there is no identity provider whose word could be taken."""
        raise ServiceError("NotImplementedException", NO_PROVIDERS.format("AssumeRoleWithSAML"), 501)


def written(identity: Identity) -> dict[str, Any]:
    """Return credentials as STS answers them."""
    credentials = identity.credentials
    return {
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key,
        "SessionToken": credentials.session_token,
        "Expiration": credentials.expiration,
    }


def _circumstances(call: Call) -> dict[str, ContextValue]:
    return {"aws:SourceIp": call.source_ip, "aws:SecureTransport": call.endpoint_url.startswith("https:")}


def _check(
    role_arn: str,
    session_name: str,
    duration_seconds: int,
    policy: str | None,
    policy_arns: Sequence[Mapping[str, str]],
    tags: Sequence[Mapping[str, str]],
) -> None:
    constraints = Constraints()
    _check_names(constraints, role_arn, session_name)
    constraints.within("durationSeconds", duration_seconds, SHORTEST_SECONDS, LONGEST_SECONDS)
    check_policies(constraints, policy, policy_arns)
    check_tags(constraints, tags)
    constraints.refuse("ValidationError")
    try:
        Arn.parse(role_arn)
    except ValueError as error:
        raise ServiceError("ValidationError", f"{role_arn} is invalid", 400) from error


def check_tags(constraints: Constraints, tags: Sequence[Mapping[str, str]]) -> None:
    """Note session tags that are too many or too long."""
    if len(tags) > MOST:
        constraints.violated("tags", list(tags), f"Member must have length less than or equal to {MOST}")
    for number, tag in enumerate(tags, start=1):
        constraints.no_longer_than(f"tags.{number}.member.key", tag.get("Key"), LONGEST_TAG_NAME)
        constraints.no_longer_than(f"tags.{number}.member.value", tag.get("Value"), LONGEST_TAG_VALUE)


def _check_names(constraints: Constraints, role_arn: str, session_name: str) -> None:
    if len(role_arn) < 20:
        constraints.violated("roleArn", role_arn, "Member must have length greater than or equal to 20")
    if len(session_name) < SHORTEST_SESSION_NAME:
        words = f"Member must have length greater than or equal to {SHORTEST_SESSION_NAME}"
        constraints.violated("roleSessionName", session_name, words)
    constraints.no_longer_than("roleSessionName", session_name, LONGEST_SESSION_NAME)
    constraints.matching("roleSessionName", session_name, SESSION_NAME)


def _tags(by: Principal, tags: Sequence[Mapping[str, str]], transitive: Sequence[str]) -> SessionTags:
    return passed_on(by.tags, [(str(tag.get("Key", "")), str(tag.get("Value", ""))) for tag in tags], transitive)
