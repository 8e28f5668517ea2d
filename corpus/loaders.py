"""From sources to articles: the type of a file decides who reads it. Bad content never stops the rest: it is named.

What is found comes as `RawArticle`s, not yet read: whoever has seen their digest before need not read them again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import BinaryIO

from corpus import archives
from corpus.clean import parse_saved_text
from corpus.decode import decode
from corpus.docx import parse_docx
from corpus.entries import entries
from corpus.errors import LoadError
from corpus.feeds import parse_feed, parse_sitemap, url_list
from corpus.html import parse_html
from corpus.items import Item, raw
from corpus.mail import messages, parse_mail
from corpus.markdown import parse_markdown
from corpus.mhtml import parse_mhtml
from corpus.pdf import parse_pdf
from corpus.records import Record, csv_rows, json_rows, jsonl_rows, parquet_rows, parse_record
from corpus.sniff import sniff
from corpus.sources import LoadFailure, Source
from corpus.types import ParsedArticle

MAX_DEPTH = 3  # archives within archives
NO_COLUMNS: Mapping[str, str] = {}
_MAGIC = {
    b"\x89PNG": "a PNG image", b"\xff\xd8\xff": "a JPEG image", b"GIF8": "a GIF image", b"%PDF": "a PDF",
    b"PK\x03\x04": "a ZIP archive or Office document", b"\x7fELF": "a program", b"MZ": "a program",
    b"\x1f\x8b": "a gzip archive", b"SQLite format 3": "a SQLite database", b"\xd0\xcf\x11\xe0": "an old Office document",
}  # fmt: skip
_UNREADABLE = {
    ".doc": "an old Word file. Save it as .docx.", ".rtf": "an RTF file. Save it as .docx or .txt.",
    ".epub": "an EPUB book. Unpack it and add its HTML files.", ".odt": "an OpenDocument text. Save it as .docx.",
    ".msg": "an Outlook message. Save it as .eml.", ".xlsx": "a spreadsheet. Save it as .csv.", ".xls": "a spreadsheet. Save it as .csv.",
}  # fmt: skip


def load(source: Source, columns: Mapping[str, str] = NO_COLUMNS, depth: int = 0) -> Iterator[Item]:
    """What one source on disk or in memory holds, in its order. Fetches nothing.

    `columns` names, for a field of an article, the column that holds it in files of records.
    """
    suffix = source.suffix
    try:
        if suffix in archives.SUFFIXES:
            yield from _archive(source, columns, depth)
        elif suffix in _FEEDS and (found := _feed(source)) is not None:
            yield from found
        elif suffix in _RECORDS:
            yield from _records(source, _RECORDS[suffix], columns)
        elif suffix == ".mbox":
            yield from _mailbox(source)
        elif suffix in _UNREADABLE:
            raise LoadError(f"is {_UNREADABLE[suffix]}")
        elif suffix not in _PARSERS:
            raise LoadError(f"has an unknown type {suffix!r}. Known: {', '.join(sorted(SUFFIXES))}.")
        else:
            yield from _single(source, suffix)
    except LoadError as error:
        yield LoadFailure(source.name, str(error))
    except OSError as error:
        yield LoadFailure(source.name, f"cannot be read: {error.strerror or error}.")


def addresses(data: bytes) -> list[str] | None:
    """The addresses of a text that holds nothing else, but for comments; `None` for any other."""
    return url_list(decode(data)) if b"http" in data[:4096] else None


def parse_bytes(data: bytes, suffix: str, name: str) -> ParsedArticle:
    """One article from the content of a file of this type.

    Raises:
        LoadError: the content cannot be read as an article.
    """
    return _PARSERS[suffix](data, name)


def _single(source: Source, suffix: str) -> Iterator[Item]:
    data = source.read()
    if suffix not in _BINARY and (
        kind := next((name for magic, name in _MAGIC.items() if data.startswith(magic)), None)
    ):
        raise LoadError(f"is not text: it looks like {kind}.")
    if suffix in _TEXT and (urls := addresses(data)):
        yield from (Source(url, url=url) for url in urls)
        return
    yield raw(source.name, suffix, data, partial(parse_bytes, data, suffix, Path(source.name).name))


def _feed(source: Source) -> Iterator[Item] | None:
    """The pages that a saved feed or sitemap names; `None` when a JSON file is no feed."""
    data = source.read()
    kind = sniff(data, None, source.name)
    if kind in ("feed", "json_feed"):
        feed = parse_feed(data)
        return entries(source.name, feed.entries, feed.skipped)
    if kind == "sitemap":
        sitemap = parse_sitemap(data)
        return entries(source.name, sitemap.pages, sitemap.skipped)
    if source.suffix == ".json":
        return None
    raise LoadError("is XML, but no feed and no sitemap.")


def _archive(source: Source, columns: Mapping[str, str], depth: int) -> Iterator[Item]:
    if depth >= MAX_DEPTH:
        raise LoadError(f"lies {MAX_DEPTH} archives deep. Unpack the outer ones first.")
    empty = True
    for member in archives.members(source, SUFFIXES):
        empty = False
        if isinstance(member, Source):
            yield from load(member, columns, depth + 1)
        else:
            yield member
    if empty:
        raise LoadError("is an empty archive.")


def _records(
    source: Source, rows: Callable[[BinaryIO], Iterator[Record]], columns: Mapping[str, str]
) -> Iterator[Item]:
    file, head = Path(source.name).name, repr(sorted(columns.items())).encode()
    empty = True
    with closing(source.stream()) as stream:
        for row in rows(stream):
            empty = False
            parse = partial(_parse_row, row, columns, file)
            where = source.name if source.suffix == ".json" and row.number == 1 else f"{source.name}:{row.number}"
            yield raw(where, source.suffix, head + row.data, parse, file=file)
    if empty:
        raise LoadError("is empty.")


def _parse_row(row: Record, columns: Mapping[str, str], file: str) -> ParsedArticle:
    return parse_record(row.values(), columns, source_file=file)


def _mailbox(source: Source) -> Iterator[Item]:
    empty = True
    with closing(source.stream()) as stream:
        for number, data in enumerate(messages(stream), start=1):
            empty = False
            parse = partial(parse_mail, data, source_file=Path(source.name).name)
            yield raw(f"{source.name}:{number}", ".eml", data, parse, file=source.name)
    if empty:
        raise LoadError("holds no message.")


def _parse_text(data: bytes, name: str) -> ParsedArticle:
    return parse_saved_text(decode(data), source_file=name)


def _parse_markdown(data: bytes, name: str) -> ParsedArticle:
    return parse_markdown(decode(data), source_file=name)


def _json_rows(stream: BinaryIO) -> Iterator[Record]:
    return json_rows(stream.read())


_TEXT = frozenset({".txt", ".text", ".urls"})
_BINARY = frozenset({".pdf", ".docx"})
_PARSERS: dict[str, Callable[[bytes, str], ParsedArticle]] = {
    ".txt": _parse_text, ".text": _parse_text, ".urls": _parse_text,
    ".md": _parse_markdown, ".markdown": _parse_markdown,
    ".html": lambda data, name: parse_html(data, source_file=name),
    ".htm": lambda data, name: parse_html(data, source_file=name),
    ".xhtml": lambda data, name: parse_html(data, source_file=name),
    ".mhtml": lambda data, name: parse_mhtml(data, source_file=name),
    ".mht": lambda data, name: parse_mhtml(data, source_file=name),
    ".pdf": lambda data, name: parse_pdf(data, source_file=name),
    ".docx": lambda data, name: parse_docx(data, source_file=name),
    ".eml": lambda data, name: parse_mail(data, source_file=name),
}  # fmt: skip
_RECORDS: dict[str, Callable[[BinaryIO], Iterator[Record]]] = {
    ".jsonl": jsonl_rows, ".ndjson": jsonl_rows, ".csv": csv_rows, ".tsv": csv_rows, ".parquet": parquet_rows,
    ".json": _json_rows,
}  # fmt: skip
_FEEDS = frozenset({".xml", ".rss", ".atom", ".json"})
SUFFIXES = frozenset({*_PARSERS, *_RECORDS, *_FEEDS, ".mbox", *archives.SUFFIXES})
"""The types that folders and archives are searched for."""
