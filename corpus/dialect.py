"""The SQL of this package in PostgreSQL's words. Pure: text in, text out.

The statements are written once, for SQLite. This rewrites the few forms that PostgreSQL has otherwise, all of them in use
here; it is no general translator. What differs in more than words (searching by words, vectors, the schema) has modules
of its own.

    >>> translate("SELECT value FROM meta WHERE key = ?").sql
    'SELECT value FROM meta WHERE key = %s'
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

# In this order. Each is one form of SQLite's, and PostgreSQL's of the same meaning.
_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"%", "%%"),  # psycopg's own mark
        (r" INDEXED BY \w+", ""),  # PostgreSQL takes no hints
        (r"\bCROSS JOIN (\w+ \w+) ON\b", r"JOIN \1 ON"),  # SQLite's way to fix the order of a join
        (r"(?<=[ (])\+(?=[a-z])", ""),  # nor this one: not by the index of that column
        (r" COLLATE NOCASE IN \(SELECT value FROM json_each\(\?\)\)", "::citext = ANY(?JSON::citext[])"),
        (r" COLLATE NOCASE\b", "::citext"),
        (r"\btag IN \(SELECT value FROM json_each\(\?\)\)", "tag = ANY(?JSON::citext[])"),
        (r"\bIN \(SELECT value FROM json_each\(\?\)\)", "= ANY(?JSON)"),
        (r"\bIN \(SELECT lower\(value\) FROM json_each\(\?\)\)", "IN (SELECT lower(t) FROM unnest(?JSON::text[]) t)"),
        (r"\bjson_group_array\(([\w.]+)\)", r"coalesce(json_agg(\1), '[]')::text"),
        (r"\(SELECT seq FROM sqlite_sequence WHERE name = 'passages'\)", "(SELECT max(id) FROM passages)"),
        (r"\bSET value = value \+ 1\b", "SET value = (value::bigint + 1)::text"),  # SQLite adds to digits in a text
        (r"\bcasefold\(([\w.]+)\)", r'lower(\1 COLLATE "pg_c_utf8")'),
        (r"\binstr\(", "strpos("),
        (r"\bIS \?(?!JSON)", "IS NOT DISTINCT FROM ?"),
        (r"\bLIMIT \?", "LIMIT NULLIF(?, -1)"),  # SQLite's -1 is no limit
    )
)
_PLACE = re.compile(r"\?(JSON)?")
_FTS = re.compile(r"\s*INSERT INTO passages_fts\b")


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement with psycopg's placeholders. `lists`: which of its values are JSON arrays, to be given as lists.

    `sql` is empty for what PostgreSQL does by itself: a trigger keeps its words.
    """

    sql: str
    lists: frozenset[int]

    def values(self, parameters: Sequence[Any]) -> list[Any]:
        """The values as PostgreSQL takes them."""
        return [json.loads(value) if i in self.lists else value for i, value in enumerate(parameters)]


@lru_cache(maxsize=1024)
def translate(sql: str) -> Statement:
    """A statement written for SQLite, for PostgreSQL."""
    if _FTS.match(sql):
        return Statement("", frozenset())
    for pattern, replacement in _RULES:
        sql = pattern.sub(replacement, sql)
    lists = frozenset(i for i, place in enumerate(_PLACE.finditer(sql)) if place.group(1))
    return Statement(_PLACE.sub("%s", sql), lists)
