"""Who says what, by `qa.attribution`, against hand labels of Wikinews articles, which no rule was made from.

    python -m benchmarks.attribution --data FOLDER

FOLDER holds `gum_wikinews_docs/` (github.com/amir-zeldes/gum). The labels of those are in `benchmarks/gold/gum_quotes.json`:
document, sentence (counted from the headline, 0) and a short name of the speaker, `null` where the outlet speaks. A
speaker is right when the label's words are all in the name found. Our own articles' labels are a test's.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.report import write_result
from corpus.lexical import words
from qa.attribution import attributions

GOLD = Path("benchmarks/gold/gum_quotes.json")


def gum(data: Path) -> list[tuple[str | None, str | None]]:
    """Of each labelled sentence the speaker expected and found."""
    file = data / "gum_wikinews_docs" / "DERIVED_wikinews_docs.jsonl"
    sentences = {}
    for line in file.read_text().splitlines():
        row = json.loads(line)
        sentences[row["id"]] = [sentence for paragraph in row["paragraphs"] for sentence in paragraph]
    labels = defaultdict(list)
    for row in json.loads(GOLD.read_text()):
        labels[row["document"]].append(row)
    pairs = []
    for document, rows in labels.items():
        found = attributions(sentences[document])
        for row in rows:
            here = found[row["sentence"]]
            pairs.append((row["speaker"], None if here.kind == "own" else here.who or "?"))
    return pairs


def score(pairs: Iterable[tuple[str | None, str | None]]) -> dict[str, Any]:
    """Counts and shares: speakers right, attributed sentences found, and the outlet's own that were given to somebody."""
    said = [(gold, found) for gold, found in pairs if gold is not None]
    own = [found for gold, found in pairs if gold is None]
    right = sum(found is not None and set(words(gold)) <= set(words(found)) for gold, found in said)
    return {
        "attributed": len(said),
        "found": sum(found is not None for _, found in said),
        "speaker_right": right,
        "speaker_accuracy": round(right / len(said), 3),
        "own": len(own),
        "own_given_to_somebody": sum(found is not None for found in own),
    }


def main() -> None:
    """Measure and keep the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    file = data / "gum_wikinews_docs" / "DERIVED_wikinews_docs.jsonl"
    write_result("attribution", {"wikinews": score(gum(data))}, [file, GOLD])


if __name__ == "__main__":
    main()
