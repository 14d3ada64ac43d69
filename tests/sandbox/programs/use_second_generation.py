"""Make a group on the second generation, put a process into it, freeze and thaw it. Arguments: mountinfo, controller.

It waits for a line first, until it has been moved to where that is allowed.
"""

import json
import os
import sys
import time
from pathlib import Path

from runtime.sandbox import hierarchies
from runtime.sandbox.cgroup import pass_on


def ticks(reading, after):
    """Return how often the child wrote within a tenth of a second, once something is so."""
    while not after():
        time.sleep(0.001)
    counted = 0
    for seconds in (0.02, 0.1):
        time.sleep(seconds)
        try:
            counted = len(os.read(reading, 65536))
        except BlockingIOError:
            counted = 0
    return counted


sys.stdin.readline()
found = hierarchies.find(Path(sys.argv[1]))
top = found.tops["freezer"]
pass_on(top, [sys.argv[2]])
group = found.create("second")
entrances = group.enter()
reading, writing = os.pipe()
child = os.fork()
if child == 0:
    for entrance in entrances:
        os.write(entrance, b"0")
    while True:
        os.write(writing, b".")
        time.sleep(0.001)
os.read(reading, 1)
os.set_blocking(reading, False)
members = group.members()
frozen = ticks(reading, after=lambda: group.freeze(frozen=True))
thawed = ticks(reading, after=lambda: group.freeze(frozen=False))
os.kill(child, 9)
os.wait()
group.remove()
found.remove_parent()
seen = {
    "mechanism": found.mechanism,
    "top": str(top),
    "passed on": (top / "cgroup.subtree_control").read_text().split(),
    "entered": members == [child],
    "ticks while frozen": frozen,
    "goes on": thawed > 0,
    "left": [entry.name for entry in top.iterdir() if entry.is_dir()],
}
print(json.dumps(seen), flush=True)
