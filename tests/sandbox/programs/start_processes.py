"""Start so many processes; print the name of the error with which one is refused, and wait."""

import errno
import os
import sys
import time

name = "none"
for _ in range(int(sys.argv[1])):
    try:
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
    except OSError as error:
        name = errno.errorcode[error.errno]
        break
print(name, flush=True)
time.sleep(30)
