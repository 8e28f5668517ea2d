"""A library on a PostgreSQL server: connections, transactions, the schema's version and PostgreSQL's errors; no articles.

The only module that imports psycopg. A library is one schema of a database, `citewire` unless the address says
`?schema=NAME`. Writers take turns, as they do in SQLite: a lock of the library is held for one transaction. Readers wait
for nobody. Does not make the database.
"""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import psycopg
from psycopg import errors, sql
from psycopg.adapt import Dumper, Loader
from psycopg.pq import Format
from psycopg.types import TypeInfo
from psycopg_pool import ConnectionPool, PoolTimeout

from corpus import postgres_shards as shards
from corpus.connection import Connection, Cursor, VectorBytes
from corpus.dialect import translate
from corpus.errors import LibraryBusy, LibraryError, LibraryTooNew, LibraryUnreachable, LibraryUnwritable, NotALibrary
from corpus.postgres_address import Address
from corpus.postgres_schema import CREATE, FIRST, STEPS
from corpus.postgres_words import PostgresWords
from corpus.schema import MIGRATIONS

VERSION_KEY = "schema_version"
CONNECTIONS = 8  # a process: its threads take turns; a server allows 100 in all unless told otherwise
CONNECT_SECONDS = 10
_GONE = ("08", "57P")  # SQLSTATE classes: no connection, and a server that shuts down
OLDEST = 170000  # PostgreSQL 17: its `pg_c_utf8` folds the case of all letters alike on every machine
EXTENSIONS = ("vector", "citext")
_SIZE = (
    "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c "
    "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND"
)
# Searching vectors through an index: ever further until enough rows pass the filter, in the right order.
_SESSION = (
    "SET hnsw.iterative_scan = 'strict_order'; SET hnsw.ef_search = 200; SET hnsw.max_scan_tuples = 200000; "
    "SET enable_partitionwise_aggregate = on"  # nodes count by themselves
)


class Row(tuple[Any, ...]):
    """A row: by position, and by name."""

    names: dict[str, int]

    def __getitem__(self, key: Any) -> Any:
        return tuple.__getitem__(self, self.names[key] if isinstance(key, str) else key)


def _rows(cursor: psycopg.Cursor[Any]) -> Any:
    """psycopg's row factory of `Row`."""
    return _row_type(tuple(column.name for column in cursor.description or ()))


@lru_cache(maxsize=256)
def _row_type(names: tuple[str, ...]) -> type[Row]:
    return type("Row", (Row,), {"names": {name: i for i, name in enumerate(names)}, "__slots__": ()})


class _VectorDumper(Dumper):
    """Our bytes as pgvector's binary form of a halfvec: two int16, then big-endian halves."""

    format = Format.BINARY

    def dump(self, obj: Any) -> bytes:
        halves = np.frombuffer(obj, dtype="<f4").astype(">f2")
        return len(halves).to_bytes(2) + b"\0\0" + halves.tobytes()


class _VectorLoader(Loader):
    """A halfvec's text as our bytes."""

    def load(self, data: Any) -> VectorBytes:
        return VectorBytes(np.array(bytes(data)[1:-1].split(b","), dtype="<f4").tobytes())


class _Connection:
    """A psycopg connection that takes SQLite's SQL."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def execute(self, text: str, parameters: Sequence[Any] = (), /) -> Cursor:
        statement = translate(text)
        if not statement.sql:
            return self._connection.cursor()
        return self._connection.execute(statement.sql, statement.values(parameters))

    def executemany(self, text: str, parameters: Iterable[Sequence[Any]], /) -> Cursor:
        cursor = self._connection.cursor()
        if (statement := translate(text)).sql:
            cursor.executemany(statement.sql, [statement.values(row) for row in parameters])
        return cursor


@dataclass
class _Held:
    """The connection that a thread holds, and how many nested uses there are of it."""

    connection: psycopg.Connection[Any]
    uses: int = 0


@dataclass
class _Local(threading.local):
    held: _Held | None = field(default=None)


class PostgresDatabase:
    """A library's schema on a server. Threads share a few connections; one that already holds one goes on with it.

    Raises:
        LibraryUnreachable: the server does not answer, or refuses the user or the database.
        NotALibrary: there is no library in the schema and `create` is false, or it holds something else.
        LibraryTooNew, LibraryBusy, LibraryUnwritable: as their names say.
    """

    def __init__(self, text: str, *, create: bool, busy_seconds: float) -> None:
        self._address = Address.of(text)
        self._busy = busy_seconds
        self._local = _Local()
        self._pool: ConnectionPool[psycopg.Connection[Any]] | None = None
        with self._translated(), self._first() as connection:
            if self._version(connection) != len(MIGRATIONS):
                self._lock(connection)
                self._migrate(connection, create)
        self._pool = ConnectionPool(
            self._address.url, kwargs={"autocommit": True, "row_factory": _rows, "connect_timeout": CONNECT_SECONDS},
            min_size=1, max_size=CONNECTIONS, timeout=CONNECT_SECONDS, configure=self._configure,
            check=ConnectionPool.check_connection, open=True,
        )  # fmt: skip

    @property
    def location(self) -> str:
        """The address, without its password."""
        return self._address.shown

    def words(self) -> PostgresWords:
        """Search by words, with PostgreSQL's own index."""
        return PostgresWords(self)

    # ---- the schema

    def _first(self) -> psycopg.Connection[Any]:
        try:
            return psycopg.connect(self._address.url, connect_timeout=CONNECT_SECONDS)
        except psycopg.ProgrammingError as error:
            raise LibraryError(f"The address of the library cannot be used: {_first_line(error)}.") from error

    def _version(self, connection: psycopg.Connection[Any]) -> int | None:
        """The version of the schema; `None` when there is no library in it."""
        if connection.execute("SELECT to_regclass(%s)", (f"{self._address.schema}.meta",)).fetchone() == (None,):
            return None
        self._enter(connection)
        row = connection.execute("SELECT value FROM meta WHERE key = %s", (VERSION_KEY,)).fetchone()
        return int(row[0]) if row else None

    def _migrate(self, connection: psycopg.Connection[Any], create: bool) -> None:
        """Make the library, or bring it up to date, in one transaction."""
        name, version = self._address.schema, self._version(connection)
        if version is None:
            if connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = %s LIMIT 1", (name,)).fetchone():
                raise NotALibrary(
                    f"The schema {name!r} of {self.location} holds tables of another program. Name another: ?schema=NAME."
                )
            if not create:
                raise NotALibrary(
                    f"There is no library at {self.location}. Make one with: citewire add PATH --library {self.location}"
                )
            self._make(connection)
            version = FIRST
        if version > len(MIGRATIONS):
            raise LibraryTooNew(
                f"The library at {self.location} has schema version {version}, this Citewire knows up to "
                f"{len(MIGRATIONS)}. Upgrade Citewire."
            )
        for step in range(version, len(MIGRATIONS)):
            connection.execute(STEPS[step])
            connection.execute("UPDATE meta SET value = %s WHERE key = %s", (str(step + 1), VERSION_KEY))

    def _make(self, connection: psycopg.Connection[Any]) -> None:
        if connection.info.server_version < OLDEST:
            raise LibraryError(
                f"The server at {self.location} is PostgreSQL {connection.info.parameter_status('server_version')}; "
                "a library needs 17 or newer."
            )
        for extension in EXTENSIONS + (shards.EXTENSIONS if self._address.nodes else ()):
            try:
                connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA public")
            except (errors.InsufficientPrivilege, errors.UndefinedFile, errors.FeatureNotSupported) as error:
                raise LibraryError(
                    f"The server at {self.location} does not have the extension {extension!r} ready "
                    f"({_first_line(error)}). Have it installed there, and let its administrator run: "
                    f"CREATE EXTENSION {extension}"
                ) from error
        (found,) = connection.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'").fetchone() or (
            "0",
        )
        if [int(part) for part in re.findall(r"\d+", found)] < [
            0,
            8,
        ]:  # before, a filter could leave an index's search short
            raise LibraryError(f"The server at {self.location} has pgvector {found}; a library needs 0.8 or newer.")
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(self._address.schema)))
        self._enter(connection)
        connection.execute(CREATE)
        connection.execute("INSERT INTO meta VALUES (%s, %s)", (VERSION_KEY, str(FIRST)))
        if self._address.nodes:
            self._spread(connection)

    def _spread(self, connection: psycopg.Connection[Any]) -> None:
        """Put what is searched on the nodes, which are foreign servers of the database."""
        known = {row[0] for row in connection.execute("SELECT srvname FROM pg_foreign_server")}
        if missing := [name for name in self._address.nodes if name not in known]:
            raise LibraryError(
                f"The database at {self.location} knows no server {missing[0]!r}. Let its administrator run CREATE SERVER "
                "and CREATE USER MAPPING for each node (docs/scale-cluster.md)."
            )
        for name in self._address.nodes:
            connection.execute("SELECT dblink_exec(%s, %s)", (name, shards.node(self._address.schema)))
        connection.execute(shards.coordinator(self._address.schema, self._address.nodes))

    def _enter(self, connection: psycopg.Connection[Any]) -> None:
        """Use the library's tables, and the extensions wherever they were installed."""
        rows = connection.execute(
            "SELECT DISTINCT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace "
            "WHERE e.extname = ANY(%s)",
            ([*EXTENSIONS, *shards.EXTENSIONS],),
        ).fetchall()
        path = sql.SQL(", ").join(sql.Identifier(name) for name in (self._address.schema, *(row[0] for row in rows)))
        connection.execute(sql.SQL("SET search_path TO {}").format(path))

    def _configure(self, connection: psycopg.Connection[Any]) -> None:
        self._enter(connection)
        connection.execute(_SESSION)
        connection.adapters.register_dumper(VectorBytes, _VectorDumper)
        if info := TypeInfo.fetch(connection, "halfvec"):
            info.register(connection)
            connection.adapters.register_loader(info.oid, _VectorLoader)

    def _lock(self, connection: psycopg.Connection[Any]) -> None:
        """Wait for the library's other writers; held until the transaction ends."""
        connection.execute(
            "SELECT set_config('lock_timeout', %s, true), pg_advisory_xact_lock(hashtextextended(%s, 0))",
            (f"{int(self._busy * 1000)}ms", f"citewire {self._address.schema}"),
        )

    # ---- use

    @contextmanager
    def _held(self) -> Iterator[psycopg.Connection[Any]]:
        """This thread's connection; taken from the pool by the outermost use, and given back by the last."""
        pool, held = self._pool, self._local.held
        if pool is None:
            raise LibraryError("The library is closed.")
        if held is None:
            held = self._local.held = _Held(pool.getconn())
        held.uses += 1
        try:
            yield held.connection
        finally:
            held.uses -= 1
            if not held.uses:
                if self._local.held is held:
                    self._local.held = None
                pool.putconn(held.connection)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading."""
        with self._translated(), self._held() as connection:
            yield _Connection(connection)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection inside one transaction, while no other writes: committed at the end, or rolled back."""
        with self._translated(), self._held() as connection, connection.transaction():
            self._lock(connection)
            yield _Connection(connection)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn PostgreSQL's errors into ours."""
        try:
            yield
        except PoolTimeout as error:
            raise self._unreachable("no connection could be had") from error
        except errors.LockNotAvailable as error:
            raise LibraryBusy(
                f"The library at {self.location} is being written by another process. "
                "Wait for it to finish, then run the command again."
            ) from error
        except (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction, errors.DiskFull) as error:
            raise LibraryUnwritable(
                f"The library at {self.location} cannot be written ({_first_line(error)}). "
                "Check the user's rights and the server's disk."
            ) from error
        except (psycopg.IntegrityError, psycopg.ProgrammingError):
            raise
        except psycopg.Error as error:
            if isinstance(error, psycopg.OperationalError) and (error.sqlstate or "08").startswith(_GONE):
                raise self._unreachable(_first_line(error)) from error
            raise LibraryError(f"The library at {self.location} failed: {_first_line(error)}.") from error

    def _unreachable(self, reason: str) -> LibraryUnreachable:
        return LibraryUnreachable(
            f"The library at {self.location} cannot be reached ({reason}). "
            "Check the address and that its server runs; what was not finished was not stored."
        )

    # ---- upkeep

    def size(self) -> int:
        """Bytes of the library's tables and indexes."""
        with self.read() as db:
            row = db.execute(f"{_SIZE} n.nspname = ?", (self._address.schema,)).fetchone()
            remote = [
                db.execute(
                    "SELECT size FROM dblink(?, ?) AS t (size bigint)", (name, f"{_SIZE} n.nspname = '{schema}'")
                ).fetchone()[0]
                for name, schema in _nodes(db)
            ]
        return int(row[0] + sum(remote))

    def check(self) -> str:
        """`ok` when every passage has its words; PostgreSQL watches over the rest itself."""
        with self.read() as db:
            (missing,) = db.execute(
                "SELECT count(*) FROM passages p LEFT JOIN passage_words w ON w.passage_id = p.id "
                "WHERE w.passage_id IS NULL"
            ).fetchone()
        return "ok" if not missing else f"{missing} passages cannot be found by their words: run `citewire reindex`"

    def compact(self) -> None:
        """Write the tables anew without what was deleted."""
        with self._translated(), self._held() as connection:
            names = connection.execute(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
            )
            for (name,) in names.fetchall():
                connection.execute(sql.SQL("VACUUM (FULL, ANALYZE) {}").format(sql.Identifier(name)))
            for name, schema in _nodes(_Connection(connection)):
                for table in shards.TABLES:
                    connection.execute("SELECT dblink_exec(%s, %s)", (name, f"VACUUM (FULL, ANALYZE) {schema}.{table}"))

    def close(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None


@contextmanager
def temporary_schema(text: str) -> Iterator[str]:
    """The address of an unused schema in the same database, on the same nodes; it is deleted at the end."""
    address, name = Address.of(text), f"citewire_{uuid.uuid4().hex[:12]}"
    own = f"schema={name}" + (f"&nodes={','.join(address.nodes)}" if address.nodes else "")
    try:
        yield f"{address.url}{'&' if urlsplit(address.url).query else '?'}{own}"
    finally:
        drop = f"DROP SCHEMA IF EXISTS {name} CASCADE"
        with psycopg.connect(address.url, autocommit=True, connect_timeout=CONNECT_SECONDS) as connection:
            connection.execute(drop)
            for node in address.nodes:
                connection.execute("SELECT dblink_exec(%s, %s)", (node, drop))


def _nodes(db: Connection) -> list[tuple[str, str]]:
    """The nodes of the library, each with the schema there."""
    rows = db.execute(
        "SELECT s.srvname, (SELECT option_value FROM pg_options_to_table(t.ftoptions) WHERE option_name = 'schema_name') "
        "FROM pg_foreign_table t JOIN pg_foreign_server s ON s.oid = t.ftserver "
        "JOIN pg_inherits i ON i.inhrelid = t.ftrelid WHERE i.inhparent = to_regclass('vectors') ORDER BY t.ftrelid"
    ).fetchall()
    return [(row[0], row[1]) for row in rows]


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__).rstrip(".")
