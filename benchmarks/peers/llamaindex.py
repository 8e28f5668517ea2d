"""LlamaIndex as its documentation begins: a `VectorStoreIndex` from documents, in memory, cut by its default splitter."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from llama_index.core import Document as LlamaDocument
from llama_index.core import Settings, VectorStoreIndex
from llama_index.embeddings.huggingface import HuggingFaceEmbedding

from benchmarks.peers.peer import Document, Level, Peer, model_folder

DISTRIBUTIONS = ("llama-index-core", "llama-index-embeddings-huggingface", "sentence-transformers", "torch")


class LlamaIndex:
    """Chunks of up to 1,024 tokens by its own tokenizer (its default), each the text of one vector."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        Settings.embed_model = HuggingFaceEmbedding(model_name=model_folder())
        self._index: Any = None

    def index(self, documents: Sequence[Document]) -> None:
        """Index and persist."""
        given = [LlamaDocument(text=document.whole, id_=document.id) for document in documents]
        self._index = VectorStoreIndex.from_documents(given)
        self._index.storage_context.persist(persist_dir=str(self._folder))

    def search(self, question: str, k: int) -> list[str]:
        """The documents that the found nodes are from."""
        return [hit.node.ref_doc_id for hit in self._index.as_retriever(similarity_top_k=k).retrieve(question)]


def make(level: Level, folder: Path) -> Peer:  # noqa: ARG001
    """LlamaIndex."""
    return LlamaIndex(folder)
