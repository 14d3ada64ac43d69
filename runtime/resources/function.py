"""A function as its owner configured it: a plain, immutable value.

A published version is the same value with a number for its ``version``: a snapshot that nothing changes any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from runtime.generation import Generation

LATEST = "$LATEST"
NAMES_LIMITS = "LAMBDA_LAB_NAMES_LIMITS"
"""An environment variable that, set to 1, is the teaching switch: see :attr:`Function.rules`. AWS gives it to the code
like any other and does nothing else with it, so that what was written here runs there too."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer version as a function uses it; it stays usable when the layer version is deleted."""

    arn: str
    code_sha256: str
    code_size: int


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the account. It belongs to the generation whose API made it."""

    name: str
    arn: str
    """Without a qualifier, also for a version."""
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
    version: str = LATEST
    layers: tuple[Layer, ...] = ()
    """In the order in which they are laid into ``/opt``."""
    dead_letter_arn: str = ""
    """Where events go that failed for good; empty for nowhere."""
    published_from: str = ""
    """Of a version: the revision of ``$LATEST`` that it is a snapshot of."""
    log_group: str = ""
    """The log group that its owner chose; empty for the usual one."""
    log_format: str = "Text"
    """``Text`` or ``JSON``: how the platform writes its lines, and the runtime the function's."""
    application_log_level: str = ""
    system_log_level: str = ""
    """From which level on the function's lines and the platform's are kept; empty where logs are text."""

    @property
    def rules(self) -> Generation:
        """The function's generation; with the teaching switch, one in which a breach of a limit is named."""
        if self.environment.get(NAMES_LIMITS) != "1":
            return self.generation
        return replace(self.generation, names_limit_exceptions=True)
