"""Main text of real news pages against hand-made gold, ours and plain trafilatura in one run.

    python -m benchmarks.extraction --data FOLDER

FOLDER holds `article_extraction_benchmark/` (github.com/scrapinghub/article-extraction-benchmark). The metric is that
benchmark's: shares of common 4-word shingles, precision and recall averaged over pages, F1 of the averages.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
import trafilatura

from benchmarks.report import write_result
from corpus.errors import LoadError
from corpus.html import parse_html

_WORD = re.compile(r"\w+")


def shingles(text: str, n: int = 4) -> Counter[tuple[str, ...]]:
    """The n-word runs of a text, counted; a shorter text is one run."""
    found = _WORD.findall(text)
    return Counter(tuple(found[i : i + n]) for i in range(max(len(found) - n + 1, min(len(found), 1))))


def precision_recall(gold: str, text: str) -> tuple[float, float]:
    """Of one page; both are 1 when both texts are empty."""
    left, right = shingles(gold), shingles(text)
    common = (left & right).total()
    if not left and not right:
        return 1.0, 1.0
    return common / max(right.total(), 1), common / max(left.total(), 1)


def ours(page: bytes) -> str:
    """Our blocks, or nothing when the page is refused."""
    try:
        return "\n".join(block.text for block in parse_html(page).blocks)
    except LoadError:
        return ""


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data / "article_extraction_benchmark"
    gold_file = folder / "ground-truth.json.gz"
    gold = json.loads(gzip.decompress(gold_file.read_bytes()))
    pairs: dict[str, list[tuple[float, float]]] = {"citewire": [], "trafilatura": []}
    for key, truth in gold.items():
        page = gzip.decompress((folder / "html" / f"{key}.html.gz").read_bytes())
        pairs["citewire"].append(precision_recall(truth["articleBody"], ours(page)))
        plain = trafilatura.extract(page, include_comments=False) or ""
        pairs["trafilatura"].append(precision_recall(truth["articleBody"], plain))
    values: dict[str, dict[str, float]] = {}
    for name, rows in pairs.items():
        precision, recall = (float(mean) for mean in np.mean(rows, axis=0))
        f1 = 2 * precision * recall / (precision + recall)
        values[name] = {"precision": round(precision, 4), "recall": round(recall, 4), "F1": round(f1, 4)}
    write_result("extraction", {"pages": len(gold), **values}, [gold_file, *(folder / "html").iterdir()])


if __name__ == "__main__":
    main()
