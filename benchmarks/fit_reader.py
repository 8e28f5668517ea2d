"""What the extractive reader cites, against the sentences people chose: the curve behind its constant.

    python -m benchmarks.fit_reader --data FOLDER [--cache FOLDER]

CLAP NQ's answerable questions, each answered whatever the gate says: mean precision and recall of the cited sentences by
how nearly a further sentence must score as the first, and by the most sentences. Writes `benchmarks/results/fit_reader.json`.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cases import Case, collect
from benchmarks.report import write_result
from qa.evaluation.suites import file_names
from qa.readers.extractive import RELATIVE_SCORE, ExtractiveReader
from qa.types import Evidence

SCORES = (1.01, 0.98, 0.95, 0.92, 0.90, 0.88, 0.85, 0.80, 0.70, 0.0)  # the first cites one sentence only
MOST = (3, 5)


def measure(cases: list[Case], reader: ExtractiveReader) -> dict[str, float]:
    """Mean citation precision and recall, and sentences cited."""
    rows = []
    for case in cases:
        cited = [
            case.ranked[draft.labels[0]].sentence
            for draft in reader.read(case.question.text, Evidence(case.ranked, 1.0))
        ]
        gold = case.question.gold
        precision = np.mean([any(place.holds(sentence) for place in gold) for sentence in cited])
        recall = np.mean([any(place.holds(sentence) for sentence in cited) for place in gold])
        rows.append((precision, recall, len(cited)))
    means = np.array(rows, dtype=float).mean(0)
    return {name: round(float(x), 3) for name, x in zip(("precision", "recall", "cited"), means, strict=True)}


def main() -> None:
    """Collect, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, help="keep the libraries here for the next time")
    options = parser.parse_args()
    every = collect("clapnq", options.data, options.cache, whole=True)
    cases = [c for c in every if c.answerable and c.ranked and all(place.span for place in c.question.gold)]
    values: dict[str, Any] = {"questions": len(cases), "shipped": RELATIVE_SCORE}
    for most in MOST:
        values[f"at most {most}"] = {
            str(score): measure(cases, ExtractiveReader(most, relative_score=score)) for score in SCORES
        }
    write_result("fit_reader", values, [options.data / file for file in file_names("clapnq")])


if __name__ == "__main__":
    main()
