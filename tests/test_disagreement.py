"""Counts read off sentences, and statements told apart: updates, conflicts, denials, and what is none of these."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from corpus.ingest import build
from corpus.library import Library
from corpus.types import Block, ParsedArticle
from qa.confirm import with_confirmation
from qa.denials import denies, opposed, points_back
from qa.disagreement import with_disagreements
from qa.figures import figures, measure_of
from qa.genre import genre
from qa.leading import newest_first
from qa.question_names import plain_names
from qa.types import Answer, Features, SentenceHit
from tests.fakes import WORDS_CHUNKER, cite

SURE = Features(*[1.0] * 13)
DAY = date(2024, 5, 7)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("At least 820 people died and 672 were injured.", [("dead", 820, 820), ("injured", 672, 672)]),
        ("The number of people killed in Norland could reach 18,000 to 20,000.", [("dead", 18_000, 20_000)]),
        ("About 3.5 million people marched on Monday.", [("marchers", 3_500_000, 3_500_000)]),
        ("Two people died in Rabat.", []),
        ("They were killed in 12 villages.", []),
        ("Another 20 people died.", []),
        ("The ferry sank 40 years ago and 30 boats were lost.", []),
        ("Inflation fell to 3.1 percent in May.", [("inflation", 3.1, 3.1)]),
        ("The seven people aboard the ferry are dead.", [("dead", 7, 7)]),
    ],
)
def test_counts(text: str, found: list[tuple[str, float, float]]) -> None:
    assert [(f.measure, float(f.low), float(f.high)) for f in figures(text)] == found


def test_counts_that_agree() -> None:
    def only(text: str) -> object:
        return figures(text)[0]

    more, exact, far = (only(f"{n} people died.") for n in ("More than 2,000", "2,122", "2,946"))
    assert more.agrees(exact)  # type: ignore[attr-defined]
    assert not exact.agrees(far)  # type: ignore[attr-defined]


def test_what_is_asked_to_be_counted() -> None:
    assert measure_of("How many people were killed in the flood?") == "dead"
    assert measure_of("What is the death toll?") == "dead"
    assert measure_of("How many seats did Labour win?") is None
    assert measure_of("Who was killed?") is None
    assert measure_of("How effective was the vaccine?") == "efficacy"


def hits(library: Library, *articles: tuple[str, str, str, date]) -> list[SentenceHit]:
    """The first sentence of each of these (publisher, title, text, day), as found with full confidence."""
    found = []
    for number, (publisher, title, text, day) in enumerate(articles):
        parsed = ParsedArticle(
            title, (Block("paragraph", text),), publisher=publisher, url=f"https://{number}.example/1",
            published=datetime(day.year, day.month, day.day),
        )  # fmt: skip
        key = library.store(build(parsed, WORDS_CHUNKER)).article_id
        with library.read() as db:
            ids = [row[0] for row in db.execute("SELECT id FROM passages WHERE article_id = ?", (key,))]
        passage = next(iter(library.passages(ids).values()))
        found.append(SentenceHit(library.sentences(key)[0], passage, 1.0, SURE))
    return found


def answer(library: Library, question: str, found: list[SentenceHit]) -> Answer:
    return Answer(
        question, question, "extractive", 1.0, citations=(cite(library, 1, found[0].sentence),), evidence=tuple(found)
    )


ASKED = "How many people died in the flood in Norland?"


def test_a_count_that_grows_is_an_update_and_its_newest_leads(library: Library) -> None:
    found = hits(
        library,
        ("Gazette", "Flood in Norland", "The flood in Norland killed 80 people, the police said.", date(2024, 5, 7)),
        ("Ledger", "Norland mourns", "The flood in Norland killed 120 people, the police said.", date(2024, 5, 9)),
    )  # fmt: skip
    (note,) = with_disagreements(answer(library, ASKED, found), library, 0.5).notes
    assert note.kind == "update"
    assert note.text.startswith("As of 9 May 2024, the number of dead: 120")
    assert "80 (police, Gazette, 7 May 2024)" in note.text
    assert note.citations == (2, 1)
    days = {hit.sentence.article_id: day for hit, day in zip(found, (date(2024, 5, 7), date(2024, 5, 9)), strict=True)}
    assert newest_first(ASKED, found, days, 0.5) == found[::-1]
    assert newest_first("How long is the river in Norland?", found, days, 0.5) == found


def test_counts_of_one_day_by_different_people_conflict(library: Library) -> None:
    found = hits(
        library,
        ("Gazette", "Flood in Norland", "The flood in Norland killed 80 people, the police said.", DAY),
        ("Ledger", "Norland mourns", "The flood in Norland killed 300 people, according to Ada Kern.", DAY),
    )  # fmt: skip
    told = with_disagreements(answer(library, ASKED, found), library, 0.5)
    (note,) = told.notes
    assert (note.kind, len(told.citations)) == ("conflict", 2)
    assert all(part in note.text for part in ("80", "police", "Gazette", "300", "Ada Kern", "Ledger", "7 May 2024"))


@pytest.mark.parametrize(
    "other",
    [
        "The flood in Sudland killed 300 people, according to Ada Kern.",  # elsewhere
        "The flood in Norland killed about 81 people, according to Ada Kern.",  # the same, rounded
        "The flood in Norland injured 300 people, according to Ada Kern.",  # another count
        "Ada Kern denied that the flood in Norland had killed 300 people.",  # stated by nobody
    ],
)
def test_other_counts_are_no_conflict(library: Library, other: str) -> None:
    found = hits(
        library,
        ("Gazette", "Flood in Norland", "The flood in Norland killed 80 people, the police said.", DAY),
        ("Ledger", "Flood", other, DAY),
    )
    assert with_disagreements(answer(library, ASKED, found), library, 0.5).notes == ()


def test_an_independent_source_confirms_and_a_copy_does_not(library: Library) -> None:
    text = "The flood in Norland killed 80 people, the police said."
    found = hits(
        library,
        ("Gazette", "Flood in Norland", text, DAY),
        (
            "Ledger",
            "Norland mourns",
            "In Norland 80 people died in the flood, Ada Kern told reporters on Tuesday.",
            DAY,
        ),
    )
    (note,) = with_confirmation(answer(library, ASKED, found), library, 0.5).notes
    assert (note.kind, note.citations, note.text) == (
        "confirmed",
        (2,),
        "Reported independently by Ledger (7 May 2024).",
    )
    copies = hits(library, ("Vale Post", "Norland", text, DAY), ("Herald", "In Norland", text, DAY))
    assert with_confirmation(answer(library, ASKED, copies), library, 0.5).notes == ()


def test_denials() -> None:
    claim = "Ada Kern accused Norland of blowing up the dam."
    assert denies("Jo Brandt denied that Norland had blown up the dam.", claim)
    assert not denies("Jo Brandt denied that Norland had sunk the ferry.", claim)
    assert not denies("Jo Brandt said that Norland had blown up the dam.", claim)
    assert denies(
        "The agency denied that it had counted 11,300 dead.", "The flood killed 11,300 people, the agency said."
    )
    assert points_back("Jo Brandt denied that.")
    assert not points_back("Jo Brandt denied that Norland had sunk the ferry.")
    assert (
        opposed("The ferry sank off Hvar in the storm.", "The ferry did not sink off Hvar in the storm.", (DAY, DAY))
        is False
    )
    assert opposed(
        "The ferry reached Hvar before the storm.", "The ferry never reached Hvar before the storm.", (DAY, DAY)
    )
    assert not opposed(
        "The ferry reached Hvar before the storm.", "The ferry never reached Hvar before the storm.", (DAY, None)
    )


@pytest.mark.parametrize(
    ("title", "section", "kind"),
    [
        ("Opinion: Close the harbor", None, "opinion"),
        ("Analysis | Why the dam broke", None, "analysis"),
        ("The harbor is closed | Opinion", None, "opinion"),
        ("Interview - Ada Kern on dams", None, "interview"),
        ("Ada Kern on dams", "Culture / Interviews", "interview"),
        ("Opinion polls: what they missed", None, None),
        ("Analysis of the dam begins", "World", None),
        ("Leader: the party chooses", "Politics", None),
    ],
)
def test_genres(title: str, section: str | None, kind: str | None) -> None:
    assert genre(title, section) == kind


def test_names_as_articles_write_them() -> None:
    assert plain_names("What did the WHO tell Sir Keir?") == "What did the World Health Organization tell Keir?"
    assert plain_names("When did the WHO meet Sir Keir?") == "When did the WHO meet Keir?"
    assert plain_names("WHO WON?") == "WHO WON?"
    assert plain_names("Who said that?") == "Who said that?"
