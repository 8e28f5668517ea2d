"""Nearest neighbors in a library on PostgreSQL, by pgvector: the vectors that are searched are the library's own.

Exact while few vectors are compared, through an HNSW index beyond. There is no copy that could be stale: a vector is found
from the transaction on that stored it. Vectors are halves: a score differs from FAISS's by less than `TOLERANCE`.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from corpus.connection import Connection, VectorBytes
from corpus.library import Library
from embeddings.types import Float32

EXACT = 50_000  # vectors compared one by one; takes 45 ms of a slow core, and the index about as long with a filter
TOLERANCE = 1e-3  # of an inner product of unit vectors of halves: 11 bits each, so 5e-4 at worst, and the query's own
INDEX = "vectors_hnsw"
_BUILDING = "SELECT pg_try_advisory_lock(hashtextextended('citewire ' || current_schema() || ' hnsw', 0))"
_BUILT = "SELECT pg_advisory_unlock(hashtextextended('citewire ' || current_schema() || ' hnsw', 0))"


class PgVectorStore:
    """Inner-product search over the vectors of one model in a library on PostgreSQL. Thread-safe."""

    def __init__(self, library: Library, model: str, *, exact: int = EXACT) -> None:
        self._library = library
        self._model = model
        self._exact = exact

    def __len__(self) -> int:
        with self._library.read() as db:
            row = db.execute("SELECT count(*) FROM vectors WHERE model = ?", (self._model,)).fetchone()
        return int(row[0])

    def search(self, vector: Float32, k: int, allowed: Collection[int] | None = None) -> list[tuple[int, float]]:
        """The `k` best as `(passage id, score)`, by `(-score, id)`. `allowed` restricts the search to these ids."""
        if k < 1 or (allowed is not None and not allowed):
            return []
        query = VectorBytes(vector.astype("<f4").tobytes())
        restriction, values = ("", []) if allowed is None else (" AND passage_id = ANY(?)", [list(allowed)])
        with self._library.read() as db:
            few = allowed is not None and len(allowed) <= self._exact
            compared = "vector" if few or not _indexed(db, len(vector)) else f"vector::halfvec({len(vector)})"
            near = f"SELECT passage_id, {compared} <#> ?::halfvec AS distance FROM vectors WHERE model = ?{restriction}"
            if compared == "vector":
                ordered = f"{near} ORDER BY distance, passage_id LIMIT ?"
            else:  # the index gives no order of ties
                ordered = f"SELECT * FROM ({near} ORDER BY distance LIMIT ?) t ORDER BY distance, passage_id"
            rows = db.execute(ordered, (query, self._model, *values, k)).fetchall()
        return [(row[0], -row[1]) for row in rows]

    def save(self) -> None:
        """Make the index, once there are enough vectors for it; PostgreSQL keeps it from then on, and nobody waits."""
        with self._library.read() as db:
            row = db.execute("SELECT vector FROM vectors WHERE model = ? LIMIT 1", (self._model,)).fetchone()
            if row is None or len(self) <= self._exact or _indexed(db, size := len(np.frombuffer(row[0], "<f4"))):
                return
            if not db.execute(_BUILDING).fetchone()[0]:
                return  # another process makes it
            try:
                db.execute("SET maintenance_work_mem = '1GB'")  # the graph of a million vectors, else it is far slower
                db.execute(f"DROP INDEX IF EXISTS {INDEX}")  # of another model, or left unfinished
                db.execute(
                    f"CREATE INDEX CONCURRENTLY {INDEX} ON vectors USING hnsw ((vector::halfvec({size})) halfvec_ip_ops)"
                )
            finally:
                db.execute("RESET maintenance_work_mem")
                db.execute(_BUILT)


def _indexed(db: Connection, dimensions: int) -> bool:
    """Whether there is an index for vectors of this length, ready to be used."""
    row = db.execute(
        "SELECT pg_get_indexdef(c.oid) FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid "
        "WHERE c.relname = ? AND c.relnamespace = current_schema()::regnamespace AND i.indisvalid",
        (INDEX,),
    ).fetchone()
    return row is not None and f"halfvec({dimensions})" in row[0]
