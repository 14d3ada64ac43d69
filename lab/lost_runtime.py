"""What a learner reads when boto3 finds no runtime: what happened and what to do, not forty lines of botocore's stack.

A runtime can end under a notebook: another notebook calls ``lab.stop()``, or somebody kills it. The error stays what it
is, for ``except`` and for nbgrader; only how a notebook shows it is ours, and only when the runtime was the lab's.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

from botocore.exceptions import ConnectionClosedError, EndpointConnectionError

from lab.errors import LabError
from lab.feed import REMEDY
from lab.session import current_session


def explain_lost_runtime(shell: Any) -> None:
    """Let this IPython show such errors in plain words."""
    shell.set_custom_exc((EndpointConnectionError, ConnectionClosedError), _show)


def _show(
    shell: Any, kind: type[Exception], error: Any, trace: TracebackType | None, tb_offset: int | None = None
) -> None:
    url = current_session().url
    if url and str(error.kwargs.get("endpoint_url", "")).startswith(url):
        explained = LabError(f"The runtime at {url} does not answer: it has ended.", remedy=REMEDY)
        error._render_traceback_ = explained._render_traceback_
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
