"""Web pages as articles: trafilatura finds the story, the page's own metadata gives the facts.

Fetches nothing. The publication moment is taken from JSON-LD or meta tags with its hour and zone where given,
else the day that trafilatura (htmldate) finds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from lxml import html as lxml_html
from lxml.etree import ParserError
from trafilatura import bare_extraction
from trafilatura.settings import Document

from corpus.boilerplate import byline, cut_credit, ends_sentence, is_noise, sign_off, url_line
from corpus.dates import date_line, parse_date
from corpus.errors import LoadError
from corpus.normalize import normalize
from corpus.types import Block, BlockKind, ParsedArticle

_KINDS: dict[str, BlockKind] = {
    "p": "paragraph",
    "head": "heading",
    "quote": "quote",
    "item": "list",
    "row": "list",
    "ab": "paragraph",
}
_NEWS_TYPE = re.compile(r"(?:News|Report|Opinion|Analysis|Review|Blog)?(?:Article|Posting)$|^LiveBlogPosting$")
_PUBLISHED = ("article:published_time", "og:article:published_time", "parsely-pub-date", "sailthru.date", "date",
              "dc.date", "dcterms.created", "pubdate", "publishdate", "datePublished")  # fmt: skip
_UPDATED = ("article:modified_time", "og:updated_time", "lastmod", "dcterms.modified", "dateModified")


def parse_html(data: bytes | str, *, url: str | None = None, source_file: str | None = None) -> ParsedArticle:
    """One article from a page.

    Raises:
        LoadError: the page is empty, no HTML, or holds no article text (it may be built by scripts).
    """
    try:
        tree: Any = lxml_html.fromstring(data)
    except (ParserError, ValueError) as error:
        raise LoadError(f"is not HTML that can be read ({error}).") from error
    structured = next(_news_objects(tree), {})
    metadata = _meta_tags(tree)
    captions = [normalize(c.text_content()) for c in tree.iter("figcaption")]
    document = bare_extraction(
        data, url=url, with_metadata=True, include_comments=False, include_tables=True, include_formatting=False
    )
    if not isinstance(document, Document) or document.body is None:
        raise LoadError(
            "holds no article text. If the page is built by scripts, open it in a browser and save its text."
        )
    blocks, agencies = _clean(_blocks(document.body), document.title or "")
    blocks = _with_captions(blocks, captions)
    if not any(block.kind != "heading" for block in blocks):
        raise LoadError(
            "holds no article text. If the page is built by scripts, open it in a browser and save its text."
        )
    return ParsedArticle(
        title=_title(structured, metadata, document),
        blocks=tuple(blocks),
        publisher=_name(structured.get("publisher")) or metadata.get("og:site_name") or document.sitename,
        author=_name(structured.get("author")) or document.author,
        url=url or document.url,
        published=_moment(structured.get("datePublished"), metadata, _PUBLISHED, document.date),
        updated=_moment(structured.get("dateModified"), metadata, _UPDATED, None),
        language=(document.language or tree.get("lang") or "en").split("-")[0].lower(),
        agencies=agencies,
        section=_name(structured.get("articleSection")) or metadata.get("article:section"),
        source_file=source_file,
    )


def _news_objects(tree: Any) -> Iterator[dict[str, Any]]:
    """JSON-LD objects of an article type, broken ones passed over."""
    for script in tree.iterfind('.//script[@type="application/ld+json"]'):
        try:
            data = json.loads(script.text_content())
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
                queue += [item["@graph"]] if "@graph" in item else []


def _meta_tags(tree: Any) -> dict[str, str]:
    """`property`, `name` or `itemprop` of each meta tag to its content; the first of a name wins."""
    tags: dict[str, str] = {}
    for tag in tree.iter("meta"):
        key, content = tag.get("property") or tag.get("name") or tag.get("itemprop"), tag.get("content")
        if key and content and content.strip():
            tags.setdefault(key, normalize(content))
    return tags


def _name(value: Any) -> str | None:
    """A name in JSON-LD: a string, an object with a name, or a list of either."""
    if isinstance(value, list):
        names = [name for item in value if (name := _name(item))]
        return ", ".join(dict.fromkeys(names)) or None
    if isinstance(value, dict):
        value = value.get("name")
    return normalize(value) if isinstance(value, str) and value.strip() and not value.startswith("http") else None


def _title(structured: dict[str, Any], metadata: dict[str, str], document: Document) -> str:
    headline = structured.get("headline")
    if isinstance(headline, str) and headline.strip():
        element: Any = lxml_html.fromstring(f"<p>{headline}</p>")
        return normalize(element.text_content()) or document.title or ""
    return normalize(document.title or metadata.get("og:title") or "")


def _moment(value: Any, metadata: dict[str, str], keys: tuple[str, ...], day: str | None) -> datetime | None:
    for candidate in (value, *(metadata.get(key) for key in keys), day):
        if isinstance(candidate, str) and (moment := parse_date(candidate)):
            return moment
    return None


def _blocks(body: Any) -> Iterator[Block]:
    """trafilatura's elements as blocks, in order, line breaks as paragraph ends; loose text between them too."""
    yield from _lines("paragraph", body.text)
    for element in body.iterdescendants():
        if any(ancestor.tag in _KINDS for ancestor in element.iterancestors()):
            continue
        if element.tag in _KINDS:
            for line_break in element.iter("lb"):
                line_break.tail = "\n" + (line_break.tail or "")
            for cell in element.iter("cell"):
                cell.tail = " " + (cell.tail or "")
            yield from _lines(_KINDS[element.tag], "".join(element.itertext()))
        else:
            yield from _lines("paragraph", element.text)
        yield from _lines("paragraph", element.tail)


def _lines(kind: BlockKind, text: str | None) -> Iterator[Block]:
    yield from (Block(kind, line) for line in normalize(text or "").split("\n") if line)


def _clean(blocks: Iterator[Block], title: str) -> tuple[list[Block], tuple[str, ...]]:
    """Drop noise, credits, bylines and repeats of the title; collect the agencies of a sign-off."""
    kept: list[Block] = []
    agencies: list[str] = []
    for block in blocks:
        text, credit = cut_credit(block.text)
        if (names := sign_off(text)) is not None:
            agencies += names
        elif (
            is_noise(text)
            or url_line(text)
            or date_line(text)
            or (byline(text) and len(kept) < 3)
            or not text
            or (text == title and not kept)
        ):
            continue
        else:
            kept.append(Block("caption" if credit else block.kind, text))
    while kept and kept[-1].kind == "heading":
        kept.pop()
    return kept, tuple(dict.fromkeys(agencies))


def _with_captions(blocks: list[Block], captions: list[str]) -> list[Block]:
    """Mark blocks that are captions; full-sentence captions that were left out go after the first paragraph."""
    cut = [text for caption in captions if (text := cut_credit(caption.replace("\n", " "))[0]) and ends_sentence(text)]
    marked = [
        Block("caption", block.text) if any(block.text in c or c in block.text for c in cut) else block
        for block in blocks
    ]
    have = {block.text for block in marked}
    missing = [Block("caption", text) for text in dict.fromkeys(cut) if text not in have and len(text) < 600]
    return [*marked[:1], *missing, *marked[1:]] if len(missing) <= 6 else marked
