"""Lists of articles, page by page: which articles, in which order, and what comes before and after a page.

A page is found by the keys of the article it begins after, not by a count of rows: it costs the same wherever it lies,
and articles added or removed meanwhile shift nothing. Does not rank by relevance: that is retrieval.

    >>> first = page(library, Listing("bridge", order="title"), 20)
    >>> second = page(library, Listing("bridge", order="title"), 20, after=first.after)
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Literal, get_args

from corpus.lexical import words
from corpus.library import Library
from corpus.rows import SUMMARY, condition, summary
from corpus.types import ArticleSummary, Filters

Order = Literal["newest", "oldest", "title", "publisher"]
ORDERS: tuple[Order, ...] = get_args(Order)
Cursor = tuple[str, ...]
"""An article's place in an order: its keys."""

# Each order's keys, and whether they fall. They are the columns of its index in `corpus.schema`, to the letter.
_KEYS: dict[Order, tuple[tuple[str, bool], ...]] = {
    "newest": (("coalesce(v.published_day, '')", True), ("v.article_id", False)),
    "oldest": (("coalesce(v.published_day, '~')", False), ("v.article_id", False)),
    "title": (("v.title COLLATE NOCASE", False), ("v.article_id", False)),
    "publisher": (
        ("coalesce(v.publisher, '~') COLLATE NOCASE", False),
        ("coalesce(v.published_day, '')", True),
        ("v.article_id", False),
    ),
}


@dataclass(frozen=True, slots=True)
class Listing:
    """What is listed: the articles that hold all of these words in one place, and pass the filters, in an order.

    Words are compared without case and endings; the last one may be a beginning. A text without any word finds nothing.
    Articles without a date, or without a publisher, come last in the orders by it.
    """

    text: str = ""
    filters: Filters = field(default_factory=Filters)
    order: Order = "newest"


@dataclass(frozen=True, slots=True)
class Page:
    """Articles that follow each other. `position` is the first one's place among all `total`, from 1; 0 when empty.

    `before` and `after` lead to the neighboring pages; `None` where there is none.
    """

    articles: tuple[ArticleSummary, ...]
    position: int
    total: int
    before: Cursor | None
    after: Cursor | None


def page(
    library: Library, listing: Listing, size: int, *, after: Cursor | None = None, before: Cursor | None = None
) -> Page:
    """The `size` articles after (or before) a place, the first ones by default.

    A cursor of another order is passed over. A page before a place is filled from the top when it would be short.
    """
    arity = len(_KEYS[listing.order])
    after = after if after and len(after) == arity else None
    before = before if before and len(before) == arity else None
    listed = _listed(library, listing)
    if before and len(rows := _rows(library, listed, before, size, forward=False)) == size:
        follows = bool(_rows(library, listed, rows[-1][1], 1, forward=True))
    else:
        after = None if before else after
        found = _rows(library, listed, after, size + 1, forward=True)
        rows, follows = found[:size], len(found) > size
    total = _count(library, listed) if listed.total is None else listed.total
    if not rows:
        return Page((), 0, total, None, None)
    first, last = rows[0][1], rows[-1][1]
    earlier = _count(library, listed, before=first) if after or before else 0
    articles = tuple(article for article, _ in rows)
    return Page(articles, earlier + 1, total, first if earlier else None, last if follows else None)


@dataclass(frozen=True, slots=True)
class _Listed:
    """A listing as SQL: where it is read, the condition that an article is listed, its values, the keys of the order.

    `total` is how many are listed, where that need not be counted.
    """

    source: str
    where: str
    values: tuple[object, ...]
    keys: tuple[tuple[str, bool], ...]
    total: int | None


def _listed(library: Library, listing: Listing) -> _Listed:
    where, values = condition(listing.filters)
    total = None if listing.filters else library.count_articles()
    if listing.text:  # found once, for a page asks several times
        where += " AND v.article_id IN (SELECT value FROM json_each(?))"
        ids, found = _holding(library, listing.text)
        values.append(ids)
        total = None if listing.filters else found
    # Walked along the order's index, and counted there too: CROSS JOIN keeps SQLite from starting at `articles`.
    source = (
        f"FROM versions v INDEXED BY listing_{listing.order} "
        "CROSS JOIN articles a ON a.id = v.article_id AND a.version = v.version"
    )
    return _Listed(source, where, tuple(values), _KEYS[listing.order], total)


def _holding(library: Library, text: str) -> tuple[str, int]:
    """The articles that hold these words, as a JSON array of ids, and their number."""
    if library.words:
        ids = library.words.holding(words(text), prefix=True)
        return json.dumps(ids), len(ids)
    with library.read() as db:
        row = db.execute(
            "SELECT json_group_array(article_id), count(*) FROM (SELECT DISTINCT p.article_id FROM passages_fts f "
            "JOIN passages p ON p.id = f.rowid WHERE passages_fts MATCH ?)",
            (match(text),),
        ).fetchone()
    return str(row[0]), int(row[1])


def _count(library: Library, listed: _Listed, *, before: Cursor | None = None) -> int:
    """How many articles are listed in all, or before a place."""
    where, values = _beyond(listed, before, forward=False)
    with library.read() as db:
        row = db.execute(f"SELECT count(*) {listed.source} WHERE {where}", values).fetchone()
    return int(row[0])


def _rows(
    library: Library, listed: _Listed, start: Cursor | None, size: int, *, forward: bool
) -> list[tuple[ArticleSummary, Cursor]]:
    """Articles beyond a place, in the list's order, each with its own place."""
    where, values = _beyond(listed, start, forward=forward)
    order = ", ".join(f"{key} {'DESC' if falls == forward else 'ASC'}" for key, falls in listed.keys)
    names = ", ".join(f"{key.removesuffix(' COLLATE NOCASE')} AS key{i}" for i, (key, _) in enumerate(listed.keys))
    with library.read() as db:
        rows = db.execute(
            f"SELECT {SUMMARY}, {names} {listed.source} WHERE {where} ORDER BY {order} LIMIT ?", (*values, size)
        ).fetchall()
    found = [(summary(row), tuple(row[f"key{i}"] for i in range(len(listed.keys)))) for row in rows]
    return found if forward else found[::-1]


def encode(cursor: Cursor | None) -> str:
    """A cursor for an address: letters, digits, `-` and `_`; empty for none."""
    return urlsafe_b64encode(json.dumps(cursor).encode()).decode().rstrip("=") if cursor else ""


def decode(text: str) -> Cursor | None:
    """The inverse of `encode`; `None` for what no page has given."""
    try:
        given = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        cursor = tuple(key for key in given if key.encode() is not None) if isinstance(given, list) else None
    except (ValueError, AttributeError):  # no base64, no JSON, no texts, or texts that are no Unicode
        return None
    return cursor or None


def match(text: str) -> str:
    """An FTS5 expression: every word, the last one as a beginning. `match("Suez can")` gives `"suez" AND "can"*`."""
    every = [f'"{word}"' for word in words(text)]
    return " AND ".join(every) + "*" if every else '""'


def _beyond(listed: _Listed, place: Cursor | None, *, forward: bool) -> tuple[str, tuple[object, ...]]:
    """The condition that an article is listed and comes after a place, or before it."""
    if place is None:
        return listed.where, listed.values
    first, falls = listed.keys[0]
    cases, values = [], [place[0]]
    for depth, (key, falls_here) in enumerate(listed.keys):
        equal = [f"{other} = ?" for other, _ in listed.keys[:depth]]
        cases.append(" AND ".join([*equal, f"{key} {'<' if falls_here == forward else '>'} ?"]))
        values += place[: depth + 1]
    start = f"{first} {'<=' if falls == forward else '>='} ?"  # implied by the cases; says where in the index to start
    return f"{listed.where} AND {start} AND ({' OR '.join(cases)})", (*listed.values, *values)
