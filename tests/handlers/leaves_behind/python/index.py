import subprocess
import time
from pathlib import Path


def others():
    """List who has left its mark and is still there."""
    return [mark for mark in Path("/tmp").iterdir() if Path("/proc", mark.name.removeprefix("stays-")).exists()]


def handler(event, context):
    before = len(others())
    subprocess.Popen(["/bin/sh", "/var/task/stay.sh"], stdout=subprocess.DEVNULL, start_new_session=True)
    while len(others()) == before:
        time.sleep(0.01)
    return {"left_by_another": before}
