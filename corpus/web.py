"""Addresses as articles: a page, a feed with each of its articles, a news sitemap. Fetching itself is `corpus.fetch`.

A page that is in the library is asked for again only when its feed says that it changed, and then conditionally.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from corpus.entries import complete, entries, from_entry
from corpus.errors import FetchError, LoadError
from corpus.feeds import Entry, feed_links, parse_feed, parse_sitemap
from corpus.fetch import Fetched, Fetcher
from corpus.html import parse_html
from corpus.inputs import Connections, PageStamp, page, restamp
from corpus.items import Item, Unchanged, raw
from corpus.loaders import addresses, load, parse_bytes
from corpus.sniff import sniff
from corpus.sources import LoadFailure, Source
from corpus.types import ParsedArticle

MAX_SITEMAPS = 50  # of one index: the newest come first in those of news sites
_SUFFIXES = {"html": ".html", "pdf": ".pdf", "text": ".txt", "json": ".json"}


@dataclass(frozen=True, slots=True)
class Poll:
    """The validators that a subscribed address gave when it was last polled."""

    etag: str | None = None
    last_modified: str | None = None


class Web:
    """Loads addresses with one fetcher, knowing what the library already has.

    `polls` are subscribed addresses with the validators of their last answer; `answers` and `titles` tell how each was
    answered and what its feed is called.
    """

    def __init__(self, fetcher: Fetcher, library: Connections, polls: Mapping[str, Poll] | None = None) -> None:
        self._fetcher = fetcher
        self._library = library
        self._polls = polls or {}
        self.answers: dict[str, Fetched | FetchError] = {}
        self.titles: dict[str, str] = {}

    def load(self, source: Source) -> Iterator[Item]:
        """What an address holds. A feed or sitemap gives the addresses of its pages, as sources."""
        url = source.url or source.name
        known = page(self._library, url)
        entry = source.entry
        if known and entry and entry.stamp and known[0].stamp == entry.stamp:
            yield Unchanged(source.name, known[1])
            return
        try:
            fetched = self._fetch(url, known[0] if known else None)
        except FetchError as error:
            yield from_entry(source, entry) or LoadFailure(source.name, str(error))
            return
        if fetched.not_modified:
            if known:
                restamp(self._library, replace(known[0], stamp=entry.stamp if entry else known[0].stamp))
            yield Unchanged(source.name, known[1] if known else None)
            return
        try:
            yield from self.read(fetched, source)
        except LoadError as error:
            yield LoadFailure(source.name, str(error))

    def _fetch(self, url: str, known: PageStamp | None) -> Fetched:
        validators = known or self._polls.get(url) or Poll()
        try:
            fetched = self._fetcher.get(url, etag=validators.etag, last_modified=validators.last_modified)
        except FetchError as error:
            if url in self._polls:
                self.answers[url] = error
            raise
        if url in self._polls:
            self.answers[url] = fetched
        return fetched

    def read(self, fetched: Fetched, source: Source) -> Iterator[Item]:
        """What a fetched document holds.

        Raises:
            LoadError: it is of no kind that can be read.
        """
        kind = sniff(fetched.content, fetched.content_type, fetched.url)
        if kind in ("feed", "json_feed"):
            feed = parse_feed(fetched.content, url=fetched.url)
            if feed.title and source.url:
                self.titles[source.url] = feed.title
            yield from entries(source.name, feed.entries, feed.skipped)
        elif kind == "sitemap":
            yield from self._sitemap(source.name, fetched.content)
        elif kind == "json":
            yield from load(Source(f"{source.name}.json", data=fetched.content))
        elif kind == "text" and (urls := addresses(fetched.content)):
            yield from (Source(url, url=url) for url in urls)
        elif suffix := _SUFFIXES.get(kind):
            stamp = PageStamp(source.url or source.name, fetched.etag, fetched.last_modified,
                              source.entry.stamp if source.entry else None)  # fmt: skip
            parse = partial(_parse_page, fetched, suffix, source.entry)
            yield raw(source.name, suffix, fetched.content, parse, page=stamp)
        else:
            raise LoadError(f"is of a type that cannot be read ({fetched.content_type or kind}).")

    def _sitemap(self, name: str, content: bytes) -> Iterator[Item]:
        sitemap = parse_sitemap(content)
        if not sitemap.children:
            yield from entries(name, sitemap.pages, sitemap.skipped)
        for child in sitemap.children[:MAX_SITEMAPS]:
            try:
                part = parse_sitemap(self._fetcher.get(child).content)
                yield from entries(child, part.pages, part.skipped)
            except LoadError as error:
                yield LoadFailure(child, str(error))
        if (hidden := len(sitemap.children) - MAX_SITEMAPS) > 0:
            yield LoadFailure(name, f"names {hidden} more sitemaps than the {MAX_SITEMAPS} that are read at once.")


def _parse_page(fetched: Fetched, suffix: str, entry: Entry | None) -> ParsedArticle:
    if suffix != ".html":
        parsed = parse_bytes(fetched.content, suffix, fetched.url.rpartition("/")[2] or fetched.url)
        return complete(replace(parsed, url=parsed.url or fetched.url), entry)
    try:
        return complete(parse_html(_decoded(fetched), url=fetched.url), entry)
    except LoadError as error:
        if entry is None and (links := feed_links(fetched.content, fetched.url)):
            raise LoadError(f"{error} It names a feed, which can be added: {links[0]}") from error
        raise


def _decoded(fetched: Fetched) -> bytes | str:
    """Text by the charset of the response header, which outranks the page's own; else the bytes."""
    try:
        return fetched.content.decode(fetched.charset) if fetched.charset else fetched.content
    except (LookupError, UnicodeDecodeError):
        return fetched.content
