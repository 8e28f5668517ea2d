"""The library: versions, duplicates, deletes, filters, and files that are no libraries."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path

import pytest

from corpus.errors import ArticleNotFound, LibraryError, LibraryTooNew, NotALibrary
from corpus.ingest import Chunker, build
from corpus.lexical import fts_query, search_passages
from corpus.library import FILE_NAME, Library
from corpus.types import Block, Filters, ParsedArticle


def article(text: str, *, url: str | None = None, publisher: str = "P", day: int = 1) -> ParsedArticle:
    return ParsedArticle(
        "Title", (Block("paragraph", text),), publisher=publisher, url=url, published=datetime(2020, 1, day)
    )


def test_versions(library: Library, chunker: Chunker) -> None:
    first = library.store(build(article("The dam holds.", url="https://a.example/x?utm_source=t"), chunker))
    again = library.store(build(article("The dam holds.", url="https://a.example/x?utm_source=t"), chunker))
    second = library.store(build(article("The dam broke.", url="https://a.example/x#top"), chunker))
    assert [first.status, again.status, second.status] == ["added", "unchanged", "updated"]
    assert library.article(first.article_id, 1).text == "The dam holds."
    assert library.article(first.article_id).text == "The dam broke."
    assert search_passages(library, "holds", 5) == []
    assert len(search_passages(library, "broke", 5)) == 1


def test_duplicates_and_copies(library: Library, chunker: Chunker) -> None:
    statuses = [
        library.store(build(article("Same text.", url=f"https://{name}.example/", publisher=name), chunker)).status
        for name in ("a", "b")
    ]
    assert statuses == ["added", "added"]  # two outlets carry one text: both are kept
    assert (
        library.store(build(article("Same text.", url="https://a.example/2", publisher="a"), chunker)).status
        == "duplicate"
    )


def test_remove_leaves_nothing(library: Library, chunker: Chunker) -> None:
    stored = library.store(build(article("A rare okapi was seen."), chunker))
    library.remove(stored.article_id)
    assert search_passages(library, "okapi", 5) == []
    with library.read() as db:
        for table in ("articles", "versions", "sentences", "passages", "vectors", "token_states"):
            assert db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 0
    with pytest.raises(ArticleNotFound, match="citewire list"):
        library.remove(stored.article_id)


def test_filters(library: Library, chunker: Chunker) -> None:
    for day, publisher in ((1, "Alpha"), (2, "Beta"), (3, "Alpha")):
        library.store(build(article(f"Okapi number {day}.", publisher=publisher, day=day), chunker))
    assert len(search_passages(library, "okapi", 9, Filters(publishers=("ALPHA",)))) == 2
    assert len(search_passages(library, "okapi", 9, Filters(since="2020-01-02", until="2020-01-02"))) == 1
    assert [s.published.day for s in library.summaries() if s.published] == [3, 2, 1]
    assert library.count_articles(Filters(publishers=("BETA",))) == 1


@pytest.mark.parametrize("query", ['"', "a AND", "NEAR(", "* ^ :", "x' OR 1=1 --", "col:val", "()", "😀", "NOT"])
def test_any_query_is_safe(library: Library, chunker: Chunker, query: str) -> None:
    library.store(build(article("Some words to find."), chunker))
    assert search_passages(library, query, 5) is not None
    assert fts_query("!?") is None


def test_not_a_library(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"this is no database at all, just text" * 100)
    with pytest.raises(NotALibrary):
        Library.open(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    with sqlite3.connect(other / FILE_NAME) as db:
        db.execute("CREATE TABLE t (x)")
    db.close()
    with pytest.raises(NotALibrary, match="another program"):
        Library.open(other)
    with pytest.raises(LibraryError, match="citewire add"):
        Library.open(tmp_path / "missing")


def test_library_from_the_future(tmp_path: Path) -> None:
    Library.open(tmp_path, create=True).close()
    with sqlite3.connect(tmp_path / FILE_NAME) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(LibraryTooNew, match="99"):
        Library.open(tmp_path)
