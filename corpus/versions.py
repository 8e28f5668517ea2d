"""The versions of one article: when each came, and under which title. Their texts are `Library.article`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from corpus.errors import ArticleNotFound
from corpus.iso import from_iso
from corpus.library import Library


@dataclass(frozen=True, slots=True)
class Version:
    """One stored version; `added` is when it came into the library."""

    version: int
    title: str
    published: datetime | None
    updated: datetime | None
    added: datetime | None
    sentences: int


def versions(library: Library, article_id: str) -> tuple[Version, ...]:
    """The versions of an article, oldest first.

    Raises:
        ArticleNotFound: there is none with that id.
    """
    with library.read() as db:
        rows = db.execute(
            "SELECT v.version, v.title, v.published, v.updated, v.added, (SELECT count(*) FROM sentences s "
            "WHERE s.article_id = v.article_id AND s.version = v.version) AS sentences "
            "FROM versions v WHERE v.article_id = ? ORDER BY v.version",
            (article_id,),
        ).fetchall()
    if not rows:
        raise ArticleNotFound(f"No article has the id {article_id!r}. List the ids with: citewire list")
    return tuple(
        Version(row["version"], row["title"], from_iso(row["published"]), from_iso(row["updated"]),
                from_iso(row["added"]), row["sentences"])
        for row in rows
    )  # fmt: skip
