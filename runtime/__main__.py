"""The command line: ``python -m runtime serve | doctor | delegate | explain | clock | image``.

``serve`` prints two lines when it is ready, ``endpoint http://127.0.0.1:PORT`` and ``credentials FILE`` (where the keys
of the account's root are), and stops cleanly on SIGTERM or Ctrl-C.
``doctor`` says, promise by promise, which mechanism this host offers, and what killed runtimes have left; with
``--measure`` also how exactly promises are kept. Its exit status is 1 if one is not kept, or something was left.
``delegate USER``, run by root, gives a user cgroups of his own, so that the kernel keeps the limits for him too.
``explain`` says why a call was denied, or judges policies in files (``explaining.py``).
``clock`` says what time it is in the account of a running runtime; ``clock --advance 24h`` makes what is to happen
in the next 24 hours happen now (``clock_command.py``).
``image build | ls | rm | check`` is about the image of the docker backend (``images/command.py``).
"""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import resource
import signal
import sys
from collections.abc import Iterator, Sequence

from runtime import clock_command, explaining, option, platform
from runtime.doctor import examine
from runtime.errors import PlatformError
from runtime.images import command as image_command
from runtime.sandbox import delegation
from runtime.settings import Settings
from runtime.state_directory import locked

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
    settings = option.settings(options)
    if not _is_loopback(settings.host):
        print(
            f"runtime: --host {settings.host} lets others on the network call this account, unencrypted, if they have "
            "its keys; without it only this machine can.",
            file=sys.stderr,
        )
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
        print(f"credentials {settings.state / 'credentials'}", flush=True)
        await stopped.wait()


def _raise_descriptor_limit() -> None:
    """Take as many file descriptors as we may have: a sandbox costs a dozen, and the usual soft limit is 1,024."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, MOST_DESCRIPTORS), most))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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
    print(explaining.explain(options, options.state or option.default_state().resolve(), options.account))
    return 0


def clock(options: argparse.Namespace) -> int:
    """Say what time it is in the account; with --advance, make it later, and what falls due by then happen now."""
    print(clock_command.tell(options.state or option.default_state().resolve(), options.advance))
    return 0


def image(options: argparse.Namespace) -> int:
    """Make, list, remove or check the image of the docker backend."""
    return image_command.run(options)


def doctor(options: argparse.Namespace) -> int:
    """Print what this host can enforce, what killed runtimes have left, and with --measure how exactly it is kept."""
    return examine(option.settings(options), measures=options.measure)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m runtime", description=__doc__.split("\n")[0] if __doc__ else "")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serving = commands.add_parser(serve.__name__, help=serve.__doc__)
    serving.set_defaults(command=serve)
    option.add_place(serving)
    option.add_serving(serving)
    examination = commands.add_parser(doctor.__name__, help=doctor.__doc__)
    examination.set_defaults(command=doctor)
    option.add_place(examination)
    examination.add_argument(
        "--measure", action="store_true", help="measure for about half a minute how exactly it is kept"
    )
    explanation = commands.add_parser(explain.__name__, help=explain.__doc__)
    explanation.set_defaults(command=explain)
    explanation.add_argument("--state", type=option.directory, metavar="DIR", help="where the journal is kept")
    explanation.add_argument("--account", default="123456789012", type=option.account)
    explaining.add_arguments(explanation)
    telling = commands.add_parser(clock.__name__, help=clock.__doc__)
    telling.set_defaults(command=clock)
    telling.add_argument("--state", type=option.directory, metavar="DIR", help="the state directory of the runtime")
    telling.add_argument("--advance", metavar="TIME", help="a number and a unit, s, m, h or d: 90s, 5m, 24h, 1.5d")
    imaging = commands.add_parser(image.__name__, help=image.__doc__)
    imaging.set_defaults(command=image)
    image_command.add_arguments(imaging)
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


if __name__ == "__main__":
    sys.exit(main())
