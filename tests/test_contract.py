"""One contract, every store: what holds of a library in a file (SQLite, FTS5, FAISS) holds of one on PostgreSQL.

Tests of the library that other modules run on a file are run here on a real server; then the sample articles are put into
both, and the same questions must give the same rankings. Scores of words agree to rounding (`WORDS`); those of vectors to
the halves that PostgreSQL keeps (`TOLERANCE`), within which neighbors may change places.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpus.adding import Adder
from corpus.errors import LibraryError
from corpus.ingest import Chunker
from corpus.lexical import articles_holding, content_words, passage_frequencies, search_passages, words
from corpus.library import Library
from corpus.listing import Listing, page
from corpus.meta import MODEL_KEY, claim
from corpus.postgres_words import PostgresWords
from corpus.schema import MIGRATIONS
from corpus.sources import sources
from corpus.types import Filters
from corpus.vectors import put_vectors, vector_ids
from embeddings.model import SPEC_KEY, recorded
from embeddings.postgres_store import TOLERANCE, PgVectorStore, unindex
from qa.engine import Citewire
from qa.serialize import answer_to_json
from qa.settings import load_settings
from tests.conftest import SAMPLE
from tests.postgres_server import Server
from tests.test_adding import (  # noqa: F401  # the same tests, on the `library` of this module
    desk,
    folder,
    test_a_twin_is_a_duplicate_until_its_twin_is_gone,
    test_rows_of_a_file_are_told_apart,
    test_two_files_that_disagree_about_one_article_do_not_chase_each_other,
    test_unchanged_is_not_read_again,
)
from tests.test_conversations import (  # noqa: F401
    conversations,
    test_a_conversation_is_renamed_but_never_to_nothing,
    test_a_turn_comes_back_as_it_was_stored,
    test_a_turn_keeps_how_it_was_asked,
    test_asking_again_forgets_answer_and_rating,
    test_conversations_are_found_by_title_and_question_whatever_the_case,
    test_deleting_takes_the_turns_along,
    test_the_order_of_turns_and_conversations,
    test_turns_asked_at_once_get_different_positions,
)
from tests.test_library import (  # noqa: F401
    test_any_query_is_safe,
    test_duplicates_and_copies,
    test_filters,
    test_remove_leaves_nothing,
    test_versions,
)
from tests.test_notes import test_copies_of_one_text_are_one_source  # noqa: F401
from tests.test_paging import (  # noqa: F401
    test_filters_count_and_an_odd_cursor_is_passed_over,
    test_search_holds_every_word_and_the_last_may_be_a_beginning,
    test_tags_keep_their_first_spelling_and_go_with_the_article,
)
from tests.test_stories import test_reading  # noqa: F401
from tests.test_subscriptions import (  # noqa: F401
    subscriptions,
    test_a_new_one_is_due_at_once_and_added_once,
    test_a_success_keeps_the_validators_and_sets_the_next_poll,
    test_failures_back_off_and_a_success_forgets_them,
    test_moments_of_any_zone_compare,
    test_those_never_polled_come_first_then_the_longest_overdue,
    test_what_was_removed_stays_removed,
)

WORDS = 1e-9  # sums of a few doubles, added up in another order
QUESTIONS = (
    "How long was the canal blocked?",
    "Who said the rocket's heat shield must be understood before people fly?",
    "What did Erdoğan's government say about Syria's refugees?",
    "When did Notre-Dame reopen?",
    "How many articles mention Erdogan?",
    "What is the capital of Peru?",
)
"""With and without an answer, a possessive, a letter with a mark, and a count."""

OWN = frozenset({"passage_words", "word_counts", "word_totals", "schema_version", "audit"})
"""What PostgreSQL has where SQLite has FTS5, and a file beside it for the audit log."""

FILES_OWN = frozenset({"vector_changes"})
"""What SQLite has for the FAISS index beside it; pgvector searches the vectors themselves."""


@pytest.fixture
def library(server: Server) -> Iterator[Library]:
    """An empty library on the server, for the tests of other modules too."""
    from corpus.postgres import temporary_schema

    with temporary_schema(server.url) as address:
        opened = Library.open(address, create=True)
        yield opened
        opened.close()


@pytest.fixture(scope="session", params=[1, 3], ids=["one server", "three servers"])
def served(request: pytest.FixtureRequest, sample: Citewire, chunker: Chunker) -> Iterator[Citewire]:
    """The sample articles on servers, with the vectors that they got in the file: embedding is not what is tested."""
    if request.param == 1:
        yield from _served(f"{request.getfixturevalue('server').url}&schema=sample", sample, chunker)
    else:
        yield from _served(f"{request.getfixturevalue('nodes')[1]}&schema=sample", sample, chunker)


def _served(address: str, sample: Citewire, chunker: Chunker) -> Iterator[Citewire]:
    engine = Citewire.open(load_settings(library=address))
    library, original = engine.library, sample.library
    known = recorded(original)
    assert known is not None
    assert claim(library, {SPEC_KEY: known[0].to_json(), MODEL_KEY: known[1]})
    for _ in Adder(library, chunker).add(sources([SAMPLE])):
        pass
    with original.read() as db:
        rows = db.execute(
            "SELECT v.passage_id, v.vector, t.states FROM vectors v JOIN token_states t ON t.passage_id = v.passage_id"
        ).fetchall()
    ours, theirs = places(original), {place: key for key, place in places(library).items()}
    given = [(theirs[ours[row[0]]], row[1], row[2]) for row in rows]
    assert put_vectors(library, known[1], given) == original.count_passages()
    yield engine
    engine.close()


Place = tuple[str, int, int]
Ranked = list[tuple[int, float]]


def places(library: Library) -> dict[int, Place]:
    """Each passage's article, first and last sentence: what it is called in every library."""
    with library.read() as db:
        rows = db.execute("SELECT id, article_id, first, last FROM passages").fetchall()
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def agree(ours: tuple[Library, Ranked], theirs: tuple[Library, Ranked], tolerance: float) -> bool:
    """Whether two rankings are the same: the same scores, and the same passages but for the order of equal scores.

    Of those that share the last score, either may be cut off.
    """
    scores = [np.array([score for _, score in ranked]) for _, ranked in (ours, theirs)]
    if len(scores[0]) != len(scores[1]) or not np.allclose(*scores, rtol=0, atol=tolerance):
        return False
    named = []
    for library, ranked in (ours, theirs):
        known = places(library)
        named.append({known[key]: score for key, score in ranked})
    floor = min(scores[0].min(initial=np.inf), scores[1].min(initial=np.inf)) + 2 * tolerance
    return all(
        place in other and abs(score - other[place]) < tolerance
        for one, other in (named, named[::-1])
        for place, score in one.items()
        if score > floor
    )


def rows_of(library: Library, table: str, columns: str) -> list[tuple[Any, ...]]:
    with library.read() as db:
        return sorted(tuple(row) for row in db.execute(f"SELECT {columns} FROM {table}").fetchall())


def test_the_schemas_are_in_step(sample: Citewire, served: Citewire) -> None:
    with sample.library.read() as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()]
        ours = {
            table: [row["name"] for row in db.execute(f"PRAGMA table_info({table})").fetchall()]
            for table in tables
            if not table.startswith(("sqlite_", "passages_fts")) and table not in FILES_OWN
        }
    with served.library.read() as db:
        found = db.execute(
            "SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.tables t "
            "USING (table_schema, table_name) WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' "
            "ORDER BY c.ordinal_position"
        ).fetchall()
        (version,) = db.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
    theirs: dict[str, list[str]] = {}
    for table, column in found:
        theirs.setdefault(table, []).append(column)
    assert {table: columns for table, columns in theirs.items() if table not in OWN} == ours
    assert int(version) == len(MIGRATIONS)


def test_the_same_rows(sample: Citewire, served: Citewire) -> None:
    for table, columns in {
        "articles": "id, version",
        "versions": "article_id, version, title, text, coalesce(publisher, ''), coalesce(published_day, ''), blocks, "
        "fingerprint, text_hash",
        "sentences": "*",
        "passages": "article_id, version, first, last, title, token_count",
        "passage_texts": "title, text",
        "inputs": "*",
        "signatures": "*",
        "signature_bands": "*",
        "token_states": "model, states",
    }.items():
        assert rows_of(sample.library, table, columns) == rows_of(served.library, table, columns), table


def queries(engine: Citewire) -> list[str]:
    titles = [row.title for row in engine.library.summaries(limit=-1)]
    return [*titles, *QUESTIONS, "the", "it's", "ERDOGAN erdoğan", "2024 3,000", "北京 Ελλάδα", "syria syrian Syria's"]


@pytest.mark.parametrize(
    "filters", [Filters(), Filters(since="2022-01-01"), Filters(publishers=("OPEN ORBIT", "northline news"))]
)
def test_the_same_ranking_by_words(sample: Citewire, served: Citewire, filters: Filters) -> None:
    for query in queries(sample):
        ours, theirs = (search_passages(engine.library, query, 20, filters) for engine in (sample, served))
        assert agree((sample.library, ours), (served.library, theirs), WORDS), query


def test_words_too_common_to_matter_are_passed_over_without_a_difference(served: Citewire) -> None:
    terms = [content_words(query) for query in queries(served)[::3]]
    library, hasty = served.library, PostgresWords(served.library, few=1)
    assert library.words
    for allowed in (None, library.passage_ids(Filters(since="2022-01-01"))):
        for query in terms:
            for k in (1, 3, 20):
                expected, found = (one.search(query, k, allowed) for one in (library.words, hasty))
                assert agree((library, expected), (library, found), WORDS)


def test_the_same_words(sample: Citewire, served: Citewire) -> None:
    with sample.library.read() as db:
        every = sorted({word for row in db.execute("SELECT text FROM versions").fetchall() for word in words(row[0])})
    assert len(every) > 1000
    assert passage_frequencies(sample.library, every) == passage_frequencies(served.library, every)
    for terms in (["suez", "canal"], ["suez canal"], ["heat shield"], ["u.n. said"], ["no such word"], []):
        ours, theirs = (articles_holding(engine.library, terms) for engine in (sample, served))
        assert sorted(ours) == theirs, terms
    for text in ("suez ca", "nasa's", "ever giv", "3,0", "…"):
        listing = Listing(text, order="title")
        ours, theirs = (page(engine.library, listing, 50) for engine in (sample, served))
        assert [a.id for a in ours.articles] == [a.id for a in theirs.articles], text


def test_the_same_neighbors(sample: Citewire, served: Citewire) -> None:
    model = sample.embedder.fingerprint
    exact, indexed = PgVectorStore(served.library, model), PgVectorStore(served.library, model, exact=5)
    indexed.save()
    ours, theirs = vector_ids(sample.library, model), {p: key for key, p in places(served.library).items()}
    named = places(sample.library)
    for question in QUESTIONS:
        vector = sample.embedder.embed_query(question).vector
        for allowed in (None, ours[::2], ours[:3], []):
            expected = sample.store.search(vector, 20, allowed)
            same = None if allowed is None else [theirs[named[key]] for key in allowed]
            for store in (exact, indexed):
                found = store.search(vector, 20, same)
                assert all(a[1] >= b[1] for a, b in pairwise(found))
                assert agree((sample.library, expected), (served.library, found), TOLERANCE)
    assert indexed._indexed == len(vector)
    unindex(served.library)


def test_the_same_answers(sample: Citewire, served: Citewire) -> None:
    def shape(answer: dict[str, Any]) -> dict[str, Any]:
        kept = {key: answer[key] for key in ("answered", "sentences", "abstention", "notes")}
        cited = [(c["article_id"], c["start"], c["end"], c["quote"]) for c in answer["citations"]]
        text = json.dumps([kept, cited])
        return json.loads(text, parse_float=lambda number: round(float(number), 2))  # type: ignore[no-any-return]

    for question in QUESTIONS:
        ours, theirs = (answer_to_json(engine.ask(question)) for engine in (sample, served))
        assert shape(ours) == shape(theirs), question
    before = served.timeline("Syria")
    expected = sample.timeline("Syria")
    assert before is not None
    assert expected is not None
    assert [s.text for s in before.sentences] == [s.text for s in expected.sentences]


def test_a_file_needs_no_server(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="cannot be a schema"):
        Library.open("postgresql://localhost/news?schema=No;Such")
    assert not list(tmp_path.iterdir())
