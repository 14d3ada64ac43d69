"""A function as its owner configured it: a plain, immutable value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from runtime.generation import Generation


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the account. It belongs to the generation whose API made it."""

    name: str
    arn: str
    generation: Generation
    runtime: str
    """The runtime identifier: ``nodejs`` (v0.10.32), ``nodejs22.x``, ``python3.11``."""
    handler: str
    role: str
    """ARN of the execution role."""
    memory_mib: int
    timeout_seconds: int
    description: str
    code_sha256: str
    """Hex digest of the deployment package; the package itself lies in the package store."""
    code_size: int
    last_modified: datetime
    revision: str
    """A UUID that changes with every change: ConfigurationId in the preview, RevisionId today."""
    environment: Mapping[str, str] = field(default_factory=dict)
    storage_mib: int = 512
    version: str = "$LATEST"
