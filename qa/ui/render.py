"""Answers and articles as HTML strings. Every text is escaped; the only markup is ours. Pure: no streamlit."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from corpus.types import Article, Span
from qa.types import Abstention, Answer, AnswerSentence, Citation

_URL = re.compile(r"https?://[^\s\"'<>]+")


def e(text: object) -> str:
    """HTML-escaped text."""
    return html.escape(str(text), quote=True)


def safe_url(url: str | None) -> str | None:
    """The URL if it is http(s) and holds nothing odd."""
    return url if url and _URL.fullmatch(url) else None


def label(text: str) -> str:
    """Text as a widget label, which streamlit reads as Markdown: every mark escaped."""
    return re.sub(r"([^\w\s])", r"\\\1", text)


def day(moment: datetime | None) -> str:
    """`15 Mar 2023`, or nothing."""
    return f"{moment.day} {moment:%b %Y}" if moment else ""


def byline(citation: Citation | Article) -> str:
    """Publisher and day, as far as known."""
    return " · ".join(part for part in (citation.publisher, day(citation.published)) if part)


def _chip(citation: Citation, turn_id: str) -> str:
    name = f"Source {citation.number}: {citation.publisher or 'unknown publisher'}, {citation.title}"
    return (
        f'<a class="cite" href="#cite-{e(turn_id)}-{citation.number}" aria-haspopup="dialog" aria-label="{e(name)}" '
        f'title="{e(citation.quote)}">{citation.number}</a>'
    )


def sentence_html(sentence: AnswerSentence, citations: Sequence[Citation], turn_id: str) -> str:
    """One answer sentence, its chips kept on a line with its last word."""
    by_number = {citation.number: citation for citation in citations}
    chips = "".join(_chip(by_number[n], turn_id) for n in sentence.citations if n in by_number)
    head, _, last = sentence.text.rpartition(" ")
    body = f'{e(head)} <span class="nb">{e(last)}{chips}</span>'
    weak = ' class="weak" title="Weakly supported"' if sentence.status == "weak" else ""
    return f'<div class="answer"><p><span{weak}>{body}</span></p></div>'


def answer_html(answer: Answer, turn_id: str) -> list[str]:
    """One string a shown sentence, then one line that counts the withheld ones."""
    shown = [s for s in answer.sentences if s.status != "withheld"]
    blocks = [sentence_html(sentence, answer.citations, turn_id) for sentence in shown]
    if withheld := len(answer.sentences) - len(shown):
        blocks.append(f'<p class="cw-note">{withheld} {"sentence" if withheld == 1 else "sentences"} withheld</p>')
    return blocks


def abstention_html(abstention: Abstention, coverage: str) -> str:
    """Why there is no answer, and what was searched."""
    first, _, rest = abstention.message.partition(". ")
    detail = f"{e(rest)} " if rest else ""
    return (
        f'<div class="abstain" role="note"><b>{e(first.rstrip("."))}.</b><p>{detail}Searched: {e(coverage)}.</p></div>'
    )


def sources_html(citations: Iterable[Citation], turn_id: str, title: str = "Sources") -> str:
    """Source cards: plain anchors, so that they work before any script has loaded."""
    items = "".join(
        f'<li id="cite-{e(turn_id)}-{c.number}"><a class="src" href="#cite-{e(turn_id)}-{c.number}" aria-haspopup="dialog">'
        f'<span class="n">{c.number}</span><span class="meta">{e(byline(c))}</span>'
        f'<span class="t">{e(c.title)}</span><q>{e(c.quote)}</q></a></li>'
        for c in citations
    )
    return f'<ol class="sources" aria-label="{e(title)}">{items}</ol>' if items else ""


def marked_blocks(article: Article, cited: Span | None, also: Sequence[Span] = ()) -> list[list[Any]]:
    """`[kind, [[text, mark], ...]]` of each block; mark is 1 for the cited span, 2 for the others, 0 elsewhere."""
    marks = sorted({*((span, 2) for span in also if span != cited), *([(cited, 1)] if cited else [])})
    blocks: list[list[Any]] = []
    for block in article.blocks:
        position, parts = block.span.start, []
        for (start, end), mark in marks:
            if position <= start and end <= block.span.end:
                if start > position:
                    parts.append([article.text[position:start], 0])
                parts.append([article.text[start:end], mark])
                position = end
        if position < block.span.end:
            parts.append([article.text[position : block.span.end], 0])
        blocks.append([block.kind, parts])
    return blocks


def article_html(article: Article, cited: Span | None) -> str:
    """A whole article, the cited span in <mark>."""
    tags = {"heading": "h3", "quote": "blockquote"}
    body = "".join(
        f'<{tags.get(kind, "p")} class="{e(kind)}">'
        + "".join(f'<mark id="hit">{e(text)}</mark>' if mark else e(text) for text, mark in parts)
        + f"</{tags.get(kind, 'p')}>"
        for kind, parts in marked_blocks(article, cited)
    )
    facts = " · ".join(part for part in (article.publisher, article.author, day(article.published)) if part)
    return f'<article class="art"><h1>{e(article.title)}</h1><div class="facts">{e(facts)}</div>{body}</article>'


def viewer_group(citations: Sequence[Citation], articles: dict[tuple[str, int], Article]) -> list[dict[str, Any]]:
    """What the source viewer needs of one answer. A deleted article leaves its quote."""
    group = []
    for c in citations:
        article = articles.get((c.article_id, c.version))
        span = Span(c.start, c.end)
        also = [Span(o.start, o.end) for o in citations if (o.article_id, o.version) == (c.article_id, c.version)]
        blocks = marked_blocks(article, span, also) if article else [["paragraph", [[c.quote, 1]]]]
        link = "articles?" + urlencode({"article": c.article_id, "v": c.version, "s": f"{c.start}-{c.end}"})
        group.append(
            {"n": c.number, "title": c.title, "publisher": c.publisher or "Unknown publisher", "author": c.author or "",
             "date": c.published.date().isoformat() if c.published else "", "date_h": day(c.published),
             "url": safe_url(c.url) or "", "quote": c.quote, "blocks": blocks, "open": link if article else ""}
        )  # fmt: skip
    return group
