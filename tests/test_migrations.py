"""Libraries of every earlier schema: opened by this Citewire, they keep all they held and answer.

Each is made by the first migrations alone, and filled with the rows that a library of today has, as far as its tables and
columns were there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from corpus.conversations import Conversations
from corpus.library import FILE_NAME, Library
from corpus.schema import APPLICATION_ID, MIGRATIONS
from corpus.sources import sources
from qa.engine import Citewire
from qa.serialize import answer_to_json
from qa.settings import load_settings
from tests.conftest import SAMPLE

QUESTION = "How long did the Ever Given block the Suez Canal?"
# Parents before children. What is not here is made from these: the full-text index, signatures of near-duplicates.
TABLES = (
    "meta", "articles", "versions", "sentences", "passages", "vectors", "token_states", "conversations", "turns",
    "inputs", "pages", "subscriptions", "tags",
)  # fmt: skip


@pytest.fixture(scope="module")
def today(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Citewire]:
    """A library of this Citewire with articles, two versions of one, and a conversation."""
    engine = Citewire.open(load_settings(library=tmp_path_factory.mktemp("today")))
    engine.add(sources([SAMPLE / "suez"]))
    kept = Conversations(engine.library)
    turn = kept.ask(kept.start(QUESTION).id, QUESTION)
    kept.finish(turn.id, "done", answer_to_json(engine.ask(QUESTION)))
    yield engine
    engine.close()


def make(version: int, source: Path, folder: Path) -> None:
    """A library as the Citewire of that schema version left it."""
    with closing(sqlite3.connect(folder / FILE_NAME, isolation_level=None)) as db:
        for step in MIGRATIONS[:version]:
            db.executescript(step)
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {version}")
        db.execute("ATTACH ? AS today", (str(source),))
        for table in TABLES:
            columns = [row[1] for row in db.execute(f"PRAGMA main.table_info({table})")]
            now = {row[1] for row in db.execute(f"PRAGMA today.table_info({table})")}
            shared = ", ".join(column for column in columns if column in now)
            if shared:
                db.execute(f"INSERT OR REPLACE INTO main.{table} ({shared}) SELECT {shared} FROM today.{table}")
        db.execute("INSERT INTO passages_fts (rowid, title, text) SELECT id, title, text FROM passage_texts")


def schema(file: Path) -> list[tuple[str, ...]]:
    """Every table, index and view with its columns."""
    with closing(sqlite3.connect(file)) as db:
        names = list(db.execute("SELECT type, name FROM sqlite_master ORDER BY type, name"))
        return [(*row, *(str(c[1:3]) for c in db.execute(f"PRAGMA table_info({row[1]})"))) for row in names]


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_a_library_of_every_earlier_schema_keeps_all_and_answers(version: int, today: Citewire, tmp_path: Path) -> None:
    make(version, today.library.folder / FILE_NAME, tmp_path)
    engine = Citewire.open(load_settings(library=tmp_path), create=False)
    try:
        old, new = today.library, engine.library
        assert [row.id for row in new.summaries(limit=-1)] == [row.id for row in old.summaries(limit=-1)]
        assert new.stats().sentences == old.stats().sentences
        assert new.stats().pending == 0  # no vector was lost
        answer, expected = engine.ask(QUESTION), today.ask(QUESTION)
        assert answer.answered
        assert answer.citations == expected.citations
        for citation in answer.citations:
            text = new.article(citation.article_id, citation.version).text
            assert text[citation.start : citation.end] == citation.quote
        (conversation,) = Conversations(new).recent()
        (turn,) = Conversations(new).turns(conversation.id)
        assert (turn.question, turn.status) == (QUESTION, "done")
        assert turn.answer
        with new.read() as db:
            assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            assert db.execute("PRAGMA foreign_key_check").fetchone() is None
            assert db.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
    finally:
        engine.close()
    assert schema(tmp_path / FILE_NAME) == schema(today.library.folder / FILE_NAME)


def test_opening_twice_changes_nothing(today: Citewire, tmp_path: Path) -> None:
    make(1, today.library.folder / FILE_NAME, tmp_path)
    Library.open(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as db:
        once = list(db.iterdump())
    Library.open(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as db:
        assert list(db.iterdump()) == once
