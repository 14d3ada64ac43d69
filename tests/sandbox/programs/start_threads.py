"""Start so many threads; print how many there are when one is refused, swallow the refusal, and wait."""

import sys
import threading
import time

threading.stack_size(64 * 1024)
for _ in range(int(sys.argv[1])):
    try:
        threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
    except RuntimeError:
        break
print(threading.active_count(), flush=True)
time.sleep(30)
