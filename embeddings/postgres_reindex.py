"""Indexing a library on PostgreSQL anew, as `embeddings.reindex` does in a file: beside the old index, then in its place.

The new index grows in two tables of the library; one process at a time builds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from corpus.connection import VectorBytes
from corpus.errors import LibraryBusy
from corpus.library import Library
from embeddings.job import Packed
from embeddings.postgres_store import unindex
from embeddings.shadow import Group, places, sentences_json

_TABLES = """
CREATE TABLE IF NOT EXISTS reindex_built (
    article_id text COLLATE "C", version integer, model text COLLATE "C" NOT NULL, sentences jsonb NOT NULL,
    PRIMARY KEY (article_id, version)
);
CREATE TABLE IF NOT EXISTS reindex_passages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    article_id text COLLATE "C", version integer, first integer, last integer, title text COLLATE "C",
    token_count integer, vector halfvec, states bytea
)
"""
_LOCK = "pg_try_advisory_lock(hashtextextended('citewire ' || current_schema() || ' reindex', 0))"
_UNLOCK = "pg_advisory_unlock(hashtextextended('citewire ' || current_schema() || ' reindex', 0))"
_SWAP = """
CREATE TEMP TABLE newest ON COMMIT DROP AS
    SELECT b.article_id, b.version, b.sentences FROM reindex_built b
    JOIN articles a ON a.id = b.article_id AND a.version = b.version;
DELETE FROM passages;
DELETE FROM sentences s USING newest n WHERE s.article_id = n.article_id AND s.version = n.version;
INSERT INTO sentences
    SELECT n.article_id, n.version, s.place - 1, (s.value ->> 0)::integer, (s.value ->> 1)::integer, s.value ->> 2
    FROM newest n, jsonb_array_elements(n.sentences) WITH ORDINALITY AS s (value, place);
CREATE TEMP TABLE fresh ON COMMIT DROP AS
    SELECT new_passage_id(p.article_id) AS new_id, p.* FROM (
        SELECT p.* FROM reindex_passages p JOIN newest n ON n.article_id = p.article_id AND n.version = p.version
        ORDER BY p.id) p;
INSERT INTO passages SELECT new_id, article_id, version, first, last, title, token_count FROM fresh;
INSERT INTO vectors SELECT new_id, ?, vector FROM fresh;
INSERT INTO token_states SELECT new_id, ?, states FROM fresh;
UPDATE meta SET value = ? WHERE key = 'model_fingerprint';
UPDATE meta SET value = value + 1 WHERE key = 'vector_generation';
DROP TABLE reindex_built;
DROP TABLE reindex_passages
"""


class ServerShadow:
    """The half-built index of one model. Made anew when what is there is of another model."""

    def __init__(self, library: Library, model: str) -> None:
        self._library = library
        self._model = model
        with library.write() as db:
            for statement in _TABLES.split(";\n"):
                db.execute(statement)
            if db.execute("SELECT 1 FROM reindex_built WHERE model <> ? LIMIT 1", (model,)).fetchone():
                db.execute("DELETE FROM reindex_built")
                db.execute("DELETE FROM reindex_passages")

    def built(self) -> set[tuple[str, int]]:
        """The versions that it holds."""
        with self._library.read() as db:
            return {(row[0], row[1]) for row in db.execute("SELECT article_id, version FROM reindex_built")}

    def put(self, group: Group, packed: Sequence[Packed]) -> None:
        """Add these articles, with a vector and states for each of their passages in order."""
        rows = [(*place, VectorBytes(row.vector), row.states) for place, row in zip(places(group), packed, strict=True)]
        with self._library.write() as db:
            db.executemany(
                "INSERT INTO reindex_passages (article_id, version, first, last, title, token_count, vector, states) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
            db.executemany(
                "INSERT INTO reindex_built VALUES (?, ?, ?, ?)",
                [(b.id, version, self._model, sentences_json(b)) for version, b in group],
            )

    def swap(self, spec: str) -> bool:
        """Exchange the indexes in one transaction; false when an article came in that the new one lacks."""
        unindex(self._library)
        with self._library.write() as db:
            (missing,) = db.execute(
                "SELECT count(*) FROM articles a LEFT JOIN reindex_built b "
                "ON b.article_id = a.id AND b.version = a.version WHERE b.article_id IS NULL"
            ).fetchone()
            if missing:
                return False
            for statement in _SWAP.split(";\n"):
                db.execute(statement, (self._model,) if "?" in statement else ())
            db.execute("UPDATE meta SET value = ? WHERE key = 'model'", (spec,))
        return True


@contextmanager
def alone(library: Library) -> Iterator[None]:
    """While no other process indexes the library anew.

    Raises:
        LibraryBusy: one does.
    """
    with library.read() as db:
        if not db.execute(f"SELECT {_LOCK}").fetchone()[0]:
            raise LibraryBusy(
                f"The library at {library.location} is being indexed anew by another process. Wait for it to finish."
            )
        try:
            yield
        finally:
            db.execute(f"SELECT {_UNLOCK}")
