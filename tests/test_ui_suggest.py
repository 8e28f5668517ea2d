"""Questions to go on with: right for any sentence they are made of, and answered by it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.engine import Citewire
from qa.types import Answer
from qa.ui.suggest import CHECKED, LONGEST, OFFERED, questions, suggestions
from tests.fakes import FakeEngine


@pytest.mark.parametrize(
    ("sentence", "asked"),
    [
        ("About 250 companies worked on the roof, the builders said.", ["How many companies worked on the roof?"]),
        ("More than 400 ships were waiting to pass.", ["How many ships were waiting to pass?"]),
        ("Rebel fighters entered Damascus on Sunday and President Assad left.", ["Who entered Damascus on Sunday?"]),
        ("Sultan Al Jaber, the head of the state oil company, presided over the climate talks.", ["Who presided over the climate talks?"]),
        ("Aitana Bonmati was named the best player of the cup.", ["Who was named the best player of the cup?"]),
        ("The mast failed first, said Anna Lind on Friday.", ["What did Anna Lind say?"]),
        ("Ties will last, the Russian Foreign Ministry said.", ["What did the Russian Foreign Ministry say?"]),
        ("Sultan Al Jaber said so.", ["What did Sultan Al Jaber say?"]),
        ("Moscow and its Foreign Ministry said no.", []),
        # a thing did it, the doer is elsewhere, or the question would lean on what it does not say
        ("The decision opened the way for talks in May.", []),
        ("The ship was released by Egypt on Wednesday.", []),
        ("The country's membership had been suspended in 2011.", []),
        ("He rejected the offer of the other party.", []),
        ("Ministers agreed that it was too late for talks.", []),
        ("Opponents had asked in a live video named “Enough” for talks.", []),
        ("The parts are 6 meters wide and made of steel.", []),
    ],
)  # fmt: skip
def test_questions_are_made_of_a_sentence(sentence: str, asked: list[str]) -> None:
    assert list(questions(sentence)) == asked


@given(st.text(max_size=200))
def test_any_sentence_gives_short_questions_or_none(sentence: str) -> None:
    found = list(questions(sentence))
    assert len(found) <= 2
    assert all(question.endswith("?") and len(question) <= LONGEST for question in found)


def test_only_what_the_engine_answers_with_that_sentence_is_offered(tmp_path: Path) -> None:
    engine = FakeEngine.over(tmp_path, evidence=True)
    *_, answer = engine.stream("When did the wheat harvest begin?")
    nearby = [hit.sentence for hit in answer.evidence]
    question = "How many farmers sold their fields to the state?"

    def ask(text: str) -> Answer:
        return list(engine.stream(text))[-1]

    assert list(suggestions(answer, nearby, (), ask)) == [question]
    assert list(suggestions(answer, nearby, (), lambda _: answer)) == []  # another sentence answers it
    assert list(suggestions(answer, nearby, [question.upper()], ask)) == []
    engine.library.close()


def test_the_sample_answers_what_is_suggested(sample: Citewire) -> None:
    asked: list[str] = []

    def ask(text: str) -> Answer:
        asked.append(text)
        return sample.ask(text)

    answer = sample.ask("How long did the Ever Given block the Suez Canal?")
    article = answer.citations[0].article_id
    nearby = [*(hit.sentence for hit in answer.evidence), *sample.library.sentences(article)]
    found = list(suggestions(answer, nearby, [answer.question], ask))
    assert 2 <= len(found) <= OFFERED
    assert len(asked) <= CHECKED
    for question in found:
        assert sample.ask(question).answered
