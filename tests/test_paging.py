"""Lists of articles: pages joined are the whole order; tags and filters; what was removed comes back as it was."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.adding import Adder
from corpus.errors import ArticleNotFound, LibraryError
from corpus.ingest import build
from corpus.lexical import search_passages
from corpus.library import Library
from corpus.listing import ORDERS, Listing, Order, decode, encode, match, page
from corpus.removal import remove, restore
from corpus.sources import Source
from corpus.stories import copies
from corpus.tags import MAX_LENGTH, tag, tag_counts, tags_of, untag
from corpus.types import Block, Filters, ParsedArticle
from corpus.vectors import put_vectors
from corpus.whole import erase, export_articles
from tests.fakes import ARTICLES, WORDS_CHUNKER, fill
from tests.test_adding import story


def article(key: str, title: str, publisher: str | None, day: int | None) -> ParsedArticle:
    published = None if day is None else datetime(2024, 1, day)
    return ParsedArticle(title, (Block("paragraph", f"The {key} mill closed."),), publisher=publisher,
                         published=published, id=key)  # fmt: skip


def store(library: Library, *articles: ParsedArticle) -> None:
    for one in articles:
        library.store(build(one, WORDS_CHUNKER))


@contextmanager
def libraries() -> Iterator[Library]:
    with tempfile.TemporaryDirectory() as folder:
        library = Library.open(Path(folder), create=True)
        yield library
        library.close()


rows = st.lists(
    st.tuples(
        st.text("abAB0é~", min_size=1, max_size=4),
        st.sampled_from(["Mill", "mill", "Dam", "Äpfel", ""]),
        st.sampled_from([None, "Post", "post", "Wire"]),
        st.sampled_from([None, 1, 2, 3]),
    ),
    unique_by=lambda row: row[0], min_size=1, max_size=14,
)  # fmt: skip


def fold(text: str) -> str:
    """As SQLite's NOCASE compares: ASCII letters alone."""
    return "".join(c.lower() if c.isascii() else c for c in text)


def expected(articles: list[ParsedArticle], order: Order) -> list[str]:
    """The order by Python's own sort, least important key first."""
    found = sorted(articles, key=lambda a: a.id or "")
    if order == "title":
        return [a.id or "" for a in sorted(found, key=lambda a: fold(a.title))]
    found.sort(key=lambda a: a.published or datetime.min, reverse=order != "oldest")
    if order == "oldest":
        found.sort(key=lambda a: a.published is None)
    if order == "publisher":
        found.sort(key=lambda a: fold(a.publisher or "~"))
    return [a.id or "" for a in found]


@settings(max_examples=25, deadline=None)
@given(rows, st.sampled_from(ORDERS), st.integers(1, 5))
def test_pages_joined_are_the_whole_order_forward_and_back(
    given_rows: list[tuple[str, str, str | None, int | None]], order: Order, size: int
) -> None:
    articles = [article(*row) for row in given_rows]
    with libraries() as library:
        store(library, *articles)
        pages = [page(library, Listing(order=order), size)]
        while pages[-1].after:
            pages.append(page(library, Listing(order=order), size, after=pages[-1].after))
        assert [a.id for p in pages for a in p.articles] == expected(articles, order)
        assert [p.position for p in pages] == [1 + i * size for i in range(len(pages))]
        assert {p.total for p in pages} == {len(articles)}
        for earlier, later in pairwise(pages):
            assert page(library, Listing(order=order), size, before=later.before) == earlier
        assert pages[0].before is None


@settings(max_examples=25, deadline=None)
@given(rows, rows, st.sampled_from(ORDERS), st.integers(1, 4))
def test_articles_added_and_removed_between_pages_shift_nothing(
    first: list[Any], more: list[Any], order: Order, size: int
) -> None:
    articles = {row[0]: article(*row) for row in first}
    extra = [article(*row) for row in more if row[0] not in articles]
    with libraries() as library:
        store(library, *articles.values())
        found = page(library, Listing(order=order), size)
        seen = [a.id for a in found.articles]
        library.remove(seen[-1])  # the very article that the next page starts after
        while found.after:
            store(library, *extra[:2])
            extra = extra[2:]
            found = page(library, Listing(order=order), size, after=found.after)
            seen += [a.id for a in found.articles]
        assert len(seen) == len(set(seen))
        assert set(articles) <= set(seen)


def test_a_page_is_found_along_its_index_without_sorting(library: Library) -> None:
    statements: list[str] = []
    store(library, *(article(f"a{i}", "Mill", "Post", 1 + i % 9) for i in range(9)))
    with library.read() as db:
        db.set_trace_callback(statements.append)
        for order in ORDERS:
            listing = Listing(order=order, filters=Filters(publishers=("post",), since="2024-01-02"))
            page(library, listing, 2, after=page(library, listing, 2).after)
        db.set_trace_callback(None)
        plans = [
            " ".join(row["detail"] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}"))
            for sql in statements if "ORDER BY" in sql
        ]  # fmt: skip
    assert len(plans) == 2 * len(ORDERS)
    for plan in plans:
        assert "USING INDEX listing_" in plan, plan
        assert "TEMP B-TREE" not in plan, plan


def test_search_holds_every_word_and_the_last_may_be_a_beginning(library: Library) -> None:
    fill(library)
    found = {text: [a.title for a in page(library, Listing(text), 9).articles] for text in
             ("ankara", "TURKEY salaries", "wheat harv", "harv wheat", "Turkey Iran", "%", '") zebra*', "éclair")}  # fmt: skip
    ankara, _, harvest = (one.title for one in ARTICLES)
    assert found == {
        "ankara": [ankara], "TURKEY salaries": [ankara], "wheat harv": [harvest], "harv wheat": [], "Turkey Iran": [],
        "%": [], '") zebra*': [], "éclair": [],
    }  # fmt: skip
    assert match("Suez can") == '"suez" AND "can"*'


def test_filters_count_and_an_odd_cursor_is_passed_over(library: Library) -> None:
    store(library, article("a", "One", "Post", 1), article("b", "Two", "Wire", 2), article("c", "Three", None, None))
    tag(library, "b", "To read")
    by = {
        "publisher": Filters(publishers=("POST",)), "days": Filters(since="2024-01-02", until="2024-01-31"),
        "tag": Filters(tags=("to READ", "other")), "none": Filters(tags=("other",)),
    }  # fmt: skip
    found = {name: page(library, Listing(filters=filters), 9) for name, filters in by.items()}
    assert {name: [a.id for a in p.articles] for name, p in found.items()} == {
        "publisher": ["a"], "days": ["b"], "tag": ["b"], "none": [],
    }  # fmt: skip
    assert {name: p.total for name, p in found.items()} == {"publisher": 1, "days": 1, "tag": 1, "none": 0}
    assert [library.count_articles(filters) for filters in by.values()] == [1, 1, 1, 0]
    first = page(library, Listing(), 2)
    assert page(library, Listing(), 2, after=("only one key",)) == first
    assert decode(encode(first.after)) == first.after
    for odd in ("", "x", "é", encode(("a",))[:-1], "WzFd", "e30", "Wy\ud800", encode(("\ud800", "\ud800"))):
        assert page(library, Listing(), 2, after=decode(odd)) == first
    assert library.passage_ids(by["tag"])  # so that a question can be asked of a tag


def test_tags_keep_their_first_spelling_and_go_with_the_article(library: Library) -> None:
    one, two, _ = fill(library)
    tag(library, one, "  Middle   East ")
    tag(library, two, "middle east")
    tag(library, two, "Iran")
    assert tags_of(library, one, two) == {one: ("Middle East",), two: ("Iran", "Middle East")}
    assert tag_counts(library) == (("Middle East", 2), ("Iran", 1))
    untag(library, two, "MIDDLE EAST")
    library.remove(one)
    assert tag_counts(library) == (("Iran", 1),)
    for name in ("", " ", "x" * (MAX_LENGTH + 1)):
        with pytest.raises(LibraryError, match="1 to"):
            tag(library, two, name)
    with pytest.raises(ArticleNotFound):
        tag(library, one, "late")


def everything(library: Library) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table but the counter of vectors and FTS5's own."""
    with library.read() as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: sorted(tuple(row) for row in db.execute(f"SELECT * FROM {name}"))
            for name in tables if "fts" not in name and name not in ("meta", "sqlite_sequence", "vector_changes")
        }  # fmt: skip


def test_a_removed_article_comes_back_with_everything_it_had(library: Library) -> None:
    files = [Source(f"{name}.txt", data=story(name).encode()) for name in ("Norder", "Oster")]
    key, _ = (outcome.article_id for outcome in Adder(library, WORDS_CHUNKER).add(files))
    assert key
    changed = replace(files[0], data=story("Norder", 12).encode())
    list(Adder(library, WORDS_CHUNKER).add([changed]))
    tag(library, key, "bridges")
    put_vectors(library, "m", [(i, bytes([i] * 8), b"s") for i in library.passage_ids()])
    before = everything(library)
    assert library.article(key).version == 2
    assert any(before[table] for table in ("inputs", "tags", "vectors", "token_states", "signatures"))

    removed = remove(library, key)
    assert search_passages(library, "Norder", 5) == []
    assert key not in str(everything(library))
    reopened = Library.open(library.folder)  # the process died here: it is gone, wholly
    assert reopened.count_articles() == 1
    reopened.close()

    restore(library, removed)
    assert everything(library) == before
    assert len(search_passages(library, "Norder", 5)) == 1
    with library.write() as db:
        db.execute("INSERT INTO passages_fts (passages_fts) VALUES ('integrity-check')")
    with pytest.raises(LibraryError, match="in the library again"):
        restore(library, removed)
    with pytest.raises(ArticleNotFound):
        remove(library, "nowhere")
    again = remove(library, key)
    with library.write() as db:
        db.execute("INSERT OR REPLACE INTO meta VALUES ('model_fingerprint', 'another')")
    with pytest.raises(LibraryError, match="another model"):
        restore(library, again)
    assert library.count_articles() == 1


def test_every_table_with_an_article_is_restored(library: Library) -> None:
    """A table added to the schema must be thought of: brought back, or made anew."""
    from corpus import removal

    with library.read() as db:
        linked = {
            name
            for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            if any(row["table"] in ("articles", "versions", "passages")
                   for row in db.execute(f"PRAGMA foreign_key_list({name})"))
        }  # fmt: skip
    assert linked == set(removal._TABLES) - {"articles"} | {"signatures", "signature_bands"}


def test_copies_find_each_other_again(library: Library) -> None:
    text = " ".join(f"word{i}" for i in range(60)) + "."
    for name in ("a", "b"):
        store(library, replace(article(name, name, name, 1), blocks=(Block("paragraph", text),)))
    removed = remove(library, "a")
    assert copies(library, "b") == ()
    restore(library, removed)
    assert [other.id for other in copies(library, "b")] == ["a"]


def test_what_is_exported_can_be_added_again_and_erasing_leaves_nothing(library: Library, tmp_path: Path) -> None:
    ids = fill(library)
    tag(library, ids[0], "north")
    lines = "".join(export_articles(library))
    other = Library.open(tmp_path / "other", create=True)
    outcomes = list(Adder(other, WORDS_CHUNKER).add([Source("articles.jsonl", data=lines.encode())]))
    assert [outcome.status for outcome in outcomes] == ["added"] * len(ids)
    for key in ids:
        ours, theirs = library.article(key), other.article(key)
        for name in ("title", "text", "publisher", "author", "url", "published", "language"):
            assert getattr(ours, name) == getattr(theirs, name)
    other.close()

    erase(library)
    assert not any(everything(library).values())
    assert search_passages(library, "Turkey", 5) == []
    for file in library.folder.iterdir():
        assert b"wheat harvest" not in file.read_bytes()
    assert len(fill(library)) == len(ids)
