"""What all browser sessions share: one engine, its conversations, and the jobs that run on it.

Opened once, behind a lock. Tests hand in their own engine with `use_engine`.
"""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from corpus.conversations import Conversations
from corpus.errors import CorpusError
from corpus.library import Library
from corpus.removal import Removed
from corpus.sources import LoadFailure, Skipped, Source
from corpus.types import Filters
from qa.add_report import AddReport, Progress
from qa.errors import QAError
from qa.types import Answer, Turn
from qa.ui.adding import Adding
from qa.ui.answering import Answering
from qa.ui.jobs import Jobs

log = logging.getLogger(__name__)


class Engine(Protocol):
    """What the pages need of `qa.engine.Citewire`."""

    ready: bool
    warm_error: str | None
    activity: str

    @property
    def library(self) -> Library:
        """The open library."""

    @property
    def readers(self) -> tuple[str, ...]:
        """Names of the readers that can be asked for, the settings' own first; empty until that is known."""

    def warm(self) -> None:
        """Load the model; slow. Errors are kept in `warm_error`."""

    def stream(
        self,
        question: str,
        *,
        filters: Filters = Filters(),
        history: Sequence[Turn] = (),
        standalone: str | None = None,
        reader: str | None = None,
        cancelled: threading.Event | None = None,
    ) -> Iterator[Answer]:
        """Growing answers; the last is final."""

    def add(
        self,
        inputs: Iterable[Source | LoadFailure | Skipped],
        *,
        on_progress: Callable[[Progress], None] | None = None,
        cancelled: threading.Event | None = None,
    ) -> AddReport:
        """Load, store and embed."""

    def remove(self, article_id: str) -> None:
        """Delete an article."""


@dataclass
class Service:
    """One engine and everything that runs on it."""

    engine: Engine
    conversations: Conversations = field(init=False)
    answering: Answering = field(init=False)
    adding: Adding = field(init=False)
    jobs: Jobs = field(default_factory=Jobs)
    removed: list[Removed] = field(default_factory=list)
    """Articles that can still be brought back, the last deleted one last."""
    warmed: threading.Event = field(default_factory=threading.Event)
    """Set once the engine can answer, or has said why it never will."""

    def __post_init__(self) -> None:
        self.conversations = Conversations(self.engine.library)
        self.answering = Answering(self.conversations, self.warmed)
        self.adding = Adding(self.warmed, self.answering.idle)

    def warm(self) -> None:
        """Load the model in a thread of its own."""
        threading.Thread(target=self._warm, name="warm", daemon=True).start()

    def _warm(self) -> None:
        try:
            self.engine.warm()
            gc.collect()
            gc.freeze()  # the model's objects never die; no later collection need walk them
        except Exception as error:  # a thread's end: whatever it was, the page must say so
            log.exception("The engine did not start")
            self.engine.warm_error = f"{type(error).__name__}: {error}"
        finally:
            self.warmed.set()


_lock = threading.Lock()
_service: Service | None = None


def use_engine(engine: Engine) -> Service:
    """Serve this engine from now on, and start to warm it."""
    service = use_service(Service(engine))
    service.warm()
    return service


def use_service(service: Service) -> Service:
    """Serve this from now on."""
    global _service
    with _lock:
        _service = service
        return service


def service() -> Service:
    """The service, opened on first use.

    Raises:
        CorpusError, QAError: the library cannot be opened or a setting is unusable; the message says what to do.
    """
    global _service
    with _lock:
        if _service is None:
            from qa.engine import Citewire
            from qa.settings import load_settings

            _service = Service(Citewire.open(load_settings()))
            _service.warm()
        return _service


def start() -> None:
    """Open the service before the first visit. An error is logged here, and shown by each page."""
    try:
        service()
    except (CorpusError, QAError) as error:
        log.error("%s", error)


def close() -> None:
    """Stop the jobs. The library is left open: a job may still be storing its last sentence."""
    global _service
    with _lock:
        if _service is not None:
            _service.answering.close()
            _service.adding.cancel()
            _service.jobs.close()
            _service = None
