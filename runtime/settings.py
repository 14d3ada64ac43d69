"""What one runtime process was told at its start: one frozen value, built in ``option.py``, passed down.

``os.environ`` is read nowhere else in the runtime.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the runtime listens, keeps its state and finds the parts that go into a sandbox."""

    host: str
    port: int
    """0 picks a free port."""
    state: Path
    """Everything durable lies here: ``account.sqlite3``, ``store.sqlite3``, ``journal.sqlite3``, ``packages/``, and
    ``credentials``."""
    parts: Path
    """What ``lab/install.py`` fetched for the sandboxes: ``nodejs/`` (npm), ``python3.11/`` (pip), ..."""
    backend: str
    """``best``, ``namespaces``, ``confined`` or ``docker``."""
    is_strict: bool
    """Strict: an unknown access key is refused. Lenient: it acts as the account's root, for tools with dummy keys.
    Calls that arrive from inside a sandbox are always strict."""
    region: str
    account: str
    concurrency: int = 1000
    """How many invocations may run at once in the account, as AWS has it by default."""
    has_later_context: bool = False
    """The preview's context ended an invocation with ``done`` alone. With this, functions of the preview also find what
    AWS added to it in 2015: ``succeed``, ``fail``, the remaining time, the version, the function's ARN."""
    environments: int = 256
    """How many execution environments may be alive at once, of all functions together. AWS has no such ceiling."""
    environments_per_function: int = 256
    """How many of one function."""
    idle_seconds: float = 300.0
    """How long an idle environment is kept, by the account's time. How long AWS keeps one is not documented."""
    settling_seconds: float = 0.0
    """How long a new function stays Pending, and an update InProgress, by the account's time; 0 until its answer."""
