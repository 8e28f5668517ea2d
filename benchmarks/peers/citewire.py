"""Citewire through its public engine. It always takes articles, and finds their sentences too."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers.peer import Document, Level, Peer
from corpus.sources import Source
from qa.engine import Citewire
from qa.settings import load_settings

DISTRIBUTIONS = ("citewire", "faiss-cpu", "sentence-transformers", "torch")


class Ours:
    """One library."""

    def __init__(self, level: Level, folder: Path) -> None:
        self._level = level
        self._engine = Citewire.open(load_settings(library=folder))
        self._engine.embedder.load()

    def index(self, documents: Sequence[Document]) -> None:
        """Add them all."""
        rows = (json.dumps(document._asdict()) for document in documents)
        self._engine.add([Source("articles.jsonl", data="\n".join(rows).encode())])

    def search(self, question: str, k: int) -> list[str]:
        """Ids of articles, or of sentences: the article's id and the sentence's place in it."""
        found = [hit.sentence for hit in self._engine.search(question, level=self._level, k=k)]
        return [s.article_id if self._level == "article" else f"{s.article_id}:{s.index}" for s in found]


def make(level: Level, folder: Path) -> Peer:
    """Citewire."""
    return Ours(level, folder)
