"""Open so many descriptors of a kind, swallow the errors, hold what there is or close it; print how many and the error.

Arguments: kind (files, sockets or pipes), how many, seconds to wait, whether to close everything first.
"""

import errno
import os
import socket
import sys
import time

OPENERS = {
    "files": lambda: [os.open("/dev/null", os.O_RDONLY)],
    "sockets": lambda: [socket.socket().detach()],
    "pipes": os.pipe,
}
held, name = [], "none"
while len(held) < int(sys.argv[2]) and name == "none":
    try:
        held += OPENERS[sys.argv[1]]()
    except OSError as error:
        name = errno.errorcode[error.errno]
if "close" in sys.argv:
    for descriptor in held:
        os.close(descriptor)
print(len(held), name, flush=True)
time.sleep(float(sys.argv[3]))
