"""Haystack as its documentation begins: splitter, document embedder, in-memory store, embedding retriever."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from haystack import Document as HaystackDocument
from haystack.components.preprocessors import DocumentSplitter
from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)

from benchmarks.peers.peer import Document, Level, Peer, model_folder

DISTRIBUTIONS = ("haystack-ai", "sentence-transformers-haystack", "sentence-transformers", "torch")


class Haystack:
    """Chunks of 200 words (its default)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._splitter = DocumentSplitter()
        self._documents = SentenceTransformersDocumentEmbedder(model=model_folder(), progress_bar=False)
        self._question = SentenceTransformersTextEmbedder(model=model_folder(), progress_bar=False)
        self._documents.warm_up()
        self._question.warm_up()
        self._store = InMemoryDocumentStore()
        self._retriever = InMemoryEmbeddingRetriever(self._store)

    def index(self, documents: Sequence[Document]) -> None:
        """Split, embed, write, save."""
        given = [HaystackDocument(content=document.whole, meta={"key": document.id}) for document in documents]
        embedded = self._documents.run(documents=self._splitter.run(documents=given)["documents"])
        self._store.write_documents(embedded["documents"])
        self._store.save_to_disk(str(self._folder / "store.json"))

    def search(self, question: str, k: int) -> list[str]:
        """The documents that the found chunks are from."""
        vector = self._question.run(text=question)["embedding"]
        return [found.meta["key"] for found in self._retriever.run(query_embedding=vector, top_k=k)["documents"]]


def make(level: Level, folder: Path) -> Peer:  # noqa: ARG001
    """Haystack."""
    return Haystack(folder)
