"""Questions to answers with the real model over the sample articles."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ranx import Run, fuse

from corpus.adding import Adder
from corpus.ingest import Chunker
from corpus.sources import Source
from corpus.types import Filters
from qa.answer_type import AnswerType, answer_type, counted_noun, has_answer
from qa.engine import Citewire
from qa.errors import QuestionError, SettingsError
from qa.fusion import reciprocal_rank_fusion
from qa.serialize import answer_from_json, answer_to_json
from qa.settings import load_settings

GOLDEN = [
    json.loads(line) for line in (Path(__file__).parent / "golden" / "sample_questions.jsonl").read_text().splitlines()
]
FLOOR = 30  # of 32, as measured; it may only rise


def test_golden_questions(sample: Citewire) -> None:
    right = 0
    for row in GOLDEN:
        answer = sample.ask(row["question"])
        right += (answer.citations[0].quote if answer.citations else None) == row["sentence"]
    assert right >= FLOOR


def test_every_citation_is_an_exact_slice(sample: Citewire) -> None:
    for row in GOLDEN:
        answer = sample.ask(row["question"])
        nearest = answer.abstention.nearest if answer.abstention else ()
        for citation in (*answer.citations, *nearest):
            text = sample.library.article(citation.article_id, citation.version).text
            assert text[citation.start : citation.end] == citation.quote
        assert answer.answered == bool(answer.sentences)
        assert all(sentence.citations for sentence in answer.sentences if sentence.status != "withheld")


def test_streams_grow(sample: Citewire) -> None:
    answers = list(sample.stream("How long did the Ever Given block the Suez Canal?"))
    assert answers[-1].timings_ms["total"] > 0
    assert [len(a.sentences) for a in answers] == sorted(len(a.sentences) for a in answers)


def test_json_round_trip(sample: Citewire) -> None:
    for row in GOLDEN[::6]:
        data = answer_to_json(sample.ask(row["question"]), "q1")
        assert answer_to_json(answer_from_json(data), "q1") == data


def test_filters_and_levels(sample: Citewire) -> None:
    only = Filters(publishers=("open orbit",))
    assert {h.sentence.article_id for h in sample.search("telescope", filters=only)} <= {
        row.id for row in sample.library.summaries(filters=only, limit=99)
    }
    articles = sample.search("Notre-Dame", level="article", k=4)
    assert len({hit.sentence.article_id for hit in articles}) == len(articles) == 4


def test_abstention_names_what_is_missing(sample: Citewire) -> None:
    answer = sample.ask("What did Angela Merkel say about nuclear power?")
    assert answer.abstention is not None
    assert "Merkel" in answer.abstention.message
    assert len(answer.abstention.nearest) == 3


@pytest.mark.parametrize("question", ["", "   ", "?!…", "x" * 10_000])
def test_unusable_questions(sample: Citewire, question: str) -> None:
    with pytest.raises(QuestionError):
        sample.ask(question)


_RANKINGS = st.lists(st.lists(st.integers(1, 30), unique=True, min_size=1, max_size=10), min_size=2, max_size=3)


@given(_RANKINGS)
def test_fusion_is_a_total_order(rankings: list[list[int]]) -> None:
    fused = reciprocal_rank_fusion(rankings)
    assert fused == sorted(fused, key=lambda pair: (-pair[1], pair[0]))


def test_fusion_agrees_with_ranx() -> None:
    rankings = [[3, 1, 2], [2, 4, 3]]
    runs = [Run({"q": {str(i): 10.0 - rank for rank, i in enumerate(r)}}) for r in rankings]
    theirs = fuse(runs=runs, method="rrf", params={"k": 60})["q"]
    assert {str(i): pytest.approx(s) for i, s in reciprocal_rank_fusion(rankings)} == dict(theirs)


@pytest.mark.parametrize(
    ("question", "kind"),
    [("When did it end?", AnswerType.TIME), ("In what year?", AnswerType.TIME), ("How many died?", AnswerType.NUMBER),
     ("Where is it?", AnswerType.PLACE), ("Who won?", AnswerType.PERSON), ("Why?", AnswerType.REASON),
     ("What is it?", AnswerType.OTHER)],
)  # fmt: skip
def test_answer_types(question: str, kind: AnswerType) -> None:
    assert answer_type(question) is kind


def test_answer_must_be_new() -> None:
    assert has_answer(AnswerType.TIME, "What happened in March?", "It began in April.")
    assert not has_answer(AnswerType.TIME, "When in March?", "In March it began.")
    assert counted_noun("How many Russian soldiers are there?") == "soldiers"


def test_settings_refuse_unknown_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CITEWIRE_LIBRRY", "x")
    with pytest.raises(SettingsError, match="CITEWIRE_LIBRRY"):
        load_settings()
    monkeypatch.delenv("CITEWIRE_LIBRRY")
    (tmp_path / "citewire.toml").write_text("treshold = 1\n")
    with pytest.raises(SettingsError, match="treshold"):
        load_settings()


def test_articles_are_found_by_their_words_before_they_are_embedded(tmp_path: Path) -> None:
    engine = Citewire.open(load_settings(library=tmp_path / "lib"))
    chunker = Chunker(engine.embedder.count_tokens, engine.embedder.max_tokens, engine.embedder.fingerprint)
    text = b"Ferry timetable\n\nThe ferry to Lindholm leaves every forty minutes, the port authority said.\n"
    list(Adder(engine.library, chunker).add([Source("a.txt", data=text)]))
    answer = engine.ask("How often does the ferry to Lindholm leave?")
    assert answer.sentences[0].text.startswith("The ferry to Lindholm leaves every forty minutes")
    assert [note.kind for note in answer.notes if note.kind == "pending"] == ["pending"]
    engine.add([])
    after = engine.ask("How often does the ferry to Lindholm leave?")
    assert [note.kind for note in after.notes if note.kind == "pending"] == []
    assert [s.text for s in after.sentences] == [s.text for s in answer.sentences]
    engine.close()
