"""Adding articles in a thread: goes on while the user reads other pages. One job at a time. Knows no Streamlit."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from corpus.errors import CorpusError
from corpus.sources import LoadFailure, Skipped, Source
from embeddings.errors import EmbeddingError
from qa.add_report import AddReport, Progress

Input = Source | LoadFailure | Skipped
Add = Callable[[Sequence[Input], Callable[[Progress], None], threading.Event], AddReport]

GIVES_WAY = 3.0  # seconds that a step of the work waits for answers under way: adding goes on under constant asking
log = logging.getLogger(__name__)


class AddJob:
    """One batch of inputs being added. `report` or `error` is set at its end."""

    def __init__(self, inputs: Sequence[Input]) -> None:
        self.inputs = tuple(inputs)
        self.progress: Progress | None = None
        self.report: AddReport | None = None
        self.error: str | None = None
        self.live = True
        self.cancelled = threading.Event()

    @property
    def activity(self) -> str:
        """What it is doing, for display."""
        if self.progress is None:
            return "Waiting for the language model to load"
        if self.progress.stage == "store":
            return f"Read {self.progress.articles:,} article{'s' if self.progress.articles != 1 else ''}"
        return f"Indexed {self.progress.done:,} of {self.progress.total or 0:,} passages"

    @property
    def failed(self) -> tuple[Source, ...]:
        """The inputs of which something failed, to be tried again; all of them when the whole batch did."""
        sources = tuple(each for each in self.inputs if isinstance(each, Source))
        if self.report is None:
            return sources if self.error else ()
        names = [result.source for result in self.report.inputs if result.status == "failed"]
        # what came out of an archive begins with the archive's name; a page of a feed has an address of its own
        foreign = any(not any(name.startswith(each.name) for each in sources) for name in names)
        return tuple(
            each for each in sources if (foreign and each.url) or any(name.startswith(each.name) for name in names)
        )

    @property
    def share(self) -> float | None:
        """How much of the indexing is done, in [0, 1]; `None` while that is not known."""
        if self.progress is None or self.progress.stage == "store" or not self.progress.total:
            return None
        return min(self.progress.done / self.progress.total, 1.0)


class Adding:
    """The latest job, under way or finished. It begins once `warmed` is set, and pauses while `idle` is not."""

    def __init__(self, warmed: threading.Event, idle: threading.Event) -> None:
        self._warmed, self._idle = warmed, idle
        self._lock = threading.Lock()
        self.job: AddJob | None = None

    def submit(self, inputs: Sequence[Input], add: Add) -> bool:
        """Add these; false when a job is already under way."""
        with self._lock:
            if self.job and self.job.live:
                return False
            self.job = job = AddJob(inputs)
        threading.Thread(target=self._run, args=(job, inputs, add), name="add", daemon=True).start()
        return True

    def cancel(self) -> None:
        """Stop after the article in hand; what is stored stays."""
        if self.job:
            self.job.cancelled.set()

    def dismiss(self) -> None:
        """Forget a finished job."""
        with self._lock:
            if self.job and not self.job.live:
                self.job = None

    def _run(self, job: AddJob, inputs: Sequence[Input], add: Add) -> None:
        def note(progress: Progress) -> None:
            job.progress = progress
            self._idle.wait(GIVES_WAY)

        try:
            while not self._warmed.wait(0.2) and not job.cancelled.is_set():
                pass
            if not job.cancelled.is_set():
                job.report = add(inputs, note, job.cancelled)
        except (CorpusError, EmbeddingError) as error:
            job.error = str(error)
        except Exception:  # a thread's end: the page says that it failed, and the log has the rest
            log.exception("Articles could not be added")
            job.error = "Something went wrong while adding. What was stored before stays; add the rest again."
        job.live = False
