"""Our questions to a news librarian, on the sample articles: sentences, notes and order, as written before the code was."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from qa.engine import Citewire
from tests.news_check import faults

GOLDEN = [
    json.loads(line) for line in (Path(__file__).parent / "golden" / "news_questions.jsonl").read_text().splitlines()
]
TODAY = date(2025, 1, 10)
FLOOR = 117  # of 129, as measured; it may only rise


def test_golden_news_questions(sample: Citewire) -> None:
    wrong = []
    for row in GOLDEN:
        day = date.fromisoformat(row["today"]) if "today" in row else TODAY
        pipeline = replace(sample.pipeline, today=lambda day=day: day)
        answer = pipeline.answer(row["question"])
        for citation in answer.citations:
            text = sample.library.article(citation.article_id, citation.version).text
            assert text[citation.start : citation.end] == citation.quote
        known = {citation.number for citation in answer.citations}
        assert all(set(note.citations) <= known for note in answer.notes)
        if found := faults(answer, row):
            wrong.append((row["question"], found))
    assert len(GOLDEN) - len(wrong) >= FLOOR, wrong


def test_a_correction_leaves_the_cited_version_readable(sample: Citewire) -> None:
    answer = sample.ask("What number of dead does the U.N. report on the Libyan flood give?")
    citation = answer.citations[0]
    assert citation.version == 2
    old = sample.library.article(citation.article_id, 1)
    assert "at least 11,300" in old.text
    assert sample.library.article(citation.article_id).version == 2


@pytest.mark.parametrize(
    ("kind", "question", "sides"),
    [
        ("conflict", "How many people did the flood in Derna kill?", 4),
        ("update", "How many people died in the earthquake in Morocco?", 3),
    ],
)
def test_every_side_of_a_note_is_cited(sample: Citewire, kind: str, question: str, sides: int) -> None:
    answer = sample.ask(question)
    (note,) = [note for note in answer.notes if note.kind == kind]
    assert len(set(note.citations)) == sides
