"""Answers and articles as HTML. All text is escaped here; the only markup is our own. Knows no Streamlit.

Nothing that comes from an article, a model or a user may reach Markdown: show what these functions return with
`st.html`, and put text into a widget's label only through `plain_label`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence

from corpus.diff import Change
from corpus.types import ArticleSummary, Span
from qa.export import shown, withheld_count
from qa.readers.extractive import NAME as EXTRACTIVE
from qa.types import SEARCHED, Abstention, Answer, AnswerSentence, Citation, Note
from qa.ui.dates import day, when
from qa.ui.marking import MarkedBlock

_LAST_WORD = re.compile(r"^(.*?)(\S{1,24})$", re.DOTALL)  # kept on one line with its chips; longer words may break
_HIT = ' id="cw-hit"'
_HEADING = "The articles don't answer that."
_NOTE_HEADS = {  # remarks that change how an answer is read; the others are said without a heading
    "conflict": "Accounts differ", "update": "Changed over time", "opinion": "Opinion", "corrected": "Corrected",
    "stale": "May be out of date", "pending": "Not indexed yet",
}  # fmt: skip
_SIDE_BY_SIDE = ("conflict", "update")
_TAGS = {"paragraph": "p", "heading": "h3", "caption": "figcaption", "quote": "blockquote", "list": "p"}


def escape(text: object) -> str:
    """Text fit for an element or an attribute."""
    return html.escape(str(text), quote=True)


def plain_label(text: str) -> str:
    """Text fit for a widget's label, which is Markdown: ASCII signs are escaped, white space becomes single spaces."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(text.split()))


def byline(*parts: str | None) -> str:
    """The parts that are there, set apart by dots."""
    return " · ".join(escape(part) for part in parts if part)


def question(text: str) -> str:
    """The user's turn."""
    return f'<div class="cw-question" dir="auto"><span class="cw-sr">You asked: </span>{escape(text)}</div>'


def how_asked(understood: str | None, limits: str | None) -> str:
    """The line under a question that was understood otherwise than it stands, or asked of some articles only."""
    parts = [
        f'<span class="cw-understood">Understood as: <q dir="auto">{escape(understood)}</q></span>'
        if understood
        else "",
        f"<span>Asked of: {escape(limits)}</span>" if limits else "",
    ]
    return f'<p class="cw-asked">{"".join(parts)}</p>'


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
    inner = f"{body}{linked}</span>{mark}"
    if sentence.day:
        date = f'<time class="cw-day" datetime="{escape(sentence.day)}">{when(sentence.day)}</time>'
        inner = f"{date}<span>{inner}</span>"
    kind = f"{' cw-weak' if weak else ''}{' cw-dated' if sentence.day else ''}"
    return f'<p class="cw-sentence{kind}" dir="auto">{inner}</p>'


def _stressed(sentence: AnswerSentence, start: int, end: int) -> str:
    """A stretch of a sentence, what of it answers the question in bold."""
    span = sentence.emphasis or Span(start, start)
    inner = Span(min(max(span.start, start), end), min(max(span.end, start), end))
    before, words, after = sentence.text[start : inner.start], inner.of(sentence.text), sentence.text[inner.end : end]
    return f"{escape(before)}<b>{escape(words)}</b>{escape(after)}" if words else escape(before + after)


def sentences(answer: Answer, group: str) -> list[str]:
    """The sentences to show, one HTML string each, so that those on the page stay as more arrive."""
    by_number = {citation.number: citation for citation in answer.citations}
    return [answer_sentence(s, by_number, group) for s in shown(answer)]


def withheld(answer: Answer) -> str | None:
    """How many drafted sentences are not part of the answer; opened, each with the reason. Never with a chip."""
    summary = withheld_count(answer)
    if not summary:
        return None
    held = [sentence for sentence in answer.sentences if sentence.status == "withheld"]
    items = "".join(
        f'<li><p class="cw-held-text" dir="auto"><span class="cw-held-tag">Not supported</span> {escape(s.text)}</p>'
        f'<p class="cw-meta">{escape(s.reason or "No cited sentence supports it.")}</p></li>'
        for s in held
    )
    return f'<details class="cw-held"><summary>{summary}</summary><ul>{items}</ul></details>'


def notes(answer: Answer, group: str) -> str:
    """The answer's remarks, with the chips they concern; accounts that differ stand side by side."""
    by_number = {citation.number: citation for citation in answer.citations}
    return "".join(_note(note, by_number, group) for note in answer.notes)


def _note(note: Note, citations: Mapping[int, Citation], group: str) -> str:
    head = _NOTE_HEADS.get(note.kind)
    label = f"<b>{head}</b> " if head else ""
    kind = f" cw-note-{note.kind}" if head else ""
    told = [citations[number] for number in note.citations if number in citations]
    if note.kind not in _SIDE_BY_SIDE or len(told) < 2:
        text = f'<span dir="auto">{escape(note.text)}</span>{chips(note.citations, citations, group)}'
        return f'<p class="cw-note{kind}">{label}{text}</p>'
    rows = "".join(
        f"<li>{chips([c.number], citations, group)}<span>"
        f'<span class="cw-said-by">{byline(c.publisher, day(c.published), c.speaker and f"words of {c.speaker}")}</span>'
        f'<q dir="auto">{escape(c.quote)}</q></span></li>'
        for c in told
    )
    return f'<div class="cw-note{kind}">{label}{escape(note.text)}<ul>{rows}</ul></div>'


def copy_link(group: str) -> str:
    """What copies an answer and its sources; the viewer's script does it."""
    return f'<a class="cw-copy" role="button" href="#copy-{escape(group)}" aria-label="Copy as Markdown">Copy</a>'


def reader(name: str) -> str:
    """A reader's name in words, fit for a label: `extractive`, `llm` or `llm:MODEL`."""
    if name == EXTRACTIVE:
        return "quotes alone"
    model = name.partition(":")[2]
    return f"model {plain_label(model)}" if model else "language model"


def summary_line(answer: Answer) -> str:
    """How the answer was made: sources, confidence, time."""
    articles = len({citation.article_id for citation in answer.citations})
    quotes = {citation.quote for citation in answer.citations}
    made = "Quoted word for word from" if all(s.text in quotes for s in shown(answer)) else "Written from"
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
        f'<span class="cw-title" dir="auto">{escape(c.title or "Untitled")}</span><q dir="auto">{escape(c.quote)}</q>{_understood(c)}</a></li>'
        for c in citations
    ]
    return f'<ol class="cw-cards" aria-label="{escape(label)}">{"".join(items)}</ol>'


def _understood(citation: Citation) -> str:
    """Whose words a quote gives, and which days its words for days mean."""
    whose = f"Words of {citation.speaker}" if citation.speaker else None
    days = [f"{citation.quote[d.start : d.end]}: {when(d.day)}" for d in citation.dated]
    line = byline(whose, "hedged" if citation.hedged else None, *days)
    return f'<span class="cw-said">{line}</span>' if line else ""


def abstention(given: Abstention, covers: str, asked_of: str = "") -> str:
    """Why there is no answer, what the library covers, and how many of its articles were asked, if not all."""
    rest = (
        given.message.partition(SEARCHED)[0].removeprefix(_HEADING).strip()
    )  # which is told below, in the page's own dates
    more = f"<p>{escape(rest)}</p>" if rest else ""
    limited = f" The question was asked of {escape(asked_of)} of it." if asked_of else ""
    return (
        f'<div class="cw-abstain"><p class="cw-abstain-head">{escape(_HEADING)}</p>{more}'
        f'<p class="cw-meta">The library holds {escape(covers)}.{limited}</p></div>'
    )


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
        parts.append(f'<{tag} class="cw-{block.kind}" dir="auto">{body}</{tag}>')
    return f'<article class="cw-article">{"".join(parts)}</article>'


def changes(found: Sequence[Change]) -> str:
    """Sentences that were removed or added, the words that differ marked; those that stayed are counted."""
    lines = []
    for change in found:
        if change.kind != "same" and change.old is not None:
            lines.append(f'<p><del class="cw-removed" dir="auto">{_marked(change.old, change.old_spans)}</del></p>')
        if change.kind != "same" and change.new is not None:
            lines.append(f'<p><ins class="cw-added" dir="auto">{_marked(change.new, change.new_spans)}</ins></p>')
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
