"""A cross-encoder by folder: real loading code on a small model made here; the order it gives is the model's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.sources import Source
from embeddings.cross_encoder import CrossEncoder
from embeddings.errors import ModelNotFound
from embeddings.sentence_transformer import SentenceTransformerEmbedder
from qa.engine import Citewire
from qa.settings import load_settings

TEXT = b"Ferry news\n\nThe ferry leaves at nine. The ferry costs four euros. The ferry is called Marit. It sails all night.\n"


def small_model(folder: Path, embedder: SentenceTransformerEmbedder, labels: int) -> Path:
    """An untrained cross-encoder with random weights."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    torch.manual_seed(1)
    config = BertConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
                        max_position_embeddings=128, num_labels=labels)  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(embedder._folder, model_max_length=128).save_pretrained(folder)
    return folder


def test_the_order_is_the_models(tmp_path: Path, embedder: SentenceTransformerEmbedder) -> None:
    model = small_model(tmp_path / "model", embedder, 1)
    plain = Citewire.open(load_settings(library=tmp_path / "lib"))
    plain.add([Source("a.txt", data=TEXT)])
    question = "When does the ferry leave?"
    before = plain.search(question)
    engine = Citewire.open(load_settings(library=tmp_path / "lib", reranker=str(model)))
    after = engine.search(question)
    texts = [f"{hit.passage.title}\n{hit.sentence.text}" for hit in before]
    scores = dict(zip(texts, CrossEncoder(str(model)).score(question, texts), strict=True))
    assert [f"{h.passage.title}\n{h.sentence.text}" for h in after] == sorted(texts, key=lambda text: -scores[text])
    assert len(set(scores.values())) == len(texts)
    assert CrossEncoder(str(model)).score(question, []) == []
    for opened in (plain, engine):
        opened.close()


def test_models_that_cannot_serve(tmp_path: Path, embedder: SentenceTransformerEmbedder) -> None:
    with pytest.raises(ModelNotFound, match="reranker"):
        CrossEncoder(str(tmp_path / "nothing")).score("Why?", ["Because."])
    with pytest.raises(ModelNotFound, match="3 scores"):
        CrossEncoder(str(small_model(tmp_path / "three", embedder, 3))).score("Why?", ["Because."])
