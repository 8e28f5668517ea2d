"""Tags: words that the reader gives an article, to find it again by. Compared without regard to case.

The first spelling stays. Tags are the reader's own: adding the article again keeps them, removing it removes them.
"""

from __future__ import annotations

import json

from corpus.errors import ArticleNotFound, LibraryError
from corpus.library import Library

MAX_LENGTH = 40  # characters: what a chip on a phone shows in one line


def tag(library: Library, article_id: str, name: str) -> None:
    """Give an article a tag; nothing happens when it has it.

    Raises:
        LibraryError: the tag is empty or too long.
        ArticleNotFound: there is no such article.
    """
    name = " ".join(name.split())
    if not 0 < len(name) <= MAX_LENGTH:
        raise LibraryError(f"A tag has 1 to {MAX_LENGTH} characters; {name!r} has {len(name)}.")
    with library.write() as db:
        if not db.execute("SELECT 1 FROM articles WHERE id = ?", (article_id,)).fetchone():
            raise ArticleNotFound(f"No article has the id {article_id!r}. List the ids with: citewire list")
        known = db.execute("SELECT tag FROM tags WHERE tag = ? LIMIT 1", (name,)).fetchone()
        db.execute("INSERT INTO tags VALUES (?, ?) ON CONFLICT DO NOTHING", (article_id, known[0] if known else name))


def untag(library: Library, article_id: str, name: str) -> None:
    """Take a tag from an article; nothing happens when it lacks it."""
    with library.write() as db:
        db.execute("DELETE FROM tags WHERE article_id = ? AND tag = ?", (article_id, name))


def tags_of(library: Library, *article_ids: str) -> dict[str, tuple[str, ...]]:
    """The tags of each of these articles, by name; one without any is there too."""
    found: dict[str, tuple[str, ...]] = dict.fromkeys(article_ids, ())
    with library.read() as db:
        for row in db.execute(
            "SELECT article_id, tag FROM tags WHERE article_id IN (SELECT value FROM json_each(?)) ORDER BY tag",
            (json.dumps(article_ids),),
        ):
            found[row[0]] += (row[1],)
    return found


def tag_counts(library: Library) -> tuple[tuple[str, int], ...]:
    """Each tag and its number of articles, most first."""
    with library.read() as db:
        rows = db.execute("SELECT min(tag), count(*) AS n FROM tags GROUP BY tag ORDER BY n DESC, tag").fetchall()
    return tuple((row[0], row[1]) for row in rows)
