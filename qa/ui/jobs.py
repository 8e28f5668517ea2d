"""Work that outlives a page's run: one thread a job, at most one job of a name. Knows no Streamlit and no engine.

A job is drawn by whatever page cares about it, in any browser; leaving the page does not stop it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from corpus.errors import CorpusError
from embeddings.errors import EmbeddingError
from qa.errors import QAError

log = logging.getLogger(__name__)


class Stopped(Exception):
    """Raised out of `Job.note` in work that was stopped."""


class Job:
    """One piece of work. `result` is set when it ended well, `error` when not; `live` turns false after either.

    `key` names what it was made from: a page asks for it again when the key has changed.
    """

    def __init__(self, key: object) -> None:
        self.key = key
        self.label = "Waiting"
        self.done, self.total = 0, 0
        self.result: Any = None
        self.error: str | None = None
        self.live = True
        self.stopped = threading.Event()

    @property
    def share(self) -> float | None:
        """How much is done, in [0, 1]; `None` while that is not known."""
        return min(self.done / self.total, 1.0) if self.total else None

    def note(self, label: str, done: int = 0, total: int = 0) -> None:
        """Say what is being done; for the worker. Raises `Stopped` if it should end."""
        if self.stopped.is_set():
            raise Stopped
        self.label, self.done, self.total = label, done, total


class Jobs:
    """The latest job of each name, under way or finished."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def start(self, name: str, key: object, work: Callable[[Job], Any]) -> Job:
        """Do this, unless a job of the name is under way: that one is returned."""
        with self._lock:
            known = self._jobs.get(name)
            if known and known.live:
                return known
            job = self._jobs[name] = Job(key)
        threading.Thread(target=_run, args=(job, work), name=name, daemon=True).start()
        return job

    def get(self, name: str) -> Job | None:
        """The latest job of this name."""
        with self._lock:
            return self._jobs.get(name)

    def dismiss(self, name: str) -> None:
        """Forget a finished job."""
        with self._lock:
            if name in self._jobs and not self._jobs[name].live:
                del self._jobs[name]

    def close(self) -> None:
        """Stop every job at its next step."""
        with self._lock:
            for job in self._jobs.values():
                job.stopped.set()


def _run(job: Job, work: Callable[[Job], Any]) -> None:
    try:
        job.result = work(job)
    except Stopped:
        job.error = "Stopped."
    except (CorpusError, EmbeddingError, QAError) as error:
        job.error = str(error)
    except Exception:  # a thread's end: the page says that it failed, and the log has the rest
        log.exception("A job failed")
        job.error = "Something went wrong. The log of the server says what."
    job.live = False
