"""Make empty files in /tmp until there can be no more; print the error's name and wait."""

import errno
import os
import time

try:
    for number in range(1_000_000):
        os.close(os.open(f"/tmp/{number}", os.O_CREAT | os.O_WRONLY))
except OSError as error:
    print(errno.errorcode[error.errno], flush=True)
    time.sleep(30)
