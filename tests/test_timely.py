"""Questions that name a time, and courses of events; on the sample articles with the real model."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from corpus.types import Filters
from qa.engine import Citewire
from qa.question_time import question_time
from qa.timeline import topic_of
from qa.timely import published_in, without_time

TODAY = date(2025, 1, 10)


def day_of(sample: Citewire, article_id: str) -> date | None:
    return sample.library.published_days([article_id])[article_id]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("Who is currently prime minister of Britain?", "Keir Starmer became prime minister"),
        ("Who did Assad meet in September 2021?", "He last met Putin in the Russian capital in September 2021."),
        ("Which ship blocked the Suez Canal in March 2021?", "Ever Given"),
    ],
)
def test_the_time_asked_about_decides(sample: Citewire, question: str, first: str) -> None:
    answer = sample.ask(question)
    assert first in answer.citations[0].quote


def test_the_latest_is_of_the_newest_article_and_says_its_age(sample: Citewire) -> None:
    pipeline = replace(sample.pipeline, today=lambda: TODAY)
    *_, answer = pipeline.stream("What is the latest on Artemis?")
    newest = max(
        day for hit in answer.hits if (day := day_of(sample, hit.passage.article_id)) and "Artemis" in hit.passage.title
    )
    assert day_of(sample, answer.citations[0].article_id) == newest
    (note,) = [note for note in answer.notes if note.kind == "stale"]
    assert note.text == "The newest article on this is 12 months old (9 January 2024)."
    soon = replace(sample.pipeline, today=lambda: date(2024, 2, 1))
    *_, fresh = soon.stream("What is the latest on Artemis?")
    assert [note.text for note in fresh.notes if note.kind == "time"] == ["As of 9 January 2024."]


def test_the_words_of_a_time_can_be_taken_out() -> None:
    for question, rest in (
        ("Who is currently prime minister?", "Who is prime minister?"),
        ("What happened in March 2021, in Suez?", "What happened, in Suez?"),
    ):
        when = question_time(question, TODAY, None)
        assert when
        assert without_time(question, when) == rest
    when = question_time("In March 2021?", TODAY, None)
    assert when
    assert without_time("In March 2021?", when) == "In March 2021?"
    narrowed = published_in(when, Filters(since="2021-03-05", until="2021-12-31"))
    assert (narrowed.since, narrowed.until) == ("2021-03-05", "2021-04-03")


def test_topics_of_events() -> None:
    assert topic_of("What happened to the Ever Given?") == "the Ever Given"
    assert topic_of("Timeline of Notre-Dame") == "Notre-Dame"
    assert topic_of("What has happened in Syria since the earthquake?") == "Syria since the earthquake"
    assert topic_of("Who happened to be there?") is None
    assert topic_of("What happened?") is None


def test_a_course_of_events_is_in_order_dated_and_told_once(sample: Citewire) -> None:
    answer = sample.ask("What happened to the Ever Given?")
    assert answer.reader == "timeline"
    days = [sentence.day for sentence in answer.sentences]
    assert days == sorted(days, key=str)
    assert {"2021-03-23", "2021-03-29", "2021-07-07"} <= set(days)
    assert len({sentence.text for sentence in answer.sentences}) == len(answer.sentences)
    for citation in answer.citations:
        text = sample.library.article(citation.article_id, citation.version).text
        assert text[citation.start : citation.end] == citation.quote


def test_a_course_of_events_keeps_to_its_time(sample: Citewire) -> None:
    answer = sample.timeline("Notre-Dame in 2021")
    assert answer
    assert {str(sentence.day)[:4] for sentence in answer.sentences} == {"2021"}
    since = sample.timeline("Syria since the earthquake")
    assert since
    assert min(str(sentence.day) for sentence in since.sentences) >= "2023-02"
    assert sample.timeline("Zanzibar") is None
