"""Fits the probability that the best sentence answers, and shows what any threshold would do.

    python -m benchmarks.fit_gate --data FOLDER [--cache FOLDER]

Logistic regression with L2 over `qa.gate.inputs` of the best sentence, in every setting of `benchmarks.cases`. Answerable
and unanswerable cases weigh the same in sum, and so does every set and setting within them; libraries of one article and
SQuAD 2.0, whose questions were written to deceive, weigh half. Reported with weights fitted on the other sets alone
(`left_out_set`) and by five folds of questions (`folds`). Writes `benchmarks/results/fit_gate.json`.
"""

from __future__ import annotations

import argparse
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from benchmarks.cases import Case, collect
from benchmarks.report import write_result
from qa.evaluation.metrics import auroc, calibration_error, detection
from qa.evaluation.suites import SUITES, file_names
from qa.gate import INPUTS, confidence, inputs

PENALTY = 1e-4  # L2, on standardized inputs
FREE = ("terms", "counts_something_else")  # inputs that may lower the probability
FOLDS = 5
HALF = 0.5
Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
# What is reported: name, set, setting of the answerable cases, setting of the unanswerable ones.
COMPARISONS = (
    ("xquad left out", "xquad", "whole", "left_out"),
    ("qamr left out", "qamr", "whole", "left_out"),
    ("clapnq left out", "clapnq", "whole", "left_out"),
    ("qamr one article", "qamr", "alone", "other"),
    ("clapnq one article", "clapnq", "alone", "other"),
    ("clapnq native", "clapnq", "whole", "whole"),
    ("squad2 native", "squad2", "whole", "whole"),
)


class Cases:
    """The cases as arrays; `x` holds the gate's inputs."""

    def __init__(self, cases: list[tuple[str, Case]]) -> None:
        kept = [(name, case) for name, case in cases if case.ranked]
        self.x: Array = np.array([inputs(c.ranked[0].features, len(c.query.terms)) for _, c in kept])
        self.y: Flags = np.array([case.answerable for _, case in kept])
        self.set = np.array([name for name, _ in kept])
        self.setting = np.array([case.setting for _, case in kept])
        self.fold = np.array([zlib.crc32(case.question.id.encode()) % FOLDS for _, case in kept])
        self.shipped: Array = np.array([confidence(case.query, case.ranked) for _, case in kept])
        self.weight = np.zeros(len(kept))
        for name, setting, flag in {*zip(self.set, self.setting, self.y, strict=True)}:
            mask = (self.set == name) & (self.setting == setting) & (self.y == flag)
            factor = (HALF if setting in ("alone", "other") else 1.0) * (HALF if name == "squad2" else 1.0)
            self.weight[mask] = factor / mask.sum()
        for flag in (True, False):
            self.weight[self.y == flag] /= self.weight[self.y == flag].sum()

    def fit(self, mask: Flags) -> tuple[Array, float]:
        """Coefficients of the plain inputs, and the intercept."""
        mean, spread = self.x[mask].mean(0), self.x[mask].std(0) + 1e-6
        x = torch.from_numpy((self.x[mask] - mean) / spread)
        y, weight = torch.from_numpy(self.y[mask].astype(float)), torch.from_numpy(self.weight[mask])
        # A better match must not lower the probability: coefficients of matches are squares.
        match = torch.tensor([name not in FREE for name in INPUTS])
        theta = torch.full((x.shape[1] + 1,), 0.5, dtype=torch.float64, requires_grad=True)

        def weights() -> torch.Tensor:
            return torch.where(match, theta[:-1] ** 2, theta[:-1])

        optimizer = torch.optim.LBFGS([theta], max_iter=200, line_search_fn="strong_wolfe")

        def closure() -> torch.Tensor:
            optimizer.zero_grad()
            each = torch.nn.functional.binary_cross_entropy_with_logits(x @ weights() + theta[-1], y, reduction="none")
            loss = (each * weight).sum() / weight.sum() + PENALTY * (weights() ** 2).sum()
            loss.backward()  # type: ignore[no-untyped-call]
            return loss

        optimizer.step(closure)  # type: ignore[no-untyped-call]
        coefficients = weights().detach().numpy() / spread
        return coefficients, float(theta[-1].item() - coefficients @ mean)

    def predict(self, groups: npt.NDArray[Any]) -> Array:
        """Probabilities, each from a fit without its group."""
        result = np.zeros(len(self.y))
        for group in np.unique(groups):
            coefficients, intercept = self.fit(groups != group)
            mask = groups == group
            result[mask] = 1 / (1 + np.exp(-(self.x[mask] @ coefficients + intercept)))
        return result

    def pick(self, name: str, positive: str, negative: str) -> Flags:
        """The cases of one comparison."""
        wanted = np.where(self.y, self.setting == positive, self.setting == negative)
        return np.asarray((self.set == name) & wanted)

    def areas(self, scores: Array) -> dict[str, float]:
        """AUROC of every comparison."""
        picked = {label: self.pick(*parts) for label, *parts in COMPARISONS}
        return {k: round(auroc(scores[m].tolist(), self.y[m].tolist()), 4) for k, m in picked.items()}

    def threshold_row(self, scores: Array, threshold: float) -> dict[str, Any]:
        """Refusal at one threshold, by comparison: precision, recall, share of answerable questions answered."""
        row: dict[str, Any] = {}
        for label, *parts in COMPARISONS:
            mask = self.pick(*parts)
            refused, gone = scores[mask] < threshold, ~self.y[mask]
            found = detection(refused.tolist(), gone.tolist())
            row[label] = [round(found.precision, 3), round(found.recall, 3), round(float((~refused)[~gone].mean()), 3)]
        return row


def main() -> None:
    """Collect, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, help="keep the libraries here for the next time")
    options = parser.parse_args()
    cases = Cases([(name, case) for name in SUITES for case in collect(name, options.data, options.cache)])
    coefficients, intercept = cases.fit(np.ones(len(cases.y), dtype=bool))
    crossed = cases.predict(cases.fold)
    shares = [round(float(share), 2) for share in np.arange(0.2, 0.65, 0.05)]
    whole = np.isin(cases.setting, ("whole", "left_out"))
    values = {
        "coefficients": {name: round(float(c), 3) for name, c in zip(INPUTS, coefficients, strict=True)},
        "intercept": round(intercept, 3),
        "cases": len(cases.y),
        "auroc": {
            "left_out_set": cases.areas(cases.predict(cases.set)),
            "folds": cases.areas(crossed),
            "shipped": cases.areas(cases.shipped),
        },
        "calibration_error_by_folds": {
            name: round(calibration_error(crossed[m].tolist(), cases.y[m].tolist()), 4)
            for name in SUITES
            if (m := whole & (cases.set == name)).any()
        },
        "refusal_precision_recall_and_answered_by_folds": {
            str(share): cases.threshold_row(crossed, share) for share in shares
        },
    }
    write_result("fit_gate", values, [options.data / file for name in SUITES for file in file_names(name)])


if __name__ == "__main__":
    main()
