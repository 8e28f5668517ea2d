"""Fits the probability that sentences support a draft, on people's judgments of claims and references.

    python -m benchmarks.fit_verify --data FOLDER

FOLDER holds `attributionbench/`. Logistic regression with L2 over `qa.verify.Agreement` of every claim with the best one to
three sentences of its references, found as the verifier finds them; each source set weighs the same, and so does each label.
No better agreement may lower the probability: inputs that the fit would use so are left out, the worst first. Reported by
five folds of questions. Writes `benchmarks/results/fit_verify.json`; golden drafts and mutations are never seen here.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from benchmarks.attribution_cases import FILE, AttributionCase, attribution_cases
from benchmarks.report import write_result
from embeddings.sentence_transformer import SentenceTransformerEmbedder
from embeddings.types import Embedder
from qa.evaluation.metrics import auroc
from qa.verify import Agreement, Finding, Verifier, supported_probability

FOLDS = 5
PENALTY = 1.0  # scikit-learn's C, its default; on standardized inputs
INPUTS = tuple(field.name for field in fields(Agreement))
Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Judged:
    """A case and its broadest finding: the one to three sentences that match the claim best, whatever the guards say."""

    case: AttributionCase
    finding: Finding


def judge(cases: Sequence[AttributionCase], embedder: Embedder) -> list[Judged]:
    """The broadest finding of every case that has a sentence."""
    verifier = Verifier(embedder)
    judged = []
    for case in cases:
        if case.hits:
            findings = list(verifier.findings(case.claim, case.hits))
            judged.append(Judged(case, max(findings, key=lambda f: (len(f.labels), f.agreement.forward))))
    return judged


def fold_of(case: AttributionCase) -> int:
    """Cases of one question are in one fold."""
    return zlib.crc32(case.question.encode()) % FOLDS


def weights(judged: Sequence[Judged]) -> Array:
    """Each source set and label weighs the same in sum."""
    groups = [(j.case.source, j.case.supported) for j in judged]
    return np.array([1 / groups.count(group) for group in groups])


@dataclass(frozen=True, slots=True)
class Fit:
    """Coefficients of the inputs that were kept, and the intercept, for plain inputs."""

    coefficients: dict[str, float]
    intercept: float

    def predict(self, x: Array, names: Sequence[str] = INPUTS) -> Array:
        """Probabilities of rows of inputs."""
        line = np.array([self.coefficients.get(name, 0.0) for name in names])
        return np.asarray(1 / (1 + np.exp(-(x @ line + self.intercept))))


def fit(x: Array, y: Flags, weight: Array, names: Sequence[str] = INPUTS) -> Fit:
    """The regression, without the inputs that would lower the probability."""
    kept = list(range(len(names)))
    mean, spread = x.mean(0), x.std(0) + 1e-6
    while True:
        model = LogisticRegression(C=PENALTY, max_iter=1000)
        model.fit(((x - mean) / spread)[:, kept], y, sample_weight=weight * len(y) / weight.sum())
        plain = model.coef_[0] / spread[kept]
        if plain.min() >= 0 or len(kept) == 1:
            coefficients = {names[i]: float(c) for i, c in zip(kept, plain, strict=True)}
            return Fit(coefficients, float(model.intercept_[0] - plain @ mean[kept]))
        kept.pop(int(model.coef_[0].argmin()))


def table(judged: Sequence[Judged]) -> tuple[Array, Flags, npt.NDArray[np.int_]]:
    """Inputs, labels and folds."""
    x = np.array([astuple(j.finding.agreement) for j in judged])
    return x, np.array([j.case.supported for j in judged]), np.array([fold_of(j.case) for j in judged])


def out_of_fold(judged: Sequence[Judged], x: Array, names: Sequence[str] = INPUTS) -> Array:
    """Probabilities, each from a fit on the other folds."""
    _, y, fold = table(judged)
    weight = weights(judged)
    result = np.zeros(len(y))
    for n in range(FOLDS):
        rest = fold != n
        result[~rest] = fit(x[rest], y[rest], weight[rest], names).predict(x[~rest], names)
    return result


def main() -> None:
    """Collect, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    judged = judge(attribution_cases(data), SentenceTransformerEmbedder())
    x, y, _ = table(judged)
    final = fit(x, y, weights(judged))
    crossed = out_of_fold(judged, x)
    sets = sorted({j.case.source for j in judged})
    of_set = {name: np.array([j.case.source == name for j in judged]) for name in sets} | {
        "all": np.ones(len(y), dtype=bool)
    }
    shipped = [supported_probability(j.finding.agreement) for j in judged]
    values = {
        "coefficients": {name: round(value, 3) for name, value in final.coefficients.items()},
        "intercept": round(final.intercept, 3),
        "cases": len(judged),
        "auroc_by_folds": {n: round(auroc(crossed[m].tolist(), y[m].tolist()), 4) for n, m in of_set.items()},
        "auroc_of_each_input": {
            name: round(auroc(x[:, i].tolist(), y.tolist()), 4) for i, name in enumerate(INPUTS)
        },
        "auroc_shipped": round(auroc(shipped, y.tolist()), 4),
    }  # fmt: skip
    write_result("fit_verify", values, [data / FILE])


if __name__ == "__main__":
    main()
