"""Entries of a feed or sitemap as things to load: the page each names, or the article that the feed itself carries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from corpus.feeds import Entry
from corpus.html import parse_html
from corpus.items import Item, raw
from corpus.sources import LoadFailure, Skipped, Source
from corpus.types import ParsedArticle

FULL_TEXT = 120  # words: an entry's own text is taken for the article when its page cannot be had


def entries(found: Iterable[Entry]) -> Iterator[Item]:
    """The entries of a feed or sitemap as addresses to load; one without an address by its own text."""
    for entry in found:
        if entry.url:
            yield Source(entry.url, url=entry.url, entry=entry)
        else:
            name = entry.title or entry.id or "entry"
            given = from_entry(Source(name), entry)
            yield given or LoadFailure(name, "is a feed entry without an address and without the article's text.")


def passed_over(name: str, count: int) -> Iterator[Item]:
    """Entries that named neither a page nor a text."""
    yield from (Skipped(name, "of a feed, without an address") for _ in range(count))


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
