"""Vectors and token states of passages, as rows of the library. Bytes in, bytes out: no numpy, no model.

`model` is an embedder's fingerprint: rows of another model are never mixed in.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator

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
    kept = 0
    with library.write() as db:
        for passage_id, vector, states in rows:
            if not db.execute("SELECT 1 FROM passages WHERE id = ?", (passage_id,)).fetchone():
                continue
            db.execute("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", (passage_id, model, vector))
            if states is not None:
                db.execute("INSERT OR REPLACE INTO token_states VALUES (?, ?, ?)", (passage_id, model, states))
            kept += 1
        db.execute("UPDATE meta SET value = value + 1 WHERE key = 'vector_generation'")
    return kept


def generation(library: Library) -> int:
    """A counter that grows whenever any vector is added or deleted, by any process."""
    with library.read() as db, as_stored("The count of changes"):
        return int(db.execute("SELECT value FROM meta WHERE key = 'vector_generation'").fetchone()[0])


def vector_ids(library: Library, model: str) -> list[int]:
    """Passages that have a vector of this model, ascending."""
    with library.read() as db:
        rows = db.execute("SELECT passage_id FROM vectors WHERE model = ? ORDER BY passage_id", (model,)).fetchall()
    return [row[0] for row in rows]


def iter_vectors(library: Library, model: str, ids: Collection[int] | None = None) -> Iterator[tuple[int, bytes]]:
    """`(passage id, vector)` rows of this model, ascending; all of them, or those in `ids`."""
    restriction = "" if ids is None else "AND passage_id IN (SELECT value FROM json_each(?))"
    values = () if ids is None else (json.dumps(list(ids)),)
    with library.read() as db:
        for row in db.execute(
            f"SELECT passage_id, vector FROM vectors WHERE model = ? {restriction} ORDER BY passage_id",
            (model, *values),
        ):
            yield row[0], row[1]


def token_states(library: Library, model: str, ids: Collection[int]) -> dict[int, bytes]:
    """The stored token states of these passages; one without any is left out."""
    with library.read() as db:
        rows = db.execute(
            "SELECT passage_id, states FROM token_states WHERE model = ? "
            "AND passage_id IN (SELECT value FROM json_each(?))",
            (model, json.dumps(list(ids))),
        ).fetchall()
    return {row[0]: row[1] for row in rows}
