"""Questions over many articles: counted, listed, compared; on the sample articles."""

from __future__ import annotations

import re

import pytest

from corpus.types import Filters
from qa.engine import Citewire
from qa.operations import Operation, operation_of

COUNTS = {
    "How many articles mention Erdogan?": "Erdogan",
    "How many stories are about the Suez Canal?": "the Suez Canal",
    "How many of the articles refer to “heat shield”?": "heat shield",
    "how many reports here discuss vaccines": "vaccines",
}
OUTLETS = {
    "Which outlets covered the earthquake?": "the earthquake",
    "What newspapers wrote about Artemis II?": "Artemis II",
    "Who covered the Ever Given?": "the Ever Given",
    "Which of the publishers have reported on Notre-Dame?": "Notre-Dame",
}
COMPARISONS = {
    "Compare what Assad and Erdogan said about Turkish troops": (("Assad", "Erdogan"), "Turkish troops"),
    "What do Sunak and Truss say about taxes?": (("Sunak", "Truss"), "taxes"),
    "How do Civic Ledger and the Harbour Gazette differ on the Suez Canal?": (
        ("Civic Ledger", "the Harbour Gazette"),
        "the Suez Canal",
    ),
}
ORDINARY = (
    "How many ships were waiting when the canal reopened?",
    "How many people died in the earthquake?",
    "Who wrote the report?",
    "What did Assad say about Turkish troops?",
    "Which countries covered the cost of the mission?",
    "What did Assad and Putin discuss in Moscow?",
    "Who reported the accident?",
)


def test_forms_are_recognized() -> None:
    assert {question: operation_of(question) for question in COUNTS} == {
        question: Operation("count", topic) for question, topic in COUNTS.items()
    }
    assert {question: operation_of(question) for question in OUTLETS} == {
        question: Operation("outlets", topic) for question, topic in OUTLETS.items()
    }
    assert {question: operation_of(question) for question in COMPARISONS} == {
        question: Operation("compare", topic, sides) for question, (sides, topic) in COMPARISONS.items()
    }
    assert [operation_of(question) for question in ORDINARY] == [None] * len(ORDINARY)


def mentions(sample: Citewire, word: str) -> set[str]:
    """An oracle that reads every article."""
    found = set()
    for row in sample.library.summaries(limit=-1):
        article = sample.library.article(row.id)
        if re.search(rf"\b{word}\b", f"{article.title}\n{article.text}".lower()):
            found.add(row.id)
    return found


@pytest.mark.parametrize("word", ["assad", "telescope", "covax"])
def test_counts_are_those_of_a_reader_of_everything(sample: Citewire, word: str) -> None:
    answer = sample.ask(f"How many articles mention {word.title()}?")
    expected = mentions(sample, word)
    assert answer.sentences[0].text.startswith(f"{len(expected)} of {sample.library.count_articles()} articles")
    assert {citation.article_id for citation in answer.citations} == expected
    for citation in answer.citations:
        text = sample.library.article(citation.article_id).text
        assert text[citation.start : citation.end] == citation.quote


def test_outlets_are_listed_with_their_articles(sample: Citewire) -> None:
    answer = sample.ask("Which outlets covered the Ever Given?")
    publishers = {citation.publisher for citation in answer.citations}
    assert {sentence.text.partition(":")[0] for sentence in answer.sentences} == publishers
    assert all(sentence.citations for sentence in answer.sentences)


def test_counts_obey_the_filters_and_say_none(sample: Citewire) -> None:
    everything = sample.ask("How many articles mention Assad?")
    since = sample.ask("How many articles mention Assad?", filters=Filters(since="2024-01-01"))
    assert 0 < len(since.citations) < len(everything.citations)
    none = sample.ask("How many articles mention Zanzibar?")
    assert none.abstention
    assert "No article mentions “Zanzibar”" in none.abstention.message


def test_a_comparison_answers_for_either_side(sample: Citewire) -> None:
    answer = sample.ask("How do Civic Ledger and the Harbour Gazette differ on the Suez Canal?")
    by_number = {citation.number: citation for citation in answer.citations}
    publishers = [by_number[sentence.citations[0]].publisher for sentence in answer.sentences]
    assert publishers == sorted(publishers)  # one side after the other
    assert set(publishers) == {"Civic Ledger", "Harbour Gazette"}
    assert sorted(by_number) == list(range(1, len(by_number) + 1))
    one_sided = sample.ask("Compare what Assad and Voltaire said about Turkish troops")
    assert one_sided.answered
    assert any("Voltaire" in note.text for note in one_sided.notes)
