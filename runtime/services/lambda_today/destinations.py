"""Where records of asynchronous invocations may go: dead-letter queues and destinations, as far as they are configured.

What is configured is checked and kept: the form of the ARN, whether a function that is named is there, and whether the
function's execution role may write there. What is sent there, and when, ``runtime/eventsources/records.py`` says. The
words about missing rights are those that users report of AWS; for an ARN of another service they are the recorded
ones of destinations and, for dead-letter queues, ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runtime.arn import Arn, assumed_role_arn
from runtime.identity.principal import Principal, PrincipalKind
from runtime.invocation.execution_role import session_name
from runtime.resources.function import Function
from runtime.services.collaborators import Collaborators
from runtime.services.constraints import invalid_parameter

ACTIONS = {
    "sqs": ("sqs:SendMessage", "SQS"),
    "sns": ("sns:Publish", "SNS"),
    "lambda": ("lambda:InvokeFunction", "Lambda"),
    "events": ("events:PutEvents", "EventBridge"),
    "s3": ("s3:PutObject", "S3"),
}
DEAD_LETTER_SERVICES = ("sqs", "sns")
ITSELF = "You can't specify the function as a destination for itself."


class Destinations:
    """Checks the targets that functions name."""

    def __init__(self, collaborators: Collaborators) -> None:
        self._account = collaborators.account
        self._authority = collaborators.authority
        self._settings = collaborators.settings

    def require_dead_letter(self, target: str, role: str, function_name: str) -> None:
        """Refuse a dead-letter queue that is none, or to which the execution role may not send."""
        service = _service(target)
        if service not in DEAD_LETTER_SERVICES:
            raise invalid_parameter(
                f"{target} cannot be a dead-letter queue: it is neither an SQS queue nor an SNS topic."
            )
        if not self._may_write(target, role, function_name):
            action, name = ACTIONS[service]
            verb = action.partition(":")[2]
            raise invalid_parameter(f"The provided execution role does not have permissions to call {verb} on {name}")

    def require(self, function: Function, config: Mapping[str, Any]) -> None:
        """Refuse destinations that cannot be: of another service, the function itself, or not for its role."""
        targets = [(config.get(when) or {}).get("Destination") for when in ("OnSuccess", "OnFailure")]
        if any(target and _service(target) not in ACTIONS for target in targets):
            raise invalid_parameter(_invalid(*targets))
        for target in filter(None, targets):
            self._require_function(target, function.name)
            if not self._may_write(target, function.role, function.name):
                verb = ACTIONS[_service(target)][0].partition(":")[2]
                raise invalid_parameter(
                    f"The function's execution role does not have permissions to call {verb} on {target}"
                )

    def _require_function(self, target: str, own_name: str) -> None:
        if _service(target) != "lambda":
            return
        name = Arn.parse(target).resource.removeprefix("function:").partition(":")[0]
        if self._account.function(name) is None:
            raise invalid_parameter(f"The destination ARN {target} is invalid.")
        if name == own_name:
            raise invalid_parameter(ITSELF)

    def _may_write(self, target: str, role: str, function_name: str) -> bool:
        session = session_name(function_name)
        arn = assumed_role_arn(self._settings.account, role, session)
        principal = Principal(PrincipalKind.ROLE_SESSION, arn, self._settings.account, session, role)
        resource = f"{target}/*" if _service(target) == "s3" else target
        return self._authority.judge(principal, ACTIONS[_service(target)][0], resource).is_allowed


def _service(target: str) -> str:
    try:
        return Arn.parse(target).service
    except ValueError as error:
        raise invalid_parameter(f"{target} is not the ARN of a queue, a topic or another destination.") from error


def _invalid(success: str | None, failure: str | None) -> str:
    on_success = f"OnSuccess(destination={success})" if success else "null"
    on_failure = f"OnFailure(destination={failure})" if failure else "null"
    return (
        f"The provided destination config DestinationConfig(onSuccess={on_success}, onFailure={on_failure}) is invalid."
    )
