"""The facts of a web page: headline, publisher, authors, when it was published and last changed.

Reads JSON-LD, meta tags and what stands on the page; takes nothing from the story's text. A fact of a related
article is not one of this page: JSON-LD counts only where its address or headline is the page's own.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from corpus.dates import parse_date
from corpus.normalize import normalize
from corpus.page_dates import day_in_url, in_page_zone
from corpus.page_tree import letters, text_of

_NEWS_TYPE = re.compile(r"(?:News|Report|Opinion|Analysis|Review|Blog)?(?:Article|Posting)$|^LiveBlogPosting$")
_PUBLISHED = ("article:published_time", "og:article:published_time", "article:published", "parsely-pub-date",
              "sailthru.date", "date", "dc.date", "dcterms.created", "pubdate", "publishdate",
              "datePublished", "og:pubdate", "published_time_telegram")  # fmt: skip
_UPDATED = ("article:modified_time", "og:updated_time", "lastmod", "dcterms.modified", "dateModified")
_BY = re.compile(r"^(?:by|von|por|par|di|written by|author:?)\s+", re.IGNORECASE)
_ROLE = re.compile(
    r"(?:\s*[,|]\s*|\s+[–—-]\s+)(?:[\w.&'’-]+ ){0,4}"
    r"(?:writer|reporter|editor|correspondent|contributor|columnist|producer|journalist|critic|analyst|staff)\b.*$",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"\s+[|–—·»•-]\s+|\s*[|]\s*|:\s+")
_SUFFIX = re.compile(r"\s+[|–—»-]\s+")
MIN_LIKENESS = 0.3  # share of common words; the same story's headlines for search and for readers have about half


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What a page says of itself; `None` where it says nothing."""

    title: str
    publisher: str | None
    author: str | None
    url: str | None
    published: datetime | None
    updated: datetime | None
    section: str | None


def page_facts(tree: Any, guess: Any, url: str | None) -> PageFacts:
    """The facts of a parsed page; `guess` is trafilatura's metadata, asked where the page itself says nothing."""
    metadata = _meta_tags(tree)
    url = url or _address(tree, metadata) or guess.url
    structured = _own(list(_news_objects(tree)), metadata, url, _headings(tree))
    publisher = _name(structured.get("publisher")) or metadata.get("og:site_name") or guess.sitename
    publisher = publisher.lstrip("@") if publisher else None
    published = _first(structured.get("datePublished"), *(metadata.get(key) for key in _PUBLISHED), *_marked(tree))
    updated = _first(structured.get("dateModified"), *(metadata.get(key) for key in _UPDATED))
    published = published or day_in_url(url) or _first(guess.date)
    title = _title(tree, structured, metadata, guess, publisher, url)
    published, updated = in_page_zone(tree, title, published, updated, metadata.values(), url)
    return PageFacts(
        title=title,
        publisher=publisher,
        author=_authors(structured.get("author"), publisher) or _authors((guess.author or "").split("; "), publisher),
        url=url,
        published=published,
        updated=updated,
        section=_name(structured.get("articleSection")) or metadata.get("article:section"),
    )


def titles(tree: Any) -> frozenset[str]:
    """Every form of the headline on the page, letters only, to know a repeat of it by."""
    found = [text_of(element) for element in tree.iter("h1", "title")]
    found += [value for key, value in _meta_tags(tree).items() if key in ("og:title", "twitter:title")]
    return frozenset(filter(None, map(letters, found)))


def _news_objects(tree: Any) -> Iterator[dict[str, Any]]:
    """JSON-LD objects of an article type, broken ones passed over."""
    for script in tree.iterfind('.//script[@type="application/ld+json"]'):
        try:
            data = json.loads(script.text_content().strip().rstrip(";"), strict=False)
        except (ValueError, RecursionError):
            continue
        queue = [data]
        while queue:
            item = queue.pop(0)
            if isinstance(item, list):
                queue += item
            elif isinstance(item, dict):
                types = item.get("@type")
                names = types if isinstance(types, list) else [types]
                if any(isinstance(name, str) and _NEWS_TYPE.search(name) for name in names):
                    yield item
                queue += [item[key] for key in ("@graph", "mainEntity") if key in item]


def _own(objects: list[dict[str, Any]], metadata: dict[str, str], url: str | None, heads: list[str]) -> dict[str, Any]:
    """The object that speaks of this page: by its address, else by its headline."""
    if not objects:
        return {}
    for item in objects:
        page = item.get("mainEntityOfPage")
        addresses = (item.get("url"), item.get("@id"), page.get("@id") if isinstance(page, dict) else page)
        if url and any(isinstance(a, str) and _path(a) == _path(url) for a in addresses):
            return item
    known = [*heads, *(metadata[key] for key in ("og:title", "twitter:title") if key in metadata)]
    best = max(objects, key=lambda item: _likeness(item.get("headline"), known))
    if not isinstance(best.get("headline"), str) or not known or _likeness(best["headline"], known) >= MIN_LIKENESS:
        return best
    return {}


def _path(address: str) -> str:
    return urlsplit(address).path.rstrip("/").casefold() or "/"


def _likeness(text: Any, others: Iterable[str]) -> float:
    """The greatest share of common words of the text and one of the others."""
    words = _words(text) if isinstance(text, str) else set()
    return max((len(words & (o := _words(other))) / max(len(words | o), 1) for other in others), default=0.0)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", html.unescape(text).casefold()))


def _meta_tags(tree: Any) -> dict[str, str]:
    """`property`, `name` or `itemprop` of each meta tag to its content; the first of a name wins."""
    tags: dict[str, str] = {}
    for tag in tree.iter("meta"):
        key, content = tag.get("property") or tag.get("name") or tag.get("itemprop"), tag.get("content")
        if key and content and content.strip():
            tags.setdefault(key, normalize(content))
            tags.setdefault(key.lower(), normalize(content))
    return tags


def _address(tree: Any, metadata: dict[str, str]) -> str | None:
    link = tree.find('.//link[@rel="canonical"]')
    address = (link.get("href") if link is not None else None) or metadata.get("og:url")
    return address if address and address.startswith("http") else None


def _marked(tree: Any) -> Iterator[str | None]:
    """Dates that elements give for machines: marked as the publication's, else the first after the headline."""
    for element in tree.iterfind('.//*[@itemprop="datePublished"]'):
        yield element.get("datetime") or element.get("content") or text_of(element)
    times = [element for element in tree.iter("time") if element.get("datetime")]
    if times and not re.search(r"updated|modified", str(times[0].attrib).lower()):
        yield times[0].get("datetime")


def _first(*values: Any) -> datetime | None:
    """The first value that is a full date of the web's time."""
    moments = (parse_date(value) for value in values if isinstance(value, str))
    return next((moment for moment in moments if moment and moment.year >= 1990), None)


def _name(value: Any) -> str | None:
    """A name in JSON-LD: a string, an object with a name, or a list of either."""
    if isinstance(value, list):
        names = [name for item in value if (name := _name(item))]
        return ", ".join(dict.fromkeys(names)) or None
    if isinstance(value, dict):
        value = value.get("name")
        return _name(value) if isinstance(value, list | str) else None
    text = normalize(html.unescape(value)).replace("\n", " ") if isinstance(value, str) else ""
    return None if not text or re.match(r"https?:|www\.|//", text) else text


def _authors(value: Any, publisher: str | None) -> str | None:
    """Names only: no "By", no role, no address, none twice; the publisher is no author beside a person."""
    names: list[str] = []
    for item in value if isinstance(value, list) else [value]:
        name = _ROLE.sub("", _BY.sub("", _name(item) or "")).strip(" ,;|")
        if name and "@" not in name and letters(name) not in map(letters, names):
            names.append(name)
    people = [name for name in names if letters(name) != letters(publisher or "")]
    return ", ".join(people or names) or None


def _headings(tree: Any) -> list[str]:
    return [text for element in tree.iter("h1") if (text := text_of(element))]


def _title(
    tree: Any, structured: dict[str, Any], metadata: dict[str, str], guess: Any, publisher: str | None, url: str | None
) -> str:
    """The headline that readers see: the `h1` (or marked line) that the page's own titles speak of."""
    shown = tree.findtext(".//title") or ""
    stated = [structured.get("headline"), metadata.get("og:title"), metadata.get("twitter:title"), shown]
    forms = [normalize(html.unescape(html.unescape(s))).replace("\n", " ") for s in stated if isinstance(s, str)]
    forms = [re.sub(r"<[^>]{1,40}>", "", form) for form in forms if letters(form)]
    site = {letters(name) for name in (publisher, metadata.get("og:site_name"), guess.sitename) if name}
    host = urlsplit(url or "").netloc.removeprefix("www.")
    site |= {letters(part) for part in (host, *host.split(".")) if len(part) > 3}
    named = site | {letters(part) for part in _SUFFIX.split(shown)[1:][-1:]}
    heads = [head for head in _headings(tree) if letters(head) and letters(head) not in named]
    bare = [_without_site(form, site) for form in forms]
    best = max(heads, key=lambda head: _likeness(head, [*forms, *bare]), default=None)
    if best and _likeness(best, [*forms, *bare]) >= MIN_LIKENESS:
        return normalize(best)
    known = {letters(form) for form in [*forms, *bare, *(_SUFFIX.split(form)[0] for form in forms)]}
    for element in tree.iter("h2", "h3", "p", "div", "dt"):
        if len(element) <= 1 and (text := text_of(element)) and letters(text) in known and len(text) > 8:
            return normalize(text)
    return normalize(heads[0] if heads else (bare or [guess.title or ""])[0])


def _without_site(title: str, site: set[str]) -> str:
    """The title without the site's name after, or before, a separator."""
    for match in _SEPARATOR.finditer(title):
        if letters(title[match.end() :]) in site:
            return title[: match.start()]
        if letters(title[: match.start()]) in site:
            return title[match.end() :]
    return title
