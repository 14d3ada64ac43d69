"""Leave a daemon behind that ignores every signal it can, then end."""

import os
import signal
import time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in range(1, 65):
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                continue
        while True:
            time.sleep(1)
    os._exit(0)
os.wait()
print("left", flush=True)
