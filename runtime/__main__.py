"""The command line: ``python -m runtime serve | doctor | delegate | explain | clock``.

``serve`` prints one line, ``endpoint http://127.0.0.1:PORT``, when it is ready, and stops cleanly on SIGTERM or Ctrl-C.
``doctor`` says, promise by promise, which mechanism this host offers, and what killed runtimes have left; with
``--measure`` also how exactly promises are kept. Its exit status is 1 if one is not kept, or something was left.
``delegate USER``, run by root, gives a user cgroups of his own, so that the kernel keeps the limits for him too.
``explain`` says why a call was denied, or judges policies in files (``explaining.py``).
``clock`` says what time it is in the account of a running runtime; ``clock --advance 24h`` makes what is to happen
in the next 24 hours happen now (``clock_command.py``).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import resource
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from runtime import clock_command, explaining, platform
from runtime.doctor import examine
from runtime.errors import PlatformError
from runtime.sandbox import delegation
from runtime.settings import Settings
from runtime.state_directory import locked

LAST_PORT = 65_535
MOST_DESCRIPTORS = 65_536


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status."""
    options = _parser().parse_args(arguments)
    status = 1
    try:
        status = int(options.command(options))
    except* PlatformError as errors:  # also one that came out of a group of tasks
        for error in _leaves(errors):
            print(f"runtime: {error}", file=sys.stderr)
    return status


def serve(options: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT."""
    settings = _settings(options)
    _raise_descriptor_limit()
    with locked(settings.state):
        asyncio.run(_serve(settings))
    return 0


async def _serve(settings: Settings) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with platform.running(settings) as url:
        print(f"endpoint {url}", flush=True)
        await stopped.wait()


def _raise_descriptor_limit() -> None:
    """Take as many file descriptors as we may have: a sandbox costs a dozen, and the usual soft limit is 1,024."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, MOST_DESCRIPTORS), most))


def _leaves(group: BaseExceptionGroup[PlatformError]) -> Iterator[PlatformError]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


def delegate(options: argparse.Namespace) -> int:
    """Give a user cgroups of his own (root only), or take them away again."""
    steps = delegation.withdraw(options.user) if options.remove else delegation.delegate(options.user, options.process)
    for step in steps:
        print(step, flush=True)
    return 0


def explain(options: argparse.Namespace) -> int:
    """Say why the last call was denied, or judge the policies of files."""
    print(explaining.explain(options, options.state or _default_state().resolve(), options.account))
    return 0


def clock(options: argparse.Namespace) -> int:
    """Say what time it is in the account; with --advance, make it later, and what falls due by then happen now."""
    print(clock_command.tell(options.state or _default_state().resolve(), options.advance))
    return 0


def doctor(options: argparse.Namespace) -> int:
    """Print what this host can enforce, what killed runtimes have left, and with --measure how exactly it is kept."""
    return examine(_settings(options), measures=options.measure)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m runtime", description=__doc__.split("\n")[0] if __doc__ else "")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (serve, doctor):
        one = commands.add_parser(command.__name__, help=command.__doc__)
        one.set_defaults(command=command)
        if command is doctor:
            one.add_argument(
                "--measure", action="store_true", help="measure for about half a minute how exactly it is kept"
            )
        one.add_argument("--state", type=_directory, metavar="DIR", help="where everything durable is kept")
        one.add_argument("--backend", choices=platform.BACKENDS, default="best")
        one.add_argument("--host", default="127.0.0.1", help="where to listen; keep it on this machine")
        one.add_argument("--port", type=_port, default=0, help="0 picks a free one")
        one.add_argument(
            "--authorization",
            choices=("strict", "lenient"),
            default="strict",
            help="lenient: an unknown access key acts as the account's root",
        )
        one.add_argument("--region", default="us-east-1", type=_region)
        one.add_argument("--account", default="123456789012", type=_account)
        one.add_argument(
            "--later-context",
            action="store_true",
            help="give the context of preview functions what AWS added in 2015: succeed, fail, the remaining time, ...",
        )
        one.add_argument("--concurrency", default=1000, type=_concurrency, help="invocations at once in the account")
        one.add_argument(
            "--environments", default=256, type=_number, help="execution environments at once, of all functions"
        )
        one.add_argument("--environments-per-function", default=256, type=_number, help="... and of one function")
        one.add_argument("--idle", default=300.0, type=_seconds, help="seconds that an idle environment is kept")
        one.add_argument(
            "--settling",
            default=0.0,
            type=_seconds,
            help="seconds that a new function stays Pending, and an update InProgress; on AWS they are a few",
        )
    explanation = commands.add_parser(explain.__name__, help=explain.__doc__)
    explanation.set_defaults(command=explain)
    explanation.add_argument("--state", type=_directory, metavar="DIR", help="where the journal is kept")
    explanation.add_argument("--account", default="123456789012", type=_account)
    explaining.add_arguments(explanation)
    telling = commands.add_parser(clock.__name__, help=clock.__doc__)
    telling.set_defaults(command=clock)
    telling.add_argument("--state", type=_directory, metavar="DIR", help="the state directory of the runtime")
    telling.add_argument("--advance", metavar="TIME", help="a number and a unit, s, m, h or d: 90s, 5m, 24h, 1.5d")
    giving = commands.add_parser(delegate.__name__, help=delegate.__doc__)
    giving.set_defaults(command=delegate)
    giving.add_argument("user", metavar="USER", help="who runs the lab")
    giving.add_argument("--remove", action="store_true", help="undo it")
    giving.add_argument(
        "--process",
        type=int,
        metavar="PID",
        help="second generation of cgroups: whom to move into the groups, instead of the shell that called sudo",
    )
    return parser


def _account(text: str) -> str:
    if not re.fullmatch("[0-9]{12}", text):
        raise argparse.ArgumentTypeError(f"an account is 12 digits, not {text!r}")
    return text


def _concurrency(text: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,3}", text):
        raise argparse.ArgumentTypeError(f"the account's concurrency is a number from 1 to 9999, not {text!r}")
    return int(text)


def _number(text: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,4}", text):
        raise argparse.ArgumentTypeError(f"it is a number from 1 to 99999, not {text!r}")
    return int(text)


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", text):
        raise argparse.ArgumentTypeError(f"it is a number of seconds, not {text!r}")
    return float(text)


def _region(text: str) -> str:
    if not re.fullmatch("[a-z0-9-]{1,32}", text):
        raise argparse.ArgumentTypeError(f"a region is a name like us-east-1, not {text!r}")
    return text


def _port(text: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > LAST_PORT:
        raise argparse.ArgumentTypeError(f"a port is a number up to {LAST_PORT}, not {text!r}")
    return int(text)


def _directory(text: str) -> Path:
    try:
        return Path(text).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} cannot be a directory: {error}") from error


def _settings(options: argparse.Namespace) -> Settings:
    return Settings(
        host=options.host,
        port=options.port,
        state=options.state or _default_state().resolve(),
        parts=Path(sys.prefix) / "share" / "lambda-lab",
        backend=options.backend,
        is_strict=options.authorization == "strict",
        region=options.region,
        account=options.account,
        concurrency=options.concurrency,
        has_later_context=options.later_context,
        environments=options.environments,
        environments_per_function=options.environments_per_function,
        idle_seconds=options.idle,
        settling_seconds=options.settling,
    )


def _default_state() -> Path:
    named = os.environ.get("LAMBDA_LAB_STATE")
    return Path(named) if named else Path.home() / ".local" / "state" / "lambda-lab"


if __name__ == "__main__":
    sys.exit(main())
