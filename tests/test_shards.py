"""A library spread over three servers: one that stops is an error and never a gap. Rankings: `test_contract`."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from corpus.errors import LibraryError, LibraryUnreachable
from corpus.lexical import search_passages
from corpus.library import Library
from corpus.removal import remove, restore
from corpus.vectors import pending_ids, put_vectors, token_states
from corpus.whole import erase
from embeddings.postgres_store import PgVectorStore
from tests.fakes import fill
from tests.postgres_server import Server

QUERY = np.array([0, 0, 1], dtype=np.float32)


@pytest.fixture(scope="module")
def library(nodes: tuple[list[Server], str]) -> Iterator[Library]:
    opened = Library.open(f"{nodes[1]}&schema=shards", create=True)
    fill(opened)
    ids = opened.passage_ids()
    rows = [(key, np.array([0.5, 0.25, place / 8], dtype="<f4").tobytes(), b"s") for place, key in enumerate(ids)]
    put_vectors(opened, "m", rows)
    yield opened
    opened.close()


def test_an_article_lies_on_one_node_and_goes_with_all_it_has(library: Library) -> None:
    def parts() -> dict[str, set[int]]:
        with library.read() as db:
            rows = db.execute("SELECT tableoid::regclass::text, passage_id FROM vectors").fetchall()
        return {name: {key for part, key in rows if part == name} for name, _ in rows}

    assert len(parts()) > 1  # the three articles are not all on one
    assert all(key % 3 == int(name[-1]) for name, keys in parts().items() for key in keys)
    key = library.summaries()[0].id
    before = parts(), search_passages(library, "outside power", 5), library.stats().passages
    removed = remove(library, key)
    assert search_passages(library, "outside power", 5) == []
    assert library.stats().pending == 0
    restore(library, removed)
    assert (parts(), search_passages(library, "outside power", 5), library.stats().passages) == before


def test_a_node_that_stops_is_an_error_and_not_a_gap(library: Library, nodes: tuple[list[Server], str]) -> None:
    ids = library.passage_ids()
    store = PgVectorStore(library, "m")
    found = search_passages(library, "officials", 5), store.search(QUERY, 3)
    assert len(found[1]) == 3
    nodes[0][2].stop()
    try:
        for ask in (
            lambda: search_passages(library, "officials", 5),
            lambda: store.search(QUERY, 3),
            lambda: token_states(library, "m", ids),
            lambda: library.check(),
        ):
            with pytest.raises(LibraryUnreachable, match="part2"):
                ask()
        assert library.count_articles() == 3  # what does not lie there is there still
        with pytest.raises(LibraryUnreachable):  # stored on all that it needs, or not at all
            put_vectors(library, "other", [(key, QUERY.tobytes(), None) for key in ids])
    finally:
        nodes[0][2].start()
    assert (search_passages(library, "officials", 5), store.search(QUERY, 3)) == found
    assert pending_ids(library, "m") == []
    assert library.check() == "ok"


def test_a_node_that_stops_while_it_answers(library: Library, nodes: tuple[list[Server], str]) -> None:
    def ask() -> None:
        with library.read() as db:
            assert db.execute("SELECT count(*) FROM vectors").fetchone()[0] == 3  # now connected to all three
            nodes[0][1].stop()
            db.execute("SELECT passage_id FROM vectors").fetchall()

    try:
        with pytest.raises(LibraryUnreachable):
            ask()
    finally:
        nodes[0][1].start()
    assert len(PgVectorStore(library, "m").search(QUERY, 9)) == 3


def test_unknown_nodes_are_named(nodes: tuple[list[Server], str]) -> None:
    address = nodes[1].partition("&nodes=")[0]
    with pytest.raises(LibraryError, match="knows no server 'elsewhere'"):
        Library.open(f"{address}&schema=no&nodes=part1,elsewhere", create=True)
    with pytest.raises(LibraryError, match="no names of servers"):
        Library.open(f"{address}&nodes=a%20b", create=True)


def test_erasing_leaves_nothing_on_any_node(library: Library) -> None:
    assert library.stats().disk_bytes > 0
    erase(library)
    with library.read() as db:
        for table in ("passage_words", "vectors", "token_states"):
            assert db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 0
    assert search_passages(library, "officials", 5) == []
