"""txtai given vectors (`method="external"`); the rest is its default."""

from __future__ import annotations

from pathlib import Path

from txtai import Embeddings

from benchmarks.peers.stores.store import Store, Vectors

DISTRIBUTIONS = ("txtai", "faiss-cpu", "torch")
SETTINGS = "FAISS IVF,Flat with its own number of lists and probes, all in memory; no text kept"


class Txtai:
    """Saved to the folder, loaded from it."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._embeddings = Embeddings(method="external")
        if (folder / "embeddings").exists():
            self._embeddings.load(self._folder)

    def build(self, vectors: Vectors) -> None:
        """Index and save."""
        self._embeddings.index((i, vector, None) for i, vector in enumerate(vectors))
        self._embeddings.save(self._folder)

    def search(self, vector: Vectors, k: int) -> list[int]:
        """The ids as they come."""
        return [int(key) for key, _ in self._embeddings.search(vector, k)]


def make(folder: Path) -> Store:
    """txtai."""
    return Txtai(folder)
