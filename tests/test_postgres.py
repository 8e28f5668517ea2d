"""A library on PostgreSQL: several processes at once, a server that stops, what is refused, and what is never shown."""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from corpus.adding import Adder
from corpus.errors import LibraryBusy, LibraryError, LibraryTooNew, LibraryUnreachable, NotALibrary
from corpus.lexical import search_passages
from corpus.library import Library
from corpus.postgres import temporary_schema
from corpus.postgres_address import Address
from corpus.removal import remove, restore
from corpus.stories import count_stories
from corpus.tags import tag
from corpus.types import Filters
from corpus.vectors import iter_vectors, pending_ids, put_vectors
from corpus.whole import erase
from qa.cli import app
from qa.doctor import examine
from qa.engine import Citewire
from qa.settings import load_settings
from tests.adding_process import CHUNKER, add, files
from tests.fakes import fill
from tests.postgres_server import Server
from tests.test_cli import ARTICLE
from tests.test_contract import library  # noqa: F401  # a fixture
from tests.test_reindex import (  # noqa: F401  # the same tests, on the `engine` of this module
    article,
    test_interrupted_it_goes_on_and_takes_in_what_came_meanwhile,
    test_same_name_other_weights_is_refused,
)

_processes = multiprocessing.get_context("spawn")


@pytest.fixture
def address(server: Server) -> Iterator[str]:
    with temporary_schema(server.url) as unused:
        yield unused


@pytest.fixture
def engine(address: str) -> Citewire:
    engine = Citewire.open(load_settings(library=address))
    engine.add([article(number) for number in range(4)])
    return engine


def test_processes_that_add_at_once_lose_and_double_nothing(address: str, tmp_path: Path) -> None:
    ready = _processes.Barrier(2)
    adding = [_processes.Process(target=add, args=(address, first, first + 40, ready)) for first in (0, 20)]
    for process in adding:
        process.start()
    for process in adding:
        process.join()
        assert process.exitcode == 0
        process.close()
    alone = Library.open(tmp_path, create=True)
    list(Adder(alone, CHUNKER).add(files(range(60))))
    library = Library.open(address)  # noqa: F811
    assert library.count_articles() == alone.count_articles() == 60
    for table, columns in {
        "versions": "article_id, version, text", "sentences": "*", "passages": "article_id, first, last, title",
        "inputs": "*", "signatures": "*", "passage_texts": "title, text",
    }.items():  # fmt: skip
        found = []
        for one in (library, alone):
            with one.read() as db:
                found.append(sorted(tuple(row) for row in db.execute(f"SELECT {columns} FROM {table}").fetchall()))
        assert found[0] == found[1], table
    assert count_stories(library) == count_stories(alone)
    assert pending_ids(library, "length") == []
    assert len(list(iter_vectors(library, "length"))) == library.count_passages()
    with library.read() as db:  # the counts of words are those of what is there
        counted = dict(db.execute("SELECT word, passages FROM word_counts WHERE passages <> 0").fetchall())
        true = dict(
            db.execute("SELECT u.lexeme, count(*) FROM passage_words w, unnest(w.words) u GROUP BY 1").fetchall()
        )
        totals = db.execute("SELECT passages, length FROM word_totals").fetchone()
        assert tuple(totals) == tuple(db.execute("SELECT count(*), sum(length) FROM passage_words").fetchone())
    assert counted == true
    for one in (library, alone):
        one.close()


def test_a_removed_article_comes_back_with_everything_it_had(library: Library) -> None:  # noqa: F811
    key, *others = fill(library)
    tag(library, key, "north")
    vector = np.array([0.5, 0.25, 0.125], dtype="<f4").tobytes()
    put_vectors(library, "m", [(i, vector, b"s") for i in library.passage_ids()])
    before, stats = search_passages(library, "Turkey groups", 5), library.stats()
    removed = remove(library, key)
    assert search_passages(library, "Turkey", 5) == []
    assert library.stats().articles == len(others)
    restore(library, removed)
    assert search_passages(library, "Turkey groups", 5) == before
    assert {data for _, data in iter_vectors(library, "m")} == {vector}
    assert library.stats().passages == stats.passages
    assert library.count_articles(Filters(tags=("NORTH",))) == 1
    erase(library)
    assert library.stats().sentences == library.stats().passages == 0
    assert library.check() == "ok"
    with library.read() as db:
        assert tuple(db.execute("SELECT passages, length FROM word_totals").fetchone()) == (0, 0)


def test_a_lost_connection_stores_nothing_and_the_next_use_goes_on(library: Library) -> None:  # noqa: F811
    def lose() -> None:
        with library.write() as db:
            db.execute("INSERT INTO articles VALUES ('a', 1, 'now')")
            (pid,) = db.execute("SELECT pg_backend_pid()").fetchone()
            killer = threading.Thread(target=_terminate, args=(library, pid))
            killer.start()
            killer.join()
            db.execute("SELECT 1")

    with pytest.raises(LibraryUnreachable, match="cannot be reached"):
        lose()
    assert library.count_articles() == 0
    assert len(fill(library)) == 3


def _terminate(library: Library, pid: int) -> None:  # noqa: F811
    with library.read() as db:
        assert db.execute("SELECT pg_terminate_backend(?, 10000)", (pid,)).fetchone()[0]


def test_writers_wait_their_turn_and_say_so(address: str) -> None:
    library = Library.open(address, create=True, busy_seconds=0.05)  # noqa: F811
    refused: list[str] = []

    def write() -> None:
        try:
            library.remove("x")
        except LibraryBusy as error:
            refused.append(str(error))

    with library.write():
        other = threading.Thread(target=write)
        other.start()
        other.join()
        assert library.count_articles() == 0  # reading goes on
    assert "another process" in refused[0]
    library.close()


def test_what_is_no_library_is_refused(address: str) -> None:
    with pytest.raises(NotALibrary, match="citewire add"):
        Library.open(address)
    library = Library.open(address, create=True)  # noqa: F811
    with library.write() as db:
        db.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    with pytest.raises(LibraryTooNew, match="99"):
        Library.open(address)
    with library.write() as db:
        db.execute("ALTER TABLE meta RENAME TO other")
    with pytest.raises(NotALibrary, match="another program"):
        Library.open(address, create=True)
    with pytest.raises(LibraryError, match="no folder"):
        _ = library.folder
    library.close()
    with pytest.raises(LibraryError, match="closed"):
        library.count_articles()


def test_a_password_is_never_shown() -> None:
    found = Address.of("postgresql://ann:s3cret@db.example:5433/news?sslmode=require&password=s3cret&schema=wire")
    assert found.schema == "wire"
    assert found.shown == "postgresql://ann@db.example:5433/news?sslmode=require&schema=wire"
    assert found.url == "postgresql://ann:s3cret@db.example:5433/news?sslmode=require&password=s3cret"
    settings = load_settings(library="postgresql://ann:s3cret@127.0.0.1:1/news")
    checks = examine(settings)
    assert "s3cret" not in repr(checks)
    assert any("cannot be reached" in check.detail for check in checks)
    with pytest.raises(LibraryError, match="cannot be used"):
        Library.open("postgresql://127.0.0.1/news?nothing=1")
    for odd in ("postgresql://[::1", "postgresql://h/d?schema=A-b", "postgresql://h/d?x"):
        with pytest.raises(LibraryError):
            Address.of(odd)


def test_a_missing_driver_names_its_install_line() -> None:
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from corpus.library import Library\n"
        "try: Library.open('postgresql://h/d')\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.startswith("LibraryError")
    assert "pip install -e '.[postgres]'" in said


def test_every_command_takes_an_address(address: str, tmp_path: Path) -> None:
    (tmp_path / "bridge.txt").write_text(ARTICLE)

    def run(*arguments: str, code: int = 0) -> Any:
        done = CliRunner().invoke(app, [*arguments, "--library", address, "--json"], catch_exceptions=False)
        assert done.exit_code == code, done.output
        return json.loads(done.stdout)

    (key,) = run("add", str(tmp_path))["inputs"][0]["article_ids"]
    assert run("ask", "Who said cables were replaced?")["citations"][0]["article_id"] == key
    assert run("search", "steel cables", "-k", "1")["hits"][0]["article_id"] == key
    assert [row["id"] for row in run("list")] == [key]
    assert run("show", key)["publisher"] == "Vale Post"
    assert run("stats")["pending"] == 0
    assert all(check["ok"] for check in run("doctor"))
    assert run("timeline", "bridge")["sentences"]
    assert CliRunner().invoke(app, ["remove", key, "--library", address]).exit_code == 0
    assert run("list") == []
