"""Ask for so many MiB of /tmp at once, without writing them; on an error print its name and wait."""

import errno
import os
import sys
import time

descriptor = os.open("/tmp/allocated", os.O_CREAT | os.O_WRONLY)
try:
    os.posix_fallocate(descriptor, 0, int(sys.argv[1]) << 20)
    print("allocated", flush=True)
except OSError as error:
    print(errno.errorcode[error.errno], flush=True)
time.sleep(30)
