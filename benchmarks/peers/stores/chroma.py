"""Chroma as its documentation begins: a persistent client and a collection, given embeddings."""

from __future__ import annotations

from pathlib import Path

import chromadb

from benchmarks.peers.stores.store import Store, Vectors

DISTRIBUTIONS = ("chromadb",)
SETTINGS = "HNSW by squared distance, ef_construction 100, M 16, ef_search 100; no text kept"


class Chroma:
    """One collection, without a model of its own."""

    def __init__(self, folder: Path) -> None:
        self._client = chromadb.PersistentClient(str(folder), chromadb.Settings(anonymized_telemetry=False))
        self._collection = self._client.get_or_create_collection("vectors", embedding_function=None)

    def build(self, vectors: Vectors) -> None:
        """As many at a time as it takes."""
        most = self._client.get_max_batch_size()
        for start in range(0, len(vectors), most):
            part = vectors[start : start + most]
            self._collection.add([str(i) for i in range(start, start + len(part))], embeddings=part)

    def search(self, vector: Vectors, k: int) -> list[int]:
        """Ids and distances only."""
        found = self._collection.query(query_embeddings=[vector], n_results=k, include=["distances"])
        return [int(key) for key in found["ids"][0]]


def make(folder: Path) -> Store:
    """Chroma."""
    return Chroma(folder)
