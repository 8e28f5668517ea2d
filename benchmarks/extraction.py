"""Main text, headline and publication day of real news pages against gold; ours and others in one run.

    python -m benchmarks.extraction --data FOLDER

FOLDER holds `article_extraction_benchmark/` (github.com/scrapinghub/article-extraction-benchmark). The metric of the
text is that benchmark's: shares of common 4-word shingles, precision and recall averaged over pages, F1 of the
averages. Its gold leaves out captions, which are blocks of their own kind here: `citewire` is the body without them,
`citewire_with_captions` all that is stored. Headlines and days have gold of ours (docs/decisions/009-extraction.md).
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import re
import time
import unicodedata
from collections import Counter
from collections.abc import Sequence
from html import unescape
from pathlib import Path

import numpy as np
import trafilatura
from htmldate import find_date
from trafilatura.metadata import extract_metadata

from benchmarks.report import write_result
from corpus.errors import LoadError
from corpus.html import parse_html
from corpus.types import ParsedArticle

GOLD = Path(__file__).parent / "gold" / "extraction_facts.json"
FOLDS = 5  # by the page's id, which is a hash; a gain from a single page shows in one of them only
_WORD = re.compile(r"\w+")
Pairs = list[tuple[float, float]]


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


def f1(pairs: Sequence[tuple[float, float]]) -> float:
    """F1 of the mean precision and the mean recall."""
    precision, recall = (float(mean) for mean in np.mean(pairs, axis=0))
    return 2 * precision * recall / (precision + recall)


def title_digest(title: str | None) -> str:
    """SHA-256 of the letters and digits of a headline, without case: the form in which the gold keeps it."""
    text = unicodedata.normalize("NFKC", unescape(unescape(title or ""))).casefold()
    return hashlib.sha256("".join(char for char in text if char.isalnum()).encode()).hexdigest()


def ours(page: bytes) -> ParsedArticle | None:
    """Our article, or nothing when the page is refused."""
    try:
        return parse_html(page)
    except LoadError:
        return None


def day_of(article: ParsedArticle | None) -> str | None:
    """The publication day of our article."""
    return article.published.date().isoformat() if article and article.published else None


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data / "article_extraction_benchmark"
    gold_file = folder / "ground-truth.json.gz"
    gold = json.loads(gzip.decompress(gold_file.read_bytes()))
    facts = json.loads(GOLD.read_text())
    pages = {key: gzip.decompress((folder / "html" / f"{key}.html.gz").read_bytes()) for key in gold}
    ours(next(iter(pages.values())))  # loads what is loaded once
    pairs: dict[str, Pairs] = {"citewire": [], "citewire_with_captions": [], "trafilatura": []}
    days, titles = Counter[str](), Counter[str]()
    seconds = 0.0
    for key, truth in gold.items():
        page, fact = pages[key], facts[key]
        begun = time.perf_counter()
        article = ours(page)
        seconds += time.perf_counter() - begun
        blocks = article.blocks if article else ()
        body = "\n".join(block.text for block in blocks if block.kind != "caption")
        pairs["citewire"].append(precision_recall(truth["articleBody"], body))
        everything = "\n".join(block.text for block in blocks)
        pairs["citewire_with_captions"].append(precision_recall(truth["articleBody"], everything))
        plain = trafilatura.extract(page, include_comments=False) or ""
        pairs["trafilatura"].append(precision_recall(truth["articleBody"], plain))
        metadata = extract_metadata(trafilatura.load_html(page))
        found = {
            "citewire": day_of(article),
            "trafilatura": metadata.date,
            "htmldate": find_date(page),
            "htmldate_original_date": find_date(page, original_date=True),
        }
        days.update(name for name, day in found.items() if day == fact["published"])
        accepted = fact["title_sha256"] if isinstance(fact["title_sha256"], list) else [fact["title_sha256"]]
        headlines = {"citewire": article.title if article else None, "trafilatura": metadata.title}
        titles.update(name for name, title in headlines.items() if title_digest(title) in accepted)
    values: dict[str, object] = {"pages": len(gold)}
    for name, rows in pairs.items():
        precision, recall = (round(float(mean), 4) for mean in np.mean(rows, axis=0))
        values[name] = {"precision": precision, "recall": recall, "F1": round(f1(rows), 4)}
    fold = [int(key[:8], 16) % FOLDS for key in gold]
    values["F1_by_fold"] = {
        name: [round(f1([pair for pair, k in zip(rows, fold, strict=True) if k == n]), 4) for n in range(FOLDS)]
        for name, rows in pairs.items()
    }
    values["right_day"] = dict(days)
    values["right_title"] = dict(titles)
    values["milliseconds_a_page"] = round(seconds / len(gold) * 1000, 1)
    write_result("extraction", values, [gold_file, GOLD, *(folder / "html").iterdir()])


if __name__ == "__main__":
    main()
