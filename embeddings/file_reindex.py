"""The half-built index of a library in a folder: a SQLite file beside the library's, which takes no part in its transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from corpus.library import Library
from embeddings.errors import IndexUnwritable
from embeddings.job import Packed
from embeddings.shadow import Group, places, sentences_json

SHADOW_FILE = "reindex.sqlite3"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS built (
    article_id TEXT NOT NULL, version INTEGER NOT NULL, sentences TEXT NOT NULL, PRIMARY KEY (article_id, version)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS passages (
    id INTEGER PRIMARY KEY, article_id TEXT NOT NULL, version INTEGER NOT NULL, first INTEGER NOT NULL,
    last INTEGER NOT NULL, title TEXT NOT NULL, token_count INTEGER NOT NULL, vector BLOB NOT NULL, states BLOB NOT NULL
);
"""
_SWAP = """
CREATE TEMP TABLE newest AS
    SELECT b.article_id, b.version, b.sentences FROM shadow.built b
    JOIN main.articles a ON a.id = b.article_id AND a.version = b.version;
INSERT INTO passages_fts (passages_fts) VALUES ('delete-all');
DELETE FROM main.passages;
DELETE FROM main.sentences WHERE (article_id, version) IN (SELECT article_id, version FROM newest);
INSERT INTO main.sentences
    SELECT c.article_id, c.version, s.key, json_extract(s.value, '$[0]'), json_extract(s.value, '$[1]'),
           json_extract(s.value, '$[2]')
    FROM newest c, json_each(c.sentences) s;
CREATE TEMP TABLE fresh AS
    SELECT p.id + coalesce((SELECT seq FROM main.sqlite_sequence WHERE name = 'passages'), 0) AS new_id, p.id AS old_id
    FROM shadow.passages p JOIN newest c ON c.article_id = p.article_id AND c.version = p.version;
INSERT INTO main.passages
    SELECT f.new_id, p.article_id, p.version, p.first, p.last, p.title, p.token_count
    FROM fresh f JOIN shadow.passages p ON p.id = f.old_id ORDER BY f.new_id;
INSERT INTO passages_fts (rowid, title, text) SELECT id, title, text FROM passage_texts;
INSERT INTO main.vectors SELECT f.new_id, ?, p.vector FROM fresh f JOIN shadow.passages p ON p.id = f.old_id;
INSERT INTO main.token_states SELECT f.new_id, ?, p.states FROM fresh f JOIN shadow.passages p ON p.id = f.old_id;
INSERT OR REPLACE INTO main.meta VALUES ('model', ?), ('model_fingerprint', ?);
UPDATE main.meta SET value = value + 1 WHERE key = 'vector_generation';
DROP TABLE temp.fresh;
DROP TABLE temp.newest;
"""


class FileShadow:
    """A `Shadow` in a file.

    Raises:
        IndexUnwritable: the disk is full or the folder read-only. The old index is untouched.
    """

    def __init__(self, library: Library, model: str) -> None:
        self._library = library
        self._model = model
        self._path = library.folder / SHADOW_FILE
        with _written(self._path):
            self._file = _opened(self._path, model)

    def close(self) -> None:
        """Close the file; what was built stays for the next time."""
        self._file.close()

    def built(self) -> set[tuple[str, int]]:
        """The versions that it holds."""
        return {(row[0], row[1]) for row in self._file.execute("SELECT article_id, version FROM built")}

    def put(self, group: Group, packed: Sequence[Packed]) -> None:
        """Add these articles, with a vector and states for each of their passages in order."""
        with _written(self._path):
            self._file.execute("BEGIN IMMEDIATE")
            self._file.executemany(
                "INSERT INTO passages (article_id, version, first, last, title, token_count, vector, states) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [(*place, *row) for place, row in zip(places(group), packed, strict=True)],
            )
            self._file.executemany(
                "INSERT INTO built VALUES (?, ?, ?)", [(b.id, version, sentences_json(b)) for version, b in group]
            )
            self._file.execute("COMMIT")

    def swap(self, spec: str) -> bool:
        """Exchange the indexes in one transaction, and delete the file; false when an article came in that it lacks."""
        with _written(self._path):
            self._file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if not _exchanged(self._library, self._path, self._model, spec):
            return False
        self.close()
        for end in ("", "-wal", "-shm"):
            self._path.with_name(f"{self._path.name}{end}").unlink(missing_ok=True)
        return True


@contextmanager
def _written(path: Path) -> Iterator[None]:
    """Turn SQLite's errors about the new index's own file into ours."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise IndexUnwritable(
            f"The new index {str(path)!r} cannot be written ({error}). The old one is in use; check the folder's "
            "permissions and the free disk space, then run the command again."
        ) from error


def _opened(path: Path, fingerprint: str) -> sqlite3.Connection:
    """The half-built index, if it is of this model; else a new one. A damaged one is thrown away."""
    tag = int.from_bytes(fingerprint.encode()[-4:].rjust(4, b"\0")) & 0x7FFFFFFF
    for attempt in range(2):
        shadow = sqlite3.connect(path, isolation_level=None)
        try:
            shadow.execute("PRAGMA journal_mode = WAL")
            if shadow.execute("PRAGMA user_version").fetchone()[0] not in (0, tag):
                raise sqlite3.DatabaseError("of another model")
            shadow.executescript(_SCHEMA)
            shadow.execute(f"PRAGMA user_version = {tag}")
            return shadow
        except sqlite3.DatabaseError:
            shadow.close()
            if attempt:
                raise
            path.unlink(missing_ok=True)
    raise AssertionError("unreachable")


def _exchanged(library: Library, path: Path, model: str, spec: str) -> bool:
    """Exchange the indexes in one transaction; false when an article came in that the new one lacks."""
    with library.read() as db:
        db.execute("ATTACH ? AS shadow", (str(path),))
        try:
            with library.write() as writer:
                (missing,) = writer.execute(
                    "SELECT count(*) FROM main.articles a LEFT JOIN shadow.built b "
                    "ON b.article_id = a.id AND b.version = a.version WHERE b.article_id IS NULL"
                ).fetchone()
                if missing:
                    return False
                for statement in filter(str.strip, _SWAP.split(";\n")):
                    writer.execute(statement, ((), (model,), (spec, model))[statement.count("?")])
            return True
        finally:
            db.execute("DETACH shadow")
