"""What breaks while Citewire runs: processes, disks, files, clocks. `benchmarks/faults.py` kills 200 times; here 5."""

from __future__ import annotations

import random
import resource
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.faults import add, article, kill_all, opened
from corpus.adding import Adder
from corpus.conversations import Conversations
from corpus.errors import ArticleNotFound, CorpusError, LibraryError
from corpus.lexical import search_passages
from corpus.library import FILE_NAME, Library
from corpus.sources import sources
from corpus.stories import copies
from corpus.subscriptions import Subscriptions
from corpus.vectors import put_vectors
from embeddings.errors import EmbeddingError
from embeddings.faiss_store import FaissStore
from embeddings.model import ModelSpec
from qa.readers.extractive import ExtractiveReader
from qa.types import DraftSentence, Evidence
from tests.fakes import WORDS_CHUNKER, fill
from tests.test_adding import contents, story
from tests.test_durability import _in_process, _processes

QUERY = np.ones(8, dtype=np.float32)


def test_killed_at_random_nothing_finished_is_lost(tmp_path: Path) -> None:
    counts = kill_all(tmp_path, 5, 7)
    assert sum(n for name, n in counts.items() if name.endswith("_kills")) == 5


# ---- two at once


def _add_range(answer: Any, folder: str, articles: str, first: int, last: int) -> None:
    library = Library.open(Path(folder), create=True)
    files = sorted(Path(articles).iterdir())[first:last]
    answer.send({outcome.status for outcome in Adder(library, WORDS_CHUNKER).add(sources(files))})
    answer.close()
    library.close()


def test_two_processes_add_at_once(tmp_path: Path) -> None:
    """One from the front, one from the back, some articles by both; the library is begun by whichever comes first."""
    (tmp_path / "in").mkdir()
    for number in range(40):
        (tmp_path / "in" / f"{number:02}.txt").write_text(story(f"Number {number}", number))
    pipes = [_processes.Pipe(duplex=False) for _ in range(2)]
    workers = [
        _processes.Process(target=_add_range, args=(pipe[1], str(tmp_path / "lib"), str(tmp_path / "in"), *span))
        for pipe, span in zip(pipes, ((0, 30), (10, 40)), strict=True)
    ]
    for worker, (_, sender) in zip(workers, pipes, strict=True):
        worker.start()
        sender.close()
    said = [receiver.recv() for receiver, _ in pipes]
    for worker, (receiver, _) in zip(workers, pipes, strict=True):
        worker.join()
        worker.close()
        receiver.close()
    assert set.union(*said) <= {"added", "unchanged"}
    both, clean = Library.open(tmp_path / "lib"), Library.open(tmp_path / "clean", create=True)
    list(Adder(clean, WORDS_CHUNKER).add(sources([tmp_path / "in"])))
    assert both.count_articles() == 40
    assert contents(both) == contents(clean)
    for library in (both, clean):
        library.close()


# ---- full disks


def _on_a_full_disk(answer: Any, folder: str, model: str, work: str) -> None:
    engine = opened(folder, model)
    engine.embedder.load()
    turns = Conversations(engine.library)
    conversation = turns.start("Bridges")
    limit = max(file.stat().st_size for file in Path(folder).iterdir()) if work == "chat" else 40_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        if work == "reindex":
            engine.reindex(ModelSpec(model))
        elif work == "chat":
            for number in range(400):
                turns.ask(conversation.id, f"{number} " + "Which bridge? " * 400)
        else:
            engine.store.save()
        answer.send("no error")
    except (CorpusError, EmbeddingError) as error:
        answer.send(f"{type(error).__name__}: {error}")
    answer.close()


class _Silent:
    """Stands for the pipe that work tells of its progress."""

    def send(self, _: object) -> None:
        """Nothing."""


@pytest.mark.parametrize("work", ["reindex", "chat"])
def test_a_full_disk_is_said_and_the_library_goes_on(tiny_model: Path, tmp_path: Path, work: str) -> None:
    folder = str(tmp_path / "lib")
    add(folder, str(tiny_model), _Silent())  # type: ignore[arg-type]
    message = _in_process(_on_a_full_disk, folder, str(tiny_model), work)
    assert message.startswith(("LibraryUnwritable", "IndexUnwritable")), message
    assert "free disk space" in message
    engine = opened(folder, str(tiny_model))
    with engine.library.read() as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert engine.reindex(ModelSpec(str(tiny_model)))  # once there is room again
    assert engine.search("pillar", k=1)
    engine.close()


# ---- articles that go while they are read


@dataclass
class _Removing:
    """Reads as the extractive reader does, after the article of the best sentence was removed."""

    library: Library
    times: int
    name: str = "extractive"

    def read(
        self, question: str, evidence: Evidence, cancelled: threading.Event | None = None
    ) -> Iterator[DraftSentence]:
        """Remove, then draft."""
        if self.times:
            self.times -= 1
            self.library.remove(evidence.hits[0].sentence.article_id)
        yield from ExtractiveReader().read(question, evidence, cancelled)


def test_an_article_that_is_removed_while_it_is_read_is_not_cited(tiny_model: Path, tmp_path: Path) -> None:
    engine = opened(str(tmp_path / "lib"), str(tiny_model))
    engine.add(map(article, range(8)))
    line = replace(engine.pipeline, readers=[_Removing(engine.library, 2)])
    answer = line.answer("Which bridge was closed on Monday?")
    left = {row.id for row in engine.library.summaries()}
    assert len(left) == 6
    assert answer.citations
    assert {citation.article_id for citation in answer.citations} <= left
    with pytest.raises(ArticleNotFound):
        replace(engine.pipeline, readers=[_Removing(engine.library, 5)]).answer("Which bridge was closed on Monday?")
    engine.close()


# ---- files that change under a running program


@pytest.fixture
def running(tmp_path: Path) -> Any:
    """A library with vectors, its index saved and in use."""
    library = Library.open(tmp_path / "lib", create=True)
    fill(library)
    vectors = np.eye(8, dtype="<f4")
    put_vectors(library, "m", [(i, (vectors[i % 8] * i).astype("<f4").tobytes(), None) for i in library.passage_ids()])
    store = FaissStore(library, "m")
    store.save()
    yield library, store
    library.close()


def test_index_files_deleted_cut_or_changed_while_running(running: tuple[Library, FaissStore]) -> None:
    library, store = running
    expected = store.search(QUERY, 9)
    assert expected
    dice = random.Random(5)  # noqa: S311
    whole = {file.name: file.read_bytes() for file in sorted(library.folder.glob("index*"))}
    assert len(whole) == 2  # the index, and the manifest that describes it
    for _ in range(60):
        name = dice.choice(list(whole))
        data = bytearray(whole[name])
        kind = dice.choice(("flip", "cut", "gone", "junk"))
        if kind == "flip":
            data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        file = library.folder / name
        if kind == "gone":
            file.unlink()
        else:
            file.write_bytes(
                {"flip": data, "cut": data[: dice.randrange(len(data))], "junk": dice.randbytes(300)}[kind]
            )
        assert store.search(QUERY, 9) == expected  # the one that runs
        assert FaissStore(library, "m").search(QUERY, 9) == expected  # one that starts now
        for other, content in whole.items():
            (library.folder / other).write_bytes(content)
    for name in whole:
        (library.folder / name).unlink()
    store.save()
    assert {file.name: file.read_bytes() for file in library.folder.glob("index*")}.keys() == whole.keys()
    assert FaissStore(library, "m").search(QUERY, 9) == expected


def test_a_library_that_is_deleted_while_in_use_is_not_begun_anew(running: tuple[Library, FaissStore]) -> None:
    library, _ = running
    for file in library.folder.iterdir():
        file.unlink()
    caught: list[BaseException] = []

    def look() -> None:
        try:
            library.count_articles()
        except LibraryError as error:
            caught.append(error)

    thread = threading.Thread(target=look)  # a new thread opens the file anew
    thread.start()
    thread.join()
    assert "unable to open" in str(caught[0])
    assert not (library.folder / FILE_NAME).exists()


def test_flipped_bits_of_the_library_are_an_error_with_a_message(tmp_path: Path) -> None:
    library = Library.open(tmp_path / "lib", create=True)
    ids = fill(library)
    Conversations(library).start("Bridges")
    library.close()
    whole = (tmp_path / "lib" / FILE_NAME).read_bytes()
    dice = random.Random(11)  # noqa: S311
    said = 0
    for number in range(60):
        data = bytearray(whole)
        for _ in range(dice.choice((1, 4, 64))):
            data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / FILE_NAME).write_bytes(data[: dice.choice((len(data), dice.randrange(len(data))))])
        try:
            _use(folder, ids)
        except CorpusError:
            said += 1
    assert said > 10


def _use(folder: Path, ids: list[str]) -> None:
    library = Library.open(folder)
    try:
        for row in library.summaries(limit=-1):
            library.sentences(row.id)
            copies(library, row.id)
        search_passages(library, "harvest", 5)
        library.passages(library.passage_ids())
        library.stats()
        Conversations(library).recent(5)
        library.remove(ids[0])
    finally:
        library.close()


# ---- clocks


def test_a_clock_that_ran_ahead_keeps_nothing_from_being_polled_or_found(tmp_path: Path) -> None:
    now, ahead = datetime(2026, 3, 4, tzinfo=UTC), timedelta(days=9_000)
    library = Library.open(tmp_path, create=True)
    calendar = Subscriptions(library)
    calendar.add("https://harbor.example/feed")
    calendar.record_success("https://harbor.example/feed", moment=now + ahead)
    assert [one.source for one in calendar.due(now)] == ["https://harbor.example/feed"]
    calendar.record_success("https://harbor.example/feed", moment=now)
    assert calendar.due(now) == ()
    (first, *_) = fill(library)
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as db:
        db.execute("UPDATE versions SET added = ?", ((now + ahead).isoformat(),))
        db.commit()
    before = library.article(first)
    list(Adder(library, WORDS_CHUNKER).add([article(1)]))
    assert library.article(first) == before
    assert library.count_articles() == 4
    library.close()
