"""Export, backup and restore, and the audit log: nothing is lost, nothing damaged is taken, nothing is overwritten."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from typer.testing import CliRunner

from corpus.backup import back_up, check, digest_file, restore
from corpus.conversations import Conversations
from corpus.errors import LibraryError, LibraryUnwritable, NotALibrary
from corpus.library import FILE_NAME, Library
from qa import Answer, Citewire
from qa.cli import app
from qa.journal import Journal
from tests.fakes import fill
from tests.test_cli import ARTICLE, run


def dump(file: Path) -> list[str]:
    db = sqlite3.connect(file)
    try:
        return list(db.iterdump())
    finally:
        db.close()


@pytest.fixture
def kept(library: Library, tmp_path: Path) -> Path:
    """A backup of a small library."""
    fill(library)
    Conversations(library).start("Who?")
    return back_up(library, tmp_path / "kept.sqlite3").file


def test_a_backup_is_the_library_and_becomes_one_again(library: Library, kept: Path, tmp_path: Path) -> None:
    assert dump(kept) == dump(library.folder / FILE_NAME)
    assert not kept.with_name(kept.name + "-wal").exists()
    done = subprocess.run(["sha256sum", "-c", digest_file(kept).name], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0
    made = restore(kept, tmp_path / "new")
    assert (made.articles, made.conversations) == (3, 1)
    again = Library.open(tmp_path / "new")
    assert [a.id for a in again.summaries()] == [a.id for a in library.summaries()]
    again.close()
    assert sorted(p.name for p in tmp_path.iterdir() if "tmp" in p.name) == []


def test_it_is_of_one_moment_while_others_write(library: Library, tmp_path: Path) -> None:
    kept = Conversations(library)
    for number in range(300):
        kept.start(f"{number} " + "x" * 70)
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            with library.write() as db:  # both rows, or neither
                db.execute("INSERT INTO conversations VALUES (hex(randomblob(8)), 'a', '2026', '2026')")
                db.execute("INSERT INTO conversations VALUES (hex(randomblob(8)), 'b', '2026', '2026')")

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        for number in range(3):
            back_up(library, tmp_path / f"{number}.sqlite3")
        stop.set()
        writing.result()
    for number in range(3):
        db = sqlite3.connect(tmp_path / f"{number}.sqlite3")
        a, b = (db.execute("SELECT count(*) FROM conversations WHERE title = ?", (t,)).fetchone()[0] for t in "ab")
        db.close()
        assert a == b


@pytest.mark.parametrize("harm", ["flip", "cut", "text", "other", "newer", "dangling"])
def test_what_is_damaged_is_refused_and_nothing_is_made(harm: str, kept: Path, tmp_path: Path) -> None:
    data = bytearray(kept.read_bytes())
    if harm == "flip":
        data[len(data) // 2] ^= 1
        kept.write_bytes(data)  # the digest tells
    elif harm in ("cut", "text"):
        digest_file(kept).unlink()
        kept.write_bytes(data[: len(data) // 2] if harm == "cut" else b"no database at all")
    else:
        digest_file(kept).unlink()
        change = {
            "other": "PRAGMA application_id = 7", "newer": "PRAGMA user_version = 999",
            "dangling": "DELETE FROM versions",
        }[harm]  # fmt: skip
        db = sqlite3.connect(kept)
        db.execute(change)
        db.commit()
        db.close()
    with pytest.raises(NotALibrary):
        restore(kept, tmp_path / "new")
    assert not (tmp_path / "new" / FILE_NAME).exists()


def test_nothing_is_overwritten(library: Library, kept: Path, tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="already"):
        restore(kept, library.folder)
    with pytest.raises(LibraryError, match="cannot be read"):
        restore(tmp_path / "none", tmp_path / "new")
    with pytest.raises(LibraryUnwritable):
        back_up(library, tmp_path / "no folder" / "x")
    before = check(kept).sha256
    assert back_up(library, kept).sha256 == check(kept).sha256 == before  # it takes the old one's place


def test_by_command(tmp_path: Path) -> None:
    (tmp_path / "bridge.txt").write_text(ARTICLE)
    library, other = ("--library", str(tmp_path / "lib")), ("--library", str(tmp_path / "other"))
    command("add", str(tmp_path / "bridge.txt"), *library)
    backup, articles, talks = tmp_path / "b.sqlite3", tmp_path / "a.jsonl", tmp_path / "c.jsonl"
    opened = Library.open(tmp_path / "lib")
    Conversations(opened).start("Who?")
    opened.close()
    files = ("--backup", str(backup), "--articles", str(articles), "--conversations", str(talks))
    described = json.loads(command("export", *files, "--json", *library))
    assert described["articles"] == described["conversations"] == described["backup"]["articles"] == 1
    assert json.loads(talks.read_text())["title"] == "Who?"
    assert described["backup"]["sha256"] in digest_file(backup).read_text()
    command("import", str(backup), *other)
    again = run("import", str(backup), *other)
    assert (again.returncode, "already" in again.stderr) == (2, True)
    rows = [json.loads(line) for line in (tmp_path / "lib" / "audit.jsonl").read_text().splitlines()]
    assert [(row["through"], row["action"], row["count"]) for row in rows] == [
        ("command", "add", 1),
        ("command", "export", 0),
    ]
    assert all(row["who"] and row["when"] for row in rows)
    assert "Tarn" not in json.dumps(rows)
    answers = [asked(tmp_path / name, "Who is the mayor?") for name in ("lib", "other")]
    assert answers[0].citations == answers[1].citations != ()
    with Citewire.open(tmp_path / "third") as third:
        assert third.add(articles).totals["added"] == 1


def command(*arguments: str) -> str:
    """What a command prints, run in this process: a new one would load the model again."""
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    return done.stdout


def asked(folder: Path, question: str) -> Answer:
    with Citewire.open(folder, create=False) as library:
        return library.ask(question)


def test_the_audit_log_is_bounded_private_and_whole(library: Library) -> None:
    journal = Journal(library, full=4000, kept=2)

    def write(number: int) -> None:
        for step in range(25):
            journal.note("editor", "rest", "add", [f"{number}-{step}"])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    files = sorted(library.folder.glob("audit*.jsonl"))
    assert [file.name for file in files] == ["audit.1.jsonl", "audit.2.jsonl", "audit.jsonl"]
    rows = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    assert len({row["ids"][0] for row in rows}) == len(rows)
    assert all(file.stat().st_size < 4000 + 1000 for file in files)
    assert stat.S_IMODE(os.stat(journal.file).st_mode) == 0o600
    journal.note("editor", "rest", "remove", [str(n) for n in range(500)])
    last = json.loads(journal.file.read_text().splitlines()[-1])
    assert (last["count"], len(last["ids"])) == (500, 100)
