"""Open so many files, swallow the error, hold what there is, and print how many were opened and the error's name."""

import errno
import os
import sys
import time

held, name = [], "none"
for _ in range(int(sys.argv[1])):
    try:
        held.append(os.open("/dev/null", os.O_RDONLY))
    except OSError as error:
        name = errno.errorcode[error.errno]
print(len(held), name, flush=True)
time.sleep(float(sys.argv[2]))
