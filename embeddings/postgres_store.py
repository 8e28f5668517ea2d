"""Nearest neighbors in a library on PostgreSQL, by pgvector: the vectors that are searched are the library's own.

Exact while few vectors are compared, through an HNSW index beyond. There is no copy that could be stale: a vector is found
from the transaction on that stored it. Vectors are halves: a score differs from FAISS's by less than `TOLERANCE`. Where the
library is spread over nodes, each finds its best and the best of those are taken.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from corpus.connection import Connection, VectorBytes
from corpus.library import Library
from embeddings.types import Float32

EXACT = 50_000  # vectors compared one by one; takes 45 ms of a slow core, and the index about as long with a filter
TOLERANCE = 1e-3  # of an inner product of unit vectors of halves: 11 bits each, so 5e-4 at worst, and the query's own
INDEX = "vectors_hnsw"
_LOCK = "hashtextextended('citewire ' || current_schema() || ' hnsw', 0)"


@dataclass(frozen=True, slots=True)
class _Part:
    """A table of vectors: `name` here; on a node if one is named, where it is `there`."""

    name: str
    node: str | None
    there: str


class PgVectorStore:
    """Inner-product search over the vectors of one model in a library on PostgreSQL. Thread-safe."""

    def __init__(self, library: Library, model: str, *, exact: int = EXACT) -> None:
        self._library = library
        self._model = model
        self._exact = exact
        self._indexed = 0  # dimensions of the index, once there is one

    def __len__(self) -> int:
        with self._library.read() as db:
            row = db.execute("SELECT count(*) FROM vectors WHERE model = ?", (self._model,)).fetchone()
        return int(row[0])

    def search(self, vector: Float32, k: int, allowed: Collection[int] | None = None) -> list[tuple[int, float]]:
        """The `k` best as `(passage id, score)`, by `(-score, id)`. `allowed` restricts the search to these ids."""
        if k < 1 or (allowed is not None and not allowed):
            return []
        query: object = VectorBytes(vector.astype("<f4").tobytes())
        restriction, values = "", [query, self._model]
        if allowed is not None:
            restriction, values = " AND passage_id = ANY(?)", [*values, list(allowed)]
        few = allowed is not None and len(allowed) <= self._exact
        with self._library.read() as db:
            parts = _parts(db)
            through = not few and self._through(db, parts, len(vector))
            rows = _nearest(
                db, parts, f"vector::halfvec({len(vector)})" if through else "vector", k, restriction, values
            )
            if through and len(rows) < k:  # the index was followed as far as it may be, and too few passed
                rows = _nearest(db, parts, "vector", k, restriction, values)
        return [(row[0], -row[1]) for row in rows]

    def close(self) -> None:
        """Nothing runs in the background."""

    def _through(self, db: Connection, parts: list[_Part], dimensions: int) -> bool:
        """Whether there is an index for vectors of this length on every part; asked again until there is one."""
        if self._indexed != dimensions and all(_indexed(db, part, dimensions) for part in parts):
            self._indexed = dimensions
        return self._indexed == dimensions

    def save(self) -> None:
        """Make the index, once there are enough vectors for it; PostgreSQL keeps it from then on, and nobody waits."""
        with self._library.read() as db:
            row = db.execute("SELECT vector FROM vectors WHERE model = ? LIMIT 1", (self._model,)).fetchone()
            if row is None or len(self) <= self._exact:
                return
            size = len(np.frombuffer(row[0], "<f4"))
            if not db.execute(f"SELECT pg_try_advisory_lock({_LOCK})").fetchone()[0]:
                return  # another process makes it
            try:
                for part in _parts(db):
                    if not _indexed(db, part, size):
                        _make(db, part, size)
            finally:
                db.execute(f"SELECT pg_advisory_unlock({_LOCK})")


def _nearest(
    db: Connection, parts: list[_Part], compared: str, k: int, restriction: str, values: list[object]
) -> list[tuple[int, float]]:
    """The nearest of all parts. `compared` is an expression over `vector`: the index's, to go through it."""
    order = ", passage_id" if compared == "vector" else ""  # an index gives no order of ties
    near = " UNION ALL ".join(
        f"(SELECT passage_id, {compared} <#> ?::halfvec AS distance FROM {part.name} "
        f"WHERE model = ?{restriction} ORDER BY distance{order} LIMIT {k})"
        for part in parts
    )
    rows = db.execute(  # "+ 0": else PostgreSQL merges what comes sorted, and asks node after node to do so
        f"SELECT passage_id, distance FROM ({near}) t ORDER BY distance + 0, passage_id LIMIT {k}",
        values * len(parts),
    ).fetchall()
    return [(row[0], row[1]) for row in rows]


def unindex(library: Library) -> None:
    """Take the index away: another model's vectors may have another length."""
    with library.read() as db:
        for part in _parts(db):
            _run(db, part, f"DROP INDEX IF EXISTS {part.there.rpartition('.')[0]}.{INDEX}")


def _parts(db: Connection) -> list[_Part]:
    """The tables that hold the vectors: one, or one on each node."""
    rows = db.execute(
        "SELECT t.ftrelid::regclass::text, s.srvname, (SELECT string_agg(option_value, '.' ORDER BY option_name) "
        "FROM pg_options_to_table(t.ftoptions) WHERE option_name IN ('schema_name', 'table_name')) "
        "FROM pg_inherits i JOIN pg_foreign_table t ON t.ftrelid = i.inhrelid "
        "JOIN pg_foreign_server s ON s.oid = t.ftserver WHERE i.inhparent = 'vectors'::regclass ORDER BY t.ftrelid"
    ).fetchall()
    if rows:
        return [_Part(*row) for row in rows]
    (schema,) = db.execute("SELECT current_schema()").fetchone()
    return [_Part("vectors", None, f"{schema}.vectors")]


def _make(db: Connection, part: _Part, dimensions: int) -> None:
    schema = part.there.rpartition(".")[0]
    type_ = db.execute(
        "SELECT n.nspname || '.halfvec' FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace "
        "WHERE t.typname = 'halfvec'"
    ).fetchone()[0]
    _run(db, part, f"DROP INDEX IF EXISTS {schema}.{INDEX}")  # of another model, or left unfinished
    _run(
        db, part,
        f"CREATE INDEX CONCURRENTLY {INDEX} ON {part.there} "
        f"USING hnsw ((vector::{type_}({dimensions})) {type_.removesuffix('halfvec')}halfvec_ip_ops)",
    )  # fmt: skip


def _run(db: Connection, part: _Part, statement: str) -> None:
    """Where the part is."""
    if part.node is None:
        db.execute("SET maintenance_work_mem = '1GB'")  # the graph of a million vectors, else it takes far longer
        db.execute(statement)
        db.execute("RESET maintenance_work_mem")
    else:
        db.execute("SELECT dblink_exec(?, ?)", (part.node, statement))


def _indexed(db: Connection, part: _Part, dimensions: int) -> bool:
    """Whether there is an index for vectors of this length, ready to be used."""
    found = (
        "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
        f"WHERE i.indrelid = '{part.there}'::regclass AND i.indisvalid AND c.relname = '{INDEX}' "
        f"AND pg_get_indexdef(c.oid) LIKE '%halfvec({dimensions})%'"
    )
    if part.node is None:
        row = db.execute(found).fetchone()
    else:
        row = db.execute("SELECT found FROM dblink(?, ?) AS t (found bigint)", (part.node, found)).fetchone()
    return bool(row[0])
