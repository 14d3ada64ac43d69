"""Lambda as it is today: API version 2015-03-31, functions of zip packages.

Each module is one family of operations, and each class a service of its own to the endpoint, which finds an operation
by its name in whichever family has it. An operation or member that no family has is refused with words that say so.
"""

from __future__ import annotations

from typing import Any

from runtime.services.collaborators import Collaborators
from runtime.services.lambda_today.account_settings import AccountSettings
from runtime.services.lambda_today.aliases import Aliases
from runtime.services.lambda_today.concurrency import Concurrency
from runtime.services.lambda_today.event_invoke_config import EventInvokeConfig
from runtime.services.lambda_today.function_urls import FunctionUrls
from runtime.services.lambda_today.functions import FunctionChanges
from runtime.services.lambda_today.invoking import Invoking
from runtime.services.lambda_today.layer_permissions import LayerPermissions
from runtime.services.lambda_today.layers import Layers
from runtime.services.lambda_today.mappings import EventSourceMappings
from runtime.services.lambda_today.permissions import Permissions
from runtime.services.lambda_today.reading import FunctionReads
from runtime.services.lambda_today.runtime_management import RuntimeManagement
from runtime.services.lambda_today.tags import Tags
from runtime.services.lambda_today.versions import Versions

FAMILIES: tuple[type[Any], ...] = (
    FunctionChanges,
    FunctionReads,
    Invoking,
    Versions,
    Aliases,
    Concurrency,
    AccountSettings,
    Tags,
    Permissions,
    Layers,
    LayerPermissions,
    EventInvokeConfig,
    EventSourceMappings,
    FunctionUrls,
    RuntimeManagement,
)


def lambda_today(collaborators: Collaborators) -> list[Any]:
    """Return every family of operations, ready to be called."""
    return [family(collaborators) for family in FAMILIES]
