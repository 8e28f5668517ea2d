"""The empty conversation: what the library covers and what could be asked of it."""

from __future__ import annotations

import json
from importlib.resources import as_file, files

import streamlit as st

from corpus.library import Library, LibraryStats
from corpus.types import Filters
from qa.engine import SAMPLE_KEY
from qa.ui.dates import day_range
from qa.ui.render import escape

SAMPLE_QUESTIONS = (
    "Who backs opposition groups in northwestern Syria?",
    "How long did the Ever Given block the Suez Canal?",
    "How many people worked on the restoration of Notre-Dame?",
)
SUGGESTIONS = 3


def coverage(library: Library) -> str:
    """`31 articles, 6 publishers, 1–14 Dec 2023`."""
    if awaits_sample(library):
        return "sample articles, being prepared"
    if not (articles := library.count_articles()):
        return "no articles yet"
    stats = _stats(library.location, articles, library)
    parts = [_counted(articles, "article")]
    if stats.publishers:
        parts.append(_counted(stats.publishers, "publisher"))
    if stats.earliest and stats.latest:
        parts.append(day_range(stats.earliest, stats.latest))
    return ", ".join(parts)


@st.cache_data(ttl=60, max_entries=8, show_spinner=False)
def _stats(folder: str, articles: int, _library: Library) -> LibraryStats:  # noqa: ARG001  # parts of the cache key
    return _library.stats()


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def suggestions(library: Library, filters: Filters) -> tuple[str, ...]:
    """Questions to begin with: about the newest articles asked; about the sample if it is all there to ask."""
    if not filters and (awaits_sample(library) or _holds_sample(library)):
        return SAMPLE_QUESTIONS
    newest = library.summaries(filters=filters, limit=SUGGESTIONS)
    return tuple(f"What is known about “{article.title}”?" for article in newest if article.title)


def awaits_sample(library: Library) -> bool:
    """Whether this is a new library, to which the engine adds the sample articles while it starts."""
    with library.read() as db:
        row = db.execute(
            "SELECT EXISTS (SELECT 1 FROM articles) OR EXISTS (SELECT 1 FROM meta WHERE key = ?)", (SAMPLE_KEY,)
        ).fetchone()
    return not row[0]


def _holds_sample(library: Library) -> bool:
    with as_file(files("corpus") / "sample") as folder:
        names = sorted(path.name for path in folder.rglob("*.*") if path.name != "README.md")
    with library.read() as db:
        row = db.execute(
            "SELECT EXISTS (SELECT 1 FROM versions WHERE source_file IN (SELECT value FROM json_each(?)))",
            (json.dumps(names),),
        ).fetchone()
    return bool(row[0])


def hero(covers: str) -> str:
    """The headline of an empty conversation."""
    return (
        '<div class="cw-hero"><h1>Ask the news.<br>See the sentence.</h1>'
        "<p>Every sentence of an answer is linked to the exact sentence it came from.</p>"
        f"<p>{escape(covers)}</p></div>"
    )
