"""FAISS comparing every vector, and nothing else: the exact baseline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import faiss

from benchmarks.peers.stores.store import Store, Vectors

DISTRIBUTIONS = ("faiss-cpu",)
SETTINGS = "IndexFlatIP: every vector is compared, all in memory"


class Flat:
    """One index, one file."""

    def __init__(self, folder: Path) -> None:
        self._file = str(folder / "flat.faiss")
        self._index: Any = faiss.read_index(self._file) if Path(self._file).exists() else None

    def build(self, vectors: Vectors) -> None:
        """Add and write."""
        self._index = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(vectors)
        faiss.write_index(self._index, self._file)

    def search(self, vector: Vectors, k: int) -> list[int]:
        """The numbers as they come."""
        return [int(i) for i in self._index.search(vector[None], k)[1][0]]


def make(folder: Path) -> Store:
    """FAISS, flat."""
    return Flat(folder)
