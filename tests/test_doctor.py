"""The doctor: says that all is well when it is, and what to do when it is not. It changes nothing."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from corpus.library import FILE_NAME, Library
from qa.doctor import Check, examine
from qa.engine import Citewire
from qa.settings import load_settings
from tests.fakes import fill


def by_name(checks: list[Check]) -> dict[str, Check]:
    return {check.name: check for check in checks}


def test_a_library_in_order(sample: Citewire) -> None:
    checks = by_name(examine(sample.settings))
    assert [check for check in checks.values() if not check.ok] == []
    assert {
        "citewire", "settings", "extras", "model", "library", "database", "word index", "library's model", "vectors",
        "vector index", "permissions", "disk", "language model",
    } == set(checks)  # fmt: skip
    assert "in step" in checks["vector index"].detail
    assert "server, mcp, telemetry" in checks["extras"].detail


def test_an_empty_library_is_left_as_it_is(tmp_path: Path) -> None:
    Library.open(tmp_path, create=True).close()
    before = dump(tmp_path / FILE_NAME)
    assert all(check.ok for check in examine(load_settings(library=tmp_path)))
    assert dump(tmp_path / FILE_NAME) == before


@pytest.mark.parametrize(
    ("harm", "name", "advice"),
    [
        ("none", "vectors", "citewire add"),
        ("DELETE FROM passages_fts_docsize", "word index", "citewire reindex"),
        ("DELETE FROM versions", "database", "citewire import"),
        ("INSERT OR REPLACE INTO meta VALUES ('model_fingerprint', 'other')", "library's model", "citewire reindex"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(harm: str, name: str, advice: str, tmp_path: Path) -> None:
    library = Library.open(tmp_path, create=True)
    fill(library)
    library.close()
    if harm != "none":
        with closing(sqlite3.connect(tmp_path / FILE_NAME)) as db:
            if "meta" in harm:
                spec = json.dumps({"name": "all-MiniLM-L6-v2", "query_prefix": "", "passage_prefix": ""})
                db.execute("INSERT OR REPLACE INTO meta VALUES ('model', ?)", (spec,))
            db.execute(harm)
            db.commit()
    check = by_name(examine(load_settings(library=tmp_path)))[name]
    assert not check.ok
    assert advice in check.detail


def test_a_damaged_index_heals_itself_and_is_told(tmp_path: Path, sample: Citewire) -> None:
    for file in sample.library.folder.iterdir():
        if file.is_file() and not file.name.endswith(("-wal", "-shm")):
            (tmp_path / file.name).write_bytes(file.read_bytes())
    (index,) = tmp_path.glob("index-*.faiss")
    index.write_bytes(index.read_bytes()[:-7])
    check = by_name(examine(load_settings(library=tmp_path)))["vector index"]
    assert (check.ok, "builds it anew" in check.detail) == (True, True)


def test_a_model_server_that_does_not_answer(sample: Citewire) -> None:
    settings = load_settings(library=sample.library.folder, reader="llm", llm_url="http://127.0.0.1:9/v1")
    check = by_name(examine(settings))["language model"]
    assert not check.ok
    assert "does not answer" in check.detail


def dump(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as db:
        return list(db.iterdump())
