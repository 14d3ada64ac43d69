"""Tells everything by which a function could notice how its process was started."""

import _signal
import atexit
import gc
import locale
import os
import random
import re
import sys
import threading
import time
import traceback
from pathlib import Path

LOADED = sorted(sys.modules)
LIBRARY = "libmine.so"


def descriptors():
    found = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            link = str(entry.readlink())
        except FileNotFoundError:
            continue  # the descriptor over which the folder was read has been closed
        found.append([int(entry.name), "".join(letter for letter in link if not letter.isdigit())])
    return sorted(found)


def stream(which):
    which = getattr(which, "stream", which)  # awslambdaric wraps two of them
    attributes = ("name", "mode", "encoding", "errors", "line_buffering", "write_through", "newlines")
    raw = which.buffer.raw
    return [
        *(getattr(which, name) for name in attributes),
        [raw.name, raw.mode, raw.closefd, raw.seekable(), which.seekable(), which.buffer.fileno()],
        [kind.__name__ for kind in (type(which), type(which.buffer), type(raw))],
    ]


def main():
    found = sys.modules["__main__"]
    return [[name, nameless(value)] for name, value in vars(found).items() if name != "__builtins__"]


def own_modules():
    """What awslambdaric's modules found when they were imported."""
    bootstrap = sys.modules["awslambdaric.bootstrap"]
    client = sys.modules["awslambdaric.lambda_runtime_client"]
    return [
        repr(bootstrap._AWS_LAMBDA_LOG_FORMAT),
        client.BaseLambdaRuntimeClient.marshaller.jsonEncoder.ensure_ascii,
        [[name, nameless(module.__spec__), vars(module.__spec__.loader)]
         for name, module in sorted(sys.modules.items()) if name.startswith("awslambdaric")],
    ]  # fmt: skip


def nameless(value):
    """Return how a value shows itself, without its address."""
    return re.sub(r"0x[0-9a-f]+", "0x", repr(value))


def library():
    """Say what the dynamic linker says of a library in the function's ``lib``, which it finds by LD_LIBRARY_PATH."""
    import ctypes

    try:
        ctypes.CDLL(LIBRARY)
    except OSError as error:
        return str(error)
    return "loaded"


def look():
    status = Path("/proc/self/status").read_text().splitlines()
    return {
        "environment": list(os.environ.items()),
        "bytes": [[name.decode(), len(value)] for name, value in os.environb.items()],
        "argv": sys.argv,
        "orig_argv": sys.orig_argv,
        "path": sys.path,
        "directory": str(Path.cwd()),
        "flags": str(sys.flags),
        "executable": [sys.executable, sys.prefix, sys.exec_prefix, sys._base_executable],
        "streams": [stream(which) for which in (sys.stdin, sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)],
        "main": main(),
        "own modules": own_modules(),
        "signals": [nameless(_signal.getsignal(number)) for number in range(1, 65)],
        "status": [
            line for line in status if line.startswith(("Umask", "SigP", "SigB", "SigI", "SigC", "Threads", "Shd"))
        ],
        "threads": [
            [thread.name, thread.daemon, thread.ident == threading.get_ident()] for thread in threading.enumerate()
        ],
        "is main": threading.current_thread() is threading.main_thread(),
        "native": threading.get_native_id() == os.getpid(),
        "collector": [gc.isenabled(), gc.get_freeze_count(), gc.get_threshold(), len(gc.callbacks)],
        "exits": atexit._ncallbacks(),
        "zone": [time.tzname, time.timezone, time.strftime("%H:%M %Z", time.localtime(0))],
        "locale": [locale.setlocale(locale.LC_ALL), sys.getfilesystemencoding(), sys.getdefaultencoding()],
        "meta path": [nameless(finder) for finder in sys.meta_path],
        "hooks": [nameless(hook) for hook in (sys.gettrace(), sys.getprofile(), sys.excepthook, sys.displayhook)],
        "importers": sorted(sys.path_importer_cache),
        "frames": [[frame.filename, frame.lineno] for frame in traceback.extract_stack()],
        "builtins": sorted(vars(__builtins__) if not isinstance(__builtins__, dict) else __builtins__),
        "site": [
            str(getattr(sys.modules.get("site"), name, None)) for name in ("USER_SITE", "USER_BASE", "ENABLE_USER_SITE")
        ],
        "command": Path("/proc/self/comm").read_text(),
        "sys": sorted(vars(sys)),
    }


ON_LOAD = look()


def handler(event, context):
    at_work = look()
    if event.get("tellsItsStart"):
        at_work["library"] = library()
        at_work["startedAhead"] = "zygote" in Path("/proc/self/cmdline").read_text()
    return {
        "on load": ON_LOAD,
        "at work": at_work,
        "descriptors": descriptors(),
        "loaded": LOADED,
        "loaded later": sorted(set(sys.modules) - set(LOADED)),
        "random": random.random(),
    }
