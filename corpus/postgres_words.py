"""Search by words on PostgreSQL: BM25 exactly as SQLite's FTS5 computes it, over what the triggers of the schema keep.

PostgreSQL's own `ts_rank` knows neither how rare a word is nor how long a passage. A GIN index finds the passages; a word
so common that it could not bring any passage among the best any more is not looked up (MaxScore: Turtle and Flood,
"Query evaluation: strategies and optimizations", IPM 1995). No psycopg here: SQL through the library's connections.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from corpus.connection import Connection

K1, B = 1.2, 0.75  # FTS5's
LEAST_IDF = 1e-6  # FTS5's, for a word in more than half of the passages
FEW = 2000  # passages that are scored without asking whether fewer would do: 20 ms


class Connections(Protocol):
    """What this module needs of a database."""

    def read(self) -> AbstractContextManager[Connection]:
        """A connection for reading."""


@dataclass(frozen=True, slots=True)
class _Term:
    """A term of a query: its lexemes, which stand side by side, in how many passages it is, and what it weighs."""

    lexemes: tuple[str, ...]
    passages: int
    idf: float

    @property
    def query(self) -> str:
        """As a tsquery."""
        return "(" + " <-> ".join(f"'{lexeme}'" for lexeme in self.lexemes) + ")"  # letters and digits alone


@dataclass(frozen=True, slots=True)
class PostgresWords:
    """The words of a library on PostgreSQL. `few`: see `FEW`."""

    database: Connections
    few: int = FEW

    def search(self, terms: Sequence[str], k: int, allowed: Collection[int] | None) -> list[tuple[int, float]]:
        """The `k` best passages by BM25, any term being enough, by `(-score, id)`; see `Words`."""
        with self.database.read() as db:
            total, length = db.execute("SELECT passages, length FROM word_totals").fetchone()
            found = sorted(_weighed(_cut(db, terms), total), key=lambda term: -term.idf) if total else []
            if not found or k < 1:
                return []
            used = _first(found, self.few)
            rows = _scored(db, found, used, length / total, k, allowed)
            if used < len(found):
                floor = rows[-1][1] if len(rows) == k else 0.0
                needed = _needed(found, floor)
                if needed > used:
                    rows = _scored(db, found, needed, length / total, k, allowed)
        return rows

    def frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """In how many passages each term occurs."""
        with self.database.read() as db:
            return {term: count for term, (_, count) in zip(terms, _cut(db, terms), strict=True)}

    def holding(self, terms: Sequence[str], *, prefix: bool = False) -> list[str]:
        """Ids of the articles with a passage that holds every term, ascending; the last may be a beginning."""
        with self.database.read() as db:
            cut = [lexemes for lexemes, _ in _cut(db, terms)]
            if not cut or not all(cut):
                return []
            queries = [_Term(lexemes, 0, 0.0).query for lexemes in cut]
            if prefix:
                queries[-1] = queries[-1].removesuffix("')") + "':*)"
            rows = db.execute(
                "SELECT DISTINCT p.article_id FROM passage_words w JOIN passages p ON p.id = w.passage_id "
                "WHERE w.words @@ ?::tsquery ORDER BY p.article_id",
                (" & ".join(queries),),
            ).fetchall()
        return [row[0] for row in rows]


def _cut(db: Connection, terms: Sequence[str]) -> list[tuple[tuple[str, ...], int]]:
    """Each term's lexemes in order, and in how many passages it is."""
    rows = db.execute(
        "SELECT t.place, u.lexeme, coalesce(c.passages, 0) "
        "FROM unnest(?::text[]) WITH ORDINALITY AS t (term, place) CROSS JOIN LATERAL unnest(to_words(t.term)) u "
        "CROSS JOIN LATERAL unnest(u.positions) p LEFT JOIN word_counts c ON c.word = u.lexeme ORDER BY t.place, p",
        (list(terms),),
    ).fetchall()
    cut: list[list[tuple[str, int]]] = [[] for _ in terms]
    for place, lexeme, count in rows:
        cut[place - 1].append((lexeme, count))
    found = []
    for pairs in cut:
        lexemes = tuple(lexeme for lexeme, _ in pairs)
        count = pairs[0][1] if len(pairs) == 1 else 0
        if len(pairs) > 1 and all(count for _, count in pairs):
            query = _Term(lexemes, 0, 0.0).query
            count = db.execute("SELECT count(*) FROM passage_words WHERE words @@ ?::tsquery", (query,)).fetchone()[0]
        found.append((lexemes, count))
    return found


def _weighed(cut: Sequence[tuple[tuple[str, ...], int]], total: int) -> list[_Term]:
    """The terms that occur; one given twice, or that has the same stem, counts twice, as in FTS5."""
    times = Counter(lexemes for lexemes, _ in cut)
    return [
        _Term(lexemes, n, times[lexemes] * max(math.log((total - n + 0.5) / (n + 0.5)), LEAST_IDF))
        for lexemes, n in dict(cut).items()
        if n
    ]


def _first(terms: Sequence[_Term], few: int) -> int:
    """How many of the rarest terms are looked up at first."""
    seen = 0
    for number, term in enumerate(terms):
        seen += term.passages
        if number and seen > few:
            return number
    return len(terms)


def _needed(terms: Sequence[_Term], floor: float) -> int:
    """How many of the rarest terms must be looked up when the k-th best passage has a score of `floor` at least."""
    rest = 0.0
    for number in range(len(terms), 0, -1):
        rest += terms[number - 1].idf * (K1 + 1)  # no passage gains more from a term
        if rest >= floor:
            return number
    return 1


def _scored(
    db: Connection, terms: Sequence[_Term], used: int, mean: float, k: int, allowed: Collection[int] | None
) -> list[tuple[int, float]]:
    """The best passages with one of the first `used` terms, scored by all terms."""
    query = " | ".join(term.query for term in terms[:used])
    gain = f"idf * tf * {K1 + 1} / (tf + {K1} * ({1 - B} + {B} * length / ?))"
    single = [term for term in terms if len(term.lexemes) == 1]
    parts = [
        f"SELECT c.passage_id, {gain} AS gain FROM candidates c, LATERAL (SELECT q.idf, cardinality(u.positions) AS tf "
        "FROM unnest(c.words) u JOIN unnest(?::text[], ?::float8[]) AS q (lexeme, idf) ON q.lexeme = u.lexeme) t"
    ]
    values: list[object] = [mean, [term.lexemes[0] for term in single], [term.idf for term in single]]
    for term in terms:
        if len(term.lexemes) > 1:
            parts.append(
                f"SELECT c.passage_id, {gain} AS gain FROM candidates c, LATERAL (SELECT ?::float8 AS idf, count(*) AS tf "
                f"FROM {_run(len(term.lexemes))}) t WHERE c.words @@ ?::tsquery"
            )
            values += [mean, term.idf, *term.lexemes, term.query]
    restriction = ""
    if allowed is not None:
        restriction, values = "AND passage_id = ANY(?)", [list(allowed), *values]
    rows = db.execute(
        "WITH candidates AS MATERIALIZED (SELECT passage_id, words, length FROM passage_words "
        f"WHERE words @@ ?::tsquery {restriction}) "
        f"SELECT passage_id, sum(gain) AS score FROM ({' UNION ALL '.join(parts)}) g "
        "GROUP BY passage_id ORDER BY score DESC, passage_id LIMIT ?",
        (query, *values, k),
    ).fetchall()
    return [(row[0], row[1]) for row in rows]


def _run(length: int) -> str:
    """The places where lexemes stand side by side in `c.words`, as a FROM list."""
    tables = [f"unnest(c.words) u{i}, unnest(u{i}.positions) p{i}" for i in range(length)]
    meets = [f"u{i}.lexeme = ?" for i in range(length)] + [f"p{i} = p0 + {i}" for i in range(1, length)]
    return ", ".join(tables) + " WHERE " + " AND ".join(meets)
