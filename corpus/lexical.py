"""Retrieval by words: BM25 over passages with SQLite's FTS5, and document frequencies of words.

A query may hold anything: it is reduced to words before FTS5 sees it. Dense retrieval is `embeddings`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from corpus.library import Library
from corpus.types import Filters

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*", re.UNICODE)
TITLE_WEIGHT, TEXT_WEIGHT = 1.0, 1.0  # column weights of bm25(); every passage of an article repeats its title
MAX_TERMS = 64  # a longer query adds cost, not precision; the rarest words are kept by the caller's order

# Words that carry no topic. Closed-class English words only, so that no name is ever dropped.
STOP_WORDS = frozenset(
    [
        "a",
        "about",
        "after",
        "all",
        "also",
        "am",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "because",
        "been",
        "before",
        "being",
        "but",
        "by",
        "can",
        "could",
        "did",
        "do",
        "does",
        "doing",
        "for",
        "from",
        "had",
        "has",
        "have",
        "having",
        "he",
        "her",
        "here",
        "hers",
        "him",
        "his",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "itself",
        "me",
        "more",
        "most",
        "my",
        "no",
        "nor",
        "not",
        "of",
        "off",
        "on",
        "once",
        "only",
        "or",
        "other",
        "our",
        "out",
        "over",
        "own",
        "same",
        "she",
        "should",
        "so",
        "some",
        "such",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "to",
        "too",
        "under",
        "until",
        "up",
        "us",
        "very",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "who",
        "whom",
        "whose",
        "why",
        "will",
        "with",
        "would",
        "you",
        "your",
    ]
)


def words(text: str) -> list[str]:
    """The words of a text, lower case, in order. `words("U.N. said $3.5bn")` gives `["u", "n", "said", "3", "5bn"]`."""
    return [match.group().lower() for match in WORD.finditer(text)]


def content_words(query: str) -> list[str]:
    """The different words of `query` that are searched for: those with a topic, or all when none has one."""
    every = list(dict.fromkeys(words(query)))
    return ([word for word in every if word not in STOP_WORDS] or every)[:MAX_TERMS]


def fts_query(query: str) -> str | None:
    """An FTS5 expression that matches any content word of `query`; `None` when it holds no word at all."""
    return " OR ".join(f'"{word}"' for word in content_words(query)) or None


def search_passages(library: Library, query: str, k: int, filters: Filters = Filters()) -> list[tuple[int, float]]:
    """The `k` best passages by BM25 as `(passage id, score)`, best first, ties by id. Higher is better."""
    if library.words:
        return library.words.search(content_words(query), k, library.passage_ids(filters) if filters else None)
    expression = fts_query(query)
    if expression is None:
        return []
    restriction, values = "", []
    if filters:
        restriction = "AND rowid IN (SELECT value FROM json_each(?))"
        values = [json.dumps(library.passage_ids(filters))]
    with library.read() as db:
        rows = db.execute(
            f"SELECT rowid, -bm25(passages_fts, {TITLE_WEIGHT}, {TEXT_WEIGHT}) AS score FROM passages_fts "
            f"WHERE passages_fts MATCH ? {restriction} ORDER BY score DESC, rowid LIMIT ?",
            (expression, *values, k),
        ).fetchall()
    return [(row["rowid"], row["score"]) for row in rows]


def passage_frequencies(library: Library, terms: Iterable[str]) -> dict[str, int]:
    """In how many passages each word occurs, after FTS5's own stemming. Unknown words get 0."""
    if library.words:
        return library.words.frequencies([term for term in terms if WORD.fullmatch(term)])
    with library.read() as db:
        return {
            term: db.execute("SELECT count(*) FROM passages_fts WHERE passages_fts MATCH ?", (f'"{term}"',)).fetchone()[
                0
            ]
            for term in terms
            if WORD.fullmatch(term)
        }


def articles_holding(library: Library, terms: Sequence[str], *, prefix: bool = False) -> list[str]:
    """Ids of the articles with a passage that holds every term; one of several words holds them side by side.

    With `prefix` the last word may be a beginning. No term at all finds nothing.
    """
    if library.words:
        return library.words.holding(terms, prefix=prefix)
    expression = " AND ".join(f'"{term}"' for term in terms) + ("*" if prefix and terms else "")
    with library.read() as db:
        rows = db.execute(
            "SELECT DISTINCT p.article_id FROM passages_fts f JOIN passages p ON p.id = f.rowid "
            "WHERE passages_fts MATCH ?",
            (expression or '""',),
        ).fetchall()
    return [row[0] for row in rows]
