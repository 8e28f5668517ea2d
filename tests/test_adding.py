"""Adding: what is unchanged is not read again, what changed is a new version, and any history ends like a fresh build."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tarfile
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.adding import Adder, Outcome
from corpus.ingest import Chunker
from corpus.lexical import search_passages
from corpus.library import Library
from corpus.sources import Source, sources
from tests.fakes import WORDS_CHUNKER

STORY = "The {0} bridge was closed on Monday, the ministry said. Trucks of more than {1} tonnes take a detour."


@dataclass
class Desk:
    """A library, an adder, and a count of the texts that were tokenized: nothing is read without that."""

    library: Library
    columns: dict[str, str] = field(default_factory=dict)
    tokenized: int = 0

    def add(self, *inputs: object) -> list[Outcome]:
        def count(texts: Sequence[str]) -> list[int]:
            self.tokenized += len(texts)
            return WORDS_CHUNKER.count_tokens(texts)

        found = (item for given in inputs for item in ([given] if isinstance(given, Source) else sources([given])))  # type: ignore[list-item]
        return list(Adder(self.library, Chunker(count, 120), self.columns).add(found))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the articles lie; the library is beside it."""
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


@pytest.fixture
def desk(library: Library) -> Desk:
    return Desk(library)


def story(name: str, tonnes: int = 7) -> str:
    return f"{name} bridge closed\n\nMarch 3, 2026\n\n{STORY.format(name, tonnes)}\n"


def statuses(outcomes: Sequence[Outcome]) -> list[str]:
    return [outcome.status for outcome in outcomes]


def test_unchanged_is_not_read_again(desk: Desk, folder: Path) -> None:
    for name in ("Norder", "Oster"):
        (folder / f"{name}.txt").write_text(story(name))
    assert statuses(desk.add(folder)) == ["added", "added"]
    before = desk.tokenized
    assert statuses(desk.add(folder)) == ["unchanged", "unchanged"]
    assert desk.tokenized == before
    (folder / "Oster.txt").write_text(story("Oster", 12))
    assert statuses(desk.add(folder)) == ["unchanged", "updated"]
    (folder / "Oster.txt").write_text(story("Oster"))
    assert statuses(desk.add(folder)) == ["unchanged", "updated"]  # changed back is changed
    gone = desk.add(folder)[0].article_id
    assert gone is not None
    desk.library.remove(gone)
    assert statuses(desk.add(folder)) == ["added", "unchanged"]


def test_two_files_that_disagree_about_one_article_do_not_chase_each_other(desk: Desk, folder: Path) -> None:
    for name, tonnes in (("a", 7), ("b", 12)):
        (folder / f"{name}.md").write_text(
            f"---\ntitle: Norder\nurl: https://c.example/norder\n---\n{STORY.format('Norder', tonnes)}"
        )
    assert statuses(desk.add(folder)) == ["added", "updated"]
    assert statuses(desk.add(folder)) == ["unchanged", "unchanged"]


def test_a_twin_is_a_duplicate_until_its_twin_is_gone(desk: Desk, folder: Path) -> None:
    for name in ("a", "b"):
        (folder / f"{name}.jsonl").write_text(
            json.dumps({"text": STORY.format("Norder", 7), "url": f"https://c.example/{name}"})
        )
    assert statuses(desk.add(folder)) == ["added", "duplicate"]
    assert statuses(desk.add(folder)) == ["unchanged", "duplicate"]
    first = desk.add(folder / "a.jsonl")[0].article_id
    assert first is not None
    desk.library.remove(first)
    assert statuses(desk.add(folder / "b.jsonl")) == ["added"]


def test_rows_of_a_file_are_told_apart(desk: Desk, folder: Path) -> None:
    rows = [{"title": n, "text": STORY.format(n, 7), "publisher": "Courier"} for n in ("Norder", "Oster", "Wester")]
    file = folder / "all.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    assert statuses(desk.add(file)) == ["added"] * 3
    before = desk.tokenized
    rows.insert(0, {"title": "Sudder", "text": STORY.format("Sudder", 3), "publisher": "Courier"})
    file.write_text("\n".join(map(json.dumps, rows)))
    assert statuses(desk.add(file)) == ["added", "unchanged", "unchanged", "unchanged"]
    assert desk.tokenized - before < before


def test_tables(desk: Desk, folder: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    rows = [{"headline": f"No {n}", "body": STORY.format(f"Number {n}", n), "pub_date": "2026-03-03", "link": f"https://c.example/{n}"}
            for n in range(3)]  # fmt: skip
    with (folder / "a.csv").open("w", newline="", encoding="cp1252") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(
            [*rows, rows[0] | {"body": "Das Café schließt, sagte die Wirtin am Montag.", "link": "https://c.example/9"}]
        )
    parquet.write_table(pyarrow.Table.from_pylist(rows), folder / "b.parquet")
    (folder / "c.json").write_text(json.dumps({"count": 3, "articles": rows}))
    outcomes = desk.add(folder)
    assert statuses(outcomes) == ["added"] * 4 + ["unchanged"] * 6
    texts = {desk.library.article(o.article_id).text for o in outcomes if o.article_id}
    assert "Das Café schließt, sagte die Wirtin am Montag." in texts
    article = desk.library.article(outcomes[0].article_id or "")
    assert (article.title, article.url, article.published and article.published.day) == (
        "No 0",
        "https://c.example/0",
        3,
    )


def test_columns_are_named_by_the_user_or_in_the_message(library: Library) -> None:
    data = b"kopf,inhalt\nBruecke,The Norder bridge was closed on Monday.\n"
    (failed,) = Desk(library).add(Source("x.csv", data=data))
    assert "'inhalt'" in (failed.reason or "")
    (added,) = Desk(library, {"text": "inhalt", "title": "kopf"}).add(Source("x.csv", data=data))
    assert library.article(added.article_id or "").title == "Bruecke"


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.csv", b"one\n1\n", "header line"),
        ("a.csv", b"a,text\n1,x,y\n", "more cells"),
        ("a.parquet", b"PAR1 no", "no Parquet file"),
        ("a.json", b"[1, 2]", "without articles"),
        ("a.json", b"[" * 100_000, "not JSON"),
        ("a.zip", b"PK\x03\x04 no", "no archive"),
        ("a.tar.gz", b"no tar", "cannot be read on"),
        ("a.gz", gzip.compress(b"x" * 70_000_000), "more than 64 MB"),
        ("a.mbox", b"", "holds no message"),
        ("a.xml", b"<a/>", "no feed"),
    ],
)
def test_bad_files_fail_with_a_reason(desk: Desk, name: str, data: bytes, reason: str) -> None:
    outcomes = desk.add(Source(name, data=data))
    assert statuses(outcomes) == ["failed"]
    assert reason in (outcomes[0].reason or "")


def zipped(*files: tuple[str, bytes]) -> bytes:
    with io.BytesIO() as buffer:
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files:
                archive.writestr(name, data)
        return buffer.getvalue()


def tarred(*files: tuple[tarfile.TarInfo, bytes]) -> bytes:
    with io.BytesIO() as buffer:
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            for info, data in files:
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
        return buffer.getvalue()


def test_archives_are_read_within_limits(desk: Desk) -> None:
    text = story("Norder").encode()
    inner = zipped(("deep.txt", story("Wester").encode()))
    data = zipped(("a/good.txt", text), ("../../evil.txt", text), ("/abs.txt", text), ("bomb.txt", b"a " * 8_000_000),
                  ("x.bin", b"?"), (".hidden.txt", text), ("inner.zip", inner))  # fmt: skip
    outcomes = desk.add(Source("all.zip", data=data))
    assert statuses(outcomes) == ["added", "failed", "failed", "failed", "skipped", "skipped", "added"]
    assert "leads out of the archive" in (outcomes[1].reason or "")
    assert "times its size" in (outcomes[3].reason or "")
    assert statuses(desk.add(Source("all.zip", data=data)))[0] == "unchanged"
    for _ in range(4):
        inner = zipped(("inner.zip", inner))
    assert "archives deep" in (desk.add(Source("deep.zip", data=inner))[-1].reason or "")


def nameless() -> bytes:
    """A ZIP whose member has lost its name, as a fuzzer found it."""
    data = zipped(("a", b""))
    local, central = data.index(b"PK\x03\x04"), data.index(b"PK\x01\x02")
    for start, at, name in ((central, 28, 46), (local, 26, 30)):
        data = data[: start + at] + b"\0\0" + data[start + at + 2 : start + name] + data[start + name + 1 :]
    end = data.index(b"PK\x05\x06")
    where = data.index(b"PK\x01\x02")
    return data[: end + 12] + (end - where).to_bytes(4, "little") + where.to_bytes(4, "little") + data[end + 20 :]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.zip", nameless(), "without a name"),
        ("a.tar.gz", b"\x1f\x8b\x08\x1f\x8b\x08\0\xd1\0\xd1", "cannot be read on"),
    ],
)
def test_what_a_fuzzer_found_is_a_reason(desk: Desk, name: str, data: bytes, reason: str) -> None:
    (outcome, *_) = desk.add(Source(name, data=data))
    assert outcome.status == "failed"
    assert reason in (outcome.reason or "")


def test_links_in_archives_are_not_followed(desk: Desk) -> None:
    link = tarfile.TarInfo("passwd.txt")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    data = tarred((tarfile.TarInfo("good.txt"), story("Norder").encode()), (link, b""))
    outcomes = desk.add(Source("all.tar.gz", data=data))
    assert statuses(outcomes) == ["added", "failed"]
    assert "link or device" in (outcomes[1].reason or "")
    assert statuses(desk.add(Source("cut.tar.gz", data=data[: len(data) // 2])))[-1] == "failed"


def test_addresses_need_the_web(desk: Desk) -> None:
    outcomes = desk.add(Source("list.txt", data=b"https://a.example/1\nhttps://a.example/2\n"))
    assert statuses(outcomes) == ["failed", "failed"]
    assert outcomes[1].source == "https://a.example/2"


# ---- any history equals a fresh build

_NAMES = st.sampled_from(["Norder", "Oster", "Wester", "Sudder"])
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), _NAMES, st.integers(1, 3)),
        st.tuples(st.just("remove"), _NAMES, st.just(0)),
        st.tuples(st.just("add"), st.just(""), st.just(0)),
    ),
    min_size=1, max_size=14,
)  # fmt: skip


def contents(library: Library) -> list[object]:
    """Everything about the newest versions that does not depend on when or in which order they came."""
    with library.read() as db:
        rows = db.execute(
            "SELECT v.article_id, v.title, v.text, v.published, v.blocks, v.fingerprint, g.signature, g.story, "
            "(SELECT json_group_array(json_array(idx, start, stop, role)) FROM sentences s "
            " WHERE s.article_id = v.article_id AND s.version = v.version), "
            "(SELECT json_group_array(json_array(first, last, title, token_count)) FROM passages p "
            " WHERE p.article_id = v.article_id AND p.version = v.version) "
            "FROM articles a JOIN versions v ON v.article_id = a.id AND v.version = a.version "
            "JOIN signatures g ON g.article_id = a.id ORDER BY 1"
        ).fetchall()
        bands = db.execute("SELECT band, hash, article_id FROM signature_bands ORDER BY 1, 2, 3").fetchall()
        db.execute("INSERT INTO passages_fts (passages_fts) VALUES ('integrity-check')")
        orphans = [
            db.execute(f"SELECT count(*) FROM {table} WHERE (article_id, version) NOT IN "
                       "(SELECT id, version FROM articles)").fetchone()[0] for table in ("passages",)
        ]  # fmt: skip
    assert orphans == [0]
    return [[tuple(row) for row in rows], [tuple(row) for row in bands]]


def found(library: Library) -> list[object]:
    results = []
    for query in ("Norder", "bridge ministry", "trucks 2 tonnes", "detour"):
        hits = search_passages(library, query, 9)
        passages = library.passages([key for key, _ in hits])
        results.append(sorted((round(score, 9), passages[key].article_id, passages[key].text) for key, score in hits))
    return results


@settings(max_examples=40, deadline=None)
@given(_STEPS)
def test_any_history_ends_like_a_fresh_build(steps: list[tuple[str, str, int]]) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        articles = Path(temporary) / "articles"
        articles.mkdir()
        library = Library.open(Path(temporary) / "lib", create=True)
        for kind, name, tonnes in [*steps, ("add", "", 0)]:
            file = articles / f"{name}.md"
            if kind == "write":
                head = f"---\ntitle: {name}\nurl: https://c.example/{name}\n---\n"
                file.write_text(head + (STORY.format(name, tonnes) + "\n\n") * 1 + STORY.format("Other", tonnes))
            elif kind == "add":
                Desk(library).add(*sorted(articles.iterdir()))
            elif file.exists():
                for outcome in Desk(library).add(file):
                    library.remove(outcome.article_id or "")
                file.unlink()
        built = Library.open(Path(temporary) / "fresh", create=True)
        Desk(built).add(*sorted(articles.iterdir(), reverse=True))
        assert contents(library) == contents(built)
        assert found(library) == found(built)
        for opened in (library, built):
            opened.close()
