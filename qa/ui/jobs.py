"""Work that outlives a page run: answers and adds, in threads that never call streamlit.

A rerun, a reload or a closed tab loses nothing: an answer is written to the library before its job ends.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from corpus import conversations
from corpus.conversations import TurnStatus
from corpus.errors import CorpusError
from corpus.loaders import Source
from embeddings.errors import EmbeddingError
from qa.engine import AddReport, Citewire, Progress
from qa.errors import QAError
from qa.serialize import answer_to_json
from qa.types import Answer

log = logging.getLogger(__name__)


class AnswerJob:
    """One question being answered."""

    def __init__(self, engine: Citewire, turn_id: str, question: str) -> None:
        self.turn_id = turn_id
        self.answer: Answer | None = None
        self.live = True
        self._engine, self._question = engine, question
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Stop after the sentence in hand."""
        self._cancelled.set()

    def run(self) -> None:
        """Answer; keep the outcome in the library first, only then end."""
        status: TurnStatus = "error"
        try:
            status = "done"
            for answer in self._engine.stream(self._question):
                self.answer = answer
                if self._cancelled.is_set():
                    status = "stopped"
                    break
        except (QAError, CorpusError, EmbeddingError) as error:
            status = "error"
            log.warning("A question could not be answered: %s", error)
        except Exception:  # the thread's last frame: without it the turn would run for ever
            status = "error"
            log.exception("A question could not be answered")
        finally:
            kept = replace(self.answer, hits=self.answer.hits[:10]) if self.answer else None
            conversations.finish_turn(
                self._engine.library, self.turn_id, status, answer_to_json(kept) if kept else None
            )
            self.live = False


class AnswerJobs:
    """The running answer of each conversation."""

    def __init__(self, workers: int = 2) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="answer")
        self._jobs: dict[str, AnswerJob] = {}
        self._lock = threading.Lock()

    def submit(self, engine: Citewire, conversation_id: str, question: str) -> None:
        """Start answering, unless the conversation is still being answered."""
        with self._lock:
            current = self._jobs.get(conversation_id)
            if current and current.live:
                return
            turn_id = conversations.add_turn(engine.library, conversation_id, question)
            job = self._jobs[conversation_id] = AnswerJob(engine, turn_id, question)
        self._pool.submit(job.run)

    def get(self, conversation_id: str) -> AnswerJob | None:
        """The conversation's last job of this server's life."""
        return self._jobs.get(conversation_id)


class AddJob:
    """Articles being added."""

    def __init__(self, engine: Citewire, sources: Sequence[Source]) -> None:
        self.count = len(sources)
        self.progress: Progress | None = None
        self.report: AddReport | None = None
        self.error: str | None = None
        self.cancelled = threading.Event()
        self._engine, self._sources = engine, sources

    @property
    def live(self) -> bool:
        """Whether it is still at work."""
        return self.report is None and self.error is None

    def run(self) -> None:
        """Add; the report, or an error in words, tells the end."""

        def note(progress: Progress) -> None:
            self.progress = progress

        try:
            self.report = self._engine.add(self._sources, on_progress=note, cancelled=self.cancelled)
        except (QAError, CorpusError, EmbeddingError) as error:
            self.error = str(error)
        except Exception:
            log.exception("Articles could not be added")
            self.error = "The articles could not be added because of an internal error; the server's log has it."


class AddJobs:
    """One add at a time; its report stays until the next."""

    def __init__(self) -> None:
        self.current: AddJob | None = None

    def submit(self, engine: Citewire, sources: Sequence[Source]) -> None:
        """Start adding, unless an add is running."""
        if self.current is None or not self.current.live:
            self.current = AddJob(engine, sources)
            threading.Thread(target=self.current.run, name="add", daemon=True).start()
