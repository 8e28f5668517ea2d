"""Removing an article so that it can be brought back as it was: its text, passages, vectors, tags and sources.

The article is gone at once, in one transaction; what was deleted is handed to the caller, who decides how long to keep
it. Bringing it back is one transaction too. Nothing is written to wait in between, so nothing can be left half-done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from corpus import stories
from corpus.errors import ArticleNotFound, LibraryError
from corpus.library import Library
from corpus.meta import MODEL_KEY
from corpus.storing import take_out

# Every table with rows of an article, parents first, and how its rows are found; signatures are made anew.
_TABLES: Mapping[str, str] = {
    "articles": "id = ?",
    "versions": "article_id = ?",
    "sentences": "article_id = ?",
    "passages": "article_id = ?",
    "vectors": "passage_id IN (SELECT id FROM passages WHERE article_id = ?)",
    "token_states": "passage_id IN (SELECT id FROM passages WHERE article_id = ?)",
    "inputs": "article_id = ?",
    "pages": "article_id = ?",
    "tags": "article_id = ?",
}
_MODEL = "SELECT (SELECT value FROM meta WHERE key = ?)"


@dataclass(frozen=True, slots=True)
class Removed:
    """An article that was removed, with every row that it had; `model` is the embedder of its passages."""

    id: str
    title: str
    model: str | None
    rows: Mapping[str, tuple[tuple[Any, ...], ...]]


def remove(library: Library, article_id: str) -> Removed:
    """Delete an article as `Library.remove` does, and hand back what it takes to restore it.

    Raises:
        ArticleNotFound: there is none with that id.
    """
    with library.write() as db:
        rows = {
            table: tuple(tuple(row) for row in db.execute(f"SELECT * FROM {table} WHERE {where}", (article_id,)))
            for table, where in _TABLES.items()
        }
        if not rows["articles"]:
            raise ArticleNotFound(f"No article has the id {article_id!r}. List the ids with: citewire list")
        (model,) = db.execute(_MODEL, (MODEL_KEY,)).fetchone()
        (title,) = db.execute(
            "SELECT title FROM versions WHERE article_id = ? ORDER BY version DESC LIMIT 1", (article_id,)
        ).fetchone()
        take_out(db, article_id)
    return Removed(article_id, title, model, rows)


def restore(library: Library, removed: Removed) -> None:
    """Bring an article back with everything it had.

    Raises:
        LibraryError: it was added again meanwhile, or the library was indexed with another model.
    """
    with library.write() as db:
        if db.execute("SELECT 1 FROM articles WHERE id = ?", (removed.id,)).fetchone():
            raise LibraryError(f"The article {removed.title!r} is in the library again already.")
        if db.execute(_MODEL, (MODEL_KEY,)).fetchone()[0] != removed.model:
            raise LibraryError(
                f"The library was indexed with another model since {removed.title!r} was deleted. Add the article again."
            )
        for table, rows in removed.rows.items():
            # another article may have taken over a source since; a new row of it must win
            kept = " ON CONFLICT DO NOTHING" if table in ("inputs", "pages") else ""
            for row in rows:
                db.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))}){kept}", row)
        db.execute(
            "INSERT INTO passages_fts (rowid, title, text) SELECT t.id, t.title, t.text FROM passage_texts t "
            "JOIN passages p ON p.id = t.id WHERE p.article_id = ?",
            (removed.id,),
        )
        db.execute("UPDATE meta SET value = value + 1 WHERE key = 'vector_generation'")
        (text,) = db.execute(
            "SELECT v.text FROM versions v JOIN articles a ON a.id = v.article_id AND a.version = v.version "
            "WHERE a.id = ?",
            (removed.id,),
        ).fetchone()
        stories.place(db, removed.id, text)
