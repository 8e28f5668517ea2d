"""Retrieval by words: BM25 over passages with SQLite's FTS5, and document frequencies of words.

A query may hold anything: it is reduced to words before FTS5 sees it. Dense retrieval is `embeddings`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence

from corpus.library import Library
from corpus.types import Filters

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*", re.UNICODE)
TITLE_WEIGHT, TEXT_WEIGHT = 1.0, 1.0  # column weights of bm25(); every passage of an article repeats its title
MOST_SCORED = 40_000  # matches scored for a query: some 40 ms. A million passages' common words have ten times as many
_FREQUENCY = "SELECT count(*) FROM passages_fts WHERE passages_fts MATCH ?"
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
    return _any(content_words(query)) or None


def search_passages(
    library: Library, query: str, k: int, filters: Filters = Filters(), *, most_scored: int = MOST_SCORED
) -> list[tuple[int, float]]:
    """The `k` best passages by BM25 as `(passage id, score)`, best first, ties by id. Higher is better.

    When the words of the query are in more than `most_scored` passages together, only passages that hold one of its
    rarer words are scored, those words counting twice. See `expression`.
    """
    return search_allowed(library, query, k, library.passage_ids(filters) if filters else None, most_scored=most_scored)


def search_allowed(
    library: Library, query: str, k: int, allowed: Collection[int] | None, *, most_scored: int = MOST_SCORED
) -> list[tuple[int, float]]:
    """The same among the passages with these ids; among all when `None`."""
    if library.words:
        return library.words.search(content_words(query), k, allowed)
    few = allowed is not None and len(allowed) <= most_scored  # only those are scored
    matching = fts_query(query) if few else expression(library, query, most_scored)
    if not matching:
        return []
    # +rowid: matches are held against the ids, where FTS5 would look each id up by a search of its own
    restriction = "" if allowed is None else "AND +rowid IN (SELECT value FROM json_each(?))"
    values = [] if allowed is None else [json.dumps(list(allowed))]
    with library.read() as db:
        rows = db.execute(
            f"SELECT rowid, -bm25(passages_fts, {TITLE_WEIGHT}, {TEXT_WEIGHT}) AS score FROM passages_fts "
            f"WHERE passages_fts MATCH ? {restriction} ORDER BY score DESC, rowid LIMIT ?",
            (matching, *values, k),
        ).fetchall()
    return [(row["rowid"], row["score"]) for row in rows]


def expression(library: Library, query: str, most_scored: int = MOST_SCORED) -> str | None:
    """What FTS5 is asked: `the OR words`, or `(the OR rarer) AND (all OR words)` where common words match too much.

    Scoring takes a microsecond a match. A passage with none of the rarer words is seldom among the best: with a
    twenty-fifth of all passages scored, recall and MRR are those of scoring all (docs/decisions/029). When even the
    rarest word alone is in more passages, another word of the query must stand beside it.
    """
    terms = content_words(query)
    if library.count_passages() * len(terms) <= most_scored:
        return _any(terms) or None
    frequencies = passage_frequencies(library, terms)
    terms = sorted((term for term in terms if frequencies[term]), key=lambda term: (frequencies[term], term))
    if sum(frequencies[term] for term in terms) <= most_scored or len(terms) < 2:
        return _any(terms) or None
    rarer, scored = terms[:1], frequencies[terms[0]]
    for term in terms[1:]:
        scored += frequencies[term]
        if scored > most_scored:
            break
        rarer.append(term)
    rest = terms if frequencies[terms[0]] <= most_scored else terms[1:]
    return f"({_any(rarer)}) AND ({_any(rest)})"


def passage_frequencies(library: Library, terms: Iterable[str]) -> dict[str, int]:
    """In how many passages each word occurs, after FTS5's own stemming. Unknown words get 0."""
    if library.words:
        return library.words.frequencies([term for term in terms if WORD.fullmatch(term)])
    return {term: library.counted(_FREQUENCY, f'"{term}"') for term in terms if WORD.fullmatch(term)}


def articles_holding(library: Library, terms: Sequence[str], *, prefix: bool = False) -> list[str]:
    """Ids of the articles with a passage that holds every term; one of several words holds them side by side.

    With `prefix` the last word may be a beginning. No term at all finds nothing.
    """
    if library.words:
        return library.words.holding(terms, prefix=prefix)
    matching = " AND ".join(f'"{term}"' for term in terms) + ("*" if prefix and terms else "")
    with library.read() as db:
        rows = db.execute(
            "SELECT DISTINCT p.article_id FROM passages_fts f JOIN passages p ON p.id = f.rowid "
            "WHERE passages_fts MATCH ?",
            (matching or '""',),
        ).fetchall()
    return [row[0] for row in rows]


def _any(terms: Iterable[str]) -> str:
    return " OR ".join(f'"{term}"' for term in terms)
