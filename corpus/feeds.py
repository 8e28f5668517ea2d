"""Feeds, sitemaps and lists of addresses: bytes in, entries out. Fetches nothing and follows no link.

Hostile XML stays inert: a document that declares entities is refused, external ones are never loaded.
HTML in entries is as the feed gave it, not sanitized: read it for its text only.
"""

from __future__ import annotations

import io
import json
from calendar import timegm
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import escape
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser
from lxml import etree
from lxml import html as lxml_html

from corpus.errors import LoadError
from corpus.identity import digest
from corpus.normalize import normalize
from corpus.sniff import inert, is_json_feed, unpacked, utf8

MAX_FEED = 10_000_000  # bytes; the largest podcast feeds, with every episode since the first, have about 5 MB
MAX_DEPTH = 100  # of elements; XHTML inside Atom goes to about 20
MAX_ATTRIBUTES = 100  # of an element; the root of a feed with all known namespaces has about 30

_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/json")
_HTML_TYPES = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True)
class Entry:
    """One article as a feed or a sitemap announces it.

    `stamp` changes when the article does, as far as its source says: the moment of its last change as written there,
    else a hash of what is announced; `None` when nothing but the address is known. `url` is absolute http or https,
    `None` for an entry that has only its content.
    """

    url: str | None
    title: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    author: str | None = None
    content_html: str | None = None
    summary_html: str | None = None
    id: str | None = None
    stamp: str | None = None
    publisher: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's entries in its order. `skipped` had neither an address nor content."""

    title: str | None
    entries: tuple[Entry, ...]
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Sitemap:
    """The pages of a sitemap, or the sitemaps that an index names. `skipped` had no http address."""

    pages: tuple[Entry, ...]
    children: tuple[str, ...]
    skipped: int = 0


def parse_feed(data: bytes, *, url: str | None = None) -> Feed:
    """The entries of an RSS, Atom or JSON feed; relative links are resolved against `url`.

    Ill-formed feeds give what can be read of them.

    Raises:
        LoadError: it is no feed, or so broken that it has no entry.
    """
    data = unpacked(data)
    if utf8(data).lstrip()[:1] == b"{":
        return _parse_json_feed(utf8(data), url)
    headers = {"content-location": url} if url else {}
    _check_shape(inert(data))
    try:
        parsed = feedparser.parse(io.BytesIO(data), response_headers=headers, sanitize_html=False)
    except Exception as error:  # feedparser lets whatever its handlers meet in broken dates, bases, charsets pass
        raise LoadError(f"is no feed that can be read ({type(error).__name__}: {error}).") from error
    problem = parsed.get("bozo_exception")
    harmless = isinstance(problem, feedparser.CharacterEncodingOverride | feedparser.NonXMLContentType)
    if not parsed.entries and (not parsed.get("version") or (parsed.bozo and not harmless)):
        raise LoadError(f"is no feed that can be read ({problem or 'no RSS, Atom or JSON feed in it'}).")
    entries = tuple(_entry(item, url) for item in parsed.entries)
    return _feed(_title(parsed.feed), entries)


class _Shape:
    """Watches depth and attributes while lxml reads: feedparser takes minutes for what exceeds them (its time is
    quadratic in both), lxml milliseconds."""

    def __init__(self) -> None:
        self._depth = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:  # noqa: ARG002 - lxml's parser target
        self._depth += 1
        if self._depth > MAX_DEPTH or len(attributes) > MAX_ATTRIBUTES:
            raise LoadError("is nested deeper, or has more attributes in an element, than any feed. It was not read.")

    def end(self, tag: str) -> None:  # noqa: ARG002
        self._depth -= 1

    def close(self) -> None: ...


def _check_shape(data: bytes) -> None:
    """Raises `LoadError` for what feedparser cannot read in reasonable time."""
    if len(data) > MAX_FEED:
        raise LoadError(f"is a feed of more than {MAX_FEED // 1_000_000} MB.")
    with suppress(etree.XMLSyntaxError, ValueError):  # ill-formed: feedparser says what it makes of it
        etree.fromstring(data, _xml_parser(_Shape()))


def _xml_parser(target: Any = None) -> etree.XMLParser:
    """Forgiving about form; loads nothing, expands no entity, keeps libxml2's own limits."""
    return etree.XMLParser(
        target=target,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=True,
        remove_comments=True,
    )


def _feed(title: str | None, entries: tuple[Entry, ...]) -> Feed:
    usable = tuple(entry for entry in entries if entry.url or entry.content_html or entry.summary_html)
    return Feed(title, usable, len(entries) - len(usable))


def _entry(item: Any, base: str | None) -> Entry:
    published, updated = _string(item, "published"), _string(item, "updated")
    contents = [html for part in dict.get(item, "content") or () if (html := _html(part))]
    content = max(contents, key=len, default=None)
    summary, title = _html(dict.get(item, "summary_detail")), _title(item)
    return Entry(
        url=_absolute(_string(item, "feedburner_origlink"), base) or _absolute(_string(item, "link"), base),
        title=title,
        published=_moment(published, dict.get(item, "published_parsed")),
        updated=_moment(updated, dict.get(item, "updated_parsed")),
        author=_author(item),
        content_html=content,
        summary_html=summary,
        id=_string(item, "id"),
        stamp=updated or digest(published or "", title or "", summary or content or ""),
    )


def _string(item: Any, key: str) -> str | None:
    """`dict.get`, because feedparser's own warns and answers for other keys. Half surrogate pairs become `?`."""
    value = dict.get(item, key)
    return value.encode("utf-8", "replace").decode().strip() or None if isinstance(value, str) else None


def _html(part: Any) -> str | None:
    """The value of a text construct as HTML; other media (images, audio) give nothing."""
    value, kind = (_string(part, "value"), _string(part, "type")) if isinstance(part, dict) else (None, None)
    if value is None or kind not in (*_HTML_TYPES, "text/plain"):
        return None
    return value if kind != "text/plain" else _paragraphs(value)


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(line.strip(), quote=False)}</p>" for line in text.split("\n") if line.strip())


def _title(item: Any) -> str | None:
    detail = dict.get(item, "title_detail")
    title = _string(item, "title")
    if title and isinstance(detail, dict) and _string(detail, "type") in _HTML_TYPES:
        title = _plain(title)
    return normalize(title).replace("\n", " ") or None if title else None


def _plain(html: str) -> str:
    try:
        element: Any = lxml_html.fromstring(f"<p>{html}</p>")
        return str(element.text_content())
    except (etree.ParserError, ValueError):
        return html


def _author(item: Any) -> str | None:
    """Names, not mail addresses: `jo@example.org (Jo Fox)` gives `Jo Fox`."""
    details = dict.get(item, "authors") or [dict.get(item, "author_detail")]
    names = [_string(detail, "name") for detail in details if isinstance(detail, dict)]
    found = [normalize(name) for name in names or [_string(item, "author")] if name and "@" not in name]
    return ", ".join(dict.fromkeys(name for name in found if name)) or None


def _moment(raw: str | None, parsed: Any = None) -> datetime | None:
    """A date as written, with its own zone; else as feedparser understood it, in UTC."""
    if not raw:
        return None
    with suppress(ValueError):
        moment = datetime.fromisoformat(raw)
        return moment if moment.year >= 1800 else None
    with suppress(ValueError, TypeError, IndexError, OverflowError):
        moment = parsedate_to_datetime(raw)
        if moment.tzinfo and moment.year >= 1800:
            return moment
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def _absolute(address: str | None, base: str | None) -> str | None:
    """An absolute http or https address, else `None`."""
    if not address:
        return None
    try:
        joined = urljoin(base, address.strip()) if base else address.strip()
        parts = urlsplit(joined)
    except ValueError:
        return None
    return joined if parts.scheme in ("http", "https") and parts.netloc else None


def _parse_json_feed(data: bytes, url: str | None) -> Feed:
    """JSON Feed 1 and 1.1 (jsonfeed.org)."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise LoadError(f"is no JSON that can be read ({error}).") from error
    items = value.get("items") if is_json_feed(value) else None
    if not isinstance(items, list):
        raise LoadError("is no JSON Feed: it lacks the version or the items.")
    base = url or _string(value, "feed_url") or _string(value, "home_page_url")
    entries = tuple(_json_entry(item if isinstance(item, dict) else {}, base) for item in items)
    return _feed(_string(value, "title"), entries)


def _json_entry(item: dict[str, Any], base: str | None) -> Entry:
    published, updated, title = (_string(item, key) for key in ("date_published", "date_modified", "title"))
    text, summary = _string(item, "content_text"), _string(item, "summary")
    content = _string(item, "content_html") or (_paragraphs(text) if text else None)
    listed = item.get("authors")
    authors = listed if isinstance(listed, list) else [item.get("author")]
    names = [name for author in authors if isinstance(author, dict) and (name := _string(author, "name"))]
    identity = item.get("id")
    identity = str(identity) if isinstance(identity, int) else _string(item, "id")
    return Entry(
        url=_absolute(_string(item, "url"), base) or _absolute(_string(item, "external_url"), base),
        title=normalize(title).replace("\n", " ") if title else None,
        published=_moment(published),
        updated=_moment(updated),
        author=", ".join(dict.fromkeys(names)) or None,
        content_html=content,
        summary_html=_paragraphs(summary) if summary else None,
        id=identity,
        stamp=updated or digest(published or "", title or "", summary or content or ""),
    )


def feed_links(page: bytes, url: str) -> list[str]:
    """The feeds that a page names in `<link rel="alternate">`, absolute, in its order; none when it is no HTML."""
    try:
        tree: Any = lxml_html.fromstring(page)
        base = next((_absolute(element.get("href"), url) for element in tree.iter("base")), None) or url
        found = [
            _absolute(link.get("href"), base)
            for link in tree.iter("link")
            if "alternate" in (link.get("rel") or "").lower().split()
            and (link.get("type") or "").partition(";")[0].strip().lower() in _FEED_TYPES
        ]
    except (etree.ParserError, ValueError):  # ValueError: texts that are no Unicode
        return []
    return list(dict.fromkeys(address for address in found if address))


# ---- sitemaps and lists


def parse_sitemap(data: bytes) -> Sitemap:
    """A sitemap or an index of sitemaps (sitemaps.org, Google News), XML or plain text, gzip'ed or not.

    Raises:
        LoadError: it is neither.
    """
    data = unpacked(data)
    if utf8(data).lstrip()[:1] != b"<":
        listed = url_list(utf8(data).decode("utf-8", "replace"))
        if listed is None:
            raise LoadError("is no sitemap: neither XML nor a list of addresses.")
        return Sitemap(tuple(Entry(address) for address in listed), ())
    try:
        return _read_sitemap(etree.fromstring(inert(data), _xml_parser()))
    except (etree.XMLSyntaxError, ValueError) as error:  # ValueError: names and texts that are no Unicode
        raise LoadError(f"is no sitemap that can be read ({error}).") from error


def _read_sitemap(root: Any) -> Sitemap:
    name = _local(root) if root is not None else ""
    if name not in ("urlset", "sitemapindex"):
        raise LoadError(f"is no sitemap: its root is {name!r}, not 'urlset' or 'sitemapindex'.")
    children = [child for child in root if _local(child) in ("url", "sitemap")]
    entries = [entry for child in children if (entry := _page(child))]
    skipped = len(children) - len(entries)
    if name == "urlset":
        return Sitemap(tuple(entries), (), skipped)
    return Sitemap((), tuple(dict.fromkeys(entry.url for entry in entries if entry.url)), skipped)


def _local(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _page(element: Any) -> Entry | None:
    """One `<url>`, with what Google's news extension says of it; the first of a name counts."""
    texts: dict[str, str] = {}
    for part in element.iter():
        if isinstance(part.tag, str) and part.text and part.text.strip():
            texts.setdefault(_local(part), part.text.strip())
    url = _absolute(texts.get("loc"), None)
    if url is None:
        return None
    title, published, updated = texts.get("title"), texts.get("publication_date"), texts.get("lastmod")
    return Entry(
        url=url,
        title=normalize(title) if title else None,
        published=_moment(published),
        updated=_moment(updated),
        stamp=updated or published,
        publisher=normalize(texts["name"]) if "name" in texts else None,
    )


def url_list(text: str) -> list[str] | None:
    """The addresses of a text in which every line is one, blank lines and `#` comments aside; else `None`."""
    lines = [line.strip() for line in text.lstrip("\ufeff").splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    if not lines or any(" " in line or _absolute(line, None) is None for line in lines):
        return None
    return list(dict.fromkeys(lines))
