"""Words in bold: the one moment or number that was asked for, or nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.types import Span
from qa.answer_words import answer_words
from qa.engine import Citewire
from qa.serialize import answer_from_json, answer_to_json
from qa.types import AnswerSentence
from qa.ui import render


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        ("When did he visit before?", "It is his first visit since September 2021, he said.", "September 2021"),
        ("When did the bridge open?", "The bridge opened on 4 May 2022 after repairs.", "4 May 2022"),
        ("How many people live there?", "Around half a million people live on the island.", "Around half a million"),
        ("How much will it cost?", "It will cost 2.4 million euros a year.", "2.4 million euros"),
        ("How many cables were replaced in 2020?", "In 2020, engineers replaced forty steel cables.", "forty"),
        ("When was it closed, in 2019 or 2020?", "It was closed in 2019 and again in 2020.", None),
        ("When did it begin?", "It began in May 2020 and ended in June 2021.", None),
        ("Who opened it?", "Paula Quist opened it on 4 May 2022.", None),
        ("How many boats are there?", "The boats lie in the harbor.", None),
    ],
)
def test_the_words_asked_for(question: str, sentence: str, expected: str | None) -> None:
    span = answer_words(question, sentence)
    assert (span.of(sentence) if span else None) == expected


@given(st.text(max_size=80), st.text(max_size=200))
def test_a_stretch_of_the_sentence_whatever_is_asked(question: str, sentence: str) -> None:
    span = answer_words(question, sentence)
    assert span is None or (0 <= span.start < span.end <= len(sentence) and span.of(sentence).strip())


def test_bold_is_kept_and_shown(sample: Citewire) -> None:
    answer = sample.ask("When did the Artemis I mission launch?")
    first = answer.sentences[0]
    assert first.emphasis is not None
    assert first.emphasis.of(first.text) in first.text
    assert answer_from_json(answer_to_json(answer)).sentences == tuple(
        replace(s, support=round(s.support, 4)) for s in answer.sentences
    )
    shown = render.answer_sentence(
        AnswerSentence("It cost <5> euros.", (), 0.9, "supported", emphasis=Span(8, 11)), {}, "g"
    )
    assert "<b>&lt;5&gt;</b>" in shown
