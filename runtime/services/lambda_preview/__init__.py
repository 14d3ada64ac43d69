"""Lambda as it was in the preview: API version 2014-11-11, all eleven operations.

Each module is one family of operations, and each class a service of its own to the endpoint.
"""

from __future__ import annotations

from runtime.services.collaborators import Collaborators
from runtime.services.lambda_preview.event_sources import PreviewEventSources
from runtime.services.lambda_preview.functions import PreviewFunctions

FAMILIES = (PreviewFunctions, PreviewEventSources)


def lambda_preview(collaborators: Collaborators) -> list[PreviewFunctions | PreviewEventSources]:
    """Return every family of operations, ready to be called."""
    return [PreviewFunctions(collaborators), PreviewEventSources(collaborators)]
