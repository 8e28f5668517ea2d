"""JSONL articles, one object a line. The text is kept as given, but for normalization and its division into blocks."""

from __future__ import annotations

import json
from typing import Any

from corpus.boilerplate import looks_like_heading
from corpus.dates import parse_date
from corpus.errors import LoadError
from corpus.normalize import normalize
from corpus.types import Block, ParsedArticle

FIELDS = frozenset({"id", "title", "text", "url", "publisher", "author", "published", "updated", "language"})


def parse_row(line: str, *, source_file: str | None = None) -> ParsedArticle:
    """One article from one line.

    Raises:
        LoadError: the line is no JSON object, has no text, or a field of a wrong kind.
    """
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise LoadError(f"is not JSON ({error}).") from error
    if not isinstance(row, dict):
        raise LoadError('is not a JSON object like {"title": ..., "text": ...}.')
    values = {key: _string(row, key) for key in FIELDS}
    text = normalize(values["text"] or "")
    if not text:
        raise LoadError('has no "text".')
    lines = [line for line in text.split("\n") if line]
    blocks = [
        Block("heading" if i + 1 < len(lines) and len(lines) > 2 and looks_like_heading(line) else "paragraph", line)
        for i, line in enumerate(lines)
    ]
    return ParsedArticle(
        title=normalize(values["title"] or "").replace("\n", " "),
        blocks=tuple(blocks), publisher=values["publisher"], author=values["author"], url=values["url"],
        published=_date(values, "published"), updated=_date(values, "updated"),
        language=values["language"] or "en", source_file=source_file, id=values["id"],
    )  # fmt: skip


def _string(row: dict[str, Any], key: str) -> str | None:
    value = row.get(key)
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool) and key == "id":
        return str(value)
    if not isinstance(value, str):
        raise LoadError(f'has a "{key}" that is not a string.')
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise LoadError(f'has a "{key}" with broken Unicode (a lone surrogate).') from error
    return value


def _date(values: dict[str, str | None], key: str) -> Any:
    value = values[key]
    if value is None:
        return None
    moment = parse_date(value)
    if moment is None:
        raise LoadError(f'has a "{key}" that is no full date: {value!r}. Write it as YYYY-MM-DD.')
    return moment
