"""Indexing a library anew: with another model, or after the rules of splitting and chunking changed.

The new index is built in a file of its own while the old one keeps answering, and takes its place in one
transaction. Interrupted at any moment, it goes on from there; until the end nothing of the old index is touched.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from corpus.ingest import BuiltArticle, Chunker, build
from corpus.library import Library
from corpus.types import Article, Block, ParsedArticle, Passage
from embeddings.errors import IndexUnwritable
from embeddings.job import Cluster, Here, Packed
from embeddings.postgres_reindex import ServerShadow, alone
from embeddings.types import Embedder

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


def reindex(
    library: Library,
    embedder: Embedder,
    spec: str,
    *,
    on_progress: Callable[[int, int], None] | None = None,
    cancelled: threading.Event | None = None,
    cluster: Cluster | None = None,
) -> bool:
    """Build the index of this embedder and put it in the old one's place; `on_progress(articles done, of)`.

    `spec` is what the library keeps to find the model again. Returns false when cancelled before the end;
    what was built is kept for the next time.

    Raises:
        IndexUnwritable: the disk is full or the folder read-only. The old index is untouched.
    """
    stop = cancelled or threading.Event()
    workers = cluster or Here(embedder)
    chunker = Chunker(embedder.count_tokens, embedder.max_tokens)
    if library.on_server:
        with alone(library):
            return _on_server(library, workers, chunker, embedder.fingerprint, spec, on_progress, stop)
    path = library.folder / SHADOW_FILE
    with _written(path), closing(_open_shadow(path, embedder.fingerprint)) as shadow:
        while missing := _missing(library, set(map(tuple, shadow.execute("SELECT article_id, version FROM built")))):
            if stop.is_set():
                return False
            total = library.count_articles()
            groups = ((group, _passages(group)) for group in _groups(library, missing, chunker, workers.group))
            for group, rows in workers.embed(groups, stop):
                _put(shadow, group, rows)
                if on_progress:
                    done = shadow.execute("SELECT count(*) FROM built").fetchone()[0]
                    on_progress(min(done, total), total)
        shadow.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if not _swap(library, path, embedder.fingerprint, spec):
        return reindex(library, embedder, spec, on_progress=on_progress, cancelled=cancelled, cluster=cluster)
    for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        file.unlink(missing_ok=True)
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


def _open_shadow(path: Path, fingerprint: str) -> sqlite3.Connection:
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


def _on_server(
    library: Library,
    workers: Cluster,
    chunker: Chunker,
    model: str,
    spec: str,
    on_progress: Callable[[int, int], None] | None,
    stop: threading.Event,
) -> bool:
    """The same in a library on PostgreSQL."""
    while True:
        shadow = ServerShadow(library, model)
        while missing := _missing(library, shadow.built()):
            if stop.is_set():
                return False
            total = library.count_articles()
            groups = ((group, _passages(group)) for group in _groups(library, missing, chunker, workers.group))
            for group, rows in workers.embed(groups, stop):
                shadow.put(group, rows)
                if on_progress:
                    on_progress(min(len(shadow.built()), total), total)
        if shadow.swap(spec):
            return True


def _missing(library: Library, built: set[tuple[str, int]]) -> list[tuple[str, int]]:
    """Newest versions that the new index lacks."""
    with library.read() as db:
        rows = db.execute("SELECT id, version FROM articles ORDER BY id").fetchall()
    return [(row[0], row[1]) for row in rows if (row[0], row[1]) not in built]


def _groups(
    library: Library, wanted: list[tuple[str, int]], chunker: Chunker, enough: int
) -> Iterator[list[tuple[int, BuiltArticle]]]:
    """Articles built anew, in groups of about as many passages as the embedding job takes at a time."""
    group: list[tuple[int, BuiltArticle]] = []
    size = 0
    for article_id, version in wanted:
        built = build(_parsed(library.article(article_id, version)), chunker)
        group.append((version, built))
        size += len(built.passages)
        if size >= enough:
            yield group
            group, size = [], 0
    if group:
        yield group


def _parsed(article: Article) -> ParsedArticle:
    blocks = tuple(Block(block.kind, block.span.of(article.text)) for block in article.blocks)
    return ParsedArticle(article.title, blocks, language=article.language, id=article.id)


def _passages(group: list[tuple[int, BuiltArticle]]) -> list[Passage]:
    return [passage for _, built in group for passage in built.passages]


def _put(shadow: sqlite3.Connection, group: list[tuple[int, BuiltArticle]], rows: list[Packed]) -> None:
    versions = [version for version, built in group for _ in built.passages]
    shadow.execute("BEGIN IMMEDIATE")
    shadow.executemany(
        "INSERT INTO passages (article_id, version, first, last, title, token_count, vector, states) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (p.article_id, version, p.sentences[0].index, p.sentences[-1].index, p.title, p.token_count, *row)
            for version, p, row in zip(versions, _passages(group), rows, strict=True)
        ],
    )  # fmt: skip
    shadow.executemany(
        "INSERT INTO built VALUES (?, ?, ?)",
        [
            (built.id, version, json.dumps([[s.span.start, s.span.end, s.role] for s in built.sentences]))
            for version, built in group
        ],
    )
    shadow.execute("COMMIT")


def _swap(library: Library, path: Path, model: str, spec: str) -> bool:
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
