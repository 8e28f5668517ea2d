"""Fits the weights that rank sentences, and says what each feature is worth.

    python -m benchmarks.fit_ranking --data FOLDER [--cache FOLDER]

Listwise logistic regression (Cao et al., "Learning to Rank", ICML 2007) on every set at once, each set weighing the
same. Reported twice: every set scored with weights fitted on the other sets alone, and with weights of all. The weights
in `qa/rerank.py` are those of all, scaled so that `reach` has 1. Writes `benchmarks/results/fit_ranking.json`.
"""

from __future__ import annotations

import argparse
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from benchmarks.cases import Case, collect
from benchmarks.report import write_result
from qa.evaluation.metrics import contains, reciprocal_rank, success
from qa.evaluation.suites import file_names
from qa.rerank import RANKING
from qa.types import Features, SentenceHit

SETS = ("xquad", "qamr", "clapnq", "squad2")
DEPTH = 40  # candidates a question: the right sentence is among them or was not retrieved
PENALTY = 2e-3  # L2, on standardized features; results are the same from 5e-4 to 5e-3
NAMES = [field.name for field in fields(Features)]
Array = npt.NDArray[np.float32]
Lists = tuple[torch.Tensor, torch.Tensor, torch.Tensor]  # features [q, c, f], which exist [q, c], which are right


def is_right(case: Case, hit: SentenceHit) -> bool:
    """Whether the sentence is gold; where only the article is known, whether it holds the answer's words too."""
    for place in case.question.gold:
        if place.holds(hit.sentence):
            return True
        if place.span is None and place.article_id == hit.sentence.article_id:
            return contains(hit.sentence.text, case.question.answers)
    return False


def lists(cases: list[Case]) -> tuple[Array, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Padded arrays of the questions' candidates."""
    values = np.zeros((len(cases), DEPTH, len(NAMES)), dtype=np.float32)
    exists, right = np.zeros((2, len(cases), DEPTH), dtype=bool)
    for i, case in enumerate(cases):
        for j, hit in enumerate(case.ranked[:DEPTH]):
            values[i, j], exists[i, j], right[i, j] = astuple(hit.features), True, is_right(case, hit)
    return values, exists, right


def fit(sets: list[Lists], columns: list[int]) -> torch.Tensor:
    """Weights of the standardized features."""
    weights = torch.zeros(len(columns), requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=60, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = PENALTY * (weights**2).sum()
        for values, exists, right in sets:
            found = right.any(1)
            logits = (values[found][:, :, columns] @ weights).masked_fill(~exists[found], -1e9)
            chosen = torch.log_softmax(logits, 1).masked_fill(~right[found], -1e9)
            loss = loss - torch.logsumexp(chosen, 1).mean() / len(sets)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    return weights.detach()


def measure(data: Lists, columns: list[int], weights: torch.Tensor) -> dict[str, float]:
    """R@1, R@3 and MRR@10 of one set."""
    values, exists, right = data
    scores = (values[:, :, columns] @ weights).masked_fill(~exists, -1e9)
    order = torch.argsort(scores, dim=1, descending=True, stable=True)
    flags = torch.gather(right, 1, order).tolist()
    return {
        "R@1": round(float(np.mean([success(row, 1) for row in flags])), 4),
        "R@3": round(float(np.mean([success(row, 3) for row in flags])), 4),
        "MRR": round(float(np.mean([reciprocal_rank(row) for row in flags])), 4),
    }


def trial(data: dict[str, Lists], columns: list[int]) -> dict[str, Any]:
    """Each set with weights fitted on the others, and on all."""
    everything = fit(list(data.values()), columns)
    return {
        "left_out": {
            name: measure(data[name], columns, fit([data[other] for other in data if other != name], columns))
            for name in data
        },
        "all": {name: measure(data[name], columns, everything) for name in data},
    }


def main() -> None:
    """Collect, fit, ablate, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, help="keep the libraries here for the next time")
    options = parser.parse_args()
    raw = {
        name: lists([case for case in collect(name, options.data, options.cache, whole=True) if case.answerable])
        for name in SETS
    }
    seen = np.concatenate([values[exists] for values, exists, _ in raw.values()])
    mean, spread = seen.mean(0), seen.std(0) + 1e-6
    data: dict[str, Lists] = {
        name: (torch.from_numpy((values - mean) / spread), torch.from_numpy(exists), torch.from_numpy(right))
        for name, (values, exists, right) in raw.items()
    }
    columns = [NAMES.index(name) for name in RANKING]
    plain = fit(list(data.values()), columns).numpy() / spread[columns]
    plain = plain / plain[list(RANKING).index("reach")]
    shipped = torch.tensor([RANKING[name] * spread[NAMES.index(name)] for name in RANKING], dtype=torch.float32)
    values = {
        "weights": {name: round(float(w), 3) for name, w in zip(RANKING, plain, strict=True)},
        "shipped": {name: measure(data[name], columns, shipped) for name in data},
        **trial(data, columns),
        "without": {
            name: trial(data, [c for c in columns if NAMES[c] != name])["left_out"] for name in RANKING
        },
        "with": {
            name: trial(data, [*columns, NAMES.index(name)])["left_out"] for name in NAMES if name not in RANKING
        },
    }  # fmt: skip
    write_result("fit_ranking", values, [options.data / file for name in SETS for file in file_names(name)])


if __name__ == "__main__":
    main()
