"""SQLite's forms in PostgreSQL's words, one by one. That every statement in use runs there is `test_contract`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from corpus.dialect import translate


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("SELECT 1 FROM a WHERE id = ? AND x = ?", "SELECT 1 FROM a WHERE id = %s AND x = %s"),
        ("SELECT * FROM v INDEXED BY listing_title", "SELECT * FROM v"),
        ("FROM v CROSS JOIN articles a ON a.id = v.id", "FROM v JOIN articles a ON a.id = v.id"),
        ("FROM v CROSS JOIN LATERAL unnest(x) u", "FROM v CROSS JOIN LATERAL unnest(x) u"),
        ("ORDER BY coalesce(p, '~') COLLATE NOCASE DESC", "ORDER BY coalesce(p, '~')::citext DESC"),
        ("UPDATE meta SET value = value + 1", "UPDATE meta SET value = (value::bigint + 1)::text"),
        ("WHERE publisher IS ?", "WHERE publisher IS NOT DISTINCT FROM %s"),
        ("WHERE x IS NULL LIMIT ? OFFSET ?", "WHERE x IS NULL LIMIT NULLIF(%s, -1) OFFSET %s"),
        ("SELECT instr(casefold(c.title), ?) > 0", 'SELECT strpos(lower(c.title COLLATE "pg_c_utf8"), %s) > 0'),
        ("SELECT 5 % 2", "SELECT 5 %% 2"),
        ("WHERE +model = ? AND (+x = 1 + 2)", "WHERE model = %s AND (x = 1 + 2)"),
        ("p COLLATE NOCASE IN (SELECT value FROM json_each(?))", "p::citext = ANY(%s::citext[])"),
        ("SELECT json_group_array(p.id) FROM t", "SELECT coalesce(json_agg(p.id), '[]')::text FROM t"),
        ("(SELECT seq FROM sqlite_sequence WHERE name = 'passages')", "(SELECT max(id) FROM passages)"),
        ("INSERT INTO passages_fts (rowid) SELECT id FROM t", ""),
    ],
)
def test_each_form(ours: str, theirs: str) -> None:
    assert translate(ours).sql == theirs


def test_lists_are_given_as_lists() -> None:
    statement = translate(
        "SELECT 1 WHERE a = ? AND id IN (SELECT value FROM json_each(?)) AND tag IN (SELECT value FROM json_each(?)) "
        "AND lower(p) IN (SELECT lower(value) FROM json_each(?)) LIMIT ?"
    )
    assert "json_each" not in statement.sql
    assert statement.sql.count("%s") == 5
    assert statement.values(["[0]", "[1, 2]", '["x"]', "[]", 3]) == ["[0]", [1, 2], ["x"], [], 3]


def test_no_statement_keeps_a_form_that_only_sqlite_knows() -> None:
    """What is written in `corpus` from now on must be a form that is translated, or one that both know."""
    alone = re.compile(r"INSERT OR |json_extract|lastrowid|\browid\b|PRAGMA|:\w+ AND", re.IGNORECASE)
    sqlite_only = {
        "backup.py",
        "database.py",
        "schema.py",
        "dialect.py",
        "lexical.py",
        "listing.py",
        "library.py",
        "removal.py",
        "storing.py",
    }
    for file in sorted((Path(__file__).parent.parent / "corpus").glob("*.py")):
        if file.name not in sqlite_only:
            text = file.read_text(encoding="utf-8")
            assert not ("db.execute" in text and alone.search(text)), file.name
