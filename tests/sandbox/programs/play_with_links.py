"""Play with names in /tmp: sparse files, hard and symbolic links; print one JSON object of what came of it."""

# ruff: noqa: PTH104, PTH107, PTH123, PTH202, PTH211

import errno
import json
import os

MIB = 1 << 20


def attempt(action):
    try:
        action()
    except OSError as error:
        return errno.errorcode[error.errno]
    return "allowed"


def used():
    state = os.statvfs("/tmp")
    return (state.f_blocks - state.f_bfree) * state.f_frsize


def through_a_link(target):
    os.symlink(target, "/tmp/way")
    try:
        open("/tmp/way", "w").close()
    finally:
        os.remove("/tmp/way")


with open("/tmp/sparse", "wb") as file:
    file.truncate(10 << 30)
before = used()
with open("/tmp/file", "wb") as file:
    file.write(b"x" * MIB)
for number in range(1000):
    os.link("/tmp/file", f"/tmp/link-{number}")
print(
    json.dumps(
        {
            "sparse size": os.path.getsize("/tmp/sparse"),
            "used by a thousand links": used() - before,
            "hard link to a file of the package": attempt(lambda: os.link("/var/task/tick.py", "/tmp/mine")),
            "hard link to a file of the system": attempt(lambda: os.link("/etc/passwd", "/tmp/mine")),
            "hard link out of /tmp": attempt(lambda: os.link("/tmp/file", "/var/task/mine")),
            "rename out of /tmp": attempt(lambda: os.rename("/tmp/file", "/var/mine")),
            "write through a link": attempt(lambda: through_a_link("/etc/passwd")),
            "write through a link that climbs": attempt(lambda: through_a_link("../../../etc/passwd")),
            "write through a link to process 1": attempt(lambda: through_a_link("/proc/1/root/etc/mine")),
            "write through a link to myself": attempt(lambda: through_a_link("/proc/self/root/etc/mine")),
            "replace /tmp": attempt(lambda: os.rename("/tmp", "/tmp2")),
        }
    )
)
