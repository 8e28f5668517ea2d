"""Copies of news articles: how well near-duplicates are told from articles that only share text.

    python -m benchmarks.stories --data FOLDER

FOLDER holds `gum_wikinews_docs/` (github.com/amir-zeldes/gum) and `article_extraction_benchmark/`
(github.com/scrapinghub/article-extraction-benchmark, its gold bodies). Copies are made of each article of 100 words or
more, as outlets make them (`EDITS`). Different articles are all pairs; the hard ones are each article with its five
nearest by TF-IDF, and with its nearest after that one took over a part of its text (`SHARED`).
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import sqlite3
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.report import write_result
from corpus.schema import migrate
from corpus.stories import (
    LEAST_LENGTH,
    PERMUTATIONS,
    ROWS,
    SHINGLE_WORDS,
    THRESHOLD,
    minhash,
    place,
    shingles,
    signature,
)

Paragraphs = list[str]
Pair = tuple[str, str]
Table = npt.NDArray[np.float64]  # a row a pair: containment, length ratio, estimated containment, shares a band
_ENGLISH = re.compile(r"[a-z]{3,}")
_SPELLING = (
    (" said", " told"), ("percent", "per cent"), ("%", " per cent"), ("organiz", "organis"), ("color", "colour"),
    ("center", "centre"), ("more than", "over"), ("Mr.", "Mr"), ("government", "administration"),
)  # fmt: skip
SHARED = (0.15, 0.25, 0.35)  # of the shorter article: background paragraphs reused in a follow-up
FOOTER_WORDS = 80  # one text under two articles of 250 words
PRECISION = 0.99  # asked of a threshold on hard pairs


def edit(text: str, rng: random.Random, rate: float) -> str:
    """British spelling, plain numbers, other verbs; and of the words this share dropped or followed by another."""
    for old, new in _SPELLING:
        text = text.replace(old, new)
    words = re.sub(r"(\d),(\d)", r"\1\2", text).split(" ")
    draws = [rng.random() for _ in words]
    return " ".join(w if x > rate else f"{w} also" for w, x in zip(words, draws, strict=True) if x >= rate / 2)


def cut(article: Paragraphs, share: float) -> Paragraphs:
    """The beginning of an article: this share of its words."""
    left, kept = int(share * sum(len(p.split()) for p in article)), list[str]()
    for paragraph in article:
        words = paragraph.split()[:left]
        left -= len(words)
        kept += [" ".join(words)] if words else []
    return kept


def mix(
    article: Paragraphs, other: Paragraphs, rng: random.Random, *, lead: bool = True, local: bool = True,
    share: float = 1.0, drop: float = 0.0, rate: float = 0.0,
) -> Paragraphs:  # fmt: skip
    """One copy: a lead of 40 words and a local paragraph of 60 from elsewhere, cut, thinned out, edited."""
    kept = [p for p in cut(article, share) if rng.random() >= drop] or article[:1]
    words = " ".join(other).split()
    if lead:
        kept[0] = " ".join(words[:40])
    if rate:
        kept = [edit(p, rng, rate) for p in kept]
    return [*kept, " ".join(words[40:100])] if local else kept


EDITS: dict[str, dict[str, Any]] = {
    "edits_1": {"lead": False, "local": False, "rate": 0.01},
    "edits_4": {"lead": False, "local": False, "rate": 0.04},
    "lead": {"local": False},
    "local": {"lead": False},
    "cut_90": {"lead": False, "local": False, "share": 0.9},
    "cut_60": {"lead": False, "local": False, "share": 0.6},
    "drop_25": {"lead": False, "local": False, "drop": 0.25},
    "light": {"local": False, "share": 0.9, "rate": 0.01},
    "medium": {"share": 0.8, "rate": 0.02},
    "heavy": {"share": 0.65, "drop": 0.15, "rate": 0.03},
    "extreme": {"share": 0.4, "rate": 0.04},
}


def articles(gum: Path, gold: Path) -> list[Paragraphs]:
    """The paragraphs of each article of 100 words or more, in Latin script."""
    found = [[" ".join(p) for p in json.loads(line)["paragraphs"]] for line in gum.read_text().splitlines()]
    pages = json.loads(gzip.decompress(gold.read_bytes()))
    found += [[p for p in page["articleBody"].split("\n") if p.strip()] for _, page in sorted(pages.items())]
    return [article for article in found if len(_ENGLISH.findall(" ".join(article).lower())) >= 100]


def nearest(texts: list[str], count: int) -> npt.NDArray[np.int64]:
    """Of each text the others most like it by TF-IDF, shape (n, count)."""
    bags = [Counter(_ENGLISH.findall(text.lower())) for text in texts]
    words = {word: i for i, word in enumerate(sorted(set().union(*bags)))}
    matrix = np.zeros((len(texts), len(words)))
    for row, bag in zip(matrix, bags, strict=True):
        row[[words[word] for word in bag]] = 1 + np.log(list(bag.values()))
    matrix *= np.log(len(texts) / (matrix > 0).sum(axis=0))
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    likeness = matrix @ matrix.T
    np.fill_diagonal(likeness, -1)
    return np.argsort(-likeness, axis=1)[:, :count]


def hard_pairs(texts: list[str]) -> Iterator[tuple[str, Pair]]:
    """Different articles that are alike or share text, with the kind of the pair."""
    footer = " ".join(texts[0].split()[:FOOTER_WORDS])
    near = nearest(texts, 5)
    for i, neighbours in enumerate(near):
        for j in neighbours:
            yield "same_topic", (texts[i], texts[j])
        left, right = texts[i].split(), texts[neighbours[0]].split()
        for share in SHARED:
            count = int(share * min(len(left), len(right)))
            yield f"background_{share:.0%}", (texts[i], " ".join(right[: len(right) - count] + left[-count:]))
        yield "footer", (" ".join([*left[:250], footer]), " ".join([*right[:250], footer]))


class Measure:
    """Compares pairs of texts by shingles of one size and MinHash of one length; each text is hashed once."""

    def __init__(self, size: int, permutations: int) -> None:
        self.size, self.permutations = size, permutations
        self._known: dict[str, tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint32]]] = {}

    def hashes(self, text: str) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint32]]:
        """Shingles and MinHash."""
        if text not in self._known:
            found = shingles(text, self.size)
            self._known[text] = found, minhash(found, self.permutations)
        return self._known[text]

    def table(self, pairs: list[Pair], rows: int = ROWS) -> Table:
        """A row a pair."""
        return np.array([self._row(*self.hashes(a), *self.hashes(b), rows) for a, b in pairs])

    def _row(self, a: Any, first: Any, b: Any, second: Any, rows: int) -> tuple[float, float, float, float]:
        shorter, longer = sorted((len(a), len(b)))
        common = len(np.intersect1d(a, b, assume_unique=True))
        jaccard = float((first == second).mean())
        estimate = jaccard / (1 + jaccard) * (shorter + longer)
        banded = bool((first == second).reshape(-1, rows).all(axis=1).any())
        return common / shorter, shorter / longer, min(estimate / shorter, 1.0), float(banded)


def accepted(table: Table, threshold: float, *, exact: bool = False) -> npt.NDArray[np.bool_]:
    """Which pairs are called copies."""
    score = table[:, 0] if exact else table[:, 2]
    return np.asarray((score >= threshold) & (table[:, 1] >= LEAST_LENGTH) & (exact | (table[:, 3] > 0)))


def point(copies: dict[str, Table], hard: dict[str, Table], threshold: float, *, exact: bool = False) -> dict[str, Any]:
    """Precision over all copies and all hard pairs, recall over all copies and of each kind."""
    right = {name: accepted(table, threshold, exact=exact) for name, table in copies.items()}
    wrong = {name: accepted(table, threshold, exact=exact) for name, table in hard.items()}
    hits, errors = (int(sum(kind.sum() for kind in kinds.values())) for kinds in (right, wrong))
    return {
        "precision": round(hits / max(hits + errors, 1), 4),
        "recall": round(hits / sum(len(table) for table in copies.values()), 4),
        "recall_by_edit": {name: round(float(kind.mean()), 3) for name, kind in right.items()},
        "wrong_by_kind": {name: int(kind.sum()) for name, kind in wrong.items()},
    }


def best(copies: dict[str, Table], hard: dict[str, Table], *, exact: bool = False) -> dict[str, Any]:
    """The smallest threshold that no kind of hard pair passes more than once in a hundred, and its point."""
    for threshold in np.arange(0.3, 0.8, 0.01):
        if all(accepted(table, threshold, exact=exact).mean() <= 1 - PRECISION for table in hard.values()):
            found = point(copies, hard, float(threshold), exact=exact)
            return {"threshold": round(float(threshold), 2), **{k: found[k] for k in ("precision", "recall")},
                    "heavy": found["recall_by_edit"]["heavy"], "extreme": found["recall_by_edit"]["extreme"]}  # fmt: skip
    raise ValueError("No threshold keeps the hard pairs apart.")


def boilerplate(count: int = 1500) -> dict[str, Any]:
    """Milliseconds to place texts of 320 words of which 120 are the same: bounded, however many came before."""
    rng = random.Random(0)  # noqa: S311
    words = ["".join(rng.choices("abcdefghij", k=6)) for _ in range(8000)]
    footer = " ".join(rng.choices(words, k=120))
    db = sqlite3.connect(":memory:", isolation_level=None)
    migrate(db)
    db.execute("BEGIN")
    placing = []
    for _ in range(count):
        key, text = f"{rng.random():.12f}", " ".join([*rng.choices(words, k=200), footer])
        db.execute("INSERT INTO articles VALUES (?, 1, '')", (key,))
        placing.append(_timed(lambda key=key, text=text: place(db, key, text)))  # type: ignore[misc]
    (largest,) = db.execute("SELECT max(n) FROM (SELECT count(*) AS n FROM signatures GROUP BY story)").fetchone()
    db.close()
    return {"texts": count, "largest_story": largest, "place_ms_max": round(max(placing), 1),
            "place_ms_by_250": [round(statistics.mean(placing[i : i + 250]), 2) for i in range(0, count, 250)]}  # fmt: skip


def speed(texts: list[str]) -> dict[str, float]:
    """Milliseconds a text of 500 words: its signature (median of single runs), and placing it in a library."""
    words = " ".join(texts).split()
    cuts = [" ".join(words[i : i + 500]) for i in range(0, len(words) - 500, 500)]
    signature(cuts[0])
    signing = [_timed(lambda text=text: signature(text)) for text in cuts]  # type: ignore[misc]
    db = sqlite3.connect(":memory:", isolation_level=None)
    migrate(db)
    db.execute("BEGIN")
    placing = []
    for number, text in enumerate(cuts):
        db.execute("INSERT INTO articles VALUES (?, 1, '')", (str(number),))
        placing.append(_timed(lambda key=str(number), text=text: place(db, key, text)))  # type: ignore[misc]
    db.close()
    return {"texts": len(cuts), "signature_ms": round(statistics.median(signing), 3),
            "place_ms": round(statistics.median(placing), 3), "place_ms_max": round(max(placing), 3)}  # fmt: skip


def _timed(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return 1000 * (time.perf_counter() - started)


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data
    gum = folder / "gum_wikinews_docs" / "DERIVED_wikinews_docs.jsonl"
    gold = folder / "article_extraction_benchmark" / "ground-truth.json.gz"
    found = articles(gum, gold)
    texts = [" ".join(article) for article in found]
    rng = random.Random(0)  # noqa: S311  # edits, not secrets
    pairs: dict[str, list[Pair]] = {name: [] for name in EDITS}
    for number, article in enumerate(found):
        other = found[(number + rng.randrange(1, len(found))) % len(found)]
        for name, options in EDITS.items():
            pairs[name].append((texts[number], " ".join(mix(article, other, rng, **options))))
    hard: dict[str, list[Pair]] = {}
    for kind, pair in hard_pairs(texts):
        hard.setdefault(kind, []).append(pair)
    sweep: dict[str, Any] = {}
    for size in (3, 4, 5):
        for permutations in (64, 128, 256):
            measure = Measure(size, permutations)
            copied = {name: measure.table(rows) for name, rows in pairs.items()}
            apart = {name: measure.table(rows) for name, rows in hard.items()}
            sweep[f"{size} words, {permutations} permutations"] = best(copied, apart)
            if permutations == PERMUTATIONS:
                sweep[f"{size} words, exact, no bands"] = best(copied, apart, exact=True)
    measure = Measure(SHINGLE_WORDS, PERMUTATIONS)
    copied = {name: measure.table(rows) for name, rows in pairs.items()}
    apart = {name: measure.table(rows) for name, rows in hard.items()}
    every = measure.table(list(combinations(texts, 2)))
    values = {
        "articles": len(texts), "copies": sum(map(len, pairs.values())), "hard_pairs": sum(map(len, hard.values())),
        "all_pairs": len(every), "all_pairs_called_copies": int(accepted(every, THRESHOLD).sum()),
        "all_pairs_sharing_a_band": int(every[:, 3].sum()),
        "chosen": {"shingle_words": SHINGLE_WORDS, "permutations": PERMUTATIONS, "rows": ROWS, "threshold": THRESHOLD},
        "sweep": sweep,
        "thresholds": {f"{t:.2f}": point(copied, apart, t) for t in (0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7)},
        "exact_at_threshold": point(copied, apart, THRESHOLD, exact=True),
        "band_recall": {
            f"{rows} rows": {name: round(float(measure.table(pairs[name], rows)[:, 3].mean()), 3) for name in pairs}
            for rows in (2, 4)
        },
        "speed": speed(texts), "boilerplate": boilerplate(),
    }  # fmt: skip
    write_result("stories", values, [gum, gold])


if __name__ == "__main__":
    main()
