"""One SQLite file, opened once a thread. Knows connections, transactions and SQLite's errors; no articles."""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from corpus.errors import LibraryBusy, LibraryError, LibraryUnwritable, NotALibrary
from corpus.schema import APPLICATION_ID, foreign_object, migrate

BUSY_SECONDS = 30.0  # one grouped write of the indexing job stays well below this


@contextmanager
def as_stored(what: str) -> Iterator[None]:
    """Around the reading of a row: what is not as we wrote it is an error of the library, named."""
    try:
        yield
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise LibraryError(
            f"{what} is damaged in the library ({type(error).__name__}: {error}). Remove it, or restore a backup."
        ) from error


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
        try:
            with self._translated():
                connection = self._connect()
                self._check(connection)
                self._check_schema(connection, migrated=False)
                migrate(connection)
                self._check_schema(connection, migrated=True)
        except BaseException:
            self.close()
            raise

    def _connect(self) -> sqlite3.Connection:
        mode = "rw" if self._connections else "rwc"  # a file that is deleted meanwhile is not silently begun anew
        connection = sqlite3.connect(
            f"{self.path.resolve().as_uri()}?mode={mode}", uri=True, timeout=self._busy_seconds, isolation_level=None,
            check_same_thread=False,
        )  # fmt: skip
        connection.row_factory = sqlite3.Row
        with self._lock:
            self._connections.append(connection)
        self._local.connection = connection
        connection.execute("PRAGMA trusted_schema = OFF")  # of a file from elsewhere; it may call no function that acts
        connection.execute("PRAGMA cell_size_check = ON")
        if sys.version_info >= (3, 12):
            connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.create_function("casefold", 1, str.casefold, deterministic=True)  # SQLite's own knows ASCII alone
        return connection

    def _check(self, connection: sqlite3.Connection) -> None:
        # in this order: another process may just have begun it, and gives it its mark together with its tables
        (objects,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        if objects and application != APPLICATION_ID:
            raise NotALibrary(
                f"{str(self.path)!r} is a database of another program, not a Citewire library. "
                "Name another folder with --library."
            )

    def _check_schema(self, connection: sqlite3.Connection, *, migrated: bool) -> None:
        """Refuse what would run unseen: a trigger, a view of somebody else's, a table that is another thing."""
        if foreign := foreign_object(connection, migrated=migrated):
            raise NotALibrary(
                f"{str(self.path)!r} holds {foreign}, and Citewire makes its libraries otherwise: it may have been tampered with. "
                "Restore it from a backup, or add its articles to a new library."
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
        except sqlite3.IntegrityError as error:
            raise LibraryError(
                f"The library {str(self.path)!r} contradicts itself ({error}). Restore it from a backup."
            ) from error
        except sqlite3.ProgrammingError:
            raise
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
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
