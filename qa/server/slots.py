"""How many questions run and wait at once; one more is turned away instead of making all of them slow."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from queue import SimpleQueue
from typing import TypeVar

from qa.question_threads import RUNNING, QuestionThreads
from qa.server.metrics import Metrics
from qa.server.problems import Refused

T = TypeVar("T")

WAITING = 32


@dataclass(frozen=True, slots=True)
class _End:
    """The end of a stream, and the error that ended it."""

    error: BaseException | None = None


class Slots:
    """Thread-safe. `enter` before, and `leave` once the question is over, however it ended."""

    def __init__(self, metrics: Metrics, running: int = RUNNING, waiting: int = WAITING) -> None:
        self._room = threading.BoundedSemaphore(running + waiting)
        self._threads = QuestionThreads(running)
        self._metrics = metrics

    def enter(self) -> None:
        """Take a place in the queue, or raise `Refused` (429) at once. Every `enter` needs one `leave`."""
        if not self._room.acquire(blocking=False):
            self._metrics.refused.inc()
            raise Refused(HTTPStatus.TOO_MANY_REQUESTS, "Too many questions at once. Try again.", retry_after=1)

    def leave(self) -> None:
        """Give the place back."""
        self._room.release()

    def run(self, work: Callable[[], T]) -> T:
        """Wait for one's turn, and run it."""
        return self._threads.run(lambda: self._counted(work))

    def stream(self, items: Iterator[T]) -> Iterator[T]:
        """The same for something that grows: each item as soon as it is there. It runs to its end, read or not."""
        made: SimpleQueue[T | _End] = SimpleQueue()

        def pump() -> None:
            for item in items:
                made.put(item)

        def ended() -> None:
            try:
                self._counted(pump)
            except BaseException as error:  # for the reader, who raises it
                made.put(_End(error))
            else:
                made.put(_End())

        self._threads.submit(ended)
        while not isinstance(item := made.get(), _End):
            yield item
        if item.error is not None:
            raise item.error

    def _counted(self, work: Callable[[], T]) -> T:
        self._metrics.running.inc()
        try:
            return work()
        finally:
            self._metrics.running.dec()
