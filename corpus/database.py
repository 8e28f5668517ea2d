"""One SQLite file, opened once a thread. Knows connections, transactions and SQLite's errors; no articles."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from corpus.errors import LibraryBusy, LibraryError, LibraryUnwritable, NotALibrary
from corpus.schema import APPLICATION_ID, migrate

BUSY_SECONDS = 30.0  # one grouped write of the indexing job stays well below this


class Database:
    """A library's SQLite file in WAL mode. Safe to share between threads: each gets its own connection.

    Raises:
        NotALibrary: the file is not a SQLite database, or belongs to another program.
        LibraryTooNew, LibraryBusy, LibraryUnwritable: as their names say.
    """

    def __init__(self, path: Path, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self.path = path
        self._busy_seconds = busy_seconds
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        with self._translated():
            connection = self._connect()
            self._check(connection)
            migrate(connection)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=self._busy_seconds, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        with self._lock:
            self._connections.append(connection)
        self._local.connection = connection
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.create_function("casefold", 1, str.casefold, deterministic=True)  # SQLite's own knows ASCII alone
        return connection

    def _check(self, connection: sqlite3.Connection) -> None:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (objects,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if objects and application != APPLICATION_ID:
            raise NotALibrary(
                f"{str(self.path)!r} is a database of another program, not a Citewire library. "
                "Name another folder with --library."
            )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn SQLite's errors into ours."""
        try:
            yield
        except sqlite3.OperationalError as error:
            message = str(error)
            if "locked" in message or "busy" in message:
                raise LibraryBusy(
                    f"The library {str(self.path)!r} is being written by another process. "
                    "Wait for it to finish, then run the command again."
                ) from error
            if any(word in message for word in ("readonly", "read-only", "full", "unable to open", "disk I/O")):
                raise LibraryUnwritable(
                    f"The library {str(self.path)!r} cannot be written ({message}). "
                    "Check the folder's permissions and the free disk space."
                ) from error
            raise LibraryError(f"The library {str(self.path)!r} failed: {message}.") from error
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
                raise
            raise NotALibrary(
                f"{str(self.path)!r} is not a Citewire library, or it is damaged ({error}). "
                "Restore it from a backup, or name another folder with --library."
            ) from error

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        return connection if connection is not None else self._connect()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection for reading."""
        with self._translated():
            yield self._connection()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A connection inside one transaction: committed at the end, rolled back on any exception."""
        with self._translated():
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    @property
    def location(self) -> str:
        """The folder."""
        return str(self.path.parent)

    def words(self) -> None:
        """Words are searched with FTS5, in SQL."""
        return

    def size(self) -> int:
        """Bytes in the folder, index files included."""
        return sum(file.stat().st_size for file in self.path.parent.iterdir() if file.is_file())

    def check(self) -> str:
        """`ok`, or what SQLite finds wrong with its file."""
        with self.read() as connection:
            state = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
            broken = connection.execute("PRAGMA foreign_key_check").fetchone()
        return state if state != "ok" or broken is None else f"a row of {broken[0]} refers to nothing"

    def compact(self) -> None:
        """Write the file anew without what was deleted."""
        with self.read() as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close every thread's connection."""
        with self._lock:
            for connection in self._connections:
                connection.close()
            self._connections.clear()
        self._local = threading.local()
