"""The library: the single source of truth about articles, their versions, sentences and passages.

Stores, lists, opens and removes. Searching by words is `corpus.lexical`, vectors are `corpus.vectors`,
conversations are `corpus.conversations`; all share this library's one database: a SQLite file in a folder, or a schema
on a PostgreSQL server.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from corpus import stories
from corpus.connection import Connection, Storage, Words
from corpus.database import BUSY_SECONDS, Database
from corpus.errors import ArticleNotFound, LibraryError, LibraryUnwritable
from corpus.ingest import BuiltArticle
from corpus.inputs import Origin, record
from corpus.rows import SUMMARY, article_of, condition, summary
from corpus.storing import Stored, store, take_out
from corpus.types import Article, ArticleSummary, Filters, Passage, Sentence, Span

FILE_NAME = "library.sqlite3"
MOST_COUNTS = 10_000  # numbers kept between changes: words that questions asked for, some hundred bytes each
_STAMP = (  # grows with every passage that comes, and whenever a passage or a vector goes or a vector comes
    "SELECT (SELECT value FROM meta WHERE key = 'vector_generation'), "
    "(SELECT seq FROM sqlite_sequence WHERE name = 'passages')"
)
SERVERS = ("postgresql://", "postgres://")  # what the address of a library on a server begins with


@dataclass(frozen=True, slots=True)
class LibraryStats:
    """Counts of a library. `pending` passages have no vector yet. `disk_bytes` includes the index files."""

    articles: int
    versions: int
    sentences: int
    passages: int
    pending: int
    publishers: int
    earliest: str | None
    latest: str | None
    disk_bytes: int


class Library:
    """A folder with one SQLite file, or a schema on a PostgreSQL server. Thread-safe; several processes may share it.

    >>> library = Library.open(Path("news"), create=True)
    """

    def __init__(self, folder: Path | None, database: Storage) -> None:
        self._folder = folder
        self._database = database
        self._counts: tuple[tuple[object, ...], dict[tuple[object, ...], int]] = ((), {})
        self.words: Words | None = database.words()

    @classmethod
    def open(cls, place: Path | str, *, create: bool = False, busy_seconds: float = BUSY_SECONDS) -> Library:
        """Open the library in a folder, or at the address of a server (see `SERVERS`), making it first if `create`.

        Waits `busy_seconds` for another process's write.

        Raises:
            LibraryError: there is none, it cannot be made, or it is no library (see `corpus.errors`).
        """
        if isinstance(place, str) and place.startswith(SERVERS):
            return cls(None, _on_server(place, create=create, busy_seconds=busy_seconds))
        folder = Path(place)
        path = folder / FILE_NAME
        if folder.is_file():
            raise LibraryError(f"{str(folder)!r} is a file; a library is a folder. Name a folder with --library.")
        if not path.exists() and not create:
            raise LibraryError(
                f"There is no library in {str(folder)!r}. Make one with: citewire add PATH --library {folder}"
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryUnwritable(f"The library folder {str(folder)!r} cannot be made: {error.strerror}.") from error
        library = cls(folder, Database(path, busy_seconds=busy_seconds))
        library._place_all()
        return library

    def _place_all(self) -> None:
        """Put articles that an earlier Citewire stored into stories; finds none in a library of this one."""
        with self.read() as db:
            rows = db.execute("SELECT id FROM articles WHERE id NOT IN (SELECT article_id FROM signatures)").fetchall()
        for row in rows:
            with self.write() as db:
                stories.place(db, row["id"], self.article(row["id"]).text)

    @property
    def folder(self) -> Path:
        """The folder of a library that is a file.

        Raises:
            LibraryError: it is on a server.
        """
        if self._folder is None:
            raise LibraryError(f"The library at {self.location} is on a server; it has no folder.")
        return self._folder

    @property
    def location(self) -> str:
        """Its folder, or its address without the password."""
        return self._database.location

    @property
    def on_server(self) -> bool:
        """Whether it is on a PostgreSQL server."""
        return self._folder is None

    def check(self) -> str:
        """`ok`, or what is wrong with its database."""
        return self._database.check()

    def compact(self) -> None:
        """Give back the room of what was deleted, so that it cannot be read any more."""
        self._database.compact()

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def read(self) -> AbstractContextManager[Connection]:
        """A connection for reading."""
        return self._database.read()

    def write(self) -> AbstractContextManager[Connection]:
        """A connection inside one transaction."""
        return self._database.write()

    # ---- articles

    def store(self, built: BuiltArticle, origin: Origin | None = None) -> Stored:
        """Add an article, or a new version of it, in one transaction; `origin` is recorded in the same one.

        An article without an id of its own whose text the same publisher already has is a duplicate: nothing is stored.
        """
        with self.write() as db:
            stored = store(db, built)
            if origin:
                record(db, origin, stored.article_id, duplicate=stored.status == "duplicate")
        return stored

    def remove(self, article_id: str) -> None:
        """Delete an article with all its versions, passages and vectors.

        Raises:
            ArticleNotFound: there is none with that id.
        """
        with self.write() as db:
            if not db.execute("SELECT 1 FROM articles WHERE id = ?", (article_id,)).fetchone():
                raise ArticleNotFound(f"No article has the id {article_id!r}. List the ids with: citewire list")
            take_out(db, article_id)

    def article(self, article_id: str, version: int | None = None) -> Article:
        """One version of an article, the newest by default.

        Raises:
            ArticleNotFound: there is none with that id or version.
        """
        with self.read() as db:
            row = db.execute(
                "SELECT v.* FROM versions v JOIN articles a ON a.id = v.article_id "
                "WHERE v.article_id = ? AND v.version = coalesce(?, a.version)",
                (article_id, version),
            ).fetchone()
        if row is None:
            wanted = f"{article_id!r}" if version is None else f"{article_id!r} in version {version}"
            raise ArticleNotFound(f"No article has the id {wanted}. List the ids with: citewire list")
        return article_of(row)

    def sentences(self, article_id: str, version: int | None = None) -> tuple[Sentence, ...]:
        """The citable sentences of one version, in order."""
        article = self.article(article_id, version)
        with self.read() as db:
            rows = db.execute(
                "SELECT idx, start, stop, role FROM sentences WHERE article_id = ? AND version = ? ORDER BY idx",
                (article_id, article.version),
            ).fetchall()
        return tuple(
            Sentence(article_id, article.version, row["idx"], Span(row["start"], row["stop"]), row["role"],
                     article.text[row["start"] : row["stop"]])
            for row in rows
        )  # fmt: skip

    def summaries(self, *, filters: Filters = Filters(), limit: int = 50) -> tuple[ArticleSummary, ...]:
        """The newest publications, undated ones last; all of them when `limit` is -1. Page by page: `corpus.listing`."""
        where, values = condition(filters)
        with self.read() as db:
            rows = db.execute(
                f"SELECT {SUMMARY} FROM articles a JOIN versions v ON v.article_id = a.id AND v.version = a.version "
                f"WHERE {where} ORDER BY v.published_day DESC NULLS LAST, v.article_id LIMIT ?",
                (*values, limit),
            ).fetchall()
        return tuple(map(summary, rows))

    def count_articles(self, filters: Filters = Filters()) -> int:
        """How many articles pass the filters."""
        where, values = condition(filters)
        counted = "versions v ON v.article_id = a.id AND v.version = a.version WHERE " + where
        with self.read() as db:
            row = db.execute(
                f"SELECT count(*) FROM articles a {'JOIN ' + counted if filters else ''}", values
            ).fetchone()
        return int(row[0])

    def publishers(self) -> tuple[tuple[str, int], ...]:
        """Each publisher and its number of articles, most first."""
        with self.read() as db:
            rows = db.execute(
                "SELECT min(v.publisher) AS name, count(*) AS n FROM versions v INDEXED BY listing_publisher "
                "CROSS JOIN articles a ON a.id = v.article_id AND a.version = v.version WHERE v.publisher IS NOT NULL "
                "GROUP BY coalesce(v.publisher, '~') COLLATE NOCASE ORDER BY n DESC, name"
            ).fetchall()
        return tuple((row[0], row[1]) for row in rows)

    # ---- passages

    def passages(self, ids: Collection[int]) -> dict[int, Passage]:
        """The passages with these ids, with their sentences. Unknown ids are left out."""
        with self.read() as db:
            rows = db.execute(
                "SELECT p.id, p.article_id, p.version, p.title, p.token_count, s.idx, s.start, s.stop, s.role, "
                "substr(v.text, s.start + 1, s.stop - s.start) AS text FROM passages p "
                "JOIN versions v ON v.article_id = p.article_id AND v.version = p.version "
                "JOIN sentences s ON s.article_id = p.article_id AND s.version = p.version "
                "AND s.idx BETWEEN p.first AND p.last "
                "WHERE p.id IN (SELECT value FROM json_each(?)) ORDER BY p.id, s.idx",
                (json.dumps(list(ids)),),
            ).fetchall()
        heads: dict[int, Any] = {}
        sentences: dict[int, list[Sentence]] = {}
        for row in rows:
            heads.setdefault(row["id"], row)
            sentences.setdefault(row["id"], []).append(
                Sentence(row["article_id"], row["version"], row["idx"], Span(row["start"], row["stop"]),
                         row["role"], row["text"])
            )  # fmt: skip
        return {
            key: Passage(key, row["article_id"], row["version"], row["title"], tuple(sentences[key]),
                         row["token_count"])
            for key, row in heads.items()
        }  # fmt: skip

    def count_passages(self) -> int:
        """How many passages can be retrieved."""
        return self.counted("SELECT count(*) FROM passages")

    def counted(self, query: str, *values: object) -> int:
        """A number that depends on passages and vectors alone; asked again only once one of them came or went.

        Counting a million rows takes a tenth of a second, and every question asks for the same few numbers.
        """
        with self.read() as db:
            stamp = tuple(db.execute(_STAMP).fetchone())
        before, counts = self._counts
        if stamp != before or len(counts) >= MOST_COUNTS:
            counts = {}
            self._counts = (stamp, counts)
        if (query, *values) not in counts:
            with self.read() as db:
                counts[query, *values] = int(db.execute(query, values).fetchone()[0])
        return counts[query, *values]

    def passage_ids(self, filters: Filters = Filters()) -> list[int]:
        """Ids of the passages that pass the filters, ascending."""
        where, values = condition(filters)
        # A wide range of days is read off an index that holds all it takes; fetching each version's row takes four times
        # as long. Names lead to their few articles by their own indexes.
        wide = (filters.since or filters.until) and not (filters.publishers or filters.article_ids or filters.tags)
        start = "versions v INDEXED BY listing_newest CROSS JOIN" if wide else "versions v JOIN"
        with self.read() as db:
            (found,) = db.execute(
                f"SELECT json_group_array(p.id) FROM {start} passages p "
                f"ON v.article_id = p.article_id AND v.version = p.version WHERE {where}",
                values,
            ).fetchone()
        return sorted(json.loads(found))

    def published_days(self, ids: Collection[str]) -> dict[str, date | None]:
        """The day on which each article's newest version was published, if known. Unknown ids are left out."""
        with self.read() as db:
            rows = db.execute(
                "SELECT v.article_id, v.published_day FROM articles a "
                "JOIN versions v ON v.article_id = a.id AND v.version = a.version "
                "WHERE a.id IN (SELECT value FROM json_each(?))",
                (json.dumps(list(ids)),),
            ).fetchall()
        return {row[0]: date.fromisoformat(row[1]) if row[1] else None for row in rows}

    def newest_day(self) -> date | None:
        """The last day on which any article was published."""
        with self.read() as db:
            (day,) = db.execute("SELECT max(published_day) FROM versions").fetchone()
        return date.fromisoformat(day) if day else None

    def stats(self) -> LibraryStats:
        """Counts over the whole library; one quick query each."""
        with self.read() as db:
            row = db.execute(
                "SELECT (SELECT count(*) FROM articles) AS articles, (SELECT count(*) FROM versions) AS versions, "
                "(SELECT count(*) FROM sentences) AS sentences, (SELECT count(*) FROM passages) AS passages, "
                "(SELECT count(*) FROM passages) - (SELECT count(*) FROM vectors) AS pending, "
                "min(published_day) AS earliest, max(published_day) AS latest, "
                "count(DISTINCT publisher COLLATE NOCASE) AS publishers FROM versions"
            ).fetchone()
        return LibraryStats(
            row["articles"], row["versions"], row["sentences"], row["passages"], row["pending"],
            row["publishers"], row["earliest"], row["latest"], self._database.size(),
        )  # fmt: skip


def _on_server(address: str, *, create: bool, busy_seconds: float) -> Storage:
    try:
        from corpus.postgres import PostgresDatabase
    except ImportError as error:
        raise LibraryError(
            "A library on a PostgreSQL server needs psycopg. Install it with: pip install -e '.[postgres]'"
        ) from error
    return PostgresDatabase(address, create=create, busy_seconds=busy_seconds)
