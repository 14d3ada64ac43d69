"""SQS: a queue is named by its address, or when it is made or looked for by its name.

The store goes by the last part of an address, so the judge does too.
"""

from __future__ import annotations

from runtime.endpoint.needs.asked import Asked, Use
from runtime.endpoint.needs.named import arns_in

ACTIONS = {
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
    "DeleteMessageBatch": "DeleteMessage",
    "SendMessageBatch": "SendMessage",
}
"""A batch needs the right of the single call."""


def uses(asked: Asked) -> list[Use]:
    """Return what a call to SQS uses."""
    name = asked.text("QueueUrl").rpartition("/")[2] or asked.text("QueueName")
    return [Use(f"sqs:{ACTIONS.get(asked.operation, asked.operation)}", {"QueueName": name}, arns_in(asked))]
