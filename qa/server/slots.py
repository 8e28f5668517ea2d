"""How many questions run and wait at once; one more is turned away instead of making all of them slow."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from qa.server.metrics import Metrics
from qa.server.problems import Refused

RUNNING = 2  # the encoder uses all cores for one; a second reads from the library meanwhile
WAITING = 32


class Slots:
    """Thread-safe. `room` is given back when the question is over, however it ended."""

    def __init__(self, metrics: Metrics, running: int = RUNNING, waiting: int = WAITING) -> None:
        self._room = threading.BoundedSemaphore(running + waiting)
        self._running = threading.BoundedSemaphore(running)
        self._metrics = metrics

    def enter(self) -> None:
        """Take a place in the queue, or raise `Refused` (429) at once. Every `enter` needs one `leave`."""
        if not self._room.acquire(blocking=False):
            self._metrics.refused.inc()
            raise Refused(HTTPStatus.TOO_MANY_REQUESTS, "Too many questions at once. Try again.", retry_after=1)

    def leave(self) -> None:
        """Give the place back."""
        self._room.release()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn; held while the question runs."""
        with self._running:
            self._metrics.running.inc()
            try:
                yield
            finally:
                self._metrics.running.dec()
