"""LangChain as its tutorials have it: a recursive splitter of 1,000 characters overlapping by 200, and FAISS."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from langchain_community.vectorstores import FAISS
from langchain_core.documents import Document as LangChainDocument
from langchain_huggingface import HuggingFaceEmbeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter

from benchmarks.peers.peer import Document, Level, Peer, model_folder

DISTRIBUTIONS = ("langchain-core", "langchain-community", "langchain-huggingface", "faiss-cpu", "torch")


class LangChain:
    """The splitter's own default of 4,000 characters would be cut by the model; the tutorials' 1,000 mostly is not."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._embeddings = HuggingFaceEmbeddings(model_name=model_folder())
        self._splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
        self._store: Any = None

    def index(self, documents: Sequence[Document]) -> None:
        """Split, embed, save."""
        given = [LangChainDocument(page_content=d.whole, metadata={"key": d.id}) for d in documents]
        self._store = FAISS.from_documents(self._splitter.split_documents(given), self._embeddings)
        self._store.save_local(str(self._folder))

    def search(self, question: str, k: int) -> list[str]:
        """The documents that the found chunks are from."""
        return [found.metadata["key"] for found in self._store.similarity_search(question, k=k)]


def make(level: Level, folder: Path) -> Peer:  # noqa: ARG001
    """LangChain with FAISS."""
    return LangChain(folder)
