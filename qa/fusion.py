"""Fusing rankings by reciprocal rank. Knows nothing of what is ranked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

RRF_K = 60  # Cormack, Clarke and Buettcher, "Reciprocal Rank Fusion outperforms Condorcet ...", SIGIR 2009


def reciprocal_rank_fusion(rankings: Iterable[Sequence[int]], k: int = RRF_K) -> list[tuple[int, float]]:
    """`(id, score)` by `(-score, id)`, score being the sum of `1 / (k + rank)` with ranks from 1.

    >>> [i for i, _ in reciprocal_rank_fusion([[1, 2], [2, 3]])]
    [2, 1, 3]
    """
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, key in enumerate(ranking, start=1):
            scores[key] = scores.get(key, 0.0) + 1.0 / (k + rank)
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
