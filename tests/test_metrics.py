"""Every measure against an oracle: ranx for rankings, scikit-learn for decisions and areas, and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ranx import Qrels, Run, evaluate
from sklearn.metrics import average_precision_score, precision_recall_fscore_support, roc_auc_score

from qa.evaluation.metrics import (
    auroc,
    average_precision,
    bootstrap,
    calibration_error,
    contains,
    detection,
    ndcg,
    overlap,
    percentile,
    recall,
    reciprocal_rank,
    success,
)

_CASES = [([True, False, True, False], 3), ([False] * 4, 1), ([False, True], 1), ([False] * 11 + [True], 1),
          ([True] * 12, 15), ([False, False, True, True, False, True], 4)]  # fmt: skip


@pytest.mark.parametrize(("relevant", "total"), _CASES)
def test_rankings_agree_with_ranx(relevant: list[bool], total: int) -> None:
    ids = [f"d{i}" for i in range(len(relevant))]
    gold = [key for key, flag in zip(ids, relevant, strict=True) if flag]
    gold += [f"unfound{i}" for i in range(total - len(gold))]
    run = Run({"q": {key: 100.0 - i for i, key in enumerate(ids)}})
    names = ["recall@1", "recall@3", "recall@5", "mrr@10", "ndcg@10", "hit_rate@3"]
    theirs = evaluate(Qrels({"q": dict.fromkeys(gold, 1)}), run, names)
    ours = {f"recall@{k}": recall(relevant, total, k) for k in (1, 3, 5)}
    ours |= {"mrr@10": reciprocal_rank(relevant), "ndcg@10": ndcg(relevant, total), "hit_rate@3": success(relevant, 3)}
    assert {name: pytest.approx(value) for name, value in ours.items()} == dict(theirs)


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), st.booleans()), min_size=2, max_size=60))
def test_auroc_agrees_with_scikit_learn(rows: list[tuple[float, bool]]) -> None:
    scores, flags = [s for s, _ in rows], [f for _, f in rows]
    ours = auroc(scores, flags)
    if len(set(flags)) == 1:
        assert math.isnan(ours)
    else:
        assert ours == pytest.approx(roc_auc_score(flags, scores))


@given(st.lists(st.booleans(), min_size=1, max_size=40).filter(any))
def test_average_precision_agrees_with_scikit_learn(relevant: list[bool]) -> None:
    scores = [-rank for rank in range(len(relevant))]
    assert average_precision(relevant) == pytest.approx(average_precision_score(relevant, scores))


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40))
def test_detection_agrees_with_scikit_learn(rows: list[tuple[bool, bool]]) -> None:
    flagged, positive = [f for f, _ in rows], [p for _, p in rows]
    theirs = precision_recall_fscore_support(positive, flagged, average="binary", pos_label=True, zero_division=0)
    ours = detection(flagged, positive)
    assert (ours.precision, ours.recall, ours.f1) == pytest.approx(theirs[:3])


def test_overlap_by_hand() -> None:
    found = overlap({1, 2, 3}, {2, 3, 4, 5})
    assert (found.precision, found.recall) == (pytest.approx(2 / 3), pytest.approx(1 / 2))
    assert found.f1 == pytest.approx(4 / 7)
    assert overlap((), {1}).f1 == 0


def test_calibration_by_hand() -> None:
    # one bin of .25 where half are right, one of .95 where all are: (2 x .25 + 2 x .05) / 4
    assert calibration_error([0.25, 0.25, 0.95, 0.95], [True, False, True, True]) == pytest.approx(0.15)
    assert calibration_error([1.0, 0.0], [True, False]) == 0


def test_percentile_is_a_value_seen() -> None:
    assert percentile([5, 1, 3], 0.5) == 3
    assert percentile(list(range(1, 101)), 0.95) == 95


def test_bootstrap_covers_the_mean() -> None:
    rows = [[float(x)] for x in np.random.default_rng(1).normal(10, 2, 400)]
    low, high = bootstrap(rows)
    assert low < 10 < high
    assert high - low == pytest.approx(2 * 1.96 * 2 / 20, rel=0.15)
    assert bootstrap(rows) == (low, high)


def test_containment_is_by_words() -> None:
    assert contains("Nearly 1,500 people came.", ["1,500"])
    assert not contains("Nearly 11,500 people came.", ["1,500"])
    assert not contains("anything", [""])
