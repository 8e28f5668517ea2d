"""Answers are made in worker threads, never in a page's own: a rerun, a reload or a closed tab loses nothing.

A job consumes a stream of growing answers and stores the last one. Knows no Streamlit and no engine.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

from corpus.conversations import Conversations, TurnStatus
from corpus.errors import CorpusError
from embeddings.errors import EmbeddingError
from qa.errors import QAError
from qa.serialize import answer_to_json
from qa.types import Answer

log = logging.getLogger(__name__)
WORKERS = 2  # one question in the encoder, one reading from the library; more only wait for the same cores
Suggest = Callable[[Answer], Iterable[str]]
Stream = Callable[[threading.Event], Iterator[Answer]]  # gets the event that is set when its answer is not wanted


class AnswerJob:
    """One turn being answered. `answer` grows; `ended` is set after the result is stored."""

    def __init__(self, turn_id: str) -> None:
        self.turn_id = turn_id
        self.answer: Answer | None = None
        self.waiting = True
        self.cancelled = threading.Event()
        self.ended = threading.Event()

    @property
    def live(self) -> bool:
        """Whether it is under way."""
        return not self.ended.is_set()

    def cancel(self) -> None:
        """Stop, at the latest before the next sentence."""
        self.cancelled.set()


class Answering:
    """The jobs under way, at most one a conversation. They begin once `warmed` is set."""

    def __init__(self, conversations: Conversations, warmed: threading.Event) -> None:
        self._conversations = conversations
        self._warmed = warmed
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="answer")
        self._jobs: dict[str, AnswerJob] = {}
        self._suggesting: set[str] = set()
        self._closed = False
        self._lock = threading.Lock()
        self.idle = threading.Event()
        """Set while no question is under way; other work waits for it, to leave the processor to the answers."""
        self.idle.set()

    def submit(self, conversation_id: str, turn_id: str, stream: Stream, suggest: Suggest = lambda _: ()) -> bool:
        """Answer a turn, then find what can be asked next; false when the conversation already has one under way."""
        with self._lock:
            if conversation_id in self._jobs:
                return False
            job = self._jobs[conversation_id] = AnswerJob(turn_id)
            self.idle.clear()
        self._pool.submit(self._run, conversation_id, job, stream, suggest)
        return True

    def job(self, conversation_id: str | None) -> AnswerJob | None:
        """The job under way in a conversation."""
        with self._lock:
            return self._jobs.get(conversation_id or "")

    def ahead(self, job: AnswerJob) -> int:
        """How many other jobs keep this one waiting."""
        with self._lock:
            return len(self._jobs) - 1 if job.waiting and len(self._jobs) > WORKERS else 0

    def suggesting(self, turn_id: str) -> bool:
        """Whether questions to go on with are being looked for."""
        with self._lock:
            return turn_id in self._suggesting

    def close(self) -> None:
        """Stop every job and take no more."""
        with self._lock:
            self._closed = True
            for job in self._jobs.values():
                job.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self, conversation_id: str, job: AnswerJob, stream: Stream, suggest: Suggest) -> None:
        status: TurnStatus = "error"
        message = "Something went wrong while answering."
        try:
            while not self._warmed.wait(0.2) and not job.cancelled.is_set():
                pass
            job.waiting = False
            status = self._consume(job, stream)
        except (CorpusError, EmbeddingError, QAError) as error:
            message = str(error)
        except Exception:  # a thread's end: the turn is marked, and the log has the rest
            log.exception("A question could not be answered")
        try:
            error_json = {"error": message} if status == "error" else None
            answer = answer_to_json(job.answer) if job.answer else None
            self._conversations.finish(job.turn_id, status, error_json or answer)
        except CorpusError:
            log.exception("An answer could not be stored")
        answered = job.answer if status == "done" and job.answer and job.answer.answered else None
        with self._lock:  # only now: a page that sees the job gone must find the result stored
            self._jobs.pop(conversation_id, None)
            if not self._jobs:
                self.idle.set()
            if answered:
                self._suggesting.add(job.turn_id)
        job.ended.set()
        if answered:
            self._suggest(job.turn_id, answered, suggest)

    def _suggest(self, turn_id: str, answer: Answer, suggest: Suggest) -> None:
        """Keep what is found until it is enough, or a question is asked: an answer comes before a suggestion."""
        found: list[str] = []
        try:
            questions = iter(suggest(answer))
            while not (self._jobs or self._closed) and (question := next(questions, None)):
                found.append(question)
            if found:
                self._conversations.suggest(turn_id, tuple(found))
        except Exception:  # a thread's end: the answer stands without them, and the log has the rest
            log.exception("No questions to go on with could be found")
        finally:
            with self._lock:
                self._suggesting.discard(turn_id)

    def _consume(self, job: AnswerJob, stream: Stream) -> TurnStatus:
        if job.cancelled.is_set():
            return "stopped"
        for answer in stream(job.cancelled):
            if job.cancelled.is_set():  # what comes now may be an abstention for want of time
                return "stopped"
            job.answer = answer
        return "stopped" if job.cancelled.is_set() else "done"
