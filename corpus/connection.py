"""What the text layer needs of a database, whichever it is: connections that take SQLite's SQL, and one transaction.

`corpus.database` is a SQLite file, `corpus.postgres` a PostgreSQL server. Holds no SQL.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol


class VectorBytes(bytes):
    """A passage's vector, little-endian float32: SQLite keeps the bytes, PostgreSQL a `halfvec`."""

    __slots__ = ()


class Cursor(Protocol):
    """What a statement gave. Rows are read by position, and by name."""

    @property
    def rowcount(self) -> int:
        """Rows changed."""

    def fetchone(self) -> Any:
        """The next row, or `None`."""

    def fetchall(self) -> list[Any]:
        """All rows that are left."""

    def __iter__(self) -> Iterator[Any]:
        """Row by row."""


class Connection(Protocol):
    """A connection, which belongs to one thread at a time."""

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Cursor:
        """Run one statement, written for SQLite with `?` for each value."""

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> Cursor:
        """Run it once for each row of values."""


class Words(Protocol):
    """Search by words where the database has its own way of it; SQLite's FTS5 needs none of this.

    A term is a word, or several that must stand side by side.
    """

    def search(self, terms: Sequence[str], k: int, allowed: Collection[int] | None) -> list[tuple[int, float]]:
        """The `k` best passages by BM25, any term being enough, as `(passage id, score)`, by `(-score, id)`.

        Of these ids only; of all when `None`.
        """

    def frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """In how many passages each term occurs."""

    def holding(self, terms: Sequence[str], *, prefix: bool = False) -> list[str]:
        """Ids of the articles with a passage that holds every term, ascending; the last may be a beginning."""


class Storage(Protocol):
    """A library's database. Thread-safe. More than the usual four methods: it is all that differs between the two."""

    @property
    def location(self) -> str:
        """A folder, or an address without its password: fit to be shown."""

    def words(self) -> Words | None:
        """Its own search by words; `None` where it is FTS5 in SQL."""

    def read(self) -> AbstractContextManager[Connection]:
        """A connection for reading."""

    def write(self) -> AbstractContextManager[Connection]:
        """A connection inside one transaction: committed at the end, rolled back on any exception."""

    def size(self) -> int:
        """Bytes on disk."""

    def check(self) -> str:
        """`ok`, or what is wrong with it."""

    def compact(self) -> None:
        """Give back the room of what was deleted, so that it cannot be read any more."""

    def close(self) -> None:
        """Close every connection."""
