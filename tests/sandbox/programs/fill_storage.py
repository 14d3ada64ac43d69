"""Write so many MiB into /tmp; on an error print its name, then go on as if nothing had happened."""

# ruff: noqa: PTH123

import errno
import sys
import time

MIB = 1 << 20
with open("/tmp/big", "wb", buffering=0) as file:
    try:
        for _ in range(int(sys.argv[1])):
            written = file.write(b"x" * MIB)
            if written < MIB:
                file.write(b"x" * (MIB - written))
        print("written", flush=True)
    except OSError as error:
        print(errno.errorcode[error.errno], flush=True)
        time.sleep(30)
