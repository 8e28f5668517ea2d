"""Rows of the library as types, and filters as a condition. Text in, types out: asks no database."""

from __future__ import annotations

import json
from typing import Any

from corpus.database import as_stored
from corpus.iso import from_iso, now
from corpus.types import Article, ArticleSummary, BlockSpan, Filters, Span

SUMMARY = (
    "v.article_id, v.version, v.title, v.publisher, v.author, v.url, v.published, v.added, "
    "(SELECT count(*) FROM sentences s WHERE s.article_id = v.article_id AND s.version = v.version) AS n"
)  # the columns that `summary` reads


def summary(row: Any) -> ArticleSummary:
    """A row of `SUMMARY` as a type."""
    with as_stored("An article"):
        return ArticleSummary(
            row["article_id"], row["version"], row["title"], row["publisher"], row["author"], row["url"],
            from_iso(row["published"]), from_iso(row["added"]) or now(), row["n"],
        )  # fmt: skip


def condition(filters: Filters) -> tuple[str, list[object]]:
    """A condition over `versions v` and its values. The condition holds only our own words, never the user's."""
    conditions, values = ["TRUE"], list[object]()
    if filters.since:
        conditions.append("v.published_day >= ?")
        values.append(filters.since)
    if filters.until:
        conditions.append("v.published_day <= ?")
        values.append(filters.until)
    if filters.publishers:
        conditions.append("v.publisher COLLATE NOCASE IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(filters.publishers))
    if filters.article_ids:
        conditions.append("v.article_id IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(filters.article_ids))
    if filters.tags:
        conditions.append("v.article_id IN (SELECT article_id FROM tags WHERE tag IN (SELECT value FROM json_each(?)))")
        values.append(json.dumps(filters.tags))
    return " AND ".join(conditions), values


def article_of(row: Any) -> Article:
    """A row of `versions` as a type."""
    with as_stored("An article"):
        return Article(
            id=row["article_id"], version=row["version"], title=row["title"], text=row["text"],
            publisher=row["publisher"], author=row["author"], url=row["url"],
            published=from_iso(row["published"]), updated=from_iso(row["updated"]), language=row["language"],
            agencies=tuple(json.loads(row["agencies"])), section=row["section"], source_file=row["source_file"],
            added=from_iso(row["added"]),
            blocks=tuple(BlockSpan(kind, Span(start, end)) for kind, start, end in json.loads(row["blocks"])),
        )  # fmt: skip
