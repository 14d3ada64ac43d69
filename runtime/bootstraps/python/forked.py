"""AWS's own bootstrap, forked instead of started: ``python3.N -m awslambdaric HANDLER`` without what that takes.

*Theory of operation.* ``prepare`` is called once, in an interpreter that was started with the variables that every
function of the runtime sees, and loads what awslambdaric loads until it has answered its first event. ``rehearse`` is
called in a process that was forked from it, before anybody knows which function it will serve: it makes standard
streams, signal handlers, ``__main__`` and awslambdaric's own modules what a start would make them. ``run`` is called
when that is known, and never returns: it replaces environment, arguments and search path, and ends the process as the
interpreter would.

What was loaded may not fit: a function may bring a module of a name that is loaded already, where a start would have
loaded the function's; and the address of the Runtime API is read when the client's library is loaded. Then the process
executes the start instead, which takes longer and is right.

What only a start can show differently is listed in the README of the bootstraps. This file runs inside, and imports
nothing of ours.
"""

from __future__ import annotations

# The environment here is a function's, not the runtime's; and plain calls, because every fork pays for what is loaded:
# ruff: noqa: TID251, PTH100, PTH109, PTH112, PTH120, PTH208
import atexit
import builtins
import ctypes
import gc
import importlib
import io
import os
import runpy
import signal
import site
import sys
import threading
import time
import types
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from importlib.machinery import ModuleSpec
from types import CodeType
from typing import Any, NoReturn

PROGRAM = "awslambdaric"
ITS_MAIN = f"{PROGRAM}.__main__"
ADDRESS = "AWS_LAMBDA_RUNTIME_API"
LOOKED_AT = ("AWS_EXECUTION_ENV", "AWS_LAMBDA_LOG_FORMAT", "AWS_LAMBDA_LOG_LEVEL")
"""Variables that awslambdaric's modules look at while they are imported, but for the one imported when init fails."""
LATE = f"{PROGRAM}.lambda_literals"
"""It looks at the region while it is imported, and is found by searching, when a handler cannot be imported."""
NEVER_SHADOWED = ("built-in", "frozen")
"""Modules of these origins are found before the search path is looked at."""


class _Remembered:
    """The modules of awslambdaric with their code: found once more without searching, reading or decoding a file."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[ModuleSpec, CodeType]] = {}

    def remember(self) -> None:
        """Take the modules out of the interpreter."""
        for name in [name for name in sys.modules if name.partition(".")[0] == PROGRAM]:
            specification = sys.modules.pop(name).__spec__
            assert specification is not None, "it was imported"
            loader: Any = specification.loader
            self._found[name] = (specification, loader.get_code(name))

    def recall(self) -> None:
        """Import the modules anew, but for the one that will be run; it is found once when that happens."""
        self._found.pop(LATE, None)
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)  # type: ignore[arg-type]  # it has what finding takes
        for name in list(self._found):
            if name != ITS_MAIN:
                importlib.import_module(name)

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:  # noqa: ARG002
        """Return what was remembered, and forget it: no trace of this finder stays."""
        if name not in self._found:
            return None
        specification, code = self._found.pop(name)
        loader: Any = specification.loader

        def get_code(_: str) -> CodeType:
            del loader.get_code
            return code

        loader.get_code = get_code
        if not self._found:
            sys.meta_path.remove(self)  # type: ignore[arg-type]
        return specification


_REMEMBERED = _Remembered()
_OWN_PATH: dict[str, frozenset[str]] = {}
"""Where this interpreter looks for modules and others do not, and what was there."""
_REHEARSED: list[bool] = []
_SEEN: dict[str, str | None] = {}
"""What the variables that awslambdaric looks at were when it was imported."""
_FOUND_IN: dict[str, str] = {}
"""Where each loaded module that has no parent was found, but for those that nothing can shadow."""


def prepare() -> None:
    """Load what a start of awslambdaric loads."""
    for entry in (sys.path[0], *_entries(os.environ.get("PYTHONPATH", ""))):
        _OWN_PATH[entry] = _names_in(entry)
    client = importlib.import_module("runtime_client")
    initialize = client.initialize_client
    client.initialize_client = lambda _: None  # every process needs a client of its own
    for module in ("lambda_config", "lambda_runtime_client", "bootstrap", "lambda_literals", "__main__"):
        importlib.import_module(f"{PROGRAM}.{module}")
    polling_in_a_thread = sys.modules[f"{PROGRAM}.lambda_config"].LambdaConfigProvider.SUPPORTED_THREADPOLLING_ENVS
    if "AWS_Lambda_python{}.{}".format(*sys.version_info) in polling_in_a_thread:
        importlib.import_module("concurrent.futures.thread")
    _FOUND_IN.update(_places())
    _REMEMBERED.remember()
    _REMEMBERED.recall()
    client.initialize_client = initialize
    _SEEN.update({name: os.environ.get(name) for name in LOOKED_AT})


def rehearse() -> None:
    """Do in a forked process what needs no order, and touch what an order will touch: copies of pages take time.

    Nothing of it can be seen later: the modules are those that a start would have, and no function has run.
    """
    _connect_streams()
    _restore_signals()
    _replace_main()
    runtime_client = sys.modules[f"{PROGRAM}.lambda_runtime_client"]
    runtime_client.runtime_client.initialize_client(runtime_client._user_agent())
    _take_environment(dict(os.environ))
    compile("def handler(event, context):\n    return event\n", "rehearsal", "exec")
    bootstrap = sys.modules[f"{PROGRAM}.bootstrap"]
    played = (_Played(), lambda event, _: event, "1", b'{"a": [1]}', "application/json", None, None, "", 0, None, None)
    bootstrap.handle_event_request(*played)
    _REHEARSED.append(True)


class _Played:
    """A client of the Runtime API that talks to nobody."""

    def __init__(self) -> None:
        self.marshaller = sys.modules[f"{PROGRAM}.lambda_runtime_client"].LambdaMarshaller()

    def post_invocation_result(self, *answer: object) -> None:
        """Take an answer and forget it."""


def run(environment: Mapping[str, str], argv: Sequence[str], working_directory: str) -> NoReturn:
    """Be the program that ``argv`` starts: the interpreter, ``-m``, awslambdaric, and its arguments."""
    if not _REHEARSED:
        rehearse()
    os.chdir(working_directory)
    search = [os.getcwd(), *_entries(environment.get("PYTHONPATH", ""))]
    _forget_modules_found_in(_OWN_PATH.keys() - search)
    is_elsewhere = environment.get(ADDRESS) != os.environ.get(ADDRESS)
    _take_environment(environment)
    if is_elsewhere or _is_shadowed(search) or _has_user_site():
        os.execve(argv[0], list(argv), environment)  # noqa: S606
    if any(environment.get(name) != seen for name, seen in _SEEN.items()):
        _REMEMBERED.remember()
        _REMEMBERED.recall()
    _search_in(search)
    sys.orig_argv[:] = argv
    sys.argv[:] = argv[2:]
    gc.unfreeze()
    gc.enable()
    _end(_status_of_main())


def _entries(path: str) -> list[str]:
    """Return the entries of a PYTHONPATH as they stand in ``sys.path``."""
    return list(dict.fromkeys(os.path.abspath(entry) for entry in path.split(":"))) if path else []


def _names_in(folder: str) -> frozenset[str]:
    """Return the names of what could be modules."""
    try:
        return frozenset(entry.partition(".")[0] for entry in os.listdir(folder))
    except OSError:
        return frozenset()  # an entry of a search path need not be there


def _places() -> Iterator[tuple[str, str]]:
    for name, module in sys.modules.items():
        specification = getattr(module, "__spec__", None)
        origin = getattr(specification, "origin", None)
        if "." in name or origin is None or origin in NEVER_SHADOWED:
            continue
        folder = os.path.dirname(origin)
        yield name, folder if specification.submodule_search_locations is None else os.path.dirname(folder)


def _forget_modules_found_in(folders: Collection[str]) -> None:
    """Take out of the interpreter what its parent needed for itself."""
    own = {name for name, folder in _FOUND_IN.items() if folder in folders}
    for name in [name for name in sys.modules if name.partition(".")[0] in own]:
        del sys.modules[name]


def _take_environment(environment: Mapping[str, str]) -> None:
    coerced = os.environ.get("LC_CTYPE")  # the interpreter sets it for itself when it is started in an unknown locale
    for name in list(os.environ):
        del os.environ[name]
    for name, value in environment.items():
        os.environ[name] = value
    if coerced is not None:
        os.environ.setdefault("LC_CTYPE", coerced)
    time.tzset()


def _is_shadowed(search: Iterable[str]) -> bool:
    """Say whether a module that is loaded already would have been found elsewhere."""
    return any(_FOUND_IN.keys() & (_names_in(folder) - _OWN_PATH.get(folder, frozenset())) for folder in search)


def _has_user_site() -> bool:
    """Look anew for packages that the user has installed for himself; say whether there are any."""
    site.USER_BASE = site.USER_SITE = None
    site.ENABLE_USER_SITE = site.check_enableusersite()
    return bool(site.ENABLE_USER_SITE) and os.path.isdir(site.getusersitepackages())


def _search_in(search: Sequence[str]) -> None:
    sys.path[:] = [*search, *(entry for entry in sys.path if entry not in _OWN_PATH)]
    for folder in (search[0], *(_OWN_PATH.keys() - search)):
        sys.path_importer_cache.pop(folder, None)


def _connect_streams() -> None:
    """Make the standard streams anew, as the interpreter makes them over what its descriptors are at a start."""
    for descriptor, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        before = getattr(sys, name)
        buffer = open(descriptor, f"{mode}b", closefd=False)  # noqa: SIM115  it is open until the end
        raw: Any = buffer.raw
        raw.name = f"<{name}>"
        stream: Any = io.TextIOWrapper(
            buffer, before.encoding, before.errors, newline="\n", line_buffering=raw.isatty() or name == "stderr"
        )
        stream.mode = mode
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _restore_signals() -> None:
    """Install the handlers that the interpreter installs at a start; those of a parent are gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_IGN)


def _replace_main() -> None:
    """Give the interpreter a ``__main__`` in which nothing has run."""
    main = types.ModuleType("__main__")
    if sys.version_info < (3, 14):
        main.__annotations__ = {}
    vars(main)["__builtins__"] = builtins
    sys.modules["__main__"] = main


def _status_of_main() -> int:
    """Run the program; return its exit status, and hold nothing of what ended it."""
    try:
        runpy._run_module_as_main(PROGRAM)  # type: ignore[attr-defined]  # what `-m` calls
    except SystemExit as leaving:
        return _status(leaving.code)
    except BaseException as error:  # noqa: BLE001  the interpreter would print any
        return _status_after(error)
    return 0


def _status(code: object) -> int:
    """Return the exit status that ``sys.exit(code)`` means."""
    if code is None or isinstance(code, int):
        return code or 0
    print(code, file=sys.stderr)
    return 1


def _status_after(error: BaseException) -> int:
    """Print what nobody caught; return the exit status after it. After an interrupt there is none, but a signal."""
    assert error.__traceback__ is not None, "it was raised"
    error.__traceback__ = error.__traceback__.tb_next  # it begins in this file
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__
    if sys.version_info >= (3, 12):
        sys.last_exc = error
    sys.excepthook(type(error), error, error.__traceback__)
    if isinstance(error, KeyboardInterrupt):
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    return 1


def _end(status: int) -> NoReturn:
    """Wait for threads, call what is to be called at the end, flush, tear down, and exit: what ``Py_Exit`` does."""
    ctypes.pythonapi.Py_Exit(status)
    raise AssertionError("Py_Exit does not return")
