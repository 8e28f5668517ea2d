"""Qdrant's local mode, which runs inside the Python process. Its makers advise it up to 20,000 points; beyond, the server."""

from __future__ import annotations

from pathlib import Path

from qdrant_client import QdrantClient
from qdrant_client.models import Distance, VectorParams

from benchmarks.peers.stores.store import Store, Vectors

DISTRIBUTIONS = ("qdrant-client",)
SETTINGS = "local mode: every vector is compared, all in memory (advised up to 20,000 points)"
COLLECTION = "vectors"


class Qdrant:
    """One collection; the distance has no default, and of unit vectors the product is enough."""

    def __init__(self, folder: Path) -> None:
        self._client = QdrantClient(path=str(folder))

    def build(self, vectors: Vectors) -> None:
        """Create and upload."""
        self._client.create_collection(COLLECTION, VectorParams(size=vectors.shape[1], distance=Distance.DOT))
        self._client.upload_collection(COLLECTION, vectors, ids=range(len(vectors)))

    def search(self, vector: Vectors, k: int) -> list[int]:
        """The ids as they come."""
        return [int(point.id) for point in self._client.query_points(COLLECTION, query=vector, limit=k).points]


def make(folder: Path) -> Store:
    """Qdrant, local."""
    return Qdrant(folder)
