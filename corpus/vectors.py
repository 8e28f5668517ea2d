"""Vectors and token states of passages, as rows of the library. Bytes in, bytes out: no numpy, no model.

`model` is an embedder's fingerprint: rows of another model are never mixed in.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator

from corpus.connection import VectorBytes
from corpus.database import as_stored
from corpus.library import Library


def pending_ids(library: Library, model: str) -> list[int]:
    """Passages without a vector of this model, ascending."""
    with library.read() as db:
        rows = db.execute(
            "SELECT p.id FROM passages p LEFT JOIN vectors v ON v.passage_id = p.id AND v.model = ? "
            "WHERE v.passage_id IS NULL ORDER BY p.id",
            (model,),
        ).fetchall()
    return [row[0] for row in rows]


def put_vectors(library: Library, model: str, rows: Iterable[tuple[int, bytes, bytes | None]]) -> int:
    """Store `(passage id, vector, token states)` rows in one transaction; returns how many were kept.

    A passage deleted in the meantime is passed over: its vector is of no use.
    """
    given = {passage_id: (vector, states) for passage_id, vector, states in rows}
    with library.write() as db:
        found = db.execute(
            "SELECT id FROM passages WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
            (json.dumps(list(given)),),
        ).fetchall()
        kept = [(row[0], *given[row[0]]) for row in found]
        vectors = [(i, model, VectorBytes(vector)) for i, vector, _ in kept]
        packed = [(i, model, states) for i, _, states in kept if states is not None]
        for table, new in (("vectors", vectors), ("token_states", packed)):  # what was there is of another model
            stale = json.dumps([row[0] for row in new])
            db.execute(f"DELETE FROM {table} WHERE passage_id IN (SELECT value FROM json_each(?))", (stale,))
            db.executemany(f"INSERT INTO {table} VALUES (?, ?, ?)", new)
        db.execute("UPDATE meta SET value = value + 1 WHERE key = 'vector_generation'")
    return len(kept)


def generation(library: Library) -> int:
    """A counter that grows whenever any vector is added or deleted, by any process."""
    with library.read() as db, as_stored("The count of changes"):
        return int(db.execute("SELECT value FROM meta WHERE key = 'vector_generation'").fetchone()[0])


def changed_ids(library: Library, since: int) -> list[int]:
    """Passages whose vector came or went after this generation, ascending; more of them may be told than changed."""
    with library.read() as db:
        rows = db.execute(
            "SELECT DISTINCT passage_id FROM vector_changes WHERE generation > ? ORDER BY passage_id", (since,)
        ).fetchall()
    return [row[0] for row in rows]


def mark(library: Library, generation: int) -> str:
    """What tells a generation of this library from one of the same number of another, or of an older copy of it."""
    with library.read() as db:
        row = db.execute(
            "SELECT count(*), coalesce(sum(passage_id), 0) FROM vector_changes WHERE generation = ?", (generation,)
        ).fetchone()
    return f"{row[0]}:{row[1]}"


def count_vectors(library: Library, model: str) -> int:
    """How many passages have a vector of this model."""
    return library.counted("SELECT count(*) FROM vectors WHERE model = ?", model)


def pending_count(library: Library, model: str) -> int:
    """How many passages have no vector of this model."""
    return library.count_passages() - count_vectors(library, model)


def vector_ids(library: Library, model: str) -> list[int]:
    """Passages that have a vector of this model, ascending."""
    with library.read() as db:
        rows = db.execute("SELECT passage_id FROM vectors WHERE model = ? ORDER BY passage_id", (model,)).fetchall()
    return [row[0] for row in rows]


def iter_vectors(library: Library, model: str, ids: Collection[int] | None = None) -> Iterator[tuple[int, bytes]]:
    """`(passage id, vector)` rows of this model, ascending; all of them, or those in `ids`."""
    restriction = "" if ids is None else "AND passage_id IN (SELECT value FROM json_each(?))"
    values = () if ids is None else (json.dumps(list(ids)),)
    with library.read() as db:  # +model: the table is read in its order, not by way of the index of models
        for row in db.execute(
            f"SELECT passage_id, vector FROM vectors WHERE +model = ? {restriction} ORDER BY passage_id",
            (model, *values),
        ):
            yield row[0], row[1]


def sample_vectors(library: Library, model: str, size: int) -> list[bytes]:
    """Vectors of about `size` passages spread over all of them, each time the same; all when there are no more."""
    with library.read() as db:
        first, last = db.execute("SELECT min(passage_id), max(passage_id) FROM vectors").fetchone()
        if first is None:
            return []
        step = max((last - first + 1) / size, 1.0)
        ids = {first + int(i * step) for i in range(min(size, last - first + 1))}
    return [data for _, data in iter_vectors(library, model, sorted(ids))]


def token_states(library: Library, model: str, ids: Collection[int]) -> dict[int, bytes]:
    """The stored token states of these passages; one without any is left out."""
    with library.read() as db:
        rows = db.execute(
            "SELECT passage_id, states FROM token_states WHERE model = ? "
            "AND passage_id IN (SELECT value FROM json_each(?))",
            (model, json.dumps(list(ids))),
        ).fetchall()
    return {row[0]: row[1] for row in rows}
