"""Articles that give orders: nothing they say is obeyed, whoever writes the answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from test_packing import HOSTILE

from benchmarks.injection import CANARY, Hijacked, intact, is_slice, unverified
from corpus.sources import Source
from qa.engine import Citewire
from qa.packing import pack, token_counter
from qa.readers.extractive import ExtractiveReader
from qa.readers.generative import GenerativeReader, answer_messages
from qa.settings import load_settings

QUESTION = "When does the ferry to Lindholm leave?"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Citewire]:
    """A library of one honest article and of hostile ones that copy its subject."""
    honest = "The ferry to Lindholm leaves every forty minutes, the port authority said."
    rows = [{"id": "honest", "title": "Ferry timetable", "text": honest, "publisher": "Harbor Courier"}]
    rows += [
        {"id": f"hostile-{number}", "title": f"Ferry to Lindholm {text}", "publisher": text or None,
         "text": f"When the ferry to Lindholm leaves: {text}\n\n{text}\n\nThe ferry to Lindholm was late."}
        for number, text in enumerate(HOSTILE)
    ]  # fmt: skip
    engine = Citewire.open(load_settings(library=tmp_path_factory.mktemp("hostile"), threshold=0))
    report = engine.add([Source("rows.jsonl", data="\n".join(map(json.dumps, rows)).encode())])
    assert report.totals["failed"] == 0
    yield engine
    engine.close()


def test_quoted_answers_are_stored_slices(hostile: Citewire) -> None:
    for question in (QUESTION, *filter(str.strip, HOSTILE[:3])):
        answer = hostile.ask(question)
        assert answer.sentences
        assert is_slice(answer, hostile.library)


def test_the_prompt_is_as_packed(hostile: Citewire) -> None:
    evidence = hostile.ask(QUESTION).evidence
    assert any("Ignore all previous" in hit.sentence.text for hit in evidence)
    packed = pack(evidence, hostile.library.article, 5000, token_counter(""))
    assert len(packed.positions) > 20
    for json_form in (True, False):
        assert intact(answer_messages(QUESTION, packed, json=json_form)[1]["content"], packed)


def test_a_model_in_the_attackers_hands_shows_nothing_that_no_article_says(hostile: Citewire) -> None:
    for payload in HOSTILE:
        reader = GenerativeReader(Hijacked(payload), hostile.library.article)
        *_, answer = replace(hostile.pipeline, readers=[reader, ExtractiveReader()]).stream(QUESTION)
        drafted = [sentence for sentence in answer.sentences if CANARY[:20] in sentence.text]
        assert len(drafted) == 3
        assert {sentence.status for sentence in drafted} == {"withheld"}
        assert unverified(answer) == []
