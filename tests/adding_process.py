"""What a process does that adds to a library on a server beside others. Imports little: it starts in a second."""

from __future__ import annotations

from collections.abc import Sequence
from multiprocessing.synchronize import Barrier

import numpy as np

from corpus.adding import Adder
from corpus.ingest import Chunker
from corpus.library import Library
from corpus.sources import Source
from corpus.types import Span
from embeddings.job import embed_pending
from embeddings.types import Encoding

STORY = "The {0} bridge was closed on Monday, the ministry said. Trucks of more than {1} tonnes take a detour."
CHUNKER = Chunker(lambda texts: [len(text.split()) + 2 for text in texts], 120)


class LengthEmbedder:
    """A model whose vector tells a text's length; knows nothing."""

    fingerprint, max_tokens = "length", 120

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def embed_query(self, text: str) -> Encoding:
        vector = np.array([len(text) % 7, 1, 0], dtype=np.float32)
        return Encoding(vector / np.linalg.norm(vector), np.ones((1, 3), dtype=np.float32), (Span(0, 1),))

    def embed_passages(self, texts: Sequence[str], on_progress: object = None) -> list[Encoding]:  # noqa: ARG002
        return [self.embed_query(text) for text in texts]


def files(numbers: range) -> list[Source]:
    """Short articles; every third has the same number of tonnes."""
    return [
        Source(f"{n}.txt", data=f"Bridge {n} closed\n\nMarch 3, 2026\n\n{STORY.format(n, n % 3 + 3)}\n".encode())
        for n in numbers
    ]


def add(address: str, first: int, last: int, ready: Barrier) -> None:
    """Add articles and embed what is pending, from the moment when the others are ready too."""
    library = Library.open(address, create=True)
    ready.wait(60)
    list(Adder(library, CHUNKER).add(files(range(first, last))))
    embed_pending(library, LengthEmbedder())
    library.close()
