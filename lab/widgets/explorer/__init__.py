"""The CPU share explorer: memory buys a share of a processor, and here one sees that share arrive.

Theory of operation: the browser asks by message (run once, run every size, stop, clear); a thread runs the
measurements one after the other, so the kernel stays free and the page shows progress; each measurement becomes a
point, and what fails becomes a sentence in the widget, never a traceback that nobody sees. One measurement at a time:
two would take processor from each other.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anywidget
import traitlets
from botocore.exceptions import BotoCoreError, ClientError

from lab.errors import LabError
from lab.feed import Feed
from lab.run import Run
from lab.session import current_session
from lab.widgets.explorer.experiment import MEMORY_SIZES, SUBJECTS, SWEEP, Subject, measure
from lab.widgets.rendering import style

Measure = Callable[[Feed, Subject, int, int], Run]


class Explorer(anywidget.AnyWidget):
    """The widget. Its traits are what the page shows; the page writes ``memory_mib`` and ``generation`` alone."""

    _esm = Path(__file__).with_name("explorer.js")
    _css = style("explorer")

    memory_mib = traitlets.Int(128).tag(sync=True)
    generation = traitlets.Unicode("preview").tag(sync=True)
    subjects = traitlets.Dict().tag(sync=True)
    memory_sizes = traitlets.List(traitlets.Int()).tag(sync=True)
    points = traitlets.List(traitlets.Dict()).tag(sync=True)
    running = traitlets.Dict().tag(sync=True)
    """Empty, or the measurement under way: generation, memory_mib, number, count."""
    error = traitlets.Unicode("").tag(sync=True)

    def __init__(self, measure: Measure = measure) -> None:
        super().__init__(subjects=_described(SUBJECTS), memory_sizes=list(MEMORY_SIZES))
        self._measure = measure
        self._stopped = threading.Event()
        self._worker: threading.Thread | None = None
        self.on_msg(self._listen)

    def run(self, *memory_sizes: int) -> None:
        """Measure these sizes one after the other in the background; without any, the size on the slider."""
        if self._worker is not None and self._worker.is_alive():
            return
        self.error = ""
        self._stopped.clear()
        sizes = memory_sizes or (self.memory_mib,)
        self._worker = threading.Thread(target=self._run, args=(self.generation, sizes), daemon=True)
        self._worker.start()

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the measurements under way are done."""
        if self._worker is not None:
            self._worker.join(timeout)

    def _listen(self, _widget: object, message: Mapping[str, Any], _buffers: object) -> None:
        match message.get("ask"):
            case "run":
                self.run()
            case "sweep":
                self.run(*SWEEP)
            case "stop":
                self._stopped.set()
            case "clear":
                self.points, self.error = [], ""
            case unknown:
                self.error = f"The page asked for {unknown!r}, which this widget does not know. Reload the page."

    def _run(self, generation: str, sizes: tuple[int, ...]) -> None:
        try:
            feed = current_session().start().feed
            seen = feed.last_seq()
            for number, memory_mib in enumerate(sizes, start=1):
                if self._stopped.is_set():
                    return
                self.running = {
                    "generation": generation,
                    "memory_mib": memory_mib,
                    "number": number,
                    "count": len(sizes),
                }
                run = self._measure(feed, SUBJECTS[generation], memory_mib, seen)
                seen = run.seq
                self.points = [*self.points, _point(run)]
        except (LabError, BotoCoreError, ClientError) as error:
            self.error = str(error)
        except Exception:  # noqa: BLE001 - an error in a thread is seen by nobody unless it is put on the page
            self.error = f"The explorer itself failed. Please report this:\n{traceback.format_exc()}"
        finally:
            self.running = {}

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundle = super()._repr_mimebundle_(**options)
        first = bundle[0] if isinstance(bundle, tuple) else bundle
        if first is not None:
            first["text/plain"] = f"CPU share explorer, {len(self.points)} measurements (it needs a running kernel)"
        return bundle


def _described(subjects: Mapping[str, Subject]) -> dict[str, dict[str, Any]]:
    return {
        name: {
            "label": subject.label,
            "runtime": subject.runtime,
            "mib_per_processor": subject.mib_per_processor,
            "code": subject.script.read_text(),
        }
        for name, subject in subjects.items()
    }


def _point(run: Run) -> dict[str, Any]:
    return {
        "generation": run.generation,
        "memory_mib": run.memory_mib,
        "bought": run.cpu_share,
        "received": run.received_share,
        "duration_ms": run.duration_ms,
        "billed_ms": run.billed_ms,
        "cpu_ms": run.cpu_ms,
        "cost_usd": run.cost_usd,
        "start": run.start,
        "seq": run.seq,
    }
