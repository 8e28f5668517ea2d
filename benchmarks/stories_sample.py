"""Copies of the sample articles found as stories, and what placing one more article costs among 50,000.

    python -m benchmarks.stories_sample [--articles 50000]

Each sample article (but the five that are one wire text already) is copied as outlets do it: under another title, trimmed,
with words dropped and added, with another lead. All are placed in one library; every pair of articles is either of one
story or not. The cost is processor time, of texts of 300 words of which nine in ten are near copies of another.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import time
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

from benchmarks.report import write_result
from benchmarks.stories import mix
from corpus.boilerplate import sign_off
from corpus.items import RawArticle
from corpus.loaders import load
from corpus.schema import migrate
from corpus.sources import Source, sources
from corpus.stories import place

SAMPLE = Path("corpus/sample")
WIRE = "titan"
EDITS: dict[str, dict[str, Any]] = {
    "retitled": {"lead": False, "local": False},
    "trimmed_80": {"lead": False, "local": False, "share": 0.8},
    "trimmed_60": {"lead": False, "local": False, "share": 0.6},
    "rewritten_lightly": {"lead": False, "local": False, "rate": 0.03},
    "trimmed_and_rewritten": {"lead": False, "local": False, "share": 0.75, "rate": 0.02},
}
WORDS = 300
COPIES = 10


def paragraphs() -> list[tuple[str, list[str]]]:
    """Story and paragraphs of each sample article."""
    found = []
    for source in sources([SAMPLE]):
        if not isinstance(source, Source):
            continue
        for parsed in (item.parse() for item in load(source) if isinstance(item, RawArticle)):
            texts = [block.text for block in parsed.blocks if sign_off(block.text) is None]
            one_wire = WIRE in source.name and "Lantern Wire" in parsed.agencies
            found.append((WIRE if one_wire else f"{parsed.title}", texts))
    return found


def quality() -> dict[str, Any]:
    """Precision, recall and F1 over all pairs of articles."""
    rng = random.Random(0)  # noqa: S311  # edits, not secrets
    articles = paragraphs()
    db = sqlite3.connect(":memory:", isolation_level=None)
    migrate(db)
    db.execute("BEGIN")
    truth: dict[str, str] = {}
    kinds: dict[str, str] = {}
    for number, (story, texts) in enumerate(articles):
        other = articles[(number + 7) % len(articles)][1]
        copies = {} if story == WIRE else {name: mix(texts, other, rng, **options) for name, options in EDITS.items()}
        for name, text in {"original": texts, **copies}.items():
            key = f"{number:03}-{name}"
            truth[key], kinds[key] = story, name
            db.execute("INSERT INTO articles VALUES (?, 1, '')", (key,))
            place(db, key, " ".join(text))
    placed = dict(db.execute("SELECT article_id, story FROM signatures").fetchall())
    db.close()
    counts: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for one, two in combinations(truth, 2):
        same, found = truth[one] == truth[two], placed[one] == placed[two]
        counts["right" if same and found else "missed" if same else "wrong" if found else "apart"] += 1
        if same and not found:
            missed.update({kinds[one], kinds[two]})
    precision = counts["right"] / max(counts["right"] + counts["wrong"], 1)
    recall = counts["right"] / max(counts["right"] + counts["missed"], 1)
    return {
        "articles": len(truth), "pairs_of_one_story": counts["right"] + counts["missed"], "wrong": counts["wrong"],
        "precision": round(precision, 4), "recall": round(recall, 4),
        "f1": round(2 * precision * recall / max(precision + recall, 1e-9), 4), "missed_by_kind": dict(missed),
    }  # fmt: skip


def cost(count: int) -> dict[str, Any]:
    """Milliseconds of processor time to place an article, in five steps up to `count`."""
    rng = random.Random(0)  # noqa: S311
    words = ["".join(rng.choices("abcdefghij", k=6)) for _ in range(20_000)]
    db = sqlite3.connect(":memory:", isolation_level=None)
    migrate(db)
    db.execute("BEGIN")
    taken: list[float] = []
    base: list[str] = []
    for number in range(count):
        base = base if number % COPIES else rng.choices(words, k=WORDS)
        text = " ".join(word for word in base if not number % COPIES or rng.random() > 0.05)
        key = f"{rng.random():.15f}"
        db.execute("INSERT INTO articles VALUES (?, 1, '')", (key,))
        started = time.process_time()
        place(db, key, text)
        taken.append(1000 * (time.process_time() - started))
    db.close()
    step = count // 5
    return {
        "articles": count,
        "ms_by_fifth": [round(sum(taken[i * step : (i + 1) * step]) / step, 2) for i in range(5)],
        "ms_p99": round(sorted(taken)[int(0.99 * count)], 2),
    }


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=50_000)
    count = parser.parse_args().articles
    files = [path for path in sorted(SAMPLE.rglob("*")) if path.is_file()]
    write_result("stories_sample", {**quality(), "cost": cost(count)}, files, "")


if __name__ == "__main__":
    main()
