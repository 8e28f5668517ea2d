"""What was read before: so that an input that did not change costs a hash, and a page is not fetched in vain.

An input (a file, a URL, an upload) is known by its key; of each article in it the digest is kept, with the article
that it gave. Deleting the article forgets them, so that adding the input again brings it back.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from corpus.connection import Connection


class Connections(Protocol):
    """What this module needs of a library."""

    def read(self) -> AbstractContextManager[Connection]:
        """A connection for reading."""

    def write(self) -> AbstractContextManager[Connection]:
        """A connection inside one transaction."""


@dataclass(frozen=True, slots=True)
class PageStamp:
    """What a server or feed said of a page when it was fetched: `stamp` is the moment its feed gave, as given."""

    url: str
    etag: str | None = None
    last_modified: str | None = None
    stamp: str | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an article came from: the key of its input, its digest there, and its page if it was fetched."""

    source: str
    digest: bytes
    page: PageStamp | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """The article that a digest gave. `duplicate` when its text belongs to another one that was there before."""

    article_id: str
    duplicate: bool


def seen(library: Connections, source: str) -> dict[bytes, Seen]:
    """What the input held when it was last read, as far as its articles are still in the library."""
    with library.read() as db:
        rows = db.execute("SELECT digest, article_id, duplicate FROM inputs WHERE source = ?", (source,)).fetchall()
    return {row[0]: Seen(row[1], bool(row[2])) for row in rows}


def record(db: Connection, origin: Origin, article_id: str, *, duplicate: bool) -> None:
    """Remember that this input gave this article; inside the caller's transaction."""
    db.execute(
        "INSERT INTO inputs VALUES (?, ?, ?, ?) ON CONFLICT (source, digest) DO UPDATE SET "
        "article_id = excluded.article_id, duplicate = excluded.duplicate",
        (origin.source, origin.digest, article_id, int(duplicate)),
    )
    if page := origin.page:
        db.execute(
            "INSERT INTO pages VALUES (?, ?, ?, ?, ?) ON CONFLICT (url) DO UPDATE SET etag = excluded.etag, "
            "last_modified = excluded.last_modified, stamp = excluded.stamp, article_id = excluded.article_id",
            (page.url, page.etag, page.last_modified, page.stamp, article_id),
        )


def forget(library: Connections, source: str, digests: Collection[bytes]) -> None:
    """The input no longer holds these."""
    with library.write() as db:
        db.executemany("DELETE FROM inputs WHERE source = ? AND digest = ?", [(source, digest) for digest in digests])


def page(library: Connections, url: str) -> tuple[PageStamp, str] | None:
    """What is known of a fetched page, and the id of its article; `None` when it is not in the library."""
    with library.read() as db:
        row = db.execute("SELECT * FROM pages WHERE url = ?", (url,)).fetchone()
    return (PageStamp(row["url"], row["etag"], row["last_modified"], row["stamp"]), row["article_id"]) if row else None


def restamp(library: Connections, stamp: PageStamp) -> None:
    """The page was fetched again and had not changed: keep its newest validators."""
    with library.write() as db:
        db.execute(
            "UPDATE pages SET etag = ?, last_modified = ?, stamp = ? WHERE url = ?",
            (stamp.etag, stamp.last_modified, stamp.stamp, stamp.url),
        )
