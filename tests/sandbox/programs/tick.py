"""Print a line each 10 ms."""

import time

while True:
    print("tick", flush=True)
    time.sleep(0.01)
