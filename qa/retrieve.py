"""Hybrid retrieval of passages: dense (FAISS) and lexical (BM25), fused by reciprocal rank.

Stops at passages; ranking their sentences is `qa.rerank`. Passages that have no vector yet are found by words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from corpus.lexical import search_allowed
from corpus.library import Library
from corpus.types import Filters
from embeddings.types import Encoding, VectorStore
from qa.clock import Clock
from qa.fusion import reciprocal_rank_fusion
from qa.types import Hit


@dataclass(frozen=True, slots=True)
class Retriever:
    """Retrieves `rescored` passages, fused from `candidates` of either kind; tells `on_found` their ids."""

    library: Library
    store: VectorStore
    candidates: int
    rescored: int
    on_found: Callable[[Iterable[int]], None] | None = None

    def retrieve(self, query: str, encoding: Encoding, clock: Clock, filters: Filters = Filters()) -> tuple[Hit, ...]:
        """The best passages, best first. Books the stages `dense` and `lexical`; fusing is part of the latter."""
        allowed = self.library.passage_ids(filters) if filters else None
        dense = self.store.search(encoding.vector, self.candidates, allowed)
        clock.lap("dense")
        lexical = search_allowed(self.library, query, self.candidates, allowed)
        fused = reciprocal_rank_fusion([[i for i, _ in dense], [i for i, _ in lexical]])[: self.rescored]
        if self.on_found:
            self.on_found(i for i, _ in fused)
        passages = self.library.passages([i for i, _ in fused])
        clock.lap("lexical")
        return tuple(Hit(passages[i], score, "fused") for i, score in fused if i in passages)
