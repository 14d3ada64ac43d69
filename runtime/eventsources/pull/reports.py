"""What a function says of a batch: that all of it is done, that some of it failed, or nothing that can be read.

ReportBatchItemFailures, as recorded of AWS (facts AWS-142): nothing at all, an empty list or object, and an empty or
null ``batchItemFailures`` say that everything succeeded. An item without an identifier, with an empty one, or with one
that is not of this batch says that the whole batch failed, and so does what is not JSON.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from runtime.invocation.outcome import Outcome, Status

FAILURES, IDENTIFIER = "batchItemFailures", "itemIdentifier"


def failed_items(outcome: Outcome, identifiers: Sequence[str], *, is_partial: bool) -> frozenset[str]:
    """Return the identifiers of what failed of a batch; ``is_partial``: the function reports single failures."""
    whole = frozenset(identifiers)
    if outcome.status is not Status.SUCCEEDED:
        return whole
    if not is_partial:
        return frozenset()
    reported = _reported(outcome.payload, whole)
    return whole if reported is None else reported


def _reported(payload: bytes, known: Collection[str]) -> frozenset[str] | None:
    """Return the identifiers in an answer; ``None`` if it cannot be understood."""
    try:
        answer: Any = json.loads(payload or b"null")
    except (ValueError, RecursionError):
        return None
    if not answer:
        return frozenset()
    items = answer.get(FAILURES, []) if isinstance(answer, dict) else None
    if items is None and isinstance(answer, dict):
        return frozenset()
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        return None
    identifiers = [item.get(IDENTIFIER) for item in items]
    return (
        frozenset(identifiers)
        if all(each in known for each in identifiers if _is_text(each)) and all(_is_text(each) for each in identifiers)
        else None
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""
