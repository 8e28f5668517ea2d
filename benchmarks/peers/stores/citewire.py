"""Citewire's vectors: rows of a library, and the index beside it. Passages are there beforehand, without their text."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np

from benchmarks.peers.stores.store import Store, Vectors
from corpus.library import FILE_NAME, Library
from corpus.vectors import put_vectors
from embeddings.faiss_store import BATCH, FaissStore

DISTRIBUTIONS = ("citewire", "faiss-cpu")
SETTINGS = "from 50,000 vectors on 4-bit codes, whose candidates are scored by the stored vectors"
MODEL = "given"


class Ours:
    """A store over a library of vectors only."""

    def __init__(self, folder: Path) -> None:
        self._library = Library.open(folder, create=True)
        self._store = FaissStore(self._library, MODEL)

    def build(self, vectors: Vectors) -> None:
        """Rows first, then the index from the rows, as after adding articles."""
        for start in range(0, len(vectors), BATCH):
            rows = enumerate(vectors[start : start + BATCH], start + 1)
            put_vectors(self._library, MODEL, ((i, row.astype("<f4").tobytes(), None) for i, row in rows))
        self._store.search(vectors[0], 1)
        self._store.save()

    def search(self, vector: Vectors, k: int) -> list[int]:
        """Passages are numbered from one."""
        return [i - 1 for i, _ in self._store.search(vector, k)]


def prepare(folder: Path, passages: int) -> None:
    """A library of so many passages."""
    Library.open(folder, create=True).close()
    with closing(sqlite3.connect(folder / FILE_NAME)) as db, db:
        db.executemany(
            "INSERT INTO passages VALUES (?, 'a', 1, 0, 0, '', 0)", ((i + 1,) for i in np.arange(passages).tolist())
        )


def make(folder: Path) -> Store:
    """Citewire."""
    return Ours(folder)
