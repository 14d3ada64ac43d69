"""GetAccountSettings: what the account may use, and what it does use."""

from __future__ import annotations

from typing import Any

from runtime.generation import TODAY
from runtime.resources.archive_members import MAXIMUM_UNZIPPED_BYTES
from runtime.services.call import Call
from runtime.services.collaborators import Collaborators
from runtime.services.deployment import MAXIMUM_ZIPPED_BYTES

TOTAL_CODE_BYTES = 80_530_636_800
"""75 GB, said and not enforced: the disk of this machine is full before."""


class AccountSettings:
    """GetAccountSettings."""

    service = "lambda"
    api_version = TODAY.api_version

    def __init__(self, collaborators: Collaborators) -> None:
        self._account = collaborators.account
        self._settings = collaborators.settings

    async def get_account_settings(self, call: Call) -> dict[str, Any]:
        """Return limits and usage; the functions of the preview count too, for they are in the same account."""
        reserved = sum(self._account.reservations().values())
        sizes = [function.code_size for function in self._account.versions.everything()]
        sizes += [layer.code_size for layer in self._account.layers.all()]
        return {
            "AccountLimit": {
                "TotalCodeSize": TOTAL_CODE_BYTES,
                "CodeSizeUnzipped": MAXIMUM_UNZIPPED_BYTES,
                "CodeSizeZipped": MAXIMUM_ZIPPED_BYTES,
                "ConcurrentExecutions": self._settings.concurrency,
                "UnreservedConcurrentExecutions": self._settings.concurrency - reserved,
            },
            "AccountUsage": {"TotalCodeSize": sum(sizes), "FunctionCount": len(self._account.functions())},
        }
