"""From paths and bytes to parsed articles. Never raises for bad content: each failure is named and the rest goes on."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from corpus.clean import parse_saved_text
from corpus.decode import decode
from corpus.errors import LoadError
from corpus.html import parse_html
from corpus.jsonl import parse_row
from corpus.markdown import parse_markdown
from corpus.types import ParsedArticle

MAX_BYTES = 64 * 1024 * 1024  # one file that holds one article, markup included
_MAGIC = {
    b"\x89PNG": "a PNG image", b"\xff\xd8\xff": "a JPEG image", b"GIF8": "a GIF image", b"%PDF": "a PDF",
    b"PK\x03\x04": "a ZIP archive or Office document", b"\x7fELF": "a program", b"MZ": "a program",
    b"\x1f\x8b": "a gzip archive", b"SQLite format 3": "a SQLite database", b"\xd0\xcf\x11\xe0": "an old Office document",
}  # fmt: skip
_LATER = {".pdf": "PDF", ".docx": "Word", ".doc": "Word", ".epub": "EPUB", ".rtf": "RTF", ".eml": "mail", ".zip": "ZIP"}


@dataclass(frozen=True, slots=True)
class Source:
    """One input: a file on disk, or bytes given under a name (an upload, pasted text)."""

    name: str
    path: Path | None = None
    data: bytes | None = None


@dataclass(frozen=True, slots=True)
class LoadFailure:
    """An input, or a row of one, that gave no article, and why."""

    source: str
    reason: str


def sources(inputs: Sequence[str | Path]) -> Iterator[Source | LoadFailure]:
    """The files that the inputs name: files as they are, folders walked in sorted order, hidden files skipped."""
    for given in inputs:
        path = Path(given).expanduser()
        if path.is_dir():
            files = [Source(str(file), path=file) for file in _walk(path)]
            yield from files
            if not files:
                yield LoadFailure(str(given), f"is a folder without {_known()} files.")
        elif path.is_file():
            yield Source(str(path), path=path)
        else:
            yield LoadFailure(str(given), "does not exist. Give a file or a folder.")


def _walk(folder: Path) -> Iterator[Path]:
    visited: set[Path] = set()
    queue = [folder]
    while queue:
        current = queue.pop(0)
        if (real := current.resolve()) in visited:  # a symbolic link that leads back
            continue
        visited.add(real)
        try:
            entries = sorted(entry for entry in current.iterdir() if not entry.name.startswith("."))
        except OSError:
            continue
        yield from (e for e in entries if e.is_file() and e.suffix.lower() in _PARSERS and e.name != "README.md")
        queue += [entry for entry in entries if entry.is_dir()]


def load(source: Source) -> Iterator[ParsedArticle | LoadFailure]:
    """The articles of one source. A JSONL gives one item a line; any other file gives one item."""
    suffix = Path(source.name).suffix.lower()
    try:
        if suffix in (".jsonl", ".ndjson"):
            yield from _load_rows(source)
        elif suffix in _LATER:
            raise LoadError(f"is a {_LATER[suffix]} file, which cannot be read yet. Save it as text or HTML.")
        elif suffix not in _PARSERS:
            raise LoadError(f"has an unknown type {suffix!r}. Known: {_known()}.")
        else:
            yield _PARSERS[suffix](_read(source), Path(source.name).name)
    except LoadError as error:
        yield LoadFailure(source.name, str(error))
    except OSError as error:
        yield LoadFailure(source.name, f"cannot be read: {error.strerror or error}.")


def _read(source: Source) -> bytes:
    if source.data is None and source.path is not None and source.path.stat().st_size > MAX_BYTES:
        raise LoadError(f"is larger than {MAX_BYTES // 1024 // 1024} MB, the most for one article.")
    data = source.data if source.data is not None else source.path.read_bytes() if source.path else b""
    if not data.strip():
        raise LoadError("is empty.")
    if kind := next((name for magic, name in _MAGIC.items() if data.startswith(magic)), None):
        raise LoadError(f"is not text: it looks like {kind}.")
    return data


def _parse_text(data: bytes, name: str) -> ParsedArticle:
    return parse_saved_text(decode(data), source_file=name)


def _parse_markdown(data: bytes, name: str) -> ParsedArticle:
    return parse_markdown(decode(data), source_file=name)


def _parse_html(data: bytes, name: str) -> ParsedArticle:
    return parse_html(data, source_file=name)


def _load_rows(source: Source) -> Iterator[ParsedArticle | LoadFailure]:
    """One item a line, read line by line so that a large file needs little memory."""
    stream = io.BytesIO(source.data) if source.data is not None else (source.path or Path(source.name)).open("rb")
    seen = False
    with closing(stream):
        for number in range(1, 1 << 62):
            line = stream.readline(MAX_BYTES)
            if not line:
                break
            if not line.strip():
                continue
            seen = True
            where = f"{source.name}:{number}"
            if len(line) == MAX_BYTES:
                yield LoadFailure(where, f"is a line of over {MAX_BYTES // 1024 // 1024} MB.")
                while len(line) == MAX_BYTES:
                    line = stream.readline(MAX_BYTES)
                continue
            try:
                yield parse_row(decode(line), source_file=Path(source.name).name)
            except LoadError as error:
                yield LoadFailure(where, str(error))
    if not seen:
        raise LoadError("is empty.")


_PARSERS: dict[str, Callable[[bytes, str], ParsedArticle]] = {
    ".txt": _parse_text, ".text": _parse_text, ".md": _parse_markdown, ".markdown": _parse_markdown,
    ".html": _parse_html, ".htm": _parse_html, ".xhtml": _parse_html,
    ".jsonl": _parse_text, ".ndjson": _parse_text,  # read by `_load_rows`; here so that folders list them
}  # fmt: skip


def _known() -> str:
    return ", ".join(sorted(_PARSERS))
