"""Keep a little more each 2 ms, for ever."""

import time

held = []
while True:
    held.append(b"x" * 500_000)
    time.sleep(0.002)
