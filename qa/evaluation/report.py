"""From the outcomes of a run to its numbers, as one plain dictionary of sections. Asks nothing.

Every share is a mean over questions in [0, 1], with a bootstrap 95 % interval where it heads its section.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from qa.evaluation.judged import JudgedOutcome
from qa.evaluation.metrics import (
    auroc,
    average_precision,
    bootstrap,
    calibration_error,
    detection,
    ndcg,
    percentile,
    recall,
    reciprocal_rank,
    success,
)
from qa.evaluation.run import LEVELS, Outcome

CUTOFFS = (1, 3, 5, 10)
Value = float | None  # None where there is nothing to measure
Section = dict[str, Value | list[Value]]


def summarize(
    outcomes: Sequence[Outcome],
    left_out: Sequence[Outcome] = (),
    whole_left_out: Sequence[Outcome] = (),
    *,
    threshold: float,
) -> dict[str, Section]:
    """Every section that the outcomes allow: rankings by level, citation, containment, abstention, latency."""
    answerable = [outcome for outcome in outcomes if outcome.question.answerable]
    unanswerable = [outcome for outcome in outcomes if not outcome.question.answerable]
    sections: dict[str, Section] = {}
    for level in LEVELS:
        rows = [outcome for outcome in answerable if level in outcome.rankings]
        if rows:
            sections[level] = ranking(rows, level)
    if cited := [outcome for outcome in answerable if outcome.gold_cited]:
        sections["citation"] = citation(cited)
    if contained := [outcome.contained for outcome in answerable if outcome.contained is not None]:
        sections["containment"] = {
            "questions": len(contained), "rate": _mean(contained), "interval": _interval(contained),
        }  # fmt: skip
    if answerable and unanswerable:
        sections["abstention"] = abstention(answerable, unanswerable, threshold)
    if answerable and left_out:
        sections["abstention_left_out"] = abstention(answerable, left_out, threshold)
    if answerable and whole_left_out:
        sections["abstention_whole_left_out"] = abstention(answerable, whole_left_out, threshold)
    sections["latency_ms"] = latency([*outcomes, *left_out, *whole_left_out])
    return sections


def summarize_judged(outcomes: Sequence[JudgedOutcome]) -> dict[str, Section]:
    """MAP and MRR over whole rankings: ours, BM25's and the cosine's of the same candidates."""
    return {
        "judged": _judged([outcome.ours for outcome in outcomes]),
        "judged_bm25": _judged([outcome.bm25 for outcome in outcomes]),
        "judged_cosine": _judged([outcome.cosine for outcome in outcomes]),
    }


def _judged(rankings: Sequence[Sequence[bool]]) -> Section:
    precisions = [average_precision(flags) for flags in rankings]
    reciprocal = [reciprocal_rank(flags, len(flags)) for flags in rankings]
    return {
        "questions": len(rankings), "map": _mean(precisions), "mrr": _mean(reciprocal),
        "map_interval": _interval(precisions), "mrr_interval": _interval(reciprocal),
    }  # fmt: skip


def ranking(outcomes: Sequence[Outcome], level: str) -> Section:
    """hit@k (any relevant item among the k best), recall@k, MRR@10 and nDCG@10 at one level."""
    rows = [outcome.rankings[level] for outcome in outcomes]
    first = [success(row.relevant, 1) for row in rows]
    section: Section = {"questions": len(rows)}
    section |= {f"hit@{k}": _mean([success(row.relevant, k) for row in rows]) for k in CUTOFFS}
    section |= {f"recall@{k}": _mean([recall(row.relevant, row.total, k) for row in rows]) for k in CUTOFFS}
    reciprocal = [reciprocal_rank(row.relevant) for row in rows]
    return section | {
        "mrr@10": _mean(reciprocal), "ndcg@10": _mean([ndcg(row.relevant, row.total) for row in rows]),
        "hit@1_interval": _interval(first), "mrr@10_interval": _interval(reciprocal),
    }  # fmt: skip


def citation(outcomes: Sequence[Outcome]) -> Section:
    """Cited sentences against gold ones: precision over answered questions, recall and F1 over all of them.

    A question that got no answer cites nothing: it counts 0 in recall and F1.
    """
    shares = [sum(o.cited_right) / len(o.cited_right) for o in outcomes if o.cited_right]
    recalls = [sum(o.gold_cited) / len(o.gold_cited) for o in outcomes]
    f1s = []
    for outcome, found in zip(outcomes, recalls, strict=True):
        right = sum(outcome.cited_right) / len(outcome.cited_right) if outcome.cited_right else 0.0
        f1s.append(2 * right * found / (right + found) if right and found else 0.0)
    return {
        "questions": len(outcomes), "answered": len(shares),
        "precision": _mean(shares), "recall": _mean(recalls), "f1": _mean(f1s),
        "precision_interval": _interval(shares), "recall_interval": _interval(recalls),
        "cited_per_answer": _mean([len(o.cited_right) for o in outcomes if o.cited_right]),
    }  # fmt: skip


def abstention(answerable: Sequence[Outcome], unanswerable: Sequence[Outcome], threshold: float) -> Section:
    """How well `confidence` tells the two kinds apart, refusing at the threshold, and calibration.

    Precision and recall are those of refusing. `ece` compares confidence with how often a question was answerable.
    """
    rows = [*answerable, *unanswerable]
    scores, flags = [row.confidence for row in rows], [row.question.answerable for row in rows]
    refused = detection([not row.answered for row in rows], [not flag for flag in flags])
    table = [(score, float(flag)) for score, flag in zip(scores, flags, strict=True)]
    low, high = bootstrap(table, lambda t: auroc(t[:, 0].tolist(), (t[:, 1] > 0).tolist()), resamples=300)
    return {
        "answerable": len(answerable), "unanswerable": len(unanswerable), "threshold": threshold,
        "auroc": _round(auroc(scores, flags)), "auroc_interval": [_round(low), _round(high)],
        "refusal_precision": _round(refused.precision), "refusal_recall": _round(refused.recall),
        "answerable_answered": _mean([row.answered for row in answerable]),
        "ece": _round(calibration_error(scores, flags)),
    }  # fmt: skip


def latency(outcomes: Sequence[Outcome]) -> Section:
    """Median and 95th percentile of the whole and of every stage, in milliseconds."""
    stages = dict.fromkeys(stage for outcome in outcomes for stage in outcome.timings_ms)
    section: Section = {}
    for stage in stages:
        values = [outcome.timings_ms[stage] for outcome in outcomes if stage in outcome.timings_ms]
        section |= {
            f"{stage}_median": round(percentile(values, 0.5), 1),
            f"{stage}_p95": round(percentile(values, 0.95), 1),
        }
    return section


def _mean(values: Sequence[float]) -> Value:
    return _round(sum(values) / len(values)) if values else None


def _interval(values: Sequence[float]) -> list[Value]:
    return [_round(bound) for bound in bootstrap([[value] for value in values])]


def _round(value: float) -> Value:
    return None if math.isnan(value) else round(float(value), 4)
