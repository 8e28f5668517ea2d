"""Entries of a feed or sitemap as things to load: the page each names, or the article that the feed itself carries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from corpus.feeds import Entry
from corpus.html import parse_html
from corpus.items import Item, raw
from corpus.sources import LoadFailure, Skipped, Source
from corpus.types import ParsedArticle

FULL_TEXT = 120  # words: an entry's own text is taken for the article when its page cannot be had


def entries(name: str, found: Sequence[Entry], skipped: int = 0) -> Iterator[Item]:
    """The entries of a feed or sitemap as addresses to load; one without an address by its own text.

    `skipped` entries named neither an address nor a text.
    """
    if not found and not skipped:
        yield Skipped(name, "a feed or sitemap without entries")
    yield from (Skipped(name, "an entry of a feed that names no address") for _ in range(skipped))
    for entry in found:
        if entry.url:
            yield Source(entry.url, url=entry.url, entry=entry)
        else:
            title = entry.title or entry.id or "entry"
            given = from_entry(Source(title), entry)
            yield given or LoadFailure(title, "is a feed entry without an address and without the article's text.")


def from_entry(source: Source, entry: Entry | None) -> Item | None:
    """The article as the feed itself carries it, when it carries all of it."""
    html = entry.content_html if entry else None
    if entry is None or html is None or len(re.sub(r"<[^>]+>", " ", html).split()) < FULL_TEXT:
        return None
    document = f"<html><body><article>{html}</article></body></html>".encode()

    def parse() -> ParsedArticle:
        return complete(parse_html(document, url=entry.url), entry)

    return raw(source.name, ".html", document, parse)


def complete(parsed: ParsedArticle, entry: Entry | None) -> ParsedArticle:
    """Facts that the page does not tell, from its feed entry."""
    if entry is None:
        return parsed
    return replace(
        parsed,
        title=parsed.title or entry.title or "",
        published=parsed.published or entry.published,
        updated=parsed.updated or entry.updated,
        author=parsed.author or entry.author,
    )
