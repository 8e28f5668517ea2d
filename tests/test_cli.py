"""The command line as a user runs it: separate processes, real files, exit codes."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ARTICLE = """Bridge over the Tarn reopens

By Ann Lee, Vale Post

May 4, 2022

The old bridge over the Tarn reopened on Wednesday after two years of repairs.

Engineers replaced forty steel cables, the mayor Paula Quist said.
"""


def run(*args: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from qa.cli import main; main()", *args],
        capture_output=True, text=True, cwd=ROOT, input=stdin, check=False, timeout=240,
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    (folder / "bridge.txt").write_text(ARTICLE)
    (folder / "empty.txt").write_text("")
    done = run("add", str(folder), "--library", str(folder / "lib"), "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 1  # one input failed, the other was kept
    assert report["totals"] == {"added": 1, "updated": 0, "unchanged": 0, "duplicate": 0, "failed": 1}
    assert "empty" in next(row["reason"] for row in report["inputs"] if row["status"] == "failed")
    return folder


def test_ask_show_and_slice(folder: Path) -> None:
    library = str(folder / "lib")
    answer = json.loads(run("ask", "--library", library, "--json", "Who said cables were replaced?").stdout)
    citation = answer["citations"][0]
    assert citation["quote"] == "Engineers replaced forty steel cables, the mayor Paula Quist said."
    assert (citation["publisher"], citation["author"], citation["published"]) == ("Vale Post", "Ann Lee", "2022-05-04")
    article = json.loads(run("show", citation["article_id"], "--library", library, "--json").stdout)
    assert article["text"][citation["start"] : citation["end"]] == citation["quote"]
    assert {"start": citation["start"], "end": citation["end"], "role": "body"} in article["sentences"]


def test_a_threshold_decides_whether_there_is_an_answer(folder: Path) -> None:
    library = str(folder / "lib")
    sure = json.loads(run("ask", "--library", library, "--json", "--threshold", "1", "Who is the mayor?").stdout)
    assert not sure["answered"]
    assert sure["abstention"]["nearest"]
    assert run("ask", "--library", library, "--threshold", "2", "Who is the mayor?").returncode == 2


def test_batches_keep_order_and_go_on(folder: Path) -> None:
    lines = '{"id": 1, "question": "When did the bridge reopen?"}\nbroken\n{"id": "b", "question": "??"}\n{"id": 3, "question": "Who is the mayor?"}\n'
    done = run("ask", "--library", str(folder / "lib"), "--batch", "-", stdin=lines)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [row.get("id") for row in rows] == [1, None, "b", 3]
    assert "error" in rows[1]
    hits = run("search", "--library", str(folder / "lib"), "--batch", "-", "--level", "sentence", "-k", "1",
               stdin='{"id": "x", "query": "steel cables"}\n')  # fmt: skip
    assert json.loads(hits.stdout)["hits"][0]["text"].startswith("Engineers replaced forty")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("ask", "?!"), "holds no word"),
        (("ask", "x " * 5000), "at most 2,000"),
        (("show", "nope"), "citewire list"),
        (("remove", "nope"), "citewire list"),
    ],
)
def test_bad_input_exits_2_with_a_message(folder: Path, args: tuple[str, ...], message: str) -> None:
    done = run(*args, "--library", str(folder / "lib"))
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_library_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "library.sqlite3").write_text("not a database " * 500)
    done = run("stats", "--library", str(tmp_path))
    assert done.returncode == 2
    assert "not a Citewire library" in done.stderr


def test_ctrl_c_stops_in_good_order_and_the_next_run_goes_on(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(400):
        (tmp_path / "in" / f"{number}.txt").write_text(ARTICLE.replace("Tarn", f"Tarn {number}"))
    command = [sys.executable, "-c", "from qa.cli import main; main()", "add", str(tmp_path / "in"), "--json",
               "--library", str(tmp_path / "lib")]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        while stored(tmp_path / "lib") < 5:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        output, messages = process.communicate(timeout=120)
    report = json.loads(output)
    assert process.returncode == 130
    assert report["interrupted"]
    assert "run the same command again" in messages
    assert "Traceback" not in messages
    assert 5 <= report["totals"]["added"] < 400
    again = json.loads(run(*command[3:]).stdout)
    assert again["totals"]["unchanged"] == report["totals"]["added"]
    assert again["totals"]["added"] + again["totals"]["unchanged"] == 400


def stored(folder: Path) -> int:
    """Articles in a library that another process is filling."""
    try:
        with closing(sqlite3.connect(f"file:{folder / 'library.sqlite3'}?mode=ro", uri=True)) as db:
            return int(db.execute("SELECT count(*) FROM articles").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def test_feeds_are_managed_and_folders_synced(tmp_path: Path) -> None:
    library = ("--library", str(tmp_path / "lib"))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "bridge.txt").write_text(ARTICLE)
    assert run("feeds", "add", str(tmp_path / "in"), "https://news.example/feed.xml", *library).returncode == 0
    assert "does not exist" in run("feeds", "add", str(tmp_path / "nowhere"), *library).stderr
    assert run("feeds", "remove", "https://news.example/feed.xml", *library).returncode == 0
    assert run("feeds", "remove", "https://news.example/feed.xml", *library).returncode == 2
    report = json.loads(run("sync", "--json", *library).stdout)
    assert report["totals"]["added"] == 1
    (row,) = json.loads(run("feeds", "list", "--json", *library).stdout)
    assert (row["source"], row["failures"], row["error"]) == (str((tmp_path / "in").resolve()), 0, None)
    assert row["due"] > row["checked"]
    assert json.loads(run("sync", "--json", *library).stdout)["inputs"] == []  # not due yet


def test_every_command_and_option_is_documented() -> None:
    import typer.main

    from qa.cli import app
    from qa.settings import Settings

    written = (ROOT / "README.md").read_text() + "".join(file.read_text() for file in (ROOT / "docs").glob("*.md"))
    group = typer.main.get_command(app)
    commands = group.commands  # type: ignore[attr-defined]
    assert [name for name in commands if f"citewire {name}" not in written] == []
    assert [name for name in Settings.model_fields if f"`{name}`" not in written] == []
    options = {
        opt for name in ("add", "sync", "reindex") for p in commands[name].params for opt in p.opts if "--" in opt
    }
    assert [opt for opt in sorted(options) if opt not in written] == []


def test_stats_list_remove_doctor(folder: Path) -> None:
    library = str(folder / "lib2")
    run("add", str(folder / "bridge.txt"), "--library", library)
    (row,) = json.loads(run("list", "--library", library, "--json").stdout)
    assert json.loads(run("stats", "--library", library, "--json").stdout)["articles"] == 1
    assert run("doctor", "--library", library).returncode == 0
    assert run("remove", row["id"], "--library", library).returncode == 0
    hits = run("search", "bridge", "--library", library, "--json")
    assert json.loads(hits.stdout)["hits"] == []
