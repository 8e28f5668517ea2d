"""Shared fixtures: the real model, and a library of the sample articles built once."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.update({"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"})
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # the workers share the cores; set before torch is imported
for name in [key for key in os.environ if key.startswith("CITEWIRE_")]:
    del os.environ[name]

import datasketch  # noqa: F401 - else imported by a thread while AppTest changes `sys.path`, see qa/ui/__init__.py

from corpus.ingest import Chunker
from corpus.library import Library
from corpus.sources import sources
from embeddings.sentence_transformer import SentenceTransformerEmbedder
from qa.engine import Citewire
from qa.settings import load_settings
from tests.postgres_server import Server, servers, spread

SAMPLE = Path(__file__).parent.parent / "corpus" / "sample"


SLOW = frozenset({"chat_cli", "cli", "docs", "durability", "faults", "generative", "ray"})
"""Files of tests that mostly start programs. They run beside the browser's, in the other process."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The fast tests first. Files are what the two processes share out, so that a file's fixtures are made once."""

    def place(item: pytest.Item) -> int:
        return 1 if item.path.parent.name == "browser" else 2 * (item.path.stem.removeprefix("test_") in SLOW)

    items.sort(key=place)


@pytest.fixture(autouse=True)
def _own_main() -> Iterator[None]:
    """Streamlit's tests of pages put the page's script in the place of `__main__`, which processes that are started import."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session")
def embedder() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder()


@pytest.fixture(scope="session")
def chunker(embedder: SentenceTransformerEmbedder) -> Chunker:
    return Chunker(embedder.count_tokens, embedder.max_tokens)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    opened = Library.open(tmp_path / "lib", create=True)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Citewire]:
    """An engine over the sample articles; tests must not change its library."""
    engine = Citewire.open(load_settings(library=tmp_path_factory.mktemp("sample")))
    report = engine.add(sources([SAMPLE]))
    assert report.totals["failed"] == 0
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server."""
    with servers() as (started,):
        yield started


@pytest.fixture(scope="session")
def nodes() -> Iterator[tuple[list[Server], str]]:
    """Three of them, and an address whose libraries are spread over all three."""
    with servers(3) as started:
        yield started, spread(started)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory, embedder: SentenceTransformerEmbedder) -> Path:
    """A real sentence-transformers model, small and untrained, that reads 64 tokens: another model than the default."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import AutoTokenizer, BertConfig, BertModel

    folder = tmp_path_factory.mktemp("tiny")
    torch.manual_seed(0)
    config = BertConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
                        max_position_embeddings=64)  # fmt: skip
    BertModel(config).save_pretrained(folder / "bert")
    AutoTokenizer.from_pretrained(embedder._folder).save_pretrained(folder / "bert")
    layer = Transformer(str(folder / "bert"), max_seq_length=64)
    SentenceTransformer(modules=[layer, Pooling(32)], device="cpu").save(str(folder / "model"))
    return folder / "model"
