"""Members of ZIP, TAR and gzip files as sources. Nothing is written to disk; hostile archives end early, with a reason."""

from __future__ import annotations

import gzip
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from corpus.errors import LoadError
from corpus.sources import MAX_BYTES, LoadFailure, Skipped, Source

MAX_TOTAL = 4 * 1024**3  # bytes of all members together, unpacked
MAX_MEMBERS = 200_000
MAX_RATIO = 200  # text packs about 5:1, long runs of markup 30:1; deflate can reach 1032:1
RATIO_FLOOR = 1024 * 1024  # a small member may pack as well as it likes
SUFFIXES = frozenset({".zip", ".tar", ".tgz", ".tbz2", ".txz", ".gz", ".bz2", ".xz"})
_BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError,
           RuntimeError, ValueError, OverflowError, UnicodeError, TypeError, IndexError)  # fmt: skip  # what these modules raise on damage


def members(source: Source, known: frozenset[str]) -> Iterator[Source | LoadFailure | Skipped]:
    """The readable members of an archive, in its order, each held in memory while it is read.

    Raises:
        LoadError: the archive cannot be read on, or it is beyond a limit; members given before that stay good.
    """
    try:
        with source.stream() as stream:
            if zipfile.is_zipfile(stream):
                yield from _zip(source.name, stream, known)
            elif source.name.lower().endswith((".tar", ".tgz", ".tbz2", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz")):
                stream.seek(0)
                yield from _tar(source.name, stream, known)
            elif source.suffix == ".gz":
                stream.seek(0)
                yield _gzip(source, stream)
            else:
                raise LoadError("is no archive that can be read (ZIP, TAR, or one gzipped file).")
    except _BROKEN as error:
        raise LoadError(f"is an archive that cannot be read on: {error or type(error).__name__}.") from error


def _zip(name: str, stream: BinaryIO, known: frozenset[str]) -> Iterator[Source | LoadFailure | Skipped]:
    with zipfile.ZipFile(stream) as archive:
        infos = archive.infolist()
        _check(sum(info.file_size for info in infos), len(infos))
        total = 0
        for info in infos:
            if not info.filename:  # `is_dir` looks at its last letter
                yield LoadFailure(name, "holds a file without a name, which is not read.")
                continue
            if info.is_dir():
                continue
            where = f"{name}/{info.filename}"
            if passed := _passed_over(info.filename, where, known, link=stat.S_ISLNK(info.external_attr >> 16)):
                yield passed
            elif info.flag_bits & 1:
                yield LoadFailure(where, "is protected by a password. Unpack the archive and add its files.")
            elif info.file_size > MAX_BYTES:
                yield LoadFailure(
                    where, f"is larger than {MAX_BYTES // 1024 // 1024} MB. Unpack it and add it by itself."
                )
            elif info.file_size > RATIO_FLOOR and info.file_size > MAX_RATIO * max(info.compress_size, 1):
                yield LoadFailure(where, f"unpacks to over {MAX_RATIO} times its size, as no text does.")
            else:
                with archive.open(info) as member:
                    data = member.read(info.file_size + 1)
                total += len(data)
                _check(total, 0)
                yield Source(where, data=data)


def _tar(name: str, stream: BinaryIO, known: frozenset[str]) -> Iterator[Source | LoadFailure | Skipped]:
    total = count = 0
    with tarfile.open(fileobj=stream, mode="r|*") as archive:
        for info in archive:
            total, count = total + info.size, count + 1
            _check(total, count)
            if info.isdir():
                continue
            where = f"{name}/{info.name}"
            if passed := _passed_over(info.name, where, known, link=not info.isfile()):
                yield passed
            elif info.size > MAX_BYTES:
                yield LoadFailure(
                    where, f"is larger than {MAX_BYTES // 1024 // 1024} MB. Unpack it and add it by itself."
                )
            elif member := archive.extractfile(info):
                yield Source(where, data=member.read())


def _gzip(source: Source, stream: BinaryIO) -> Source:
    with gzip.GzipFile(fileobj=stream) as unpacked:
        data = unpacked.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise LoadError(f"unpacks to more than {MAX_BYTES // 1024 // 1024} MB. Unpack it and add the file by itself.")
    return Source(source.name[: -len(".gz")], data=data)


def _passed_over(inner: str, where: str, known: frozenset[str], *, link: bool) -> LoadFailure | Skipped | None:
    """Why a member is not read: it points elsewhere, or it is of no type that we read."""
    path = PurePosixPath(inner.replace("\\", "/"))
    if link:
        return LoadFailure(where, "is a link or device inside an archive, which is not followed.")
    if path.is_absolute() or ".." in path.parts or Path(inner).drive:
        return LoadFailure(where, "has a path that leads out of the archive, and is not read.")
    if any(part.startswith((".", "__MACOSX")) for part in path.parts):
        return Skipped(where, "hidden")
    suffix = path.suffix.lower()
    return None if suffix in known else Skipped(where, f"of unknown type {suffix or '(none)'}")


def _check(total: int, count: int) -> None:
    if total > MAX_TOTAL:
        raise LoadError(f"unpacks to more than {MAX_TOTAL // 1024**3} GB. Unpack it and add its files.")
    if count > MAX_MEMBERS:
        raise LoadError(f"holds more than {MAX_MEMBERS:,} files. Unpack it and add its folders.")
