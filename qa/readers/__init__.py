"""Readers: from evidence to draft sentences."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Protocol

from qa.types import DraftSentence, Evidence


class Reader(Protocol):
    """Drafts an answer from evidence. Thread-safe. What it drafts is checked before it is shown."""

    @property
    def name(self) -> str:
        """Shown with the answer."""

    def read(
        self, question: str, evidence: Evidence, cancelled: threading.Event | None = None
    ) -> Iterator[DraftSentence]:
        """Draft sentences as they are made; ends early, without an error, once `cancelled` is set.

        Raises:
            ReaderError: it cannot answer now. What it drafted before stands.
        """
