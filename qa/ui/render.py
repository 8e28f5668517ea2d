"""Answers and articles as HTML. All text is escaped here; the only markup is our own. Knows no Streamlit.

Nothing that comes from an article, a model or a user may reach Markdown: show what these functions return with
`st.html`, and put text into a widget's label only through `plain_label`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from corpus.diff import Change
from corpus.types import ArticleSummary, Span
from qa.types import Abstention, Answer, AnswerSentence, Citation, Note
from qa.ui.marking import MarkedBlock

_LAST_WORD = re.compile(r"^(.*?)(\S{1,24})$", re.DOTALL)  # kept on one line with its chips; longer words may break
_HIT = ' id="cw-hit"'
_HEADING = "The articles don't answer that."
_TAGS = {"paragraph": "p", "heading": "h3", "caption": "figcaption", "quote": "blockquote", "list": "p"}


def escape(text: object) -> str:
    """Text fit for an element or an attribute."""
    return html.escape(str(text), quote=True)


def plain_label(text: str) -> str:
    """Text fit for a widget's label, which is Markdown: ASCII signs are escaped, white space becomes single spaces."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(text.split()))


def safe_url(url: str | None) -> str | None:
    """The URL if it is a plain web address, else `None`."""
    return url if url and re.fullmatch(r"https?://[^\s\"'<>]+", url) else None


def day(moment: datetime | None) -> str:
    """`3 May 2023`, or nothing."""
    return f"{moment.day} {moment:%b %Y}" if moment else ""


def byline(*parts: str | None) -> str:
    """The parts that are there, set apart by dots."""
    return " · ".join(escape(part) for part in parts if part)


def reference(citation: Citation) -> str:
    """A citation in one line of plain text: “quote” (publisher, "title", date, URL)."""
    where = [
        citation.publisher,
        f'"{citation.title}"' if citation.title else None,
        day(citation.published),
        citation.url,
    ]
    return f"“{citation.quote}” ({', '.join(part for part in where if part)})"


def question(text: str) -> str:
    """The user's turn."""
    return f'<div class="cw-question"><span class="cw-sr">You asked: </span>{escape(text)}</div>'


def chips(numbers: Iterable[int], citations: Mapping[int, Citation], group: str) -> str:
    """Numbered links to the sources. A number without a citation is not shown."""
    found = [citations[number] for number in numbers if number in citations]
    return "".join(
        f'<a class="cw-chip" href="#cite-{escape(group)}-{c.number}" aria-haspopup="dialog" '
        f'aria-label="Source {c.number}: {escape(c.publisher or "unknown publisher")}, {escape(c.title)}">{c.number}</a>'
        for c in found
    )


def answer_sentence(sentence: AnswerSentence, citations: Mapping[int, Citation], group: str) -> str:
    """One sentence and its chips; a weak one is marked in words too."""
    match = _LAST_WORD.match(sentence.text)
    cut = match.end(1) if match else len(sentence.text)
    linked = chips(sentence.citations, citations, group)
    weak = sentence.status == "weak"
    mark = (
        '<span class="cw-weak-tag" title="This sentence may not answer the question">weak match</span>' if weak else ""
    )
    head, last = (_stressed(sentence, start, end) for start, end in ((0, cut), (cut, len(sentence.text))))
    body = f'<span class="cw-text">{head}</span><span class="cw-nobreak"><span class="cw-text">{last}</span>'
    return f'<p class="cw-sentence{" cw-weak" if weak else ""}">{body}{linked}</span>{mark}</p>'


def _stressed(sentence: AnswerSentence, start: int, end: int) -> str:
    """A stretch of a sentence, what of it answers the question in bold."""
    span = sentence.emphasis or Span(start, start)
    inner = Span(min(max(span.start, start), end), min(max(span.end, start), end))
    before, words, after = sentence.text[start : inner.start], inner.of(sentence.text), sentence.text[inner.end : end]
    return f"{escape(before)}<b>{escape(words)}</b>{escape(after)}" if words else escape(before + after)


def sentences(answer: Answer, group: str) -> list[str]:
    """The sentences to show, one HTML string each, so that those on the page stay as more arrive."""
    by_number = {citation.number: citation for citation in answer.citations}
    return [answer_sentence(s, by_number, group) for s in answer.sentences if s.status != "withheld"]


def withheld(answer: Answer) -> str | None:
    """How many drafted sentences are not shown, and why, in one line."""
    held = [sentence for sentence in answer.sentences if sentence.status == "withheld"]
    if not held:
        return None
    what = "1 sentence was" if len(held) == 1 else f"{len(held)} sentences were"
    reasons = " ".join(dict.fromkeys(sentence.reason for sentence in held if sentence.reason))
    return f'<p class="cw-note">{what} withheld. {escape(reasons)}</p>'


def notes(answer: Answer, group: str) -> str | None:
    """The answer's remarks, with the chips they concern."""
    by_number = {citation.number: citation for citation in answer.citations}
    return "".join(_note(note, by_number, group) for note in answer.notes) or None


def _note(note: Note, citations: Mapping[int, Citation], group: str) -> str:
    return f'<p class="cw-note">{escape(note.text)}{chips(note.citations, citations, group)}</p>'


def summary_line(answer: Answer) -> str:
    """How the answer was made: sources, confidence, time."""
    articles = len({citation.article_id for citation in answer.citations})
    made = "Quoted word for word from" if answer.reader == "extractive" else "Written from"
    parts = [f"{made} {articles} article{'s' if articles != 1 else ''}", f"confidence {answer.confidence:.0%}"]
    if total := answer.timings_ms.get("total"):
        parts.append(f"{total / 1000:.1f} s")
    return f'<p class="cw-meta">{byline(*parts)}</p>'


def cards(citations: Sequence[Citation], group: str, label: str = "Sources") -> str:
    """The sources as a list of links. The chips are anchors to them, so they work without a script too."""
    items = [
        f'<li id="cite-{escape(group)}-{c.number}"><a class="cw-card" href="#cite-{escape(group)}-{c.number}" '
        f'aria-haspopup="dialog"><span class="cw-number">{c.number}</span>'
        f'<span class="cw-where">{byline(c.publisher, day(c.published)) or "Unknown publisher"}</span>'
        f'<span class="cw-title">{escape(c.title or "Untitled")}</span><q>{escape(c.quote)}</q></a></li>'
        for c in citations
    ]
    return f'<ol class="cw-cards" aria-label="{escape(label)}">{"".join(items)}</ol>'


def abstention(given: Abstention, covers: str) -> str:
    """Why there is no answer, and what the library covers."""
    rest = given.message.removeprefix(_HEADING).strip()
    more = f"<p>{escape(rest)}</p>" if rest else ""
    return (
        f'<div class="cw-abstain"><p class="cw-abstain-head">{escape(_HEADING)}</p>{more}'
        f'<p class="cw-meta">The library holds {escape(covers)}.</p></div>'
    )


def as_markdown(answer: Answer) -> str:
    """The answer as Markdown with its sources as a numbered list, for the clipboard."""
    shown = [s for s in answer.sentences if s.status != "withheld"]
    lines = [f"{s.text} {''.join(f'[{n}]' for n in s.citations)}" for s in shown]
    sources = [f"{c.number}. {reference(c)}" for c in answer.citations]
    return "\n\n".join([f"**{answer.question}**", *lines, "\n".join(sources)])


def article(blocks: Sequence[MarkedBlock]) -> str:
    """An article's text; what a citation covers is marked, its first piece with the id `cw-hit`."""
    parts, first = [], True
    for block in blocks:
        body = ""
        for piece in block.pieces:
            if piece.numbers:
                body += f"<mark{_HIT if first else ''}>{escape(piece.text)}</mark>"
                first = False
            else:
                body += escape(piece.text)
        tag = _TAGS[block.kind]
        parts.append(f'<{tag} class="cw-{block.kind}">{body}</{tag}>')
    return f'<article class="cw-article">{"".join(parts)}</article>'


def changes(found: Sequence[Change]) -> str:
    """Sentences that were removed or added, the words that differ marked; those that stayed are counted."""
    lines = []
    for change in found:
        if change.kind != "same" and change.old is not None:
            lines.append(f'<p><del class="cw-removed">{_marked(change.old, change.old_spans)}</del></p>')
        if change.kind != "same" and change.new is not None:
            lines.append(f'<p><ins class="cw-added">{_marked(change.new, change.new_spans)}</ins></p>')
    same = sum(change.kind == "same" for change in found)
    stayed = f"{same:,} sentence{'s' if same != 1 else ''} stayed the same."
    return f'<div class="cw-changes">{"".join(lines)}<p class="cw-meta">{stayed}</p></div>'


def _marked(text: str, spans: Sequence[Span]) -> str:
    """The text with these stretches in bold."""
    parts, position = [], 0
    for span in spans:
        parts += [escape(text[position : span.start]), f"<b>{escape(span.of(text))}</b>"]
        position = span.end
    return "".join((*parts, escape(text[position:])))


def article_row(summary: ArticleSummary) -> str:
    """The line under a title in the list of articles."""
    count = f"{summary.sentence_count:,} sentence{'s' if summary.sentence_count != 1 else ''}"
    return f'<div class="cw-meta">{byline(summary.publisher, day(summary.published), count)}</div>'


def results(rows: Iterable[tuple[str, str, int, str | None]]) -> str:
    """What became of each input: status, source, number of articles, reason."""
    lines = []
    for status, source, count, reason in rows:
        more = [f"{count:,} articles" if count > 1 else None, reason]
        detail = "".join(f"<small>{escape(part)}</small>" for part in more if part)
        failed = ' class="cw-failed"' if status == "failed" else ""
        lines.append(f"<tr><td{failed}>{escape(status)}</td><td>{escape(source)}{detail}</td></tr>")
    return f'<table class="cw-results" aria-label="Results">{"".join(lines)}</table>'
