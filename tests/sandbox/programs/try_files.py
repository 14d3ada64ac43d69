"""Try what a curious function tries with files; print one JSON object of what was found."""

# ruff: noqa: PTH112, PTH123, PTH208

import errno
import json
import os
import pwd
import sys


def write(path):
    try:
        with open(path, "w") as file:
            file.write("mine")
    except OSError as error:
        return errno.errorcode[error.errno]
    return "written"


def read(path):
    try:
        with open(path, "rb") as file:
            return len(file.read(100))
    except OSError as error:
        return errno.errorcode[error.errno]


def names(path):
    try:
        return sorted(os.listdir(path))
    except OSError as error:
        return errno.errorcode[error.errno]


def places():
    with open("/proc/self/mountinfo") as file:
        return [line.split()[4] for line in file]


print(
    json.dumps(
        {
            "tmp before": names("/tmp"),
            "writes": {path: write(path) for path in sys.argv[1].split(":")},
            "reads": {path: read(path) for path in sys.argv[2].split(":")},
            "root": names("/"),
            "names": {path: names(path) for path in ("/usr/local", "/usr/lib/python3/dist-packages", "/dev", "/var")},
            "user": pwd.getpwuid(os.getuid()).pw_name,
            "uid": os.getuid(),
            "users": [entry.pw_name for entry in pwd.getpwall()],
            "writable": [place for place in places() if os.path.isdir(place) and write(place + "/it") == "written"],
        }
    )
)
