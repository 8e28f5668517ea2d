"""Articles as records: rows of JSONL, JSON, CSV, TSV and Parquet files. Named columns become facts and text.

The text is kept as given, but for normalization and its division into blocks. Files are read row by row, so that
a large one needs little memory (JSON excepted: it is one document).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, BinaryIO

from corpus.boilerplate import looks_like_heading
from corpus.dates import parse_date
from corpus.decode import decode
from corpus.errors import LoadError
from corpus.normalize import normalize
from corpus.sources import MAX_BYTES
from corpus.types import Block, ParsedArticle

FIELDS = ("id", "title", "text", "url", "publisher", "author", "published", "updated", "language")
# Column names seen in published news collections, by the field they stand for; the first that is there wins.
ALIASES: dict[str, tuple[str, ...]] = {
    "title": ("title", "headline", "heading", "name"),
    "text": ("text", "body", "content", "article", "articlebody", "article_text", "full_text", "maintext", "story"),
    "url": ("url", "link", "source_url", "canonical_url", "web_url", "href"),
    "publisher": ("publisher", "publication", "outlet", "site", "site_name", "source", "newspaper"),
    "author": ("author", "authors", "byline", "creator"),
    "published": ("published", "date", "publish_date", "published_at", "publishedat", "date_published",
                  "datepublished", "pub_date", "pubdate", "publication_date"),
    "updated": ("updated", "modified", "updated_at", "date_modified", "datemodified", "lastmod"),
    "language": ("language", "lang"),
    "id": ("id", "article_id", "guid"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Record:
    """One row: its number from 1, the bytes that tell whether it changed, and its values.

    `values()` raises `LoadError` when the row is broken; it is called only when the row is new or changed.
    """

    number: int
    data: bytes
    values: Callable[[], Mapping[str, Any]]


def jsonl_rows(stream: BinaryIO) -> Iterator[Record]:
    """One record a line; blank lines are passed over, an overlong one is an error of its own."""
    number = 0
    while line := stream.readline(MAX_BYTES):
        number += 1
        if len(line) == MAX_BYTES and not line.endswith(b"\n"):
            while len(line) == MAX_BYTES and not line.endswith(b"\n"):
                line = stream.readline(MAX_BYTES)
            yield Record(number, b"", partial(_broken, f"is a line of over {MAX_BYTES // 1024 // 1024} MB."))
        elif line.strip():
            yield Record(number, line, partial(_object, line))


def _object(line: bytes) -> Mapping[str, Any]:
    try:
        row = json.loads(decode(line))
    except (ValueError, RecursionError) as error:
        raise LoadError(f"is not JSON ({error}).") from error
    if not isinstance(row, dict):
        raise LoadError('is not a JSON object like {"title": ..., "text": ...}.')
    return row


def _broken(reason: str) -> Mapping[str, Any]:
    raise LoadError(reason)


def _given(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return row


def json_rows(data: bytes) -> Iterator[Record]:
    """The records of one JSON document: an object, a list of objects, or an object that holds such a list.

    Raises:
        LoadError: it is no JSON, or holds no object.
    """
    try:
        document = json.loads(decode(data))
    except (ValueError, RecursionError) as error:
        raise LoadError(f"is not JSON ({error}).") from error
    if isinstance(document, dict):
        lists = [value for value in document.values() if _is_list_of_objects(value)]
        text_here = any(alias in {str(key).lower() for key in document} for alias in ALIASES["text"])
        document = lists[0] if len(lists) == 1 and not text_here else [document]
    if not _is_list_of_objects(document):
        raise LoadError('is JSON without articles. Give an object like {"title": ..., "text": ...}, or a list of them.')
    for number, row in enumerate(document, start=1):
        yield Record(number, json.dumps(row, sort_keys=True).encode(errors="replace"), partial(_given, row))


def _is_list_of_objects(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def csv_rows(stream: BinaryIO) -> Iterator[Record]:
    """The rows of a CSV or TSV with a header line; the delimiter and the encoding are found from its beginning.

    Raises:
        LoadError: there is no header line, or the quoting is broken beyond one row.
    """
    head = stream.read(200_000)
    stream.seek(0)
    encoding = _encoding(head)
    csv.field_size_limit(MAX_BYTES)
    with io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="") as text:
        sample = head.decode(encoding, errors="replace")
        reader = csv.DictReader((line.replace("\0", "") for line in text), delimiter=_delimiter(sample))
        if not reader.fieldnames or len(reader.fieldnames) < 2:
            raise LoadError("has no header line that names at least two columns, such as: title,text,url,published")
        try:
            for number, row in enumerate(reader, start=1):
                data = json.dumps(list(row.items())).encode(errors="replace")
                if None in row:
                    yield Record(number, data, partial(_broken, "has more cells than the header; check its quotes."))
                else:
                    yield Record(number, data, partial(_given, row))
        except csv.Error as error:
            raise LoadError(f"cannot be read on as CSV: {error}.") from error


def _encoding(head: bytes) -> str:
    """`utf-8-sig` unless the beginning of the file is no UTF-8; then what decodes it."""
    cut = head[: head.rfind(b"\n") + 1] or head
    for name in ("utf-8-sig", "utf-16"):
        if name == "utf-16" and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
            continue
        try:
            cut.decode(name)
        except UnicodeDecodeError:
            continue
        return name
    if b"\x00" in head:
        raise LoadError("is not text: it holds binary data.")
    from charset_normalizer import from_bytes

    best = from_bytes(cut).best()
    return best.encoding if best else "cp1252"


def _delimiter(sample: str) -> str:
    header = sample.partition("\n")[0]
    return max(",;\t|", key=header.count)


def parquet_rows(stream: BinaryIO) -> Iterator[Record]:
    """The rows of a Parquet file, read a batch at a time.

    Raises:
        LoadError: it is no Parquet file, or a damaged one.
    """
    import pyarrow
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(stream) as file:
            number = 0
            for batch in file.iter_batches(batch_size=256):
                for row in batch.to_pylist():
                    number += 1
                    yield Record(number, json.dumps(row, default=str).encode(errors="replace"), partial(_given, row))
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise LoadError(f"is no Parquet file that can be read ({str(error).splitlines()[0]}).") from error


def parse_record(
    row: Mapping[str, Any], columns: Mapping[str, str] | None = None, *, source_file: str | None = None
) -> ParsedArticle:
    """One article from a record. `columns` names, for a field, the column that holds it; else `ALIASES` are tried.

    Raises:
        LoadError: it has no text, or a field of a wrong kind.
    """
    values = {key: _string(value, key) for key, value in _fields(row, columns or {}).items()}
    text = normalize(values.get("text") or "")
    if not text:
        names = ", ".join(repr(str(key)) for key in list(row)[:12])
        raise LoadError(f'has no "text". Its columns: {names}. Name the right one with --columns text=NAME.')
    lines = [line for line in text.split("\n") if line]
    blocks = [
        Block("heading" if i + 1 < len(lines) and len(lines) > 2 and looks_like_heading(line) else "paragraph", line)
        for i, line in enumerate(lines)
    ]
    return ParsedArticle(
        title=normalize(values.get("title") or "").replace("\n", " "),
        blocks=tuple(blocks), publisher=values.get("publisher"), author=values.get("author"), url=values.get("url"),
        published=_date(values, "published"), updated=_date(values, "updated"),
        language=values.get("language") or "en", source_file=source_file, id=values.get("id"),
    )  # fmt: skip


def _fields(row: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    lowered = {str(key).strip().lower(): value for key, value in row.items()}
    found: dict[str, Any] = {}
    for field in FIELDS:
        names = (columns[field].strip().lower(),) if field in columns else ALIASES[field]
        for name in names:
            if (value := lowered.get(name)) not in (None, ""):
                found[field] = value
                break
    return found


def _string(value: Any, key: str) -> str | None:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, int) and not isinstance(value, bool) and key == "id":
        return str(value)
    if isinstance(value, list) and key == "author" and all(isinstance(name, str) for name in value):
        return ", ".join(value) or None
    if isinstance(value, dict) and isinstance(value.get("name"), str) and key in ("author", "publisher"):
        value = value["name"]
    if not isinstance(value, str):
        raise LoadError(f'has a "{key}" that is not a string.')
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise LoadError(f'has a "{key}" with broken Unicode (a lone surrogate).') from error
    return value.strip() or None if key != "text" else value


def _date(values: Mapping[str, str | None], key: str) -> datetime | None:
    value = values.get(key)
    if value is None:
        return None
    moment = parse_date(value)
    if moment is None:
        raise LoadError(f'has a "{key}" that is no full date: {value!r}. Write it as YYYY-MM-DD.')
    return moment
