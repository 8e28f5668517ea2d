"""What is finished stays, whatever happens: killed processes, full disks, read-only folders, locked libraries."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import resource
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpus.adding import Adder
from corpus.errors import CorpusError, LibraryBusy
from corpus.library import FILE_NAME, Library
from corpus.sources import sources
from corpus.vectors import iter_vectors
from qa.engine import Citewire
from qa.settings import load_settings
from tests.fakes import WORDS_CHUNKER
from tests.test_adding import contents, story
from tests.test_cli import stored

KILLS, STORING_KILLS = 30, 20
ARTICLES = 260
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["qa.engine", "torch", "sentence_transformers", "tests.test_adding"])


def _add(articles: str, folder: str) -> None:
    engine = Citewire.open(load_settings(library=Path(folder)))
    engine.add(sources([articles]))
    engine.close()


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """Short articles, enough of them that adding takes longer than the longest wait before a kill."""
    folder = tmp_path / "articles"
    folder.mkdir()
    for number in range(ARTICLES):
        (folder / f"{number:03}.txt").write_text(story(f"Number {number}", number % 2 + 3))
    return folder


def test_killed_thirty_times_the_library_equals_one_that_never_was(articles: Path, tmp_path: Path) -> None:
    dice = random.Random(7)  # noqa: S311
    killed = [_kill_one(dice, articles, tmp_path / "killed") for _ in range(KILLS)]
    assert sum(killed) >= STORING_KILLS  # a fast machine may have embedded all before the last of the others
    _add(str(articles), str(tmp_path / "killed"))
    _add(str(articles), str(tmp_path / "whole"))
    first, second = (Library.open(tmp_path / name) for name in ("killed", "whole"))
    assert first.count_articles() == ARTICLES
    assert contents(first) == contents(second)
    assert every_row(first) == every_row(second)
    model = Citewire(load_settings(library=tmp_path / "whole"), second).embedder.fingerprint
    ours, theirs = (dict(iter_vectors(library, model)) for library in (first, second))
    assert list(ours) == list(theirs)
    for key in ours:  # the last digits depend on which passages were embedded together
        np.testing.assert_allclose(np.frombuffer(ours[key], "<f4"), np.frombuffer(theirs[key], "<f4"), atol=1e-5)
    for library in (first, second):
        with library.read() as db:
            assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        library.close()


def _kill_one(dice: random.Random, articles: Path, folder: Path) -> bool:
    """Start adding and kill it: while storing after a few more articles, later at a random moment of embedding."""
    before = stored(folder)
    until = min(before + dice.randint(0, ARTICLES // STORING_KILLS), ARTICLES)
    process = _processes.Process(target=_add, args=(str(articles), str(folder)))
    process.start()
    while process.exitcode is None and stored(folder) < until:
        process.join(0.002)
    process.join(dice.uniform(0, 0.01) if before < ARTICLES else dice.uniform(0.2, 1.5))
    alive = process.exitcode is None
    if alive:
        os.kill(process.pid or 0, 9)
    process.join()
    process.close()
    return alive


def every_row(library: Library) -> dict[str, list[tuple[Any, ...]]]:
    """All rows but the moments of adding, the vectors (see above), and the places the inputs were in."""
    columns = {
        "articles": "id, version", "versions": "article_id, version, title, text, blocks, fingerprint, text_hash, source_file",
        "sentences": "*", "passages": "*", "inputs": "source, digest, article_id, duplicate", "signatures": "*",
    }  # fmt: skip
    with library.read() as db:
        return {t: [tuple(row) for row in db.execute(f"SELECT {c} FROM {t} ORDER BY 1, 2")] for t, c in columns.items()}


def _in_process(target: Callable[..., None], *args: object) -> str:
    """Run in a process of its own; what it sent back."""
    receiver, sender = _processes.Pipe(duplex=False)
    process = _processes.Process(target=target, args=(sender, *args))
    process.start()
    sender.close()
    try:
        return str(receiver.recv())
    finally:
        process.join()
        process.close()
        receiver.close()


def _add_on_a_full_disk(answer: Any, articles: str, folder: str) -> None:
    limit = (Path(folder) / FILE_NAME).stat().st_size + 60_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        library = Library.open(Path(folder))
        list(Adder(library, WORDS_CHUNKER).add(sources([articles])))
        answer.send("no error")
    except CorpusError as error:
        answer.send(f"{type(error).__name__}: {error}")
    answer.close()


def test_full_disk_is_said_and_loses_nothing(articles: Path, tmp_path: Path) -> None:
    library = Library.open(tmp_path / "lib", create=True)
    done = [o.article_id for o in Adder(library, WORDS_CHUNKER).add(sources(sorted(articles.iterdir())[:20]))]
    library.close()
    message = _in_process(_add_on_a_full_disk, str(articles), str(tmp_path / "lib"))
    assert message.startswith("LibraryUnwritable")
    assert "free disk space" in message
    library = Library.open(tmp_path / "lib")
    with library.read() as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert {summary.id for summary in library.summaries(limit=-1)} >= set(done)
    outcomes = list(Adder(library, WORDS_CHUNKER).add(sources([articles])))  # once there is room again
    assert {outcome.status for outcome in outcomes} <= {"added", "unchanged"}
    assert library.count_articles() == ARTICLES
    library.close()


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that every user may look into."""
    folder = Path(tempfile.mkdtemp(prefix="citewire-"))
    folder.chmod(0o755)
    yield folder
    for path in (folder, *folder.rglob("*")):
        with contextlib.suppress(OSError):
            path.chmod(0o755 if path.is_dir() else 0o644)
    shutil.rmtree(folder)


def _open_as_nobody(answer: Any, folder: str, create: bool) -> None:
    if os.geteuid() == 0:
        os.setuid(65534)
    try:
        library = Library.open(Path(folder), create=create)
        library.remove("x")
        answer.send("no error")
    except CorpusError as error:
        answer.send(f"{type(error).__name__}: {error}")
    answer.close()


@pytest.mark.parametrize("create", [True, False])
def test_read_only_folder_is_said(public_folder: Path, create: bool) -> None:
    if not create:
        Library.open(public_folder / "lib", create=True).close()
        for file in (public_folder / "lib").iterdir():
            file.chmod(0o444)
        (public_folder / "lib").chmod(0o555)
    public_folder.chmod(0o555)
    message = _in_process(_open_as_nobody, str(public_folder / "lib"), create)
    assert message.startswith("LibraryUnwritable")
    assert "permissions" in message or "cannot be made" in message


def test_locked_library_is_said(tmp_path: Path) -> None:
    library = Library.open(tmp_path, create=True, busy_seconds=0.05)
    other = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LibraryBusy, match="another process"):
        library.remove("x")
    assert library.count_articles() == 0  # reading goes on
    other.rollback()
    other.close()
    with pytest.raises(CorpusError, match="citewire list"):
        library.remove("x")
    library.close()
