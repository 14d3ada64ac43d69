"""Whether an event source can be mapped to a function: it is there, the execution role may read it, its settings fit.

That a queue or stream is there is asked of the service itself, through the endpoint. AWS's words for a role that may
not read a stream, and for a queue that is not there, are those that users report.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from runtime.arn import Arn, assumed_role_arn
from runtime.errors import ServiceError
from runtime.eventsources.patterns import require_valid
from runtime.eventsources.push import queue_url
from runtime.identity.principal import Principal, PrincipalKind
from runtime.invocation.execution_role import session_name
from runtime.resources.function import Function
from runtime.services.collaborators import Collaborators
from runtime.services.constraints import invalid_parameter
from runtime.services.lambda_today.destinations import Destinations
from runtime.services.lambda_today.event_source import KINDS, SourceKind, check_batch

UNRECOGNIZED = "Unrecognized event source."
TOO_SHORT = "Queue visibility timeout: {} seconds is less than Function timeout: {} seconds"
INVALID_FILTER = "Invalid filter pattern definition."


class Sources:
    """Checks event sources."""

    def __init__(self, collaborators: Collaborators) -> None:
        self._destinations = Destinations(collaborators)
        self._authority = collaborators.authority
        self._caller = collaborators.caller
        self._settings = collaborators.settings

    def check(self, kind: SourceKind, arn: str, members: Mapping[str, Any], function: Function) -> None:
        """Refuse settings that do not fit the source, or each other."""
        check_batch(kind, arn, members)
        for one in (members.get("FilterCriteria") or {}).get("Filters") or []:
            _require_pattern(one.get("Pattern"))
        self._destinations.require(function, members.get("DestinationConfig") or {})

    async def require_readable(self, kind: SourceKind, arn: str, function: Function) -> None:
        """Refuse a source that the function's execution role may not read, or that is not there."""
        session = session_name(function.name)
        account = self._settings.account
        role = assumed_role_arn(account, function.role, session)
        principal = Principal(PrincipalKind.ROLE_SESSION, role, account, session, function.role)
        for action in kind.needed_actions:
            if not self._authority.judge(principal, action, arn).is_allowed:
                raise invalid_parameter(_may_not_read(kind, arn, action))
        await self._require_there(kind, arn)
        await self.require_time(kind, arn, function)

    async def require_time(self, kind: SourceKind, arn: str, function: Function) -> None:
        """Refuse a queue whose messages would be visible again while the function is still at work on them."""
        if kind.service != "sqs":
            return
        asked = {"QueueUrl": queue_url(arn), "AttributeNames": ["VisibilityTimeout"]}
        answer = await self._caller.call("sqs", "GetQueueAttributes", asked, self._authority.root.credentials)
        visibility = int(answer["Attributes"]["VisibilityTimeout"])
        if visibility < function.timeout_seconds:
            raise invalid_parameter(TOO_SHORT.format(visibility, function.timeout_seconds))

    async def _require_there(self, kind: SourceKind, arn: str) -> None:
        credentials = self._authority.root.credentials
        try:
            match kind.service:
                case "sqs":
                    name = Arn.parse(arn).resource
                    await self._caller.call("sqs", "GetQueueUrl", {"QueueName": name}, credentials)
                case "kinesis":
                    await self._caller.call("kinesis", "DescribeStream", {"StreamARN": arn}, credentials)
                case _:
                    await self._caller.call("dynamodbstreams", "DescribeStream", {"StreamArn": arn}, credentials)
        except ServiceError as absent:
            if kind.is_stream:
                raise invalid_parameter(f"Stream not found: {arn}") from absent
            words = f"SQS Error Code: {absent.code}. SQS Error Message: {absent.message}"
            raise invalid_parameter(f"Error occurred while ReceiveMessage. {words}") from absent


def source_kind(arn: str | None) -> SourceKind:
    """Return the kind of source that an ARN names."""
    if arn is None:
        raise invalid_parameter(UNRECOGNIZED)
    try:
        return KINDS[Arn.parse(arn).service]
    except (ValueError, KeyError) as error:
        known = "This runtime knows SQS queues, Kinesis streams and DynamoDB streams."
        raise invalid_parameter(f"{UNRECOGNIZED} {known}") from error


def _may_not_read(kind: SourceKind, arn: str, action: str) -> str:
    if not kind.is_stream:
        verb = action.partition(":")[2]
        return f"The provided execution role does not have permissions to call {verb} on SQS"
    return (
        f"Cannot access stream {arn}. Please ensure the role can perform the GetRecords, GetShardIterator,"
        " DescribeStream, and ListStreams Actions on your stream in IAM."
    )


def _require_pattern(pattern: object) -> None:
    try:
        require_valid(json.loads(str(pattern)))
    except (ValueError, RecursionError) as error:
        raise invalid_parameter(f"{INVALID_FILTER} ({error})") from error
