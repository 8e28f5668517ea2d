"""The extractive reader: lists, somebody's words, quotations with their speakers, yes/no questions."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from corpus.types import Passage, Sentence, Span
from qa.answer_type import asked_speaker, asks_for_list
from qa.engine import Citewire
from qa.readers.extractive import ExtractiveReader
from qa.types import Evidence, Features, SentenceHit

GOLDEN = [
    json.loads(line) for line in (Path(__file__).parent / "golden" / "reader_questions.jsonl").read_text().splitlines()
]
FLOORS = {"list": (0.61, 0.57), "said": (0.92, 0.90)}  # precision, recall as measured; they may only rise
_FEATURES = dict.fromkeys(Features.__slots__, 0.9)


def evidence(*articles: list[str], order: list[str]) -> Evidence:
    """Articles of one passage each, their sentences ranked in this order, with scores a hundredth apart."""
    hits = {}
    for number, texts in enumerate(articles):
        ends = np.cumsum([len(text) + 1 for text in texts]).tolist()
        sentences = tuple(
            Sentence(f"a{number}", 1, i, Span(end - 1 - len(text), end - 1), "body", text)
            for i, (text, end) in enumerate(zip(texts, ends, strict=True))
        )
        passage = Passage(number, f"a{number}", 1, "", sentences, 50)
        hits |= {s.text: SentenceHit(s, passage, 0.0, Features(**_FEATURES)) for s in sentences}
    ranked = [
        SentenceHit(hits[t].sentence, hits[t].passage, 1 - i / 100, hits[t].features) for i, t in enumerate(order)
    ]
    return Evidence(tuple(ranked), 0.9)


def read(question: str, given: Evidence) -> list[str]:
    drafts = list(ExtractiveReader().read(question, given))
    assert all(draft.text == given.hits[draft.labels[0]].sentence.text for draft in drafts)
    return [draft.text for draft in drafts]


LOST, OVER, TRIED = "Ada Kern lost the vote.", "“It is over,” Kern said.", "“We tried everything.”"
WON, JOY = "Jo Brandt won the mayor's office.", "“This is a day of joy for fishers,” Brandt told supporters."


def test_a_quotation_comes_with_its_speaker() -> None:
    given = evidence([LOST, OVER, TRIED], order=[TRIED, LOST, OVER])
    assert read("Was everything tried?", given)[:2] == [TRIED, OVER]


def test_only_the_words_of_who_is_asked_for() -> None:
    given = evidence([LOST, OVER, TRIED], [WON, JOY], order=[JOY, OVER, TRIED, LOST, WON])
    assert read("What did Ada Kern say about the vote?", given) == [OVER, TRIED]
    assert read("What did Jo Brandt say about fishers?", given) == [JOY]
    assert JOY in read("What did Mo Lund say about fishers?", given)  # nobody's of that name: as any question


def test_a_list_takes_members_told_in_the_same_words() -> None:
    told = [f"{name} voted against the treaty on fishing." for name in ("Norway", "Iceland", "Chile", "Japan", "Peru")]
    assert read("Which countries voted against the treaty?", evidence(*([t] for t in told), order=told)) == told
    assert len(read("Which country voted against the treaty?", evidence(*([t] for t in told), order=told))) == 1
    together = "Norway, Iceland and Chile voted against the treaty on fishing."
    assert read("Which countries voted against the treaty?", evidence([together], told, order=[together, *told])) == [
        together
    ]


def test_yes_or_no_is_not_answered_but_shown() -> None:
    given = evidence([LOST, OVER], [WON], order=[LOST, WON, OVER])
    answer = read("Did Ada Kern lose the vote?", given)
    assert answer[0] == LOST
    assert not any(text.lower().startswith(("yes", "no")) for text in answer)


def test_nothing_to_read() -> None:
    for question in ("Which countries voted?", "What did Kern say?", "Did she win?"):
        assert read(question, Evidence((), 0.0)) == []


@pytest.mark.parametrize(
    ("question", "several"),
    [("Which countries objected?", True), ("What sanctions were imposed?", True), ("Who are the members of the crew?", True),
     ("Name the ministers who resigned.", True), ("What were the demands of the players?", True),
     ("which of the ships sank", True), ("What species of fish are in the lake?", True),
     ("Which country objected?", False), ("What are the three parts?", False), ("What causes inflation?", False),
     ("Which lineage includes land plants?", False), ("What are the hairs on them called?", False),
     ("What crisis was it?", False), ("What makes the news?", False)],
)  # fmt: skip
def test_list_questions(question: str, several: bool) -> None:
    assert asks_for_list(question) is several


@pytest.mark.parametrize(
    ("question", "speaker"),
    [("What did Ada Kern say about fish?", "Ada Kern"), ("what has the ministry said?", "the ministry"),
     ("How did the players' union react?", "the players' union"), ("What was Ada Kern's reaction?", "Ada Kern"),
     ("What did John Tully say?", "John Tully"), ("What does the Islamic State lack?", None), ("Who said so?", None)],
)  # fmt: skip
def test_questions_for_words(question: str, speaker: str | None) -> None:
    assert asked_speaker(question) == speaker


def test_golden_lists_and_statements(sample: Citewire) -> None:
    rows = defaultdict(list)
    for row in GOLDEN:
        _, ranked, _ = sample.pipeline.rank_sentences(row["question"])
        cited, gold = read(row["question"], Evidence(tuple(ranked[:40]), 1.0)), row["sentences"]
        rows[row["kind"]].append(
            (sum(text in gold for text in cited) / len(cited), sum(text in cited for text in gold) / len(gold))
        )
    for kind, floors in FLOORS.items():
        assert (np.mean(rows[kind], axis=0) >= floors).all(), (kind, np.mean(rows[kind], axis=0))
