"""The harness: questions of a file, a small set made here, and floors."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from benchmarks.quality import behind, below, lowered
from corpus.loaders import Source
from corpus.types import Span
from qa.cli.evaluating import evaluate
from qa.engine import Citewire
from qa.errors import QuestionError
from qa.evaluation.measure import measure_file, measure_suite
from qa.evaluation.questions import Gold, read_questions
from qa.evaluation.run import folds
from qa.evaluation.suites import load_suite
from qa.settings import load_settings

BRIDGE = (
    "The old bridge over the Tarn reopened on Wednesday. Engineers replaced forty steel cables, mayor Paula Quist said."
)
FERRY = "The island ferry stopped running in June. Its captain, Omar Reyes, retired after thirty years."


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Citewire]:
    opened = Citewire.open(load_settings(library=tmp_path_factory.mktemp("eval")))
    rows = [
        {"id": "b", "title": "Bridge reopens", "url": "https://example.org/bridge", "text": BRIDGE},
        {"id": "f", "title": "Ferry stops", "text": FERRY},
    ]
    opened.add([Source("a.jsonl", data="\n".join(json.dumps(row) for row in rows).encode())])
    yield opened
    opened.close()


def write(folder: Path, *rows: object) -> Path:
    file = folder / "questions.jsonl"
    file.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows) + "\n")
    return file


def test_expectations_are_resolved(engine: Citewire, tmp_path: Path) -> None:
    cables = BRIDGE[BRIDGE.index("Engineers") :]
    file = write(
        tmp_path,
        {"question": "Who is the mayor?", "article": "Bridge reopens", "answer": "Paula Quist"},
        {"question": "Who is the mayor?", "article": "https://example.org/bridge", "sentence": cables},
        {"question": "Who retired?", "answers": ["Omar Reyes"], "id": 7},
        {"question": "What happened?", "article": "f"},
        {"question": "Who won the election?", "answerable": False},
    )
    first, second, third, fourth, last = read_questions(file, engine.library)
    span = Span(BRIDGE.index("Engineers"), len(BRIDGE))
    assert first.gold == second.gold == (Gold("b", span),)
    assert (third.id, third.gold[0].article_id) == ("7", "f")
    assert fourth.gold == (Gold("f"),)
    assert not last.answerable


@pytest.mark.parametrize(
    ("row", "message"),
    [("no json", "Line 1 .* is not JSON"), ({"q": 1}, 'no "question"'),
     ({"question": "Who?", "article": "nope"}, "no article has the id, address or title 'nope'"),
     ({"question": "Who?", "sentence": "Not there."}, "no article holds the sentence"),
     ({"question": "Who?", "answer": "Nobody Known"}, "no article holds the answer"),
     ({"question": "Who?", "answer": [3]}, "must be a text")],
)  # fmt: skip
def test_unusable_lines_are_named(engine: Citewire, tmp_path: Path, row: object, message: str) -> None:
    with pytest.raises(QuestionError, match=message):
        read_questions(write(tmp_path, row), engine.library)


def test_a_file_is_measured(engine: Citewire, tmp_path: Path) -> None:
    file = write(
        tmp_path,
        {"question": "Who said that cables of the bridge were replaced?", "article": "b", "answer": "Paula Quist"},
        {"question": "What did Angela Merkel say about nuclear power?", "answerable": False},
    )
    result = measure_file(engine, file)
    assert result["sentence"]["hit@1"] == result["article"]["mrr@10"] == result["passage"]["recall@1"] == 1
    assert result["citation"]["recall"] == 1
    assert result["containment"]["rate"] == 1
    assert result["abstention"]["auroc"] == result["abstention"]["refusal_recall"] == 1
    assert result["latency_ms"]["total_p95"]


def test_the_command_prints_json(engine: Citewire, tmp_path: Path) -> None:
    app = Typer()
    app.command()(evaluate)
    file = write(tmp_path, {"question": "When did the ferry stop?", "article": "f", "answer": "June"})
    library = str(engine.library.folder)
    done = CliRunner().invoke(app, ["--questions", str(file), "--library", library, "--json"])
    assert json.loads(done.stdout)["questions"]["sentence"]["questions"] == 1
    shown = CliRunner().invoke(app, ["--questions", str(file), "--library", library])
    assert "hit@1" in shown.stdout
    assert CliRunner().invoke(app, ["--library", library]).exit_code == 2


def test_a_set_is_measured_and_leaves_no_trace(engine: Citewire, tmp_path: Path) -> None:
    texts = [BRIDGE, FERRY]
    asked = [
        ("Who said that cables of the bridge were replaced?", "Paula Quist"),
        ("Who retired as captain?", "Omar Reyes"),
    ]
    data = [
        {"title": "", "paragraphs": [{"context": text, "qas": [
            {"id": str(i), "question": question, "answers": [{"text": answer, "answer_start": text.index(answer)}]}]}]}
        for i, (text, (question, answer)) in enumerate(zip(texts, asked, strict=True))
    ]  # fmt: skip
    (tmp_path / "xquad").mkdir()
    (tmp_path / "xquad" / "xquad.en.json.gz").write_bytes(gzip.compress(json.dumps({"data": data}).encode()))
    suite = load_suite("xquad", tmp_path)
    assert [fold.removed for fold in folds(suite)] == [("0-0",), ("1-0",)]
    result = measure_suite("xquad", tmp_path, engine.settings)
    assert result["sentence"]["hit@1"] == 1
    assert result["abstention_left_out"]["auroc"] == result["abstention_whole_left_out"]["auroc"] == 1
    assert engine.library.count_articles() == 2
    (tmp_path / "xquad" / "xquad.es.json.gz").write_bytes((tmp_path / "xquad" / "xquad.en.json.gz").read_bytes())
    assert load_suite("xquad_es", tmp_path).articles == suite.articles
    with pytest.raises(QuestionError, match="Known: xquad"):
        load_suite("nope", tmp_path)
    with pytest.raises(QuestionError, match="--data"):
        load_suite("qamr", tmp_path)


def test_judged_sentences_are_ranked_beside_both_baselines(engine: Citewire, tmp_path: Path) -> None:
    asked = "When did the ferry stop running ?"
    rows = [
        (asked, 0, "The bridge reopened ."), (asked, 1, "The island ferry stopped running in June ."),
        (asked, 1, "In June ."), ("Only wrong ones ?", 0, "The bridge reopened ."), ("When ?", 1, "In June ."),
    ]  # fmt: skip
    (tmp_path / "trecqa_wang_news_sentences").mkdir()
    lines = "\n".join(["qtext,label,atext", *(f'{question},{label},"{text}"' for question, label, text in rows)])
    (tmp_path / "trecqa_wang_news_sentences" / "dev.csv").write_text(lines)
    (tmp_path / "trecqa_wang_news_sentences" / "train.csv.gz").write_bytes(gzip.compress(b"qtext,label,atext\n"))
    (question,) = load_suite("trecqa", tmp_path).judged
    assert list(question.candidates.values()) == [False, True, True]
    result = measure_suite("trecqa", tmp_path, engine.settings)
    assert result["judged"]["mrr"] == 1
    assert result["judged_bm25"]["map"] == pytest.approx((1 + 2 / 3) / 2, abs=1e-4)  # "In June" shares no word
    assert set(result) == {"judged", "judged_bm25", "judged_cosine"}


def test_floors_only_rise() -> None:
    floors = {"xquad/sentence/hit@1": 0.8, "qamr/sentence/hit@1": 0.9}
    assert lowered(floors, floors | {"xquad/sentence/hit@1": 0.85}) == []
    assert len(lowered(floors, {"xquad/sentence/hit@1": 0.79})) == 2
    measured = {"xquad": {"sentence": {"hit@1": 0.81}}}
    assert below(measured, floors) == []
    assert below({"xquad": {"sentence": {"hit@1": 0.7}}}, floors) == [
        "xquad/sentence/hit@1: 0.7 is under the floor of 0.8"
    ]


def test_a_ranking_must_be_ahead_of_both_baselines() -> None:
    best, worst = {"map": 0.8, "mrr": 0.9}, {"map": 0.7, "mrr": 0.8}
    assert behind({"a": {"judged": best, "judged_bm25": worst, "judged_cosine": worst}, "b": {"sentence": {}}}) == []
    tied = {"a": {"judged": best, "judged_bm25": worst, "judged_cosine": worst | {"mrr": 0.9}}}
    assert behind(tied) == ["a/mrr: 0.9 is not ahead of judged_cosine's 0.9"]
