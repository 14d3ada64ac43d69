"""Lambda as it is today: API version 2015-03-31, functions of zip packages.

Each module is one family of operations, and each class a service of its own to the endpoint, which finds an operation
by its name in whichever family has it. An operation or member that no family has is refused with words that say so.
"""

from __future__ import annotations

from runtime.services.collaborators import Collaborators
from runtime.services.lambda_today.functions import FunctionChanges
from runtime.services.lambda_today.invoking import Invoking
from runtime.services.lambda_today.reading import FunctionReads

FAMILIES = (FunctionChanges, FunctionReads, Invoking)


def lambda_today(collaborators: Collaborators) -> list[FunctionChanges | FunctionReads | Invoking]:
    """Return every family of operations, ready to be called."""
    return [family(collaborators) for family in FAMILIES]
