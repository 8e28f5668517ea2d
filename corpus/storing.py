"""One article into the library's tables and out of them, inside the caller's transaction. Knows no file and no lock."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from corpus import stories
from corpus.connection import Connection
from corpus.errors import LibraryError
from corpus.ingest import BuiltArticle
from corpus.iso import now, to_iso
from corpus.meta import MODEL_KEY

AddStatus = Literal["added", "updated", "unchanged", "duplicate"]


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of one article: its id, newest version, and whether anything changed."""

    status: AddStatus
    article_id: str
    version: int


def store(db: Connection, built: BuiltArticle) -> Stored:
    """Add an article, or a new version of it, unless it is there already; see `Library.store`."""
    (model,) = db.execute("SELECT (SELECT value FROM meta WHERE key = ?)", (MODEL_KEY,)).fetchone()
    if built.model and model and built.model != model:
        raise LibraryError("The library was indexed anew with another model meanwhile. Run the command again.")
    known = db.execute(
        "SELECT a.version, v.fingerprint FROM articles a "
        "JOIN versions v ON v.article_id = a.id AND v.version = a.version WHERE a.id = ?",
        (built.id,),
    ).fetchone()
    if known and known["fingerprint"] == built.fingerprint:
        return Stored("unchanged", built.id, known["version"])
    if not known and not built.parsed.id:
        twin = db.execute(
            "SELECT v.article_id, v.version FROM versions v "
            "JOIN articles a ON a.id = v.article_id AND a.version = v.version "
            "WHERE v.text_hash = ? AND v.publisher IS ?",
            (built.text_hash, built.parsed.publisher),
        ).fetchone()
        if twin:
            return Stored("duplicate", twin["article_id"], twin["version"])
    added = to_iso(now())
    version = known["version"] + 1 if known else 1
    if known:
        _drop_passages(db, built.id)
        db.execute("UPDATE articles SET version = ? WHERE id = ?", (version, built.id))
    else:
        db.execute("INSERT INTO articles VALUES (?, ?, ?)", (built.id, version, added))
    _insert_version(db, built, version, added)
    stories.place(db, built.id, built.text)
    return Stored("updated" if known else "added", built.id, version)


def _insert_version(db: Connection, built: BuiltArticle, version: int, added: str | None) -> None:
    parsed = built.parsed
    blocks = json.dumps([[block.kind, *block.span] for block in built.blocks])
    published = to_iso(parsed.published)
    db.execute(
        "INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (built.id, version, parsed.title, built.text, parsed.publisher, parsed.author, parsed.url,
         published, to_iso(parsed.updated), published[:10] if published else None, parsed.language,
         json.dumps(parsed.agencies), parsed.section, parsed.source_file, blocks,
         built.fingerprint, built.text_hash, added),
    )  # fmt: skip
    db.executemany(
        "INSERT INTO sentences VALUES (?, ?, ?, ?, ?, ?)",
        [(built.id, version, s.index, s.span.start, s.span.end, s.role) for s in built.sentences],
    )
    db.executemany(
        "INSERT INTO passages (article_id, version, first, last, title, token_count) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (built.id, version, p.sentences[0].index, p.sentences[-1].index, p.title, p.token_count)
            for p in built.passages
        ],
    )
    db.execute(
        "INSERT INTO passages_fts (rowid, title, text) SELECT t.id, t.title, t.text FROM passage_texts t "
        "JOIN passages p ON p.id = t.id WHERE p.article_id = ?",
        (built.id,),
    )


def take_out(db: Connection, article_id: str) -> None:
    """Delete all that is known of an article, inside the caller's transaction."""
    _drop_passages(db, article_id)
    stories.withdraw(db, article_id)
    db.execute("DELETE FROM articles WHERE id = ?", (article_id,))


def _drop_passages(db: Connection, article_id: str) -> None:
    """Take an article's passages out of every index, in the same transaction."""
    db.execute(
        "INSERT INTO passages_fts (passages_fts, rowid, title, text) SELECT 'delete', t.id, t.title, t.text "
        "FROM passage_texts t JOIN passages p ON p.id = t.id WHERE p.article_id = ?",
        (article_id,),
    )
    db.execute("DELETE FROM passages WHERE article_id = ?", (article_id,))
    db.execute("UPDATE meta SET value = value + 1 WHERE key = 'vector_generation'")
