"""What the store's SQS lacks, built into it: receipt handles that name their message.

moto draws a handle at random when a message is received. To receive is no write that is kept (a message that was
received counts as not received after a restart), so the handle with which a message was deleted means nothing in the
repetition, and the message would be there again. Here a handle says whose it is; a message that the repetition has in
the source of a dead-letter queue is found there.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any


def install() -> None:
    """Extend moto's SQS. Idempotent."""
    from moto.moto_api._internal import mock_random
    from moto.sqs.exceptions import ReceiptHandleIsInvalid
    from moto.sqs.models import Message, Queue, sqs_backends

    message_class: Any = Message
    queue_class: Any = Queue
    if hasattr(message_class, "handle_names_it"):
        return
    mark_received = message_class.mark_received

    def mark_and_name(message: Any, visibility_timeout: int | None = None) -> None:
        mark_received(message, visibility_timeout)
        said = f"{message.id} {mock_random.getrandbits(512):0128x}"
        message.receipt_handle = base64.b64encode(said.encode()).decode()
        message._old_receipt_handles.clear()

    def is_named(message: Any, receipt_handle: str) -> bool:
        return _message_of(receipt_handle) == str(message.id)

    def delete_named(queue: Any, receipt_handle: str) -> None:
        name = _message_of(receipt_handle)
        if name is None:
            raise ReceiptHandleIsInvalid()
        everybody = sqs_backends[queue.account_id][queue.region].queues.values()
        for each in (queue, *(other for other in everybody if other.dead_letter_queue is queue)):
            for message in [message for message in each._messages if message.id == name]:
                each._messages.remove(message)
                each.pending_messages.discard(message)

    message_class.handle_names_it = True
    message_class.mark_received = mark_and_name
    message_class.had_receipt_handle = is_named
    queue_class.delete_message = delete_named


def _message_of(receipt_handle: str) -> str | None:
    """Return the id of the message that a handle is of; ``None`` if it is no handle."""
    try:
        name, _, nonce = base64.b64decode(receipt_handle, validate=True).decode().partition(" ")
    except (binascii.Error, ValueError):
        return None
    return name if nonce else None
