"""A library of any size made of a real one: its articles again and again, their vectors moved a little each time.

Rows are written by SQL: embedding a million passages would take a day. What is copied is copied as it is but for this:
ids, publishers ("Outlet 7") and days, which are spread evenly over `DAYS`, so that filters keep a known share; and
vectors, to which noise of length `NOISE` is added in a random direction before they are normalized again (cosine to the
original about .89: another passage on the same matter). Texts and token states are the original's own. Signatures of
near-duplicates are copied without their bands, or every article would be a story of a hundred copies.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

from corpus.library import FILE_NAME, Library
from corpus.meta import MODEL_KEY, value
from embeddings.states import pack, unpack
from embeddings.types import Float32

NOISE = 0.5  # of the length of a vector
DAYS = 10_000  # publication days, one of which keeps 0.01 % of the passages
FIRST_DAY = "1998-01-01"
_COPY = """
CREATE TEMP TABLE taken AS SELECT DISTINCT article_id FROM base.passages WHERE id <= :until;
INSERT INTO articles SELECT :tag || id, version, added FROM base.articles WHERE id IN taken;
INSERT INTO versions SELECT :tag || article_id, version, title, text, 'Outlet ' || :copy, author, url,
    day, updated, day, language, agencies, section, source_file, blocks, :tag || fingerprint, :tag || text_hash, added
    FROM (SELECT *, date(:first, (abs(random()) % :days) || ' days') AS day FROM base.versions WHERE article_id IN taken);
INSERT INTO sentences SELECT :tag || article_id, version, idx, start, stop, role FROM base.sentences
    WHERE article_id IN taken;
INSERT INTO passages SELECT :offset + id, :tag || article_id, version, first, last, title, token_count
    FROM base.passages WHERE id <= :until;
INSERT INTO passages_fts (rowid, title, text)
    SELECT id, title, text FROM passage_texts WHERE id > :offset AND id <= :offset + :until;
INSERT INTO token_states SELECT :offset + passage_id, model, states FROM base.token_states WHERE passage_id <= :until;
INSERT INTO signatures SELECT :tag || article_id, signature, :tag || article_id FROM base.signatures
    WHERE article_id IN taken;
INSERT INTO vectors SELECT :offset + passage_id, model, moved(vector, :copy) FROM base.vectors WHERE passage_id <= :until;
UPDATE meta SET value = value + 1 WHERE key = 'vector_generation';
DROP TABLE taken;
"""


def compacted(base: Path) -> None:
    """Bring a library's token states into the layout of today."""
    library = Library.open(base)
    with library.write() as db:
        for passage_id, data in db.execute("SELECT passage_id, states FROM token_states").fetchall():
            states = unpack(data)
            if states is not None:
                db.execute("UPDATE token_states SET states = ? WHERE passage_id = ?", (pack(states), passage_id))
    library.close()


def grow(base: Path, folder: Path, passages: int) -> int:
    """Add copies of the library in `base` to the one in `folder` until it has so many passages; how many it has.

    The last copy takes only as many of the first passages as are wanting, with their articles.
    """
    library = Library.open(folder, create=True)
    have = library.count_passages()
    library.close()
    with closing(sqlite3.connect(folder / FILE_NAME, isolation_level=None)) as db:
        db.create_function("moved", 2, moved)
        for pragma in ("synchronous = OFF", "cache_size = -400000", "temp_store = MEMORY"):
            db.execute(f"PRAGMA {pragma}")
        db.execute("ATTACH ? AS base", (str(base / FILE_NAME),))
        db.execute("INSERT OR IGNORE INTO meta SELECT * FROM base.meta WHERE key LIKE 'model%' OR key LIKE 'sample%'")
        (step,) = db.execute("SELECT max(id) + 1 FROM base.passages").fetchone()
        (copy,) = db.execute("SELECT coalesce(max(id) / ? + 1, 0) FROM passages", (step,)).fetchone()
        while have < passages:
            wanting = "SELECT max(id) FROM (SELECT id FROM base.passages ORDER BY id LIMIT ?)"
            (until,) = db.execute(wanting, (passages - have,)).fetchone()
            values = {
                "tag": f"c{copy:03}-", "copy": copy, "offset": copy * step, "until": until,
                "first": FIRST_DAY, "days": DAYS,
            }  # fmt: skip
            db.execute("BEGIN")
            for statement in filter(str.strip, _COPY.split(";\n")):
                db.execute(statement, {key: v for key, v in values.items() if f":{key}" in statement})
            db.execute("COMMIT")
            have = int(db.execute("SELECT count(*) FROM passages").fetchone()[0])
            copy += 1
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return have


def moved(vector: bytes, copy: int) -> bytes:
    """A vector moved by noise that depends on it and on the number of the copy; the first copy is the original."""
    if copy == 0:
        return vector
    original = np.frombuffer(vector, "<f4")
    noise = np.random.default_rng([copy, *original[:2].view(np.uint32)]).normal(size=len(original)).astype("<f4")
    found = original + noise * (NOISE / np.linalg.norm(noise))
    return bytes((found / np.linalg.norm(found)).astype("<f4").tobytes())


def vectors(folder: Path) -> Iterator[tuple[list[int], Float32]]:
    """Every vector of a library, some thousands at a time, with the passages' ids."""
    with closing(sqlite3.connect(f"file:{folder / FILE_NAME}?mode=ro", uri=True)) as db:
        rows = db.execute("SELECT passage_id, vector FROM vectors")
        while batch := rows.fetchmany(8192):
            yield (
                [row[0] for row in batch],
                np.frombuffer(b"".join(row[1] for row in batch), "<f4").reshape(len(batch), -1),
            )


def model(folder: Path) -> str:
    """The fingerprint of a library's embedder."""
    library = Library.open(folder)
    try:
        return str(value(library, MODEL_KEY))
    finally:
        library.close()
