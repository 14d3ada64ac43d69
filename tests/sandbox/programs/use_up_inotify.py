"""Take every inotify instance that this user may have, say how many there were, and keep them."""

import ctypes
import time

libc = ctypes.CDLL(None)
count = 0
while libc.inotify_init() >= 0:
    count += 1
print(count, flush=True)
time.sleep(60)
