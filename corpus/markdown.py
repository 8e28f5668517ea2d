"""Markdown articles: YAML front matter for the facts, the rest rendered to HTML and read as blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from corpus.boilerplate import sign_off
from corpus.clean import parse_saved_text
from corpus.dates import parse_date
from corpus.errors import LoadError
from corpus.normalize import normalize
from corpus.types import Block, BlockKind, ParsedArticle

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)


def parse_markdown(text: str, *, source_file: str | None = None) -> ParsedArticle:
    """One article. Without front matter and without headings the file is read as plain text.

    Raises:
        LoadError: the front matter is no YAML mapping, or there is no text.
    """
    text = text.replace("\r\n", "\n").lstrip("\ufeff")
    front: dict[str, Any] = {}
    if match := _FRONT.match(text):
        try:
            front = yaml.safe_load(match[1]) or {}
        except (yaml.YAMLError, ValueError) as error:  # ValueError: what looks like a date and is none, "2022-13-04"
            raise LoadError(f"has front matter that is no YAML ({str(error).splitlines()[0]}).") from error
        if not isinstance(front, dict):
            raise LoadError("has front matter that is not a list of `key: value` lines.")
        text = text[match.end() :]
    elif not re.search(r"^#{1,6} ", text, re.MULTILINE):
        return parse_saved_text(text, source_file=source_file)
    blocks = list(_blocks(MarkdownIt("commonmark").parse(text)))
    title = _text(front, "title", "headline")
    if blocks and blocks[0].kind == "heading" and title in (None, blocks[0].text):
        title, blocks = blocks[0].text, blocks[1:]
    agencies = sign_off(blocks[-1].text) if len(blocks) > 1 else None
    if agencies is not None:
        blocks = blocks[:-1]
    if not any(block.kind != "heading" for block in blocks):
        raise LoadError("holds no text below its headings.")
    return ParsedArticle(
        title=title or blocks[0].text[:80],
        blocks=tuple(blocks),
        publisher=_text(front, "publisher", "source", "site", "outlet"),
        author=_text(front, "author", "authors", "byline"),
        url=_text(front, "url", "link", "canonical"),
        published=_date(front, "published", "date", "datePublished"),
        updated=_date(front, "updated", "lastmod", "modified"),
        language=_text(front, "language", "lang") or "en",
        agencies=agencies or (),
        section=_text(front, "section", "category"),
        source_file=source_file,
        id=_text(front, "id"),
    )


def _blocks(tokens: list[Token]) -> Iterator[Block]:
    """Each inline run as a block of the kind of its nearest container; code and HTML blocks are passed over."""
    open_containers: list[str] = []
    for token in tokens:
        if token.nesting == 1:
            open_containers.append(token.type.removesuffix("_open"))
        elif token.nesting == -1:
            open_containers.pop()
        elif token.type == "inline" and (line := normalize(_plain(token)).replace("\n", " ")):
            yield Block(_kind(open_containers), line)


def _kind(containers: list[str]) -> BlockKind:
    if "heading" in containers:
        return "heading"
    if "blockquote" in containers:
        return "quote"
    return "list" if "list_item" in containers else "paragraph"


def _plain(token: Token) -> str:
    """Text of an inline run: links by their text, images left out, line ends as spaces."""
    parts = []
    for child in token.children or ():
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
    return "".join(parts)


def _text(front: dict[str, Any], *keys: str) -> str | None:
    for key in keys:
        value = front.get(key)
        if isinstance(value, list):
            value = ", ".join(str(item) for item in value)
        if value is not None and not isinstance(value, dict) and (text := normalize(str(value))):
            return text
    return None


def _date(front: dict[str, Any], *keys: str) -> datetime | None:
    for key in keys:
        value = front.get(key)
        if isinstance(value, datetime):
            return value
        if isinstance(value, date):
            return datetime(value.year, value.month, value.day)
        if isinstance(value, str) and (moment := parse_date(value)):
            return moment
    return None
