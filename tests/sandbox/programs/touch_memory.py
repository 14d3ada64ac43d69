"""Touch so many MiB of memory, then say so and wait for a line that never comes."""

import sys
import time

MIB = 1 << 20
held = []
for _ in range(int(sys.argv[1])):
    held.append(bytearray(MIB))
print("touched", flush=True)
time.sleep(float(sys.argv[2]) if len(sys.argv) > 2 else 0)
