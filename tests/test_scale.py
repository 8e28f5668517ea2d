"""What a large library relies on, at a small size: indexes of either kind, change by change, killed at any moment."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks.scale import GROWING, exponents
from benchmarks.scale_library import grow
from corpus.ingest import build
from corpus.lexical import expression, search_passages
from corpus.library import FILE_NAME, Library
from corpus.types import Block, Filters, ParsedArticle
from corpus.vectors import changed_ids, count_vectors, generation, iter_vectors, pending_count, put_vectors
from corpus.whole import erase
from embeddings.faiss_store import FaissStore
from embeddings.index_file import INDEX_FILES
from embeddings.sentence_transformer import SentenceTransformerEmbedder
from qa.engine import Citewire
from tests.fakes import ARTICLES, WORDS_CHUNKER, fill
from tests.test_durability import _processes

MODEL = "m"
KILLS = 4
NOISE = 0.5  # as in benchmarks/scale_library.py: another passage on the same matter
QUESTIONS = (
    "Who backs opposition groups?", "What happened to the ship in the canal?", "How many people died?",
    "When does the heat shield fail?", "Which company was fined?", "What did the minister say about nuclear power?",
    "Where did the storm make landfall?", "Why was the election postponed?", "Who won the prize?", "What does it cost?",
)  # fmt: skip


def put(library: Library, vectors: np.ndarray) -> list[int]:
    """Passages with these vectors, of one article; their ids."""
    (article, *_) = fill(library, ARTICLES[:1])
    with library.write() as db:
        (last,) = db.execute("SELECT max(id) FROM passages").fetchone()
        db.executemany(
            "INSERT INTO passages (article_id, version, first, last, title, token_count) VALUES (?, 1, 0, 0, '', 5)",
            [(article,)] * len(vectors),
        )
    ids = list(range(last + 1, last + 1 + len(vectors)))
    put_vectors(library, MODEL, [(i, v.astype("<f4").tobytes(), None) for i, v in zip(ids, vectors, strict=True)])
    return ids


def delete(library: Library, ids: Sequence[int]) -> None:
    with library.write() as db:
        db.executemany("DELETE FROM passages WHERE id = ?", [(i,) for i in ids])
        db.execute("UPDATE meta SET value = value + 1 WHERE key = 'vector_generation'")


def best(ids: Sequence[int], vectors: np.ndarray, query: np.ndarray, k: int) -> list[int]:
    scores = vectors @ query
    return [i for _, i in sorted(zip((-scores).tolist(), ids, strict=True))[:k]]


@pytest.fixture(scope="module")
def real(embedder: SentenceTransformerEmbedder, sample: Citewire) -> tuple[np.ndarray, np.ndarray]:
    """3,000 vectors: those of the sample's passages and of neighbors made by noise; and those of questions."""
    with sample.library.read() as db:
        base = np.stack([np.frombuffer(row[0], "<f4") for row in db.execute("SELECT vector FROM vectors")])
    copies = np.tile(base, (-(-3000 // len(base)), 1))[:3000]
    noise = np.random.default_rng(3).normal(size=copies.shape)
    moved = copies + noise * (NOISE / np.linalg.norm(noise, axis=1, keepdims=True))
    moved /= np.linalg.norm(moved, axis=1, keepdims=True)
    questions = np.stack([embedder.embed_query(question).vector for question in QUESTIONS])
    return moved.astype("f4"), questions


def test_codes_find_what_is_nearest(library: Library, real: tuple[np.ndarray, np.ndarray]) -> None:
    vectors, questions = real
    ids = put(library, vectors)
    store = FaissStore(library, MODEL, coded_from=1000)
    found = [store.search(question, 10) for question in questions]
    assert not store.exact
    expected = [best(ids, vectors, question, 10) for question in questions]
    shared = sum(len(set(e) & {i for i, _ in f}) for e, f in zip(expected, found, strict=True))
    assert shared / (10 * len(questions)) >= 0.99
    for question, hits in zip(questions, found, strict=True):
        assert hits == sorted(hits, key=lambda pair: (-pair[1], pair[0]))
        exact = [float(vectors[ids.index(i)] @ question) for i, _ in hits]
        np.testing.assert_allclose([score for _, score in hits], exact, atol=1e-6)  # scored by the stored vectors


@pytest.mark.parametrize("exact_allowed", [10_000, 0])  # scored one by one; selected inside the scan of codes
def test_a_filter_gives_a_full_exact_list(
    library: Library, real: tuple[np.ndarray, np.ndarray], exact_allowed: int
) -> None:
    vectors, questions = real
    ids = put(library, vectors)
    store = FaissStore(library, MODEL, coded_from=1000, exact_allowed=exact_allowed)
    for share in (3, 100, 1000):
        kept = list(range(0, len(ids), share))
        allowed = [ids[i] for i in kept]
        for question in questions[:3]:
            expected = best(allowed, vectors[kept], question, 10)
            assert [i for i, _ in store.search(question, 10, allowed)] == expected
    assert store.search(questions[0], 10, []) == []
    assert store.search(questions[0], 10, [10**9]) == []


def test_what_comes_and_goes_is_followed_by_codes(library: Library, real: tuple[np.ndarray, np.ndarray]) -> None:
    vectors, _ = real
    ids = put(library, vectors[:2000])
    store, other = (FaissStore(library, MODEL, coded_from=1000) for _ in range(2))
    store.search(vectors[0], 1)
    store.save()
    delete(library, ids[:700])
    new = put(library, vectors[2000:2500])
    for each in (store, other, FaissStore(library, MODEL, coded_from=1000)):  # in memory, not loaded yet, saved before
        for place in (0, 350, 699):
            assert ids[place] not in dict(each.search(vectors[place], 50))
        for place in (0, 250, 499):
            assert each.search(vectors[2000 + place], 1)[0][0] == new[place]
        assert each.search(vectors[1500], 1)[0][0] == ids[1500]
        assert len(each) == 1800
        assert not each.exact
    erase(library)
    assert store.search(vectors[0], 5) == []


def test_growing_it_changes_its_kind_in_the_background(library: Library, real: tuple[np.ndarray, np.ndarray]) -> None:
    vectors, questions = real
    ids = put(library, vectors[:900])
    store = FaissStore(library, MODEL, coded_from=1000)
    assert store.search(vectors[5], 1)[0][0] == ids[5]
    assert store.exact
    ids += put(library, vectors[900:1100])
    assert store.search(vectors[1099], 1)[0][0] == ids[1099]  # at once, by whichever index is there
    store.wait()
    assert not store.exact
    assert len(store) == 1100
    assert store.search(questions[0], 10)[0][0] == best(ids, vectors[:1100], questions[0], 1)[0]
    assert not FaissStore(library, MODEL, coded_from=1000).exact  # it was saved
    ids += put(library, vectors[1100:])
    crowded = FaissStore(library, MODEL, coded_from=500)
    crowded.close()
    assert crowded.search(vectors[2999], 1)[0][0] == ids[2999]  # nothing is built any more, but it answers


def test_opening_reads_no_vector_that_is_saved(library: Library, real: tuple[np.ndarray, np.ndarray]) -> None:
    vectors, _ = real
    put(library, vectors[:300])
    store = FaissStore(library, MODEL)
    expected = store.search(vectors[0], 5)
    store.save()
    read: list[str] = []
    with library.read() as db:
        db.set_trace_callback(read.append)
    assert FaissStore(library, MODEL).search(vectors[0], 5) == expected
    assert not [statement for statement in read if "vector FROM" in statement]


def test_an_index_of_another_time_is_not_believed(library: Library, real: tuple[np.ndarray, np.ndarray]) -> None:
    vectors, _ = real
    ids = put(library, vectors[:100])
    with library.read() as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    backup = library.folder / "backup"
    shutil.copy(library.folder / FILE_NAME, backup)
    put(library, vectors[100:200])
    store = FaissStore(library, MODEL)
    store.save()
    library.close()
    backup.replace(library.folder / FILE_NAME)  # the articles of yesterday beside the index of today
    restored = Library.open(library.folder)
    assert {i for i, _ in FaissStore(restored, MODEL).search(vectors[0], 500)} == set(ids)
    with restored.write() as db:  # as many changes later it is of the same generation, but not of the same vectors
        db.execute("UPDATE meta SET value = value + 1 WHERE key = 'vector_generation'")
    assert {i for i, _ in FaissStore(restored, MODEL).search(vectors[0], 500)} == set(ids)
    restored.close()


def _save_for_ever(folder: str) -> None:
    library = Library.open(Path(folder))
    store = FaissStore(library, MODEL, coded_from=100)
    while True:
        with library.write() as db:
            db.execute("UPDATE meta SET value = value + 1 WHERE key = 'vector_generation'")
        store.save()


def test_killed_while_saving_the_index_is_whole(library: Library, real: tuple[np.ndarray, np.ndarray]) -> None:
    vectors, _ = real
    ids = put(library, vectors[:400])
    FaissStore(library, MODEL, coded_from=100).save()
    dice = random.Random(5)  # noqa: S311
    seen = set()
    for _ in range(KILLS):
        process = _processes.Process(target=_save_for_ever, args=(str(library.folder),))
        process.start()
        begun = generation(library)
        while generation(library) < begun + 2:
            process.join(0.005)
        process.join(dice.uniform(0, 0.05))
        os.kill(process.pid or 0, 9)
        process.join()
        process.close()
        store = FaissStore(library, MODEL, coded_from=100)
        assert len(store) == len(ids)  # the manifest names a whole file, whatever the moment
        assert store.search(vectors[7], 1)[0][0] == ids[7]
        seen.add(generation(library))
    assert len(seen) == KILLS
    assert count_vectors(library, MODEL) == len(ids)
    store.save()
    assert (
        len(list(library.folder.glob(INDEX_FILES))) <= KILLS + 1
    )  # what is left of the killed is removed after an hour


def test_counts_follow_every_change(library: Library) -> None:
    (first, *_) = fill(library)
    total = library.count_passages()
    assert pending_count(library, MODEL) == total
    since = generation(library)
    put_vectors(library, MODEL, [(1, b"\0" * 16, None)])
    assert pending_count(library, MODEL) == total - 1
    assert changed_ids(library, since) == [1]
    since = generation(library)
    library.remove(first)
    assert library.count_passages() < total
    assert pending_count(library, MODEL) == library.count_passages()
    assert changed_ids(library, since) == [1]


def test_common_words_alone_are_not_scored_when_rarer_ones_are_there(library: Library) -> None:
    for number in range(30):
        body = f"The council said people met. {'The okapi slept.' if number == 7 else f'Plan {number} was read.'}"
        library.store(build(_article(f"Day {number}", body), WORDS_CHUNKER))
    question = "What did the council say about people and the okapi?"
    assert expression(library, question) == '"council" OR "say" OR "people" OR "okapi"'
    assert expression(library, question, 10) == '("okapi") AND ("okapi" OR "council" OR "people")'
    assert expression(library, "the council and people", 10) == '("council") AND ("people")'
    assert expression(library, "okapi", 10) == '"okapi"'
    few, all_of = search_passages(library, question, 5, most_scored=10), search_passages(library, question, 5)
    assert few[0][0] == all_of[0][0] == 8
    assert (len(few), len(all_of)) == (1, 5)
    kept = Filters(article_ids=tuple(article.id for article in library.summaries(limit=3)))
    assert len(search_passages(library, question, 5, kept, most_scored=10)) == 3  # so few are all scored


def test_a_library_of_any_size_is_made_of_a_real_one(sample: Citewire, tmp_path: Path) -> None:
    real = sample.library.count_passages()
    assert grow(sample.library.folder, tmp_path / "grown", 2 * real + 3) == 2 * real + 3
    library = Library.open(tmp_path / "grown")
    model = sample.embedder.fingerprint
    assert count_vectors(library, model) == library.count_passages()
    with library.read() as db:
        db.execute("INSERT INTO passages_fts (passages_fts) VALUES ('integrity-check')")
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    vectors = [np.frombuffer(data, "<f4") for _, data in iter_vectors(library, model)]
    assert 0.85 < float(vectors[0] @ vectors[real]) < 0.95
    assert len(library.passage_ids(Filters("1998-01-01", "2025-05-18"))) == library.count_passages()
    library.close()


def test_exponents_are_slopes_of_logarithms() -> None:
    rows = [{"passages": n, **dict.fromkeys(GROWING, 0.5 * n**0.5)} for n in (1_000, 10_000, 100_000)]
    assert set(exponents(rows).values()) == {0.5}


def _article(title: str, body: str) -> ParsedArticle:
    return ParsedArticle(title, (Block("paragraph", body),))
