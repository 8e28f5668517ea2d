"""The SQLite schema of a library and its migrations, kept in step by `PRAGMA user_version`.

`MIGRATIONS[n]` takes a database from version n to n + 1. A migration is never edited once released.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache

from corpus.errors import LibraryTooNew

APPLICATION_ID = 0x43575245  # "CWRE": tells a library from any other SQLite file

_V1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('vector_generation', '0');

CREATE TABLE articles (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,               -- the newest: the only one that is retrieved
    added TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE versions (
    article_id TEXT NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    publisher TEXT, author TEXT, url TEXT,
    published TEXT, updated TEXT,           -- ISO 8601; a bare date when the hour is unknown
    published_day TEXT,                     -- YYYY-MM-DD, for filters
    language TEXT NOT NULL,
    agencies TEXT NOT NULL,                 -- JSON array
    section TEXT, source_file TEXT,
    blocks TEXT NOT NULL,                   -- JSON array of [kind, start, end]
    fingerprint TEXT NOT NULL,              -- of everything above: tells unchanged from updated
    text_hash TEXT NOT NULL,                -- of the text alone: tells duplicates
    added TEXT NOT NULL,
    PRIMARY KEY (article_id, version)
);
CREATE INDEX versions_day ON versions (published_day, article_id);
CREATE INDEX versions_publisher ON versions (publisher COLLATE NOCASE);
CREATE INDEX versions_text ON versions (text_hash);

CREATE TABLE sentences (
    article_id TEXT NOT NULL, version INTEGER NOT NULL, idx INTEGER NOT NULL,
    start INTEGER NOT NULL, stop INTEGER NOT NULL, role TEXT NOT NULL,
    PRIMARY KEY (article_id, version, idx),
    FOREIGN KEY (article_id, version) REFERENCES versions (article_id, version) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE passages (                     -- of newest versions only
    id INTEGER PRIMARY KEY AUTOINCREMENT,   -- never reused: FAISS and citations of runs rely on it
    article_id TEXT NOT NULL, version INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL,  -- sentence indices, both inclusive
    title TEXT NOT NULL,                    -- as embedded: empty when a long sentence left no room
    token_count INTEGER NOT NULL,
    FOREIGN KEY (article_id, version) REFERENCES versions (article_id, version) ON DELETE CASCADE
);
CREATE INDEX passages_article ON passages (article_id, version);

CREATE VIEW passage_texts AS
    SELECT p.id AS id, v.title AS title, substr(v.text, a.start + 1, z.stop - a.start) AS text
    FROM passages p
    JOIN versions v ON v.article_id = p.article_id AND v.version = p.version
    JOIN sentences a ON a.article_id = p.article_id AND a.version = p.version AND a.idx = p.first
    JOIN sentences z ON z.article_id = p.article_id AND z.version = p.version AND z.idx = p.last;

CREATE VIRTUAL TABLE passages_fts USING fts5 (
    title, text, content = 'passage_texts', content_rowid = 'id',
    tokenize = 'porter unicode61 remove_diacritics 2'
);

CREATE TABLE vectors (
    passage_id INTEGER PRIMARY KEY REFERENCES passages(id) ON DELETE CASCADE,
    model TEXT NOT NULL,                    -- fingerprint of the embedder
    vector BLOB NOT NULL                    -- little-endian float32, L2-normalized
);
CREATE INDEX vectors_model ON vectors (model);

CREATE TABLE token_states (                 -- compressed contextual states, for late interaction
    passage_id INTEGER PRIMARY KEY REFERENCES passages(id) ON DELETE CASCADE,
    model TEXT NOT NULL,
    states BLOB NOT NULL
);

CREATE TABLE conversations (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE turns (
    id TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    question TEXT NOT NULL,
    status TEXT NOT NULL,                   -- running | done | stopped | interrupted | error
    answer TEXT,                            -- Answer JSON, as shown
    rating INTEGER, comment TEXT,
    asked_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX turns_conversation ON turns (conversation_id, position);
"""

_V2 = """
CREATE TABLE inputs (                       -- what each input held when last read: unchanged input costs a hash
    source TEXT NOT NULL,                   -- full path, URL, or the name under which bytes were given
    digest BLOB NOT NULL,                   -- of one article's bytes, their name and the rules that read them
    article_id TEXT NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    duplicate INTEGER NOT NULL,             -- 1 when another article has the same text, and nothing was stored
    PRIMARY KEY (source, digest)
) WITHOUT ROWID;
CREATE INDEX inputs_article ON inputs (article_id);

CREATE TABLE pages (                        -- validators of fetched pages, for conditional requests
    url TEXT PRIMARY KEY,
    etag TEXT, last_modified TEXT,
    stamp TEXT,                             -- the moment a feed or sitemap gave for it, as given
    article_id TEXT NOT NULL REFERENCES articles(id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX pages_article ON pages (article_id);

CREATE TABLE subscriptions (                -- what `sync` polls
    source TEXT PRIMARY KEY,                -- a URL, or the absolute path of a folder
    title TEXT,
    etag TEXT, last_modified TEXT,
    added TEXT NOT NULL,
    checked TEXT,                           -- last poll
    due TEXT,                               -- not before this moment (back-off, Retry-After)
    failures INTEGER NOT NULL DEFAULT 0,    -- in a row
    error TEXT                              -- of the last poll
) WITHOUT ROWID;

CREATE TABLE signatures (                   -- MinHash of newest versions, for near-duplicates
    article_id TEXT PRIMARY KEY REFERENCES articles(id) ON DELETE CASCADE,
    signature BLOB NOT NULL,
    story TEXT NOT NULL                     -- the smallest article id among its near-duplicates
) WITHOUT ROWID;
CREATE INDEX signatures_story ON signatures (story);
CREATE TABLE signature_bands (
    band INTEGER NOT NULL, hash BLOB NOT NULL,
    article_id TEXT NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    PRIMARY KEY (band, hash, article_id)
) WITHOUT ROWID;
CREATE INDEX signature_bands_article ON signature_bands (article_id);
"""

_V3 = """
ALTER TABLE turns ADD COLUMN filters TEXT;      -- JSON: the articles it was asked of; NULL: all of them
ALTER TABLE turns ADD COLUMN standalone TEXT;   -- what the user wants searched instead of the question
ALTER TABLE turns ADD COLUMN reader TEXT;       -- the reader chosen; NULL: the settings' own
ALTER TABLE turns ADD COLUMN suggestions TEXT;  -- JSON array of questions to go on with
"""

_V4 = """
CREATE TABLE tags (                         -- words that the reader gave an article; compared without case
    article_id TEXT NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    tag TEXT NOT NULL COLLATE NOCASE,
    PRIMARY KEY (article_id, tag)
) WITHOUT ROWID;
CREATE INDEX tags_tag ON tags (tag, article_id);

-- The orders of a list. Each holds all that filters look at: a row of `versions` is opened only to be shown.
CREATE INDEX listing_newest ON versions (coalesce(published_day, '') DESC, article_id, version, publisher, published_day);
CREATE INDEX listing_oldest ON versions (coalesce(published_day, '~'), article_id, version, publisher, published_day);
CREATE INDEX listing_title ON versions (title COLLATE NOCASE, article_id, version, publisher, published_day);
CREATE INDEX listing_publisher ON versions (
    coalesce(publisher, '~') COLLATE NOCASE, coalesce(published_day, '') DESC, article_id, version, publisher, published_day
);
"""

_V5 = """
CREATE TABLE vector_changes (               -- which vectors came or went, so that an index need not compare every id
    generation INTEGER NOT NULL,            -- what `vector_generation` is once the change is committed
    passage_id INTEGER NOT NULL,
    PRIMARY KEY (generation, passage_id)
) WITHOUT ROWID;
CREATE TRIGGER vectors_came AFTER INSERT ON vectors BEGIN
    INSERT OR IGNORE INTO vector_changes SELECT value + 1, NEW.passage_id FROM meta WHERE key = 'vector_generation';
END;
CREATE TRIGGER vectors_went AFTER DELETE ON vectors BEGIN
    INSERT OR IGNORE INTO vector_changes SELECT value + 1, OLD.passage_id FROM meta WHERE key = 'vector_generation';
END;
"""

MIGRATIONS: tuple[str, ...] = (_V1, _V2, _V3, _V4, _V5)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a library's schema up to date, one transaction a step.

    Raises:
        LibraryTooNew: its `user_version` is higher than this program knows.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise LibraryTooNew(
            f"The library has schema version {version}, this Citewire knows up to {len(MIGRATIONS)}. "
            "Upgrade Citewire, or use another library folder."
        )
    for step in range(version, len(MIGRATIONS)):
        connection.execute("BEGIN IMMEDIATE")
        try:
            if connection.execute("PRAGMA user_version").fetchone()[0] == step:  # no other process did it meanwhile
                for statement in _statements(MIGRATIONS[step]):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {step + 1}")
        except BaseException:
            connection.rollback()
            raise
        connection.commit()


def _statements(script: str) -> Iterator[str]:
    """One by one: `executescript` would end the transaction that they belong to."""
    pending = ""
    for piece in script.split(";"):
        pending += f"{piece};"
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""


def foreign_object(connection: sqlite3.Connection, *, migrated: bool = True) -> str | None:
    """What of a database is not as the migrations make it, and could run or mislead when the library is used.

    Before it is migrated only triggers are looked at: its own form is another. Further tables are no danger: nothing of
    ours names them.
    """
    found = _objects(connection)
    for name, (kind, sql) in found.items():
        known = name in _expected()
        if not known and (kind == "trigger" or (kind == "view" and migrated)):
            return f"the {kind} {name!r}"
        if known and migrated and (kind, sql) != _expected()[name]:
            return f"a {kind} {name!r} of another form"
    missing = _expected().keys() - found.keys()
    return f"no {min(missing)!r}" if missing and migrated else None


@cache
def _expected() -> dict[str, tuple[str, str]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        migrate(connection)
        return _objects(connection)


def _objects(connection: sqlite3.Connection) -> dict[str, tuple[str, str]]:
    """Kind and text of each object, by name. A table's text is left out: `ALTER TABLE` writes it as each SQLite likes."""
    rows = connection.execute(
        "SELECT name, type, coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite!_%' ESCAPE '!'"
    )
    return {
        name: (kind, sql if kind in ("view", "trigger") or sql.startswith("CREATE VIRTUAL") else "")
        for name, kind, sql in rows
    }
