"""The real model against sentence-transformers itself; the FAISS store against numpy."""

from __future__ import annotations

import os
import struct
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from corpus.ingest import Chunker, build
from corpus.library import Library
from corpus.types import Block, ParsedArticle
from corpus.vectors import put_vectors, vector_ids
from embeddings.errors import IndexUnwritable, ModelCorrupt, ModelNotFound
from embeddings.faiss_store import FaissStore
from embeddings.index_file import INDEX_FILES, MANIFEST_FILE
from embeddings.job import embed_pending
from embeddings.sentence_transformer import DEFAULT_SHA256, SentenceTransformerEmbedder
from embeddings.states import PassageStates, from_encoding, pack, turned, unpack

TEXTS = [
    "Short.",
    "A much longer sentence about a dam on the upper river and the town below it.",
    "Oil rose on Friday.",
] * 3


def test_same_vectors_as_the_library(embedder: SentenceTransformerEmbedder) -> None:
    ours = np.stack([encoding.vector for encoding in embedder.embed_passages(TEXTS)])
    theirs = embedder.load().encode(TEXTS, normalize_embeddings=True, show_progress_bar=False)
    np.testing.assert_allclose(ours, theirs, atol=2e-6)


def test_states_point_at_their_text(embedder: SentenceTransformerEmbedder) -> None:
    encoding = embedder.embed_query("Café owners protest")
    assert [span.of("Café owners protest") for span in encoding.offsets] == ["Café", "owners", "protest"]
    np.testing.assert_allclose(np.linalg.norm(encoding.states, axis=1), 1, atol=1e-5)
    assert not encoding.truncated
    assert embedder.embed_query("word " * 400).truncated


def test_prefixes_are_invisible(embedder: SentenceTransformerEmbedder) -> None:
    prefixed = SentenceTransformerEmbedder(query_prefix="query: ", passage_prefix="passage: ")
    assert prefixed.fingerprint != embedder.fingerprint
    encoding = prefixed.embed_query("Oil rose")
    assert [span.of("Oil rose") for span in encoding.offsets] == ["Oil", "rose"]
    assert prefixed.count_tokens(["Oil"])[0] > embedder.count_tokens(["Oil"])[0]


def test_unknown_and_corrupt_models(tmp_path: Path, embedder: SentenceTransformerEmbedder) -> None:
    with pytest.raises(ModelNotFound, match="no-such-model"):
        SentenceTransformerEmbedder("no-such-model")
    assert DEFAULT_SHA256[:12] in embedder.fingerprint
    for file in ("modules.json", "tokenizer.json", "tokenizer_config.json", "config.json", "sentence_bert_config.json"):
        (tmp_path / file).write_text((embedder._folder / file).read_text())
    with pytest.raises(ModelNotFound, match="safetensors"):
        SentenceTransformerEmbedder(str(tmp_path))
    assert issubclass(ModelCorrupt, Exception)


def test_packed_states_keep_their_cosines(embedder: SentenceTransformerEmbedder, chunker: Chunker) -> None:
    (passage,) = build(ParsedArticle("T", (Block("paragraph", " ".join(TEXTS[:3])),)), chunker).passages
    states = from_encoding(passage, embedder.embed_passages([passage.embedding_text])[0])
    assert [s.stop - s.start > 0 for s in states.slices] == [True] * 3
    restored = unpack(pack(states))
    assert restored is not None
    assert restored.slices == states.slices
    np.testing.assert_allclose((restored.states * states.states).sum(axis=1), 1, atol=2e-3)  # its own product is exact
    cosines = (restored.states * states.states).sum(axis=1) / np.linalg.norm(restored.states, axis=1)
    assert cosines.min() > 0.99  # four bits a dimension, of a normal distribution: .995 (Max 1960)
    assert len(pack(states)) < 196 * len(states.states) + 50
    assert unpack(b"junk") is None
    assert unpack(pack(states)[:-1]) is None


def test_turning_leaves_every_product_as_it_is(embedder: SentenceTransformerEmbedder, chunker: Chunker) -> None:
    (passage,) = build(ParsedArticle("T", (Block("paragraph", " ".join(TEXTS[:3])),)), chunker).passages
    encoding = embedder.embed_passages([passage.embedding_text])[0]
    question = embedder.embed_query("Who lives below the dam?")
    states, plain = from_encoding(passage, encoding), question.states @ encoding.states.T
    np.testing.assert_allclose(turned(question).states @ states.states.T, plain, atol=1e-5)
    restored = unpack(pack(states))
    assert restored is not None
    errors = turned(question).states @ restored.states.T - plain
    assert abs(errors.mean()) < 0.003  # right on average, off by the square root of .0095 over 384 dimensions
    assert errors.std() < 0.007


def test_states_of_earlier_libraries_are_read(embedder: SentenceTransformerEmbedder, chunker: Chunker) -> None:
    (passage,) = build(ParsedArticle("T", (Block("paragraph", TEXTS[1]),)), chunker).passages
    encoding = embedder.embed_passages([passage.embedding_text])[0]
    scales = (np.abs(encoding.states).max(axis=1) / 127).astype("<f2")
    codes = np.rint(encoding.states / scales[:, None].astype("f4")).clip(-127, 127).astype(np.int8)
    tokens, dimensions = codes.shape
    head = struct.pack("<BHHHHH", 1, tokens, dimensions, 1, 1, tokens)
    restored = unpack(head + scales.tobytes() + codes.tobytes())
    assert restored is not None
    assert restored.slices == (slice(1, tokens),)
    np.testing.assert_allclose(restored.states, from_encoding(passage, encoding).states, atol=0.01)


def test_states_of_odd_shapes_are_packed() -> None:
    for shape in ((0, 384), (3, 33), (1, 2)):
        states = np.random.default_rng(0).normal(size=shape).astype("f4")
        restored = unpack(pack(PassageStates(states, (slice(0, shape[0]),))))
        assert restored is not None
        assert restored.states.shape == shape
    zero = unpack(pack(PassageStates(np.zeros((2, 8), "f4"), ())))
    assert zero is not None
    assert not zero.states.any()


def _fill(library: Library, chunker: Chunker, count: int) -> np.ndarray:
    for i in range(count):
        block = Block("paragraph", f"Fact number {i} is here.")
        library.store(build(ParsedArticle(f"T{i}", (block,), published=datetime(2020, 1, 1)), chunker))
    vectors = np.random.default_rng(0).normal(size=(count, 16)).astype("<f4")
    vectors[1] = vectors[0]  # a tie
    put_vectors(library, "m", [(i + 1, v.tobytes(), None) for i, v in enumerate(vectors)])
    return vectors


def test_store_agrees_with_numpy(library: Library, chunker: Chunker) -> None:
    vectors = _fill(library, chunker, 40)
    store = FaissStore(library, "m")
    query = vectors[0]
    expected = sorted(((i + 1, float(v @ query)) for i, v in enumerate(vectors)), key=lambda p: (-p[1], p[0]))
    found = store.search(query, 60)
    assert [i for i, _ in found] == [i for i, _ in expected]
    np.testing.assert_allclose([s for _, s in found], [s for _, s in expected], rtol=1e-5)
    assert [i for i, _ in store.search(query, 3, allowed=[7, 9])] == [i for i, _ in expected if i in (7, 9)]
    assert store.search(query, 3, allowed=[]) == []


def test_deletes_and_damage(library: Library, chunker: Chunker) -> None:
    vectors = _fill(library, chunker, 10)
    store = FaissStore(library, "m")
    store.save()
    gone = library.passages([3])[3].article_id
    library.remove(gone)
    assert 3 not in dict(store.search(vectors[2], 10))
    assert len(store) == 9
    (file,) = library.folder.glob(INDEX_FILES)
    for damage in (b"", file.read_bytes()[:-7], b"\x00" * 500):
        file.write_bytes(damage)
        assert [i for i, _ in FaissStore(library, "m").search(vectors[0], 20)] == [
            i for i, _ in store.search(vectors[0], 20)
        ]
    assert FaissStore(library, "other").search(vectors[0], 5) == []
    (library.folder / MANIFEST_FILE).unlink()
    (library.folder / MANIFEST_FILE).mkdir()  # stands for whatever keeps a file from being written
    left = library.folder / "index.faiss.1.tmp"
    left.write_bytes(b"left by a process that was killed")
    os.utime(left, (0, 0))
    with pytest.raises(IndexUnwritable, match="articles are stored"):
        store.save()
    assert not left.exists()


def test_job_embeds_what_is_pending_once(
    library: Library, chunker: Chunker, embedder: SentenceTransformerEmbedder
) -> None:
    library.store(build(ParsedArticle("T", (Block("paragraph", "One fact."),)), chunker))
    assert embed_pending(library, embedder) == 1
    assert embed_pending(library, embedder) == 0
    assert len(vector_ids(library, embedder.fingerprint)) == 1
