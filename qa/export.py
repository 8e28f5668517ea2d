"""Conversations and answers as files that stand alone: Markdown, JSON, HTML. Pure; writes nothing and knows no page.

A quote stays word for word: what a format would take for markup is escaped. A withheld sentence is counted, and only
the JSON holds its text.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from corpus.conversations import Conversation, StoredTurn
from qa.serialize import answer_from_json
from qa.types import Answer, AnswerSentence, Citation

Turns = Sequence[StoredTurn]


@dataclass(frozen=True, slots=True)
class Form:
    """A file format: its name, the file's suffix and media type, and what writes it."""

    label: str
    suffix: str
    mime: str
    write: Callable[[Conversation, Turns], str]


def file_name(conversation: Conversation, form: Form) -> str:
    """`who-backs-opposition-groups.md`: words of the title that any file system takes."""
    name = "-".join(re.findall(r"\w+", conversation.title.lower()))[:60].strip("-")
    return f"{name or 'conversation'}.{form.suffix}"


# ---- parts of all formats


def day(moment: datetime | None) -> str:
    """`3 May 2023`, or nothing."""
    return f"{moment.day} {moment:%b %Y}" if moment else ""


def when(iso: str) -> str:
    """A day, month or year of ISO 8601 in words: `3 May 2023`, `May 2023`, `2023`."""
    parts = len(iso.split("-"))
    moment = datetime.fromisoformat(iso + "-01" * (3 - parts))
    return {1: iso, 2: f"{moment:%b %Y}"}.get(parts, day(moment))


def safe_url(url: str | None) -> str | None:
    """The URL if it is a plain web address, else `None`."""
    return url if url and re.fullmatch(r"https?://[^\s\"'<>]+", url) else None


def reference(citation: Citation) -> str:
    """A citation in one line of plain text: “quote” (publisher, "title", date, URL)."""
    where = [
        citation.publisher,
        f'"{citation.title}"' if citation.title else None,
        day(citation.published),
        citation.url,
    ]
    return f"“{citation.quote}” ({', '.join(part for part in where if part)})"


def shown(answer: Answer) -> list[AnswerSentence]:
    """The sentences that are given as the answer."""
    return [sentence for sentence in answer.sentences if sentence.status != "withheld"]


def withheld_count(answer: Answer) -> str | None:
    """`2 sentences withheld`, or `None`."""
    held = sum(sentence.status == "withheld" for sentence in answer.sentences)
    return f"{held} sentence{'s' if held > 1 else ''} withheld" if held else None


def how_limited(turn: StoredTurn) -> str:
    """What the question was limited to, in plain text; empty when it was asked of all articles."""
    filters = turn.filters
    dates = [f"since {filters.since}" if filters.since else "", f"until {filters.until}" if filters.until else ""]
    articles = f"{len(filters.article_ids)} chosen article{'s' if len(filters.article_ids) != 1 else ''}"
    tags = [f"tagged {tag}" for tag in filters.tags]
    return ", ".join(p for p in (*filters.publishers, *tags, *dates, articles if filters.article_ids else "") if p)


def _answer(turn: StoredTurn) -> Answer | None:
    return answer_from_json(turn.answer) if turn.answer and turn.status != "error" else None


def _without_answer(turn: StoredTurn) -> str:
    return str((turn.answer or {}).get("error") or "No answer was given.")


def _remarks(turn: StoredTurn, answer: Answer) -> list[str]:
    """What is said about a question and its answer, one line each."""
    limited = how_limited(turn)
    lines = [
        f"Understood as: {answer.standalone_question}" if answer.standalone_question != answer.question else None,
        f"Asked of: {limited}" if limited else None,
        *(note.text for note in answer.notes),
        withheld_count(answer),
        "Stopped before its end." if turn.status == "stopped" else None,
    ]
    return [line for line in lines if line]


# ---- Markdown

_MARKUP = re.compile(r"([\\`*_\[\]<>|~$&#])")
_BLOCK_START = re.compile(r"^(\d*)([-+=.)])")  # what would begin a list or underline a heading


def plain(text: str) -> str:
    """Text that Markdown shows as it stands, on one line."""
    return _BLOCK_START.sub(r"\1\\\2", _MARKUP.sub(r"\\\1", " ".join(text.split())))


def answer_markdown(answer: Answer, level: str = "**{}**", remarks: Sequence[str] = ()) -> str:
    """The answer as Markdown with its sources as a numbered list."""
    dates = [f"**{when(s.day)}** " if s.day else "" for s in shown(answer)]
    texts = [f"{plain(s.text)} {''.join(f'[{n}]' for n in s.citations)}".rstrip() for s in shown(answer)]
    lines = [date + text for date, text in zip(dates, texts, strict=True)]
    cited = answer.citations
    if answer.abstention:
        lines = [plain(answer.abstention.message)]
        cited = answer.abstention.nearest
        lines += ["Closest passages:"] if cited else []
    sources = "\n".join(f"{c.number}. {_reference_markdown(c)}" for c in cited)
    parts = [level.format(plain(answer.question)), *lines, sources, *(f"*{plain(line)}*" for line in remarks)]
    return "\n\n".join(part for part in parts if part)


def _reference_markdown(citation: Citation) -> str:
    url = safe_url(citation.url)
    return f"{plain(reference(replace(citation, url=None)))} <{url}>" if url else plain(reference(citation))


def to_markdown(conversation: Conversation, turns: Turns) -> str:
    """The conversation as one Markdown document."""
    parts = [f"# {plain(conversation.title)}"]
    for turn in turns:
        if answer := _answer(turn):
            parts.append(answer_markdown(answer, "## {}", _remarks(turn, answer)))
        else:
            parts.append(f"## {plain(turn.question)}\n\n{plain(_without_answer(turn))}")
    return "\n\n".join(parts) + "\n"


# ---- JSON


def to_json(conversation: Conversation, turns: Turns) -> str:
    """The conversation as one JSON document; each answer as `citewire ask --json` prints it."""
    data = {
        "id": conversation.id,
        "title": conversation.title,
        "created": conversation.created.isoformat(),
        "updated": conversation.updated.isoformat(),
        "turns": [
            {
                "question": turn.question, "asked_at": turn.asked_at.isoformat(), "status": turn.status,
                "filters": asdict(turn.filters), "standalone": turn.standalone, "reader": turn.reader,
                "rating": turn.rating, "comment": turn.comment, "answer": turn.answer,
            }
            for turn in turns
        ],
    }  # fmt: skip
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


# ---- HTML

_STYLE = """
:root { color-scheme: light dark; --quiet: light-dark(#645c50, #b3aa9c); --line: light-dark(#e6ddcd, #37312a);
  --accent: light-dark(#9a3412, #f59e6b); }
body { margin: 3rem auto; padding: 0 1.2rem; max-width: 42rem; background: light-dark(#fffdf9, #14120f);
  color: light-dark(#1f1b16, #efe9df); font: 1.06rem/1.65 Georgia, serif; overflow-wrap: anywhere; }
h1, h2 { line-height: 1.25; } h2 { margin: 3rem 0 .6rem; font-size: 1.3rem; }
a { color: var(--accent); } .quiet, cite, time { color: var(--quiet); font: .88rem/1.5 system-ui, sans-serif; }
sup a { text-decoration: none; padding: 0 .15em; } ol { padding-left: 1.4rem; border-top: 1px solid var(--line); }
li { margin: .9rem 0; } li:target { background: light-dark(#fdf5d8, #2f2812); } q { display: block; }
@media print { body { margin: 0; } h2 { break-after: avoid; } li { break-inside: avoid; } }
"""


def to_html(conversation: Conversation, turns: Turns) -> str:
    """The conversation as one HTML page that needs nothing else: no script, no picture, no other file."""
    sections = "\n".join(_section(number, turn) for number, turn in enumerate(turns, start=1))
    title = _escape(conversation.title)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n{sections}\n</main>\n</body>\n</html>\n"
    )


def _section(number: int, turn: StoredTurn) -> str:
    answer = _answer(turn)
    asked = f'<p><time datetime="{turn.asked_at.isoformat()}">{day(turn.asked_at)}</time></p>'
    head = f"<section>\n<h2>{_escape(turn.question)}</h2>\n{asked}"
    if answer is None:
        return f"{head}\n<p>{_escape(_without_answer(turn))}</p>\n</section>"
    cited = answer.citations
    lines = [f"<p>{_date(s)}{_escape(s.text)}{_marks(s, number)}</p>" for s in shown(answer)]
    if answer.abstention:
        cited = answer.abstention.nearest
        lines = [f"<p>{_escape(answer.abstention.message)}</p>"]
        lines += ['<p class="quiet">Closest passages:</p>'] if cited else []
    items = "".join(_source(number, c) for c in cited)
    remarks = "".join(f'<p class="quiet">{_escape(line)}</p>\n' for line in _remarks(turn, answer))
    sources = f'<ol aria-label="Sources">\n{items}</ol>\n' if items else ""
    return "\n".join((head, *lines, f"{sources}{remarks}</section>"))


def _date(sentence: AnswerSentence) -> str:
    return f'<time datetime="{sentence.day}">{when(sentence.day)}</time> ' if sentence.day else ""


def _marks(sentence: AnswerSentence, number: int) -> str:
    return "".join(f'<sup><a href="#s{number}-{n}">{n}</a></sup>' for n in sentence.citations)


def _source(number: int, citation: Citation) -> str:
    title = _escape(citation.title or "Untitled")
    if url := safe_url(citation.url):
        title = f'<a href="{_escape(url)}" rel="noopener noreferrer nofollow">{title}</a>'
    rest = [_escape(part) for part in (citation.publisher, citation.author, day(citation.published)) if part]
    return (
        f'<li id="s{number}-{citation.number}" value="{citation.number}"><q>{_escape(citation.quote)}</q>'
        f"<cite>{' · '.join([title, *rest])}</cite></li>\n"
    )


def _escape(text: str) -> str:
    return html.escape(text, quote=True)


FORMS = (
    Form("Markdown", "md", "text/markdown", to_markdown),
    Form("HTML", "html", "text/html", to_html),
    Form("JSON", "json", "application/json", to_json),
)
