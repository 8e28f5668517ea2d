"""Measures with their standard definitions, on plain numbers. Knows no question, no library and no file.

Rankings are given as relevance flags in ranked order, best first. Checked against ranx and scikit-learn in the tests.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from corpus.lexical import words

Float64 = npt.NDArray[np.float64]
RESAMPLES = 1_000  # Efron and Tibshirani, "An Introduction to the Bootstrap": enough for percentile intervals
BINS = 10  # Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, uses 15; our sets are smaller


def success(relevant: Sequence[bool], k: int) -> float:
    """1 when one of the `k` best is relevant, else 0. With one relevant item it equals recall@k."""
    return float(any(relevant[:k]))


def recall(relevant: Sequence[bool], total: int, k: int) -> float:
    """Share of the `total` relevant items among the `k` best; 0 when there are none."""
    return sum(relevant[:k]) / total if total else 0.0


def reciprocal_rank(relevant: Sequence[bool], k: int = 10) -> float:
    """One over the rank of the first relevant item among the `k` best, else 0. Its mean is MRR@k."""
    return next((1 / rank for rank, flag in enumerate(relevant[:k], start=1) if flag), 0.0)


def average_precision(relevant: Sequence[bool]) -> float:
    """Mean of the precision at each relevant item of a whole ranking; 0 when there is none. Its mean is MAP.

    >>> average_precision([True, False, True])
    0.8333333333333333
    """
    precisions = [sum(relevant[:rank]) / rank for rank, flag in enumerate(relevant, start=1) if flag]
    return sum(precisions) / len(precisions) if precisions else 0.0


def ndcg(relevant: Sequence[bool], total: int, k: int = 10) -> float:
    """Normalized discounted cumulative gain with gains 0 and 1 (Jarvelin and Kekalainen, TOIS 2002)."""
    gained = sum(1 / math.log2(rank + 1) for rank, flag in enumerate(relevant[:k], start=1) if flag)
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(total, k) + 1))
    return gained / ideal if ideal else 0.0


@dataclass(frozen=True, slots=True)
class Overlap:
    """How far a set of cited things agrees with the gold one."""

    precision: float
    recall: float
    f1: float


def overlap(cited: Collection[Hashable], gold: Collection[Hashable]) -> Overlap:
    """Precision, recall and F1 of one set against another; an empty one gives 0."""
    shared = len(set(cited) & set(gold))
    precision = shared / len(set(cited)) if cited else 0.0
    share = shared / len(set(gold)) if gold else 0.0
    return Overlap(precision, share, 2 * precision * share / (precision + share) if shared else 0.0)


def contains(text: str, answers: Sequence[str]) -> bool:
    """Whether the text holds one of the answers, word by word, without regard to case and punctuation.

    >>> contains("It cost $3.5 billion, she said.", ["3.5 billion"])
    True
    """
    inside = f" {' '.join(words(text))} "
    return any(f" {' '.join(words(answer))} " in inside for answer in answers if words(answer))


def auroc(scores: Sequence[float], positive: Sequence[bool]) -> float:
    """The probability that a positive one scores above a negative one, ties counting half; `nan` without both kinds."""
    values, flags = np.asarray(scores, dtype=np.float64), np.asarray(positive, dtype=bool)
    pairs = int(flags.sum()) * int((~flags).sum())
    if not pairs:
        return math.nan
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]  # mean rank of ties
    n = int(flags.sum())
    return float((ranks[flags].sum() - n * (n + 1) / 2) / pairs)


def detection(flagged: Sequence[bool], positive: Sequence[bool]) -> Overlap:
    """Precision, recall and F1 of a yes-or-no decision, such as refusing."""
    return overlap([i for i, flag in enumerate(flagged) if flag], [i for i, flag in enumerate(positive) if flag])


def calibration_error(probabilities: Sequence[float], outcomes: Sequence[bool], bins: int = BINS) -> float:
    """Expected calibration error: mean gap of probability and frequency over equal-width bins, weighted by their size."""
    p, y = np.asarray(probabilities, dtype=np.float64), np.asarray(outcomes, dtype=np.float64)
    which = np.minimum((p * bins).astype(int), bins - 1)
    gaps = [abs(p[which == b].sum() - y[which == b].sum()) for b in range(bins)]
    return float(sum(gaps) / len(p)) if len(p) else math.nan


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of them do not exceed; `nan` of none."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)] if ordered else math.nan


def bootstrap(
    rows: Sequence[Sequence[float]],
    statistic: Callable[[Float64], float] | None = None,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[float, float]:
    """The 95 % percentile interval of a statistic of the rows, by resampling them; of the mean of their first value."""
    table = np.asarray(rows, dtype=np.float64)
    if not len(table):
        return math.nan, math.nan
    rng = np.random.default_rng(seed)
    drawn = (table[rng.integers(len(table), size=len(table))] for _ in range(resamples))
    values = [float(sample[:, 0].mean()) if statistic is None else statistic(sample) for sample in drawn]
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)
