"""Stories: what is a copy, and that stories depend on the articles alone, not on the order in which they came."""

from __future__ import annotations

import random
import sqlite3
from itertools import combinations

import numpy as np
import pytest
from fakes import WORDS_CHUNKER
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.ingest import build
from corpus.library import Library
from corpus.schema import migrate
from corpus.stories import (
    CROWDED,
    LEAST_SHINGLES,
    PERMUTATIONS,
    ROWS,
    copies,
    count_stories,
    crowded_bands,
    minhash,
    place,
    shingles,
    signature,
    similar,
    stories,
    withdraw,
)
from corpus.types import Block, ParsedArticle

_RNG = random.Random(7)  # noqa: S311
WORDS = ["".join(_RNG.choices("abcdefghij", k=6)) for _ in range(3000)]
PARAGRAPHS = [" ".join(_RNG.choices(WORDS, k=300)) for _ in range(5)]
TAILS = ["", *WORDS[:4]]  # with these, copies share nearly all bands
BODIES = [(), (0,), (0, 1), (1, 2), (0, 1, 2), (2, 3), (3, 4)]


def prose(seed: int, count: int) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=count))  # noqa: S311


def database() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", isolation_level=None)
    migrate(db)
    return db


def put(db: sqlite3.Connection, key: str, text: str, crowded: int = CROWDED) -> str:
    db.execute("INSERT OR IGNORE INTO articles VALUES (?, 1, '')", (key,))
    return place(db, key, text, crowded=crowded)


def drop(db: sqlite3.Connection, key: str, crowded: int = CROWDED) -> None:
    withdraw(db, key, crowded=crowded)
    db.execute("DELETE FROM articles WHERE id = ?", (key,))


def recorded(db: sqlite3.Connection) -> dict[str, str]:
    return dict(db.execute("SELECT article_id, story FROM signatures").fetchall())


def oracle(texts: dict[str, str], crowded: int) -> dict[str, str]:
    """The stories by comparing all pairs: equal, or similar and sharing a band of at most `crowded` texts."""
    signed = {key: np.frombuffer(signature(text), dtype="<u4") for key, text in texts.items()}
    bands = {
        key: {(i, row.tobytes()) for i, row in enumerate(s[3:].reshape(-1, ROWS)) if s[2] >= LEAST_SHINGLES}
        for key, s in signed.items()
    }
    different = {s.tobytes(): key for key, s in signed.items()}.values()
    story = {key: key for key in texts}
    for a, b in combinations(sorted(texts), 2):
        shared = {band for band in bands[a] & bands[b] if sum(band in bands[key] for key in different) <= crowded}
        equal = signed[a].tobytes() == signed[b].tobytes()
        if equal or (shared and similar(signed[a], signed[b][None])[0]):
            joined = {story[a], story[b]}
            story = {key: min(joined) if name in joined else name for key, name in story.items()}
    return story


TEXTS = st.tuples(st.sampled_from(BODIES), st.sampled_from(TAILS)).map(
    lambda parts: "\n\n".join([*(PARAGRAPHS[i] for i in parts[0]), parts[1]])
)


@settings(max_examples=80, deadline=None)
@given(
    moves=st.lists(st.tuples(st.sampled_from("abcdefg"), st.none() | TEXTS), max_size=20),
    crowded=st.sampled_from([1, 2, 3, CROWDED]),
)
def test_stories_do_not_depend_on_history(moves: list[tuple[str, str | None]], crowded: int) -> None:
    db, texts = database(), dict[str, str]()
    for key, text in moves:
        if text is None:
            texts.pop(key, None)
            drop(db, key, crowded)
        else:
            texts[key] = text
            assert put(db, key, text, crowded) == recorded(db)[key]
        assert recorded(db) == oracle(texts, crowded)
    for key in texts:
        drop(db, key, crowded)
    assert db.execute(
        "SELECT (SELECT count(*) FROM signatures) + (SELECT count(*) FROM signature_bands)"
    ).fetchone() == (0,)


def test_signature_is_pinned() -> None:
    """Signatures are stored: a change of hashes, seed or scheme must not go unseen."""
    data = signature("The dam holds, officials said on Monday. Nobody was hurt.")
    assert len(data) == 4 * (3 + PERMUTATIONS)
    assert data[:20].hex() == "70a40dcede22a31207000000f76fcd09d857bb06"
    assert signature("the dam HOLDS -- officials said on Monday; nobody was hurt") == data


def test_minhash_estimates_jaccard() -> None:
    left, right = shingles(prose(1, 600)), shingles(prose(2, 600))
    both = np.union1d(left, right)
    expected = len(np.intersect1d(left, both)) / len(both)
    assert (minhash(left) == minhash(both)).mean() == pytest.approx(expected, abs=0.13)  # three standard errors
    assert len(shingles("only three words")) == 0


def test_copies_as_outlets_make_them() -> None:
    db, text = database(), prose(1, 400)
    put(db, "b", text)
    put(db, "c", prose(2, 40) + " " + text[: len(text) * 2 // 3] + " " + prose(3, 60))  # own lead, cut, local end
    put(db, "a", prose(4, 400))
    put(db, "d", prose(5, 1700) + text)  # a digest that holds all of it is no copy of it
    assert recorded(db) == {"a": "a", "b": "b", "c": "b", "d": "d"}


def test_short_texts_match_only_equal_ones() -> None:
    db = database()
    for key, text in {"a": "Subscribe to read on.", "b": "Subscribe to read on!", "c": "Subscribe to read it."}.items():
        put(db, key, text)
    assert recorded(db) == {"a": "a", "b": "a", "c": "c"}
    assert db.execute("SELECT count(*) FROM signature_bands WHERE band >= 0").fetchone() == (0,)


def test_a_chain_comes_apart_without_its_middle() -> None:
    db = database()
    one, two, three = prose(1, 150), prose(2, 150), prose(3, 150)
    put(db, "m", f"{one} {two}")
    put(db, "z", f"{two} {three}")
    assert put(db, "a", f"{one} {prose(4, 60)}") == "a"
    put(db, "y", f"{two} {prose(5, 60)}")
    assert set(recorded(db).values()) == {"a"}
    put(db, "m", prose(6, 300))  # a new version in other words
    assert recorded(db) == {"a": "a", "m": "m", "y": "y", "z": "y"}


def test_equal_texts_have_one_set_of_bands() -> None:
    """However many outlets carry it unchanged, a text is compared once."""
    db, text = database(), prose(1, 300)
    for number in range(50):
        put(db, f"{number:02}", text)
    assert db.execute("SELECT count(*) FROM signature_bands WHERE band >= 0").fetchone() == (PERMUTATIONS // ROWS,)
    put(db, "x", text[: len(text) * 3 // 4])
    for number in range(49):  # the one that holds the bands goes first
        drop(db, f"{number:02}")
        assert set(recorded(db).values()) == {f"{number + 1:02}"}
    drop(db, "49")
    assert recorded(db) == {"x": "x"}


def test_a_crowded_band_joins_nothing() -> None:
    db, text = database(), prose(2, 4000)  # so long that one word more is in no band
    for key in "abc":
        put(db, key, f"{text} {key}", crowded=3)
    assert set(recorded(db).values()) == {"a"}
    put(db, "d", f"{text} d", crowded=3)
    assert recorded(db) == {key: key for key in "abcd"}
    drop(db, "b", crowded=3)
    assert set(recorded(db).values()) == {"a"}


def test_the_bands_of_equal_texts_are_handed_on() -> None:
    db, text = database(), prose(1, 300)
    put(db, "a", text)
    put(db, "b", text)
    drop(db, "a")
    assert put(db, "c", f"{text} and more") == "b"


def test_boilerplate_is_read_up_to_its_bound() -> None:
    """With a band's bound at 20, the rows read while placing do not grow with the articles before."""
    db, footer = database(), prose(0, 60)
    db.execute("BEGIN")
    read: list[int] = []
    for number in range(120):
        steps = [0]

        def tick(steps: list[int] = steps) -> None:
            steps[0] += 1

        db.set_progress_handler(tick, 100)  # called each 100 instructions of SQLite's machine
        put(db, f"{number:03}", f"{prose(1000 + number, 200)} {footer}", crowded=20)
        db.set_progress_handler(None, 0)
        read.append(steps[0])
    assert max(read[90:]) < 3 * (sum(read[10:20]) / 10)


def test_reading(library: Library) -> None:
    text = prose(1, 300)

    def add(name: str, body: str) -> str:
        parsed = ParsedArticle(name, (Block("paragraph", body),), url=f"https://{name}.example/")
        identity = library.store(build(parsed, WORDS_CHUNKER)).article_id
        with library.write() as db:
            place(db, identity, body)
        return identity

    one, two = add("one", text), add("two", text + " " + prose(2, 30))
    add("other", prose(3, 300))
    assert [copy.id for copy in copies(library, one)] == [two]
    assert copies(library, "nobody") == ()
    assert count_stories(library) == 1
    assert crowded_bands(library) == 0
    (story,) = stories(library)
    assert story.id == min(one, two)
    assert {article.id for article in story.articles} == {one, two}
    assert stories(library, offset=1) == ()
