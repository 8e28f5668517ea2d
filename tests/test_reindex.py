"""Changing the model: never mixed, exchanged at once, interruptible; the old index answers until then."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from corpus.errors import LibraryError
from corpus.ingest import Chunker, build
from corpus.sources import Source
from embeddings import reindex as reindexing
from embeddings.errors import ModelChanged
from embeddings.file_reindex import SHADOW_FILE
from embeddings.job import Here
from embeddings.model import ModelSpec, recorded
from qa.add_report import Progress
from qa.engine import Citewire
from qa.settings import load_settings

TEXT = "The ferry to Lindholm runs all night from May. " + "Boats leave every forty minutes, the port said. " * 20


def article(number: int) -> Source:
    return Source(f"{number}.txt", data=f"Ferry number {number}\n\n{TEXT}Captain {number} steers it.".encode())


@pytest.fixture
def engine(tmp_path: Path) -> Citewire:
    engine = Citewire.open(load_settings(library=tmp_path / "lib"))
    engine.add([article(number) for number in range(4)])
    return engine


def counts(engine: Citewire) -> list[int]:
    with engine.library.read() as db:
        tables = ("articles", "sentences", "passages", "vectors", "token_states")
        return [db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]


def test_another_model_takes_over_at_once(engine: Citewire, tiny_model: Path) -> None:
    before, old = counts(engine), engine.embedder.fingerprint
    seen: list[str] = []

    def look(_: Progress) -> None:
        seen.append(engine.search("Who steers ferry 2?", k=1)[0].sentence.text)
        assert engine.embedder.fingerprint == old

    assert engine.reindex(ModelSpec(str(tiny_model)), on_progress=look)
    assert "Captain 2 steers it." in seen
    assert engine.embedder.fingerprint != old
    assert engine.embedder.max_tokens == 64
    assert recorded(engine.library) == (ModelSpec(str(tiny_model)), engine.embedder.fingerprint)
    after = counts(engine)
    assert after[0] == before[0]
    assert after[2] == after[3] == after[4] > before[2]  # the new model reads less at a time
    with engine.library.read() as db:
        assert db.execute("SELECT max(token_count) FROM passages").fetchone()[0] <= 64
        assert db.execute("SELECT count(DISTINCT model) FROM vectors").fetchone()[0] == 1
    assert engine.search("captain", k=3)
    assert not (engine.library.folder / SHADOW_FILE).exists()
    engine.add([article(9)])  # goes on with the library's model, whatever the settings say
    assert engine.embedder.max_tokens == 64
    engine.close()


def test_interrupted_it_goes_on_and_takes_in_what_came_meanwhile(engine: Citewire, tiny_model: Path) -> None:
    stop = threading.Event()
    spec, old = ModelSpec(str(tiny_model)), engine.embedder.fingerprint
    new = spec.load()
    one_by_one = Here(new)
    one_by_one.group = 1
    done: list[int] = []
    assert not reindexing.reindex(
        engine.library, new, spec.to_json(), on_progress=lambda *_: stop.set(), cancelled=stop, cluster=one_by_one
    )
    assert engine.embedder.fingerprint == old
    engine.add([article(7)])
    engine.remove(engine.search("captain 0", k=1)[0].sentence.article_id)
    assert reindexing.reindex(
        engine.library, new, spec.to_json(), on_progress=lambda number, _: done.append(number), cluster=one_by_one
    )
    assert len(done) <= 4  # one of the five was built before
    assert counts(engine)[0] == 4
    titles = {hit.passage.title for hit in engine.search("captain", k=4, level="article")}
    assert "Ferry number 7" in titles
    engine.close()


def test_what_was_cut_for_the_old_model_is_not_stored(engine: Citewire, tiny_model: Path) -> None:
    old = engine.embedder
    chunker = Chunker(old.count_tokens, old.max_tokens, old.fingerprint)
    engine.reindex(ModelSpec(str(tiny_model)))
    from corpus.clean import parse_saved_text

    with pytest.raises(LibraryError, match="indexed anew"):
        engine.library.store(build(parse_saved_text("Late ferry\n\nIt came late, the port said."), chunker))
    engine.close()


def test_same_name_other_weights_is_refused(engine: Citewire) -> None:
    with engine.library.write() as db:
        db.execute("UPDATE meta SET value = 'other-weights' WHERE key = 'model_fingerprint'")
    with pytest.raises(ModelChanged, match="citewire reindex"):
        engine.ask("Who steers ferry 2?")
    assert engine.reindex()
    assert engine.search("Who steers ferry 2?", k=1)[0].sentence.text == "Captain 2 steers it."
    engine.close()


def test_a_damaged_half_built_index_is_thrown_away(engine: Citewire, tiny_model: Path) -> None:
    (engine.library.folder / SHADOW_FILE).write_bytes(b"no database " * 500)
    assert engine.reindex(ModelSpec(str(tiny_model)))
    with sqlite3.connect(engine.library.folder / "library.sqlite3") as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        db.execute("INSERT INTO passages_fts (passages_fts) VALUES ('integrity-check')")
    db.close()
    engine.close()
