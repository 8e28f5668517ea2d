"""txtai as its documentation begins: `Embeddings(path=...)`. It cuts nothing: what the model cannot read is left out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from txtai import Embeddings

from benchmarks.peers.peer import Document, Level, Peer, model_folder

DISTRIBUTIONS = ("txtai", "faiss-cpu", "transformers", "torch")


class Txtai:
    """Dense only, which is the default; `hybrid` adds txtai's own BM25."""

    def __init__(self, folder: Path, *, hybrid: bool = False) -> None:
        self._folder = folder
        self._embeddings = Embeddings(path=model_folder(), hybrid=hybrid)

    def index(self, documents: Sequence[Document]) -> None:
        """Index and save."""
        self._embeddings.index([(document.id, document.whole, None) for document in documents])
        self._embeddings.save(str(self._folder))

    def search(self, question: str, k: int) -> list[str]:
        """The ids as they come."""
        return [str(key) for key, _ in self._embeddings.search(question, k)]


def make(level: Level, folder: Path) -> Peer:  # noqa: ARG001
    """txtai."""
    return Txtai(folder)
