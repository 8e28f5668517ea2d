"""Remarks about an answer, over a real library."""

from __future__ import annotations

from datetime import datetime

from corpus.ingest import build
from corpus.library import Library
from corpus.types import Block, ParsedArticle
from qa.notes import correction_notes, source_notes
from tests.fakes import WORDS_CHUNKER, cite

WIRE = (
    "A ferry with 212 people on board ran aground off the island of Hvar on Tuesday night, the coast guard said. "
    "All passengers were brought ashore by fishing boats before midnight. The captain was tested for alcohol, with a "
    "negative result, and the ministry of transport opened an inquiry into the accident."
)


def put(library: Library, title: str, text: str, *, url: str, agencies: tuple[str, ...] = ()) -> str:
    parsed = ParsedArticle(
        title, (Block("paragraph", text),), publisher=title, url=url, published=datetime(2024, 5, 7), agencies=agencies
    )
    return library.store(build(parsed, WORDS_CHUNKER)).article_id


def test_copies_of_one_text_are_one_source(library: Library) -> None:
    ids = [
        put(library, "Harbour Gazette", WIRE, url="https://a.example/1", agencies=("AP",)),
        put(library, "Civic Ledger", WIRE + " The ferry was refloated on Wednesday.", url="https://b.example/1"),
        put(library, "Vale Post", WIRE.replace("Tuesday night", "Tuesday"), url="https://c.example/1"),
    ]
    citations = [cite(library, n, library.sentences(key)[0]) for n, key in enumerate(ids[:2], start=1)]
    (note,) = source_notes(library, citations)
    assert (note.kind, note.citations) == ("single_source", (1, 2))
    assert note.text == "One source (AP), carried by 3 articles, supports this answer."


def test_one_article_is_one_source_and_two_are_not(library: Library) -> None:
    first = put(library, "Harbour Gazette", WIRE, url="https://a.example/1")
    other = put(library, "Civic Ledger", "The mayor of Hvar praised the fishermen.", url="https://b.example/2")
    one, two = (cite(library, n, library.sentences(key)[0]) for n, key in ((1, first), (2, other)))
    assert [note.text for note in source_notes(library, [one])] == ["One article supports this answer."]
    assert source_notes(library, [one, two]) == ()
    assert source_notes(library, []) == ()


def test_a_changed_sentence_says_what_it_was(library: Library) -> None:
    put(library, "Harbour Gazette", WIRE, url="https://a.example/1")
    key = put(library, "Harbour Gazette", WIRE.replace("212 people", "221 people"), url="https://a.example/1")
    first, second, _ = library.sentences(key)
    changed, same = cite(library, 1, first), cite(library, 2, second)
    assert changed.version == 2
    (note,) = correction_notes(library, [changed, same])
    assert (note.kind, note.citations) == ("corrected", (1,))
    assert "it read “A ferry with 212 people on board" in note.text
