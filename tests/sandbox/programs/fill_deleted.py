"""Write so many MiB into a file that has no name any more, and hold it; on an error print its name and wait."""

# ruff: noqa: PTH107, PTH123

import errno
import os
import sys
import time

MIB = 1 << 20
with open("/tmp/gone", "wb", buffering=0) as file:
    os.remove("/tmp/gone")
    try:
        for _ in range(int(sys.argv[1])):
            written = file.write(b"x" * MIB)
            if written < MIB:
                file.write(b"x" * (MIB - written))
        print("written", flush=True)
    except OSError as error:
        print(errno.errorcode[error.errno], os.listdir("/tmp"), flush=True)  # noqa: PTH208
        time.sleep(30)
