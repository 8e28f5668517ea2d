"""What a library covers, as plain numbers: articles by time and publisher, a story in the order of its days, the index's
state. Reads only; draws nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from corpus.library import Library
from corpus.rows import condition
from corpus.types import ArticleSummary, Filters

Unit = Literal["day", "month", "year"]
OTHERS, UNNAMED = "Others", "Unknown publisher"
MOST_DAYS, MOST_MONTHS = 62, 60  # bars that a plot shows with room for each: two months of days, five years of months
_WIDTH: dict[Unit, int] = {"day": 10, "month": 7, "year": 4}  # characters of `YYYY-MM-DD` that name the unit


@dataclass(frozen=True, slots=True)
class Bar:
    """How many articles a publisher has in a period: `2024`, `2024-05` or `2024-05-03`."""

    period: str
    publisher: str
    count: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """Articles by period and publisher. `periods` has every one from first to last, also those without articles.

    `publishers`: those named, most articles first; the rest are `Others`. The bars and `undated` add up to all articles.
    """

    unit: Unit
    periods: tuple[str, ...]
    publishers: tuple[str, ...]
    bars: tuple[Bar, ...]
    undated: int


def coverage(library: Library, named: int = 6) -> Coverage:
    """Coverage over time, in days, months or years, whichever gives a readable number of bars."""
    with library.read() as db:
        rows = db.execute(
            "SELECT v.published_day, coalesce(v.publisher, ?), count(*) FROM versions v "
            "JOIN articles a ON a.id = v.article_id AND a.version = v.version GROUP BY 1, 2",
            (UNNAMED,),
        ).fetchall()
    totals: Counter[str] = Counter()
    for _, publisher, count in rows:
        totals[publisher] += count
    order = sorted(totals, key=lambda name: (-totals[name], name))
    publishers = tuple(order if len(order) <= named + 1 else [*order[:named], OTHERS])
    days = [row[0] for row in rows if row[0]]
    undated = sum(row[2] for row in rows if not row[0])
    if not days:
        return Coverage("year", (), publishers, (), undated)
    unit = _unit(min(days), max(days))
    counts: Counter[tuple[str, str]] = Counter()
    for day, publisher, count in rows:
        if day:
            counts[day[: _WIDTH[unit]], publisher if publisher in publishers else OTHERS] += count
    bars = tuple(Bar(period, publisher, count) for (period, publisher), count in sorted(counts.items()))
    return Coverage(unit, _periods(min(days), max(days), unit), publishers, bars, undated)


def _unit(first: str, last: str) -> Unit:
    days = (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
    if days <= MOST_DAYS:
        return "day"
    return "month" if days <= MOST_MONTHS * 30 else "year"


def _periods(first: str, last: str, unit: Unit) -> tuple[str, ...]:
    """Every period between two days, both included."""
    if unit == "year":
        return tuple(f"{year:04}" for year in range(int(first[:4]), int(last[:4]) + 1))
    if unit == "month":
        start, end = (int(day[:4]) * 12 + int(day[5:7]) - 1 for day in (first, last))
        return tuple(f"{month // 12:04}-{month % 12 + 1:02}" for month in range(start, end + 1))
    begin = date.fromisoformat(first)
    count = (date.fromisoformat(last) - begin).days + 1
    return tuple((begin + timedelta(days=i)).isoformat() for i in range(count))


def timeline(library: Library, ids: Collection[str]) -> tuple[ArticleSummary, ...]:
    """These articles in the order of their days, those without a date last."""
    found = library.summaries(filters=Filters(article_ids=tuple(ids)), limit=len(ids)) if ids else ()
    dated = sorted((row for row in found if row.published), key=lambda row: (str(row.published), row.id))
    return (*dated, *(row for row in found if not row.published))


def article_ids(library: Library) -> list[str]:
    """Every article, by id."""
    with library.read() as db:
        return [row[0] for row in db.execute("SELECT id FROM articles ORDER BY id")]


def article_vectors(library: Library, model: str, ids: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """`(article id, vector)` of each passage of these articles that is embedded by this model."""
    with library.read() as db:
        for row in db.execute(
            "SELECT p.article_id, v.vector FROM passages p JOIN vectors v ON v.passage_id = p.id AND v.model = ? "
            "WHERE p.article_id IN (SELECT value FROM json_each(?)) ORDER BY p.id",
            (model, json.dumps(list(ids))),
        ):
            yield row[0], row[1]


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a library, or a part of it, holds: articles, publishers, first and last day of publication."""

    articles: int
    publishers: int
    first: date | None
    last: date | None

    def __str__(self) -> str:
        """In words: "31 articles of 6 publishers, 1 December 2023 to 14 December 2023"."""
        parts = f"{self.articles:,} article{'s' if self.articles != 1 else ''}"
        if self.publishers:
            parts += f" of {self.publishers:,} publisher{'s' if self.publishers != 1 else ''}"
        if self.first and self.last:
            days = [f"{day.day} {day:%B %Y}" for day in dict.fromkeys((self.first, self.last))]
            parts += f", {' to '.join(days)}"
        return parts


def extent(library: Library, filters: Filters = Filters()) -> Extent:
    """What the library holds of the articles that pass the filters."""
    where, values = condition(filters)
    with library.read() as db:
        row = db.execute(
            "SELECT count(*), count(DISTINCT v.publisher COLLATE NOCASE), min(v.published_day), max(v.published_day) "
            f"FROM articles a JOIN versions v ON v.article_id = a.id AND v.version = a.version WHERE {where}",
            values,
        ).fetchone()
    first, last = (date.fromisoformat(day) if day else None for day in row[2:])
    return Extent(row[0], row[1], first, last)
