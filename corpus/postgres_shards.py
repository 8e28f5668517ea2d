"""A library on PostgreSQL whose search is spread over several servers, the nodes, by PostgreSQL itself (postgres_fdw).

What is searched lies on the nodes: words, vectors, token states. A passage's id tells its node, and all passages of an
article share one. What is looked up by key (articles, texts, sentences, conversations) stays on the server of the library's
address, which asks all nodes at once and joins what they find. A node that does not answer is an error, never a gap.

A transaction that a crash cuts short between two nodes' commits can leave rows on one of them: `check` counts those missing.
"""

from __future__ import annotations

from collections.abc import Sequence

TABLES = ("passage_words", "vectors", "token_states")
EXTENSIONS = ("postgres_fdw", "dblink")
_COLUMNS = {
    "passage_words": "passage_id bigint NOT NULL, words tsvector NOT NULL, length integer NOT NULL",
    "vectors": 'passage_id bigint NOT NULL, model text COLLATE "C" NOT NULL, vector public.halfvec NOT NULL',
    "token_states": 'passage_id bigint NOT NULL, model text COLLATE "C" NOT NULL, states bytea NOT NULL',
}
_SPREAD = """
CREATE SEQUENCE passage_numbers;
ALTER TABLE passages ALTER COLUMN id DROP IDENTITY;
CREATE OR REPLACE FUNCTION new_passage_id(article text) RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT nextval('passage_numbers') * {count} + (hashtextextended(article, 0) & 2147483647) % {count}
$$;
CREATE FUNCTION place_passage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.id := coalesce(NEW.id, new_passage_id(NEW.article_id));
    RETURN NEW;
END $$;
CREATE TRIGGER place_passage BEFORE INSERT ON passages FOR EACH ROW EXECUTE FUNCTION place_passage();
CREATE FUNCTION drop_vectors() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM vectors WHERE passage_id = ANY (ARRAY(SELECT id FROM removed));
    DELETE FROM token_states WHERE passage_id = ANY (ARRAY(SELECT id FROM removed));
    RETURN NULL;
END $$;
CREATE TRIGGER drop_vectors AFTER DELETE ON passages
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION drop_vectors();
"""


def coordinator(schema: str, nodes: Sequence[str]) -> str:
    """What makes the tables of a new library's search foreign ones, on these nodes."""
    parts = [_SPREAD.format(count=len(nodes))]
    for table in TABLES:
        parts.append(f"DROP TABLE {table}; CREATE TABLE {table} ({_COLUMNS[table]}) "
                     f"PARTITION BY LIST ((passage_id % {len(nodes)}));")  # fmt: skip
        for number, node in enumerate(nodes):
            parts.append(
                f"CREATE FOREIGN TABLE {table}_{number} PARTITION OF {table} FOR VALUES IN ({number}) "
                f"SERVER {node} OPTIONS (schema_name '{schema}', table_name '{table}');"
            )
    return "\n".join(parts)


def node(schema: str) -> str:
    """What makes a node's own tables."""
    parts = [
        "CREATE EXTENSION IF NOT EXISTS vector SCHEMA public",
        f"CREATE SCHEMA {schema}",
        *(f"CREATE TABLE {schema}.{table} ({_COLUMNS[table]}, PRIMARY KEY (passage_id))" for table in TABLES),
        f"CREATE INDEX ON {schema}.passage_words USING gin (words)",
        f"CREATE INDEX ON {schema}.vectors (model)",
        f"ALTER TABLE {schema}.token_states ALTER COLUMN states SET STORAGE EXTERNAL",
    ]
    return "; ".join(parts)
