"""A library's copy in one file: made while the library is in use, checked before it counts, and made a library again.

A backup is a SQLite file with everything but the vector index, which is built from it, and the audit log. Beside it lies
`FILE.sha256`, as `sha256sum -c` reads it. Does not encrypt, and keeps no older copies.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from corpus.errors import LibraryError, LibraryUnwritable, NotALibrary
from corpus.library import FILE_NAME, Library
from corpus.schema import APPLICATION_ID, MIGRATIONS


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was checked: its file, SHA-256, size in bytes, and what it holds."""

    file: Path
    sha256: str
    size: int
    schema: int
    articles: int
    conversations: int


def digest_file(file: Path) -> Path:
    """Where a backup's SHA-256 is kept."""
    return file.with_name(file.name + ".sha256")


def back_up(library: Library, file: Path) -> Backup:
    """Copy a library into a file, check the copy, and put it there under its name with its digest.

    The copy is of one moment, though others may add and ask meanwhile. A file of that name is replaced at the end only.

    Raises:
        LibraryError: the library is on a server, which has tools of its own for this.
        LibraryUnwritable: the file cannot be written.
        NotALibrary: the copy did not pass its check: the library is damaged.
    """
    if library.on_server:
        raise LibraryError(
            f"The library at {library.location} is on a server. Back it up there, with: pg_dump --schema=citewire"
        )
    original = f"{(library.folder / FILE_NAME).absolute().as_uri()}?mode=ro"
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    with _writing(file), _gone_after(temporary):
        with (
            contextlib.closing(sqlite3.connect(temporary)) as copy,
            contextlib.closing(sqlite3.connect(original, uri=True)) as db,
        ):
            db.backup(copy)  # in one step, which blocks no writer in WAL mode; in several it begins anew at each write
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a write-ahead log beside it
        made = check(temporary)
        _settle(temporary)
        digest = digest_file(file)
        unnamed = digest.with_name(f".{digest.name}.{os.getpid()}.tmp")
        with _gone_after(unnamed):
            unnamed.write_text(f"{made.sha256}  {file.name}\n", encoding="utf-8")
            _settle(unnamed)
            temporary.replace(file)
            unnamed.replace(digest)
    return Backup(file, made.sha256, made.size, made.schema, made.articles, made.conversations)


def check(file: Path) -> Backup:
    """Look at a backup: the digest, if it has one, SQLite's integrity and references, and that it is a library.

    Raises:
        NotALibrary: it does not pass; the message says why.
    """
    try:
        sha256 = _sha256(file)
        _compare(file, sha256)
        size = file.stat().st_size
    except OSError as error:
        raise LibraryError(f"The backup {str(file)!r} cannot be read: {error.strerror}.") from error
    try:
        with contextlib.closing(
            sqlite3.connect(f"file:{quote(str(file.absolute()))}?mode=ro&immutable=1", uri=True)
        ) as db:
            schema = _checked(db, file)
            articles, conversations = (
                int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
                for table in ("articles", "conversations")
            )
    except sqlite3.DatabaseError as error:
        raise NotALibrary(f"The backup {str(file)!r} is no library, or it is damaged ({error}).") from error
    return Backup(file, sha256, size, schema, articles, conversations)


def restore(file: Path, folder: Path) -> Backup:
    """Make a library in `folder` of a backup, after checking it; the schema is brought up to date when it is opened.

    Raises:
        LibraryError: there is a library already; it is never overwritten.
        NotALibrary: the backup does not pass its check.
        LibraryUnwritable: the folder cannot be written.
    """
    target = folder / FILE_NAME
    if target.exists():
        raise LibraryError(
            f"There is a library in {str(folder)!r} already. Import into another folder (--library), or move that one away."
        )
    checked = check(file)
    temporary = folder / f".{FILE_NAME}.{os.getpid()}.tmp"
    with _writing(target), _gone_after(temporary):
        folder.mkdir(parents=True, exist_ok=True)
        with file.open("rb") as source, temporary.open("wb") as copy:
            while block := source.read(1 << 20):
                copy.write(block)
        if _sha256(temporary) != checked.sha256:
            raise NotALibrary(f"The backup {str(file)!r} changed while it was read. Run the command again.")
        _settle(temporary)
        for left in (*folder.glob("index*.faiss"), folder / "index.json"):  # of a library that was here before
            left.unlink(missing_ok=True)
        _place(temporary, target)
    return checked


def _place(temporary: Path, target: Path) -> None:
    """Give the file its name, unless another process has made a library of that name meanwhile."""
    try:
        os.link(temporary, target)  # a rename would replace the other
    except FileExistsError:
        raise
    except OSError:  # no hard links on this file system
        temporary.rename(target)


def _checked(db: sqlite3.Connection, file: Path) -> int:
    """The schema's version, once everything was found in order."""
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (schema,) = db.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise NotALibrary(f"{str(file)!r} is a database of another program, not a backup of a library.")
    if schema > len(MIGRATIONS):
        raise NotALibrary(
            f"The backup {str(file)!r} has schema version {schema}, this Citewire knows up to {len(MIGRATIONS)}. "
            "Upgrade Citewire."
        )
    (state,) = db.execute("PRAGMA integrity_check(1)").fetchone()
    if state != "ok":
        raise NotALibrary(f"The backup {str(file)!r} is damaged: {state}. Use another one.")
    if broken := db.execute("PRAGMA foreign_key_check").fetchone():
        raise NotALibrary(f"The backup {str(file)!r} is damaged: a row of {broken[0]!r} refers to nothing.")
    return int(schema)


def _compare(file: Path, sha256: str) -> None:
    try:
        given = digest_file(file).read_text(encoding="utf-8").split()
    except FileNotFoundError:
        return
    except UnicodeDecodeError as error:
        raise NotALibrary(f"{str(digest_file(file))!r} is no digest.") from error
    if not given or given[0].lower() != sha256:
        raise NotALibrary(
            f"The backup {str(file)!r} is not what was written: its SHA-256 is {sha256[:12]}..., and not that in "
            f"{digest_file(file).name!r}. Use another one."
        )


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _settle(file: Path) -> None:
    with file.open("rb+") as stream:
        os.fsync(stream.fileno())


@contextlib.contextmanager
def _gone_after(temporary: Path) -> Iterator[None]:
    try:
        yield
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def _writing(file: Path) -> Iterator[None]:
    """Turn the errors of writing a file into ours."""
    try:
        yield
    except FileExistsError as error:
        raise LibraryError(f"Another process has just made {str(file)!r}. It was left as it is.") from error
    except (OSError, sqlite3.OperationalError) as error:
        raise LibraryUnwritable(
            f"{str(file)!r} cannot be written ({error}). Check the folder's permissions and the free disk space."
        ) from error
