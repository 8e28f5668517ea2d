"""The check of drafted sentences with the real model: hand-written drafts, changed facts, labels, the entailment model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.mutations import Variant, mutated, originals
from corpus.types import Passage, Sentence, Span
from embeddings.cross_encoder import EntailmentModel
from embeddings.errors import ModelNotFound
from embeddings.sentence_transformer import SentenceTransformerEmbedder
from embeddings.types import Encoding
from qa.engine import Citewire
from qa.types import DraftSentence, Evidence, Features, SentenceHit, Verdict
from qa.verify import COEFFICIENTS, SHOWN, Agreement, Verifier, supported_probability

DRAFTS = [json.loads(line) for line in (Path(__file__).parent / "golden" / "drafts.jsonl").read_text().splitlines()]
FLOOR = 55  # of 56, as measured; it may only rise
FALSE_PASS, FALSE_STRIP = 0.05, 0.05  # the floors of the full run, benchmarks/results/verification.json
NOTHING = Features(*(0.0 for _ in range(13)))


class Silent:
    """An embedder that must not be asked."""

    fingerprint, max_tokens = "silent", 256

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        raise AssertionError(texts)

    def embed_query(self, text: str) -> Encoding:
        raise AssertionError(text)

    def embed_passages(self, texts: Sequence[str], on_progress: object = None) -> list[Encoding]:
        raise AssertionError(texts, on_progress)


def evidence(*texts: str, title: str = "News") -> Evidence:
    """Sentences of one article, in order."""
    sentences = tuple(Sentence("a", 1, i, Span(0, len(text)), "body", text) for i, text in enumerate(texts))
    passage = Passage(1, "a", 1, title, sentences, 10)
    return Evidence(tuple(SentenceHit(sentence, passage, 1.0, NOTHING) for sentence in sentences), 1.0)


def test_golden_drafts(sample: Citewire) -> None:
    wrong = []
    for row in DRAFTS:
        hits = tuple(sample.pipeline.rank_sentences(row["question"])[1][:40])
        labels = tuple(
            next(i for i, hit in enumerate(hits) if hit.sentence.text.startswith(start)) for start in row["cites"]
        )
        verdict = sample.pipeline.verifier.verify(DraftSentence(row["draft"], labels), Evidence(hits, 1.0))
        if (verdict.status != "withheld") != row["shown"]:
            wrong.append((row["draft"], verdict.status, verdict.reason))
        assert verdict.status != "withheld" or verdict.reason
    assert len(DRAFTS) - len(wrong) >= FLOOR, wrong


def test_changed_facts_are_withheld_and_true_ones_shown(sample: Citewire) -> None:
    sentences = [s for row in sample.library.summaries(limit=99) for s in sample.library.sentences(row.id)]
    retrieved = cache(lambda text: tuple(sample.pipeline.rank_sentences(text)[1][:40]))

    def shown(variant: Variant) -> bool:
        hits = retrieved(variant.sentence.text)
        label = next(i for i, hit in enumerate(hits) if hit.sentence.text == variant.sentence.text)
        draft = DraftSentence(variant.text, (label,))
        return sample.pipeline.verifier.verify(draft, Evidence(hits, 1.0)).status != "withheld"

    false = mutated(sentences, 500)[::5]
    true = [v for v in originals(sentences) if v.kind != "verbatim"][::2]
    assert len(false) == 100
    passed, struck = [v.text for v in false if shown(v)], [v.text for v in true if not shown(v)]
    assert len(passed) <= FALSE_PASS * len(false), passed
    assert len(struck) <= FALSE_STRIP * len(true), struck


def test_a_quotation_needs_no_model() -> None:
    verdict = Verifier(Silent()).verify(DraftSentence("It rained.", (7,)), evidence("The sun shone.", "It rained."))
    assert verdict.labels == (1,)
    assert verdict.status == "weak"  # its features are those of no match at all


@pytest.mark.parametrize(
    "text", ["", "Yes.", "Unknown", "The answer is: Assad.", "Who won the election?", "42", "Answer: Turkey"]
)
def test_what_states_nothing_is_withheld(text: str) -> None:
    verdict = Verifier(Silent()).verify(
        DraftSentence(text, (0,)), evidence("Turkey backs Assad's opponents, 42 groups.")
    )
    assert (verdict.status, verdict.labels) == ("withheld", ())


def check(embedder: SentenceTransformerEmbedder, text: str, labels: tuple[int, ...], given: Evidence) -> Verdict:
    return Verifier(embedder).verify(DraftSentence(text, labels), given)


def test_better_labels_are_found(embedder: SentenceTransformerEmbedder) -> None:
    given = evidence(
        "Rain fell on Oslo.", "The ferry Marit costs four euros.", "The ferry Marit leaves Bergen at nine."
    )
    draft = "The ferry Marit costs 4 euros."
    for labels in ((1,), (0,), (0, 99), (), (-1,)):
        assert check(embedder, draft, labels, given).labels == (1,)
    both = check(embedder, "The ferry Marit leaves Bergen at nine and costs four euros.", (2,), given)
    assert set(both.labels) == {1, 2}
    assert (
        check(embedder, "The ferry Marit costs 5 euros.", (1,), given).reason
        == "“5 euros” is in none of the cited sentences."
    )


def test_a_bound_that_was_dropped_is_marked(embedder: SentenceTransformerEmbedder) -> None:
    given = evidence("The WHO estimated that at least 20 million people had died.")
    verdict = check(embedder, "The WHO estimated that 20 million people had died.", (0,), given)
    assert verdict.status == "weak"
    assert verdict.reason == "“20 million” is a lower bound in the cited sentence."


def test_no_better_agreement_lowers_the_probability() -> None:
    assert all(value >= 0 for value in COEFFICIENTS.values())
    assert supported_probability(Agreement(*(0.0,) * 7)) < SHOWN < supported_probability(Agreement(*(1.0,) * 7))


@given(st.text(max_size=60), st.lists(st.text(max_size=40), max_size=3), st.lists(st.integers(-2, 5), max_size=3))
def test_no_text_breaks_it(
    embedder: SentenceTransformerEmbedder, text: str, texts: list[str], labels: list[int]
) -> None:
    text = text.encode("utf-8", "ignore").decode()  # stored texts and drafts hold no lone surrogates
    given = evidence(*(t.encode("utf-8", "ignore").decode() for t in texts))
    assert 0 <= check(embedder, text, tuple(labels), given).support <= 1


def entailment_model(folder: Path, embedder: SentenceTransformerEmbedder, labels: dict[int, str]) -> str:
    """An untrained cross-encoder with random weights and these labels."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    torch.manual_seed(1)
    config = BertConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
                        max_position_embeddings=128, id2label=labels)  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(embedder._folder, model_max_length=128).save_pretrained(folder)
    return str(folder)


def test_the_entailment_model_has_the_last_word(tmp_path: Path, embedder: SentenceTransformerEmbedder) -> None:
    labels = {0: "CONTRADICTION", 1: "entailment", 2: "neutral"}
    nli = EntailmentModel(entailment_model(tmp_path / "nli", embedder, labels))
    source, draft = "The ferry Marit costs four euros.", "The ferry Marit costs 4 euros."
    probability = nli.entailed(source, draft)
    assert 0 < probability < 1
    verdict = Verifier(embedder, nli=nli).verify(DraftSentence(draft, (0,)), evidence(source))
    assert (verdict.status == "withheld") == (probability < SHOWN)  # the bi-encoder alone would show it
    with pytest.raises(ModelNotFound, match="nli"):
        EntailmentModel(str(tmp_path / "nothing")).entailed(source, draft)
    other = EntailmentModel(entailment_model(tmp_path / "other", embedder, {0: "yes", 1: "no"}))
    with pytest.raises(ModelNotFound, match="entailment"):
        other.entailed(source, draft)
