"""The source viewer: one component a page, which opens any cited article at the cited sentence, in the browser alone.

Here is the data it gets; what it does is in `assets/viewer.js`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from corpus.errors import ArticleNotFound
from corpus.iso import to_iso
from corpus.library import Library
from corpus.types import Span
from qa.export import reference
from qa.types import Citation
from qa.ui.dates import day
from qa.ui.marking import mark
from qa.ui.versions import address_of

_ASSETS = Path(__file__).with_name("assets")
_viewer = st.components.v2.component(
    "citewire_viewer",
    html=(_ASSETS / "viewer.html").read_text(encoding="utf-8"),
    css=(_ASSETS / "viewer.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "viewer.js").read_text(encoding="utf-8"),
)
_scroller = st.components.v2.component(
    "citewire_scroller",
    html="<span hidden></span>",
    js="export default function () {\n"
    "  const hit = document.getElementById('cw-hit');\n"
    "  if (hit && !hit.dataset.seen) { hit.dataset.seen = '1'; hit.scrollIntoView({ block: 'center' }); }\n"
    "}\n",
)


def viewer(groups: Mapping[str, Mapping[str, Any]], *, shortcuts: bool = True) -> None:
    """Place the viewer. `groups` holds `group(...)` of each answer, by the name used in its chips.

    `shortcuts`: whether single keys do something on the page.
    """
    _viewer(key="viewer", data={"groups": groups, "shortcuts": shortcuts})


def scroll_to_hit() -> None:
    """Bring the marked sentence of the article on the page into view."""
    _scroller(key="scroller")


def group(
    library: Library, citations: Sequence[Citation], markdown: str = "", latest: Mapping[str, int] = {}
) -> dict[str, Any]:
    """What the viewer needs of one answer: its sources in order, and each cited article once.

    `latest`: newest versions by article id; where a newer one than cited is known, it is offered.
    """
    by_article: dict[str, list[Citation]] = {}
    for citation in citations:
        by_article.setdefault(_key(citation), []).append(citation)
    articles = {key: _article(library, cited, latest) for key, cited in by_article.items()}
    return {
        "sources": [_source(c, gone=articles[_key(c)]["gone"]) for c in citations],
        "articles": articles,
        "markdown": markdown,
    }


def full_article(citation: Citation) -> str:
    """The address of the Articles page at the cited sentence, relative to the app."""
    query = {"article": citation.article_id, "v": citation.version, "s": f"{citation.start}-{citation.end}"}
    return f"articles?{urlencode(query)}"


def _key(citation: Citation) -> str:
    return f"{citation.article_id}@{citation.version}"


def _source(citation: Citation, *, gone: bool) -> dict[str, Any]:
    return {
        "number": citation.number,
        "article": _key(citation),
        "quote": citation.quote,
        "support": f"Support {citation.support:.0%}" if citation.support else "",
        "by": " · ".join(part for part in (citation.publisher, day(citation.published), citation.title) if part),
        "reference": reference(citation),
        "open": "" if gone else full_article(citation),
    }


def _article(library: Library, cited: Sequence[Citation], latest: Mapping[str, int]) -> dict[str, Any]:
    """The article with its citations marked; when it was deleted, the quotes that were kept with the answer."""
    first = cited[0]
    head = {
        "title": first.title or "Untitled", "publisher": first.publisher or "Unknown publisher",
        "author": first.author or "", "url": first.url or "",
        "date": to_iso(first.published) or "", "day": day(first.published), "newest": "",
    }  # fmt: skip
    try:
        article = library.article(first.article_id, first.version)
    except ArticleNotFound:
        remark = "This article was deleted from the library. Its quotes were kept with the answer."
        quotes = [["paragraph", [[c.quote, [c.number]]]] for c in cited]
        return head | {"blocks": quotes, "remark": remark, "gone": True}
    marked = mark(article, {c.number: Span(c.start, c.end) for c in cited})
    blocks = [[b.kind, [[piece.text, list(piece.numbers)] for piece in b.pieces]] for b in marked]
    if (now := latest.get(article.id, article.version)) > article.version:
        remark = f"Version {article.version}, which the answer cites. The article was updated since."
        head |= {"remark": remark, "newest": address_of(article.id, now)}
    return {"remark": ""} | head | {"blocks": blocks, "gone": False}
