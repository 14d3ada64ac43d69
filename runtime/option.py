"""What can be said on the command line of ``serve`` and of ``doctor``, and the settings that follow from it."""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path

from runtime import platform
from runtime.settings import Settings

LAST_PORT = 65_535


def add_place(parser: argparse.ArgumentParser) -> None:
    """Add where a runtime keeps what is durable, and what makes its sandboxes."""
    parser.add_argument("--state", type=directory, metavar="DIR", help="where everything durable is kept")
    parser.add_argument("--backend", choices=platform.BACKENDS, default="best")


def add_serving(parser: argparse.ArgumentParser) -> None:
    """Add what only a runtime that serves has to know."""
    parser.add_argument("--host", default="127.0.0.1", help="where to listen; keep it on this machine")
    parser.add_argument("--port", type=_port, default=0, help="0 picks a free one")
    parser.add_argument(
        "--authorization",
        choices=("strict", "lenient"),
        default="strict",
        help="lenient: an unknown access key acts as the account's root",
    )
    parser.add_argument("--region", default="us-east-1", type=_region)
    parser.add_argument("--account", default="123456789012", type=account)
    parser.add_argument(
        "--later-context",
        action="store_true",
        help="give the context of preview functions what AWS added in 2015: succeed, fail, the remaining time, ...",
    )
    parser.add_argument("--concurrency", default=1000, type=_concurrency, help="invocations at once in the account")
    parser.add_argument(
        "--environments", default=256, type=_number, help="execution environments at once, of all functions"
    )
    parser.add_argument("--environments-per-function", default=256, type=_number, help="... and of one function")
    parser.add_argument("--idle", default=300.0, type=_seconds, help="seconds that an idle environment is kept")
    parser.add_argument(
        "--settling",
        default=0.0,
        type=_seconds,
        help="seconds that a new function stays Pending, and an update InProgress; on AWS they are a few",
    )


def account(text: str) -> str:
    """Read an account number."""
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


def directory(text: str) -> Path:
    """Read the path of a directory."""
    try:
        return Path(text).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} cannot be a directory: {error}") from error


def settings(options: argparse.Namespace) -> Settings:
    """Return the settings; of what cannot be said to a command, the usual ones."""
    usual = argparse.ArgumentParser()
    add_serving(usual)
    options = argparse.Namespace(**{**vars(usual.parse_args([])), **vars(options)})
    return Settings(
        host=options.host,
        port=options.port,
        state=options.state or default_state().resolve(),
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


def default_state() -> Path:
    """Return where a runtime keeps what is durable if nothing else is said."""
    named = os.environ.get("LAMBDA_LAB_STATE")
    return Path(named) if named else Path.home() / ".local" / "state" / "lambda-lab"
