"""The lab's command: ``python -m lab`` opens the lessons, ``python -m lab dashboard`` the CPU share explorer.

It lays out the learner's copy of the lessons, starts or joins the runtime, starts JupyterLab (or Voila), opens the page
or prints its address, and waits. With ``--instructor`` JupyterLab opens the repository instead, with nbgrader's panels
for instructors. Ctrl-C or SIGTERM stops what it started, in order. A runtime that was there before is left running:
somebody else works with it.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from lab import jupyter_server, runtime_process
from lab.errors import LabError
from lab.feed import Feed
from lab.jupyter_server import JupyterServer
from lab.places import ROOT, learner_folder, state_directory
from lab.runtime_process import RuntimeProcess
from lab.working_copy import Offer, lay_out


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until stopped; return the exit status."""
    options = _parser().parse_args(arguments)
    # SIGINT too: whoever starts the lab in the background of a script hands it over as ignored.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    state = (options.state or state_directory()).expanduser().resolve()
    try:
        return _run(options, state)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def _run(options: argparse.Namespace, state: Path) -> int:
    began = time.monotonic()
    folder = None
    offers: list[Offer] = []
    if options.what == "lessons" and not options.instructor:
        folder = (options.folder or learner_folder()).expanduser().resolve()
        offers = lay_out(ROOT / "lessons", folder / "lessons")
    runtime = runtime_process.start_or_join(state)
    server: JupyterServer | None = None
    try:
        if options.what == "lessons":
            server = jupyter_server.start_lab(state, options.ip, options.port, folder)
        else:
            server = jupyter_server.start_dashboard(state, options.ip, options.port)
        print(_banner(server, runtime, folder, offers, time.monotonic() - began), flush=True)
        if not options.no_browser and _has_display():
            webbrowser.open(server.url)
        server.process.wait()
        raise LabError(
            f"{options.what}: the server ended by itself.",
            remedy=f"start again; its log is {server.log}, if you wonder why.",
        )
    finally:
        # A second Ctrl-C must not leave half of it running.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if server is not None:
            jupyter_server.stop(server)
        if runtime.child is not None:
            runtime_process.stop(runtime)


def _banner(
    server: JupyterServer, runtime: RuntimeProcess, folder: Path | None, offers: Sequence[Offer], seconds: float
) -> str:
    status = Feed(runtime.url).status()
    joined = "" if runtime.child is not None else " (was running, and stays)"
    lines = [
        "",
        f"  Lambda Lab is ready after {seconds:.1f} s",
        "",
        f"    open      {server.url}",
        f"    runtime   {runtime.url}, {status['backend']}{joined}",
        f"    state     {runtime.state}",
    ]
    if folder is not None:
        lines.append(f"    lessons   {folder}, your own copy: write in it as you like")
    for offer in offers:
        lines.append(
            f"    new       {offer.new.name} lies beside {offer.kept.name}: that one has your changes, and stays"
        )
    for promise in status["promises"]:
        if not promise["mechanism"]:
            lines.append(f"    missing   {promise['name']}: {promise['remark'] or 'this machine cannot enforce it'}")
    lesser = [promise["name"] for promise in status["promises"] if promise["mechanism"] and not promise["is_whole"]]
    if lesser:
        lines.append(f"    less exact  {', '.join(lesser)}: python -m runtime doctor says how")
    return "\n".join([*lines, "", "  Ctrl-C stops it; your functions and the journal are kept.", ""])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("what", nargs="?", choices=("dashboard", "lessons"), default="lessons", help="what to open")
    parser.add_argument(
        "--instructor", action="store_true", help="open the repository itself, with nbgrader's panels for instructors"
    )
    parser.add_argument("--no-browser", action="store_true", help="print the address only")
    parser.add_argument("--port", type=int, help="8888 (dashboard: 8866) or the next free one, unless you say")
    parser.add_argument("--ip", default="127.0.0.1", help="where to listen; keep it on this machine")
    parser.add_argument("--state", type=Path, metavar="DIR", help="where everything durable is kept")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="the learner's copy of the lessons, and the quizzes")
    return parser


def _has_display() -> bool:
    return sys.platform == "darwin" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
