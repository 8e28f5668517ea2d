"""The few threads in which a server's questions run, so that its memory stays flat.

Each thread that ever ran the encoder keeps some ten megabytes, and a server's pool has forty: under load that was half a
gigabyte. Whoever waits here for a turn holds no memory to speak of.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

RUNNING = 2  # the encoder uses all cores for one; a second reads from the library meanwhile


class QuestionThreads:
    """Thread-safe. Questions run in the order in which they come, in the context of whoever asks."""

    def __init__(self, running: int = RUNNING) -> None:
        self._threads = ThreadPoolExecutor(running, thread_name_prefix="question")

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Run it when its turn comes."""
        return self._threads.submit(contextvars.copy_context().run, work)

    def run(self, work: Callable[[], T]) -> T:
        """Wait for one's turn, run it, and give what it gave."""
        return self.submit(work).result()
