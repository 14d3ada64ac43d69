"""Which machine was measured: what absolute times depend on."""

from __future__ import annotations

import os
import platform
import re
from datetime import UTC, datetime
from pathlib import Path


def machine() -> dict[str, str | int]:
    """Describe this machine, as it is now."""
    model = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+) kB", Path("/proc/meminfo").read_text())
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "kernel": platform.release(),
        "architecture": platform.machine(),
        "processors": os.cpu_count() or 0,
        "processor": model[1] if model else "",
        "memory_mib": int(memory[1]) // 1024 if memory else 0,
        "python": platform.python_version(),
    }
