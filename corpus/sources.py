"""Which files and addresses the given inputs name: files, folders, globs, URLs. Reads no content.

Folders are walked in sorted order. Hidden files, files of unknown types and what a `.citewireignore` names are
passed over and reported, never silently.
"""

from __future__ import annotations

import glob
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pathspec import GitIgnoreSpec

from corpus.errors import LoadError
from corpus.feeds import Entry

IGNORE_FILE = ".citewireignore"
MAX_BYTES = 64 * 1024 * 1024  # one file that holds one article, markup included
_URL = re.compile(r"^https?://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Source:
    """One input: a file on disk, bytes given under a name (an upload, pasted text, a member of an archive), or a URL."""

    name: str
    path: Path | None = None
    data: bytes | None = None
    url: str | None = None
    entry: Entry | None = None  # what a feed said of the page

    @property
    def key(self) -> str:
        """What tells this input from others when it comes again: its URL, its full path, or its name."""
        key = self.url or (str(self.path.resolve()) if self.path else f"given:{self.name}")
        return key.encode(errors="backslashreplace").decode()  # a file name need not be UTF-8

    @property
    def suffix(self) -> str:
        """The file extension, lower case, with its dot."""
        return Path(self.name).suffix.lower()

    def stream(self) -> BinaryIO:
        """The bytes as a stream; the caller closes it."""
        if self.data is not None:
            return io.BytesIO(self.data)
        return (self.path or Path(self.name)).open("rb")

    def read(self) -> bytes:
        """All bytes.

        Raises:
            LoadError: there are none, or more than one article may have.
        """
        with self.stream() as stream:
            data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise LoadError(f"is larger than {MAX_BYTES // 1024 // 1024} MB, the most for one article.")
        if not data.strip():
            raise LoadError("is empty.")
        return data


@dataclass(frozen=True, slots=True)
class LoadFailure:
    """An input, or a part of one, that gave no article, and why."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file in a folder or archive that was passed over on purpose, and why. The reason is fit for counting."""

    source: str
    reason: str


def is_url(given: str) -> bool:
    """Whether an input is an address rather than a path."""
    return bool(_URL.match(given))


def sources(
    inputs: Sequence[str | Path], suffixes: Iterable[str] | None = None
) -> Iterator[Source | LoadFailure | Skipped]:
    """What the inputs name. A file is taken whatever its type; folders give files of known types (`suffixes`)."""
    if suffixes is None:
        from corpus.loaders import SUFFIXES  # loaders import this module

        suffixes = SUFFIXES
    known = frozenset(suffixes)
    for given in inputs:
        if is_url(str(given)):
            yield Source(str(given), url=str(given))
            continue
        path = Path(given).expanduser()
        matches = [path] if path.exists() else [Path(match) for match in sorted(glob.glob(str(path), recursive=True))]
        if not matches:
            yield LoadFailure(
                str(given), "does not exist. Give a file, a folder, a pattern like 'news/*.html', or a URL."
            )
        for match in matches:
            yield from _folder(match, known) if match.is_dir() else [Source(str(match), path=match)]


def _folder(folder: Path, known: frozenset[str]) -> Iterator[Source | LoadFailure | Skipped]:
    found = False
    for item in _walk(folder, known, (), set()):
        found = found or isinstance(item, Source)
        yield item
    if not found:
        yield LoadFailure(str(folder), f"is a folder without files of a known type ({', '.join(sorted(known))}).")


def _walk(
    folder: Path, known: frozenset[str], rules: tuple[tuple[Path, GitIgnoreSpec], ...], visited: set[Path]
) -> Iterator[Source | LoadFailure | Skipped]:
    if (real := folder.resolve()) in visited:  # a symbolic link that leads back
        return
    visited.add(real)
    try:
        entries = sorted(folder.iterdir())
        if (ignore := folder / IGNORE_FILE).is_file():
            lines = ignore.read_text(encoding="utf-8", errors="replace").splitlines()
            rules = (*rules, (folder, GitIgnoreSpec.from_lines(lines)))
    except OSError as error:
        yield LoadFailure(str(folder), f"cannot be read: {error.strerror or error}.")
        return
    folders = []
    for entry in entries:
        if entry.name.startswith("."):
            continue
        is_folder = entry.is_dir()
        if _ignored(entry, is_folder, rules):
            yield Skipped(str(entry), f"named in {IGNORE_FILE}")
        elif is_folder:
            folders.append(entry)
        elif entry.suffix.lower() in known:
            yield Source(str(entry), path=entry)
        else:
            yield Skipped(str(entry), f"of unknown type {entry.suffix.lower() or '(none)'}")
    for child in folders:
        yield from _walk(child, known, rules, visited)


def _ignored(entry: Path, is_folder: bool, rules: tuple[tuple[Path, GitIgnoreSpec], ...]) -> bool:
    return any(spec.match_file(entry.relative_to(base).as_posix() + ("/" if is_folder else "")) for base, spec in rules)
