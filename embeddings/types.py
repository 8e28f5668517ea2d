"""What the vector layer promises: encodings, an `Embedder` that makes them, a `VectorStore` that searches them.

Holds no model and no index; the adapters do.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from corpus.types import Span

Float32 = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Encoding:
    """A text as a bi-encoder sees it.

    `vector`: float32 `[d]`, L2-normalized. `states`: float32 `[n, d]`, the contextual token states, each
    L2-normalized, special tokens left out. `offsets[i]` is the code-point span of token `i` in the text.
    `truncated` tells that the text was longer than the model reads.
    """

    vector: Float32
    states: Float32
    offsets: tuple[Span, ...]
    truncated: bool = False


class Embedder(Protocol):
    """A bi-encoder. Thread-safe. Query and passage are two methods because models may treat them differently."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the vectors would: name, weights and prefixes."""

    @property
    def max_tokens(self) -> int:
        """The longest input in tokens, special tokens included, that is read entirely."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Length of each text as a passage, special tokens and prefix included, nothing truncated."""

    def embed_query(self, text: str) -> Encoding:
        """Encode a question."""

    def embed_passages(self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None) -> list[Encoding]:
        """Encode passages, in the order given; `on_progress` gets the number of texts done so far."""


class Reranker(Protocol):
    """Scores texts for a question by reading both together. Thread-safe."""

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers, unbounded, higher is better."""


class VectorStore(Protocol):
    """Nearest neighbors by inner product among passage vectors, by passage id."""

    def search(self, vector: Float32, k: int, allowed: Collection[int] | None = None) -> list[tuple[int, float]]:
        """The `k` best as `(passage id, score)`, by `(-score, id)`; never more than there are."""
