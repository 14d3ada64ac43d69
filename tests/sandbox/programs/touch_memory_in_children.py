"""Let several children touch memory at the same time; survive their deaths and say nothing about them."""

import os
import sys
import time

MIB = 1 << 20
for _ in range(int(sys.argv[1])):
    if os.fork() == 0:
        held = [bytearray(MIB) for _ in range(int(sys.argv[2]))]
        time.sleep(5)
        os._exit(len(held) & 1)
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
time.sleep(30)
