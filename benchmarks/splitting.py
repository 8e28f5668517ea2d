"""Sentence boundaries against gold ones, ours and sentencex (and nupunkt and pysbd where installed) in one run.

    python -m benchmarks.splitting --data FOLDER

FOLDER holds `gum_wikinews_docs/` (github.com/amir-zeldes/gum) and `sentence_segmentation/` (the English golden rules of
github.com/diasks2/pragmatic_segmenter, and the dev part of UD English EWT: web text, with sentences in lower case). A
paragraph's gold sentences are joined by a space (EWT: as they were written); the boundaries inside count.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import sentencex

from benchmarks.report import write_result
from corpus.split import split

Splitter = Callable[[str], list[str]]
Paragraph = tuple[str, list[str]]


def splitters() -> Iterator[tuple[str, Splitter]]:
    """Each splitter by name."""
    yield "citewire", lambda text: [span.of(text) for span in split(text)]
    yield "sentencex", lambda text: list(sentencex.segment("en", text))
    if importlib.util.find_spec("nupunkt"):
        nupunkt: Any = importlib.import_module("nupunkt")
        yield "nupunkt", lambda text: list(nupunkt.sent_tokenize(text))
    if importlib.util.find_spec("pysbd"):
        pysbd: Any = importlib.import_module("pysbd")
        yield "pysbd", pysbd.Segmenter(language="en", clean=False).segment


def ends(text: str, sentences: list[str]) -> set[int]:
    """Where the sentences end in the text, but for the last end."""
    found, position = set(), 0
    for sentence in sentences:
        stripped = sentence.strip()
        start = text.find(stripped, position)
        position = (start if start >= 0 else position) + len(stripped)
        found.add(position)
    return found - {len(text.rstrip())}


def web(file: Path) -> Iterator[Paragraph]:
    """Paragraphs of EWT; a row says whether it begins one, and whether a space follows it."""
    rows: list[dict[str, Any]] = []
    for row in map(json.loads, gzip.decompress(file.read_bytes()).decode().splitlines()):
        if row["newpar"] and rows:
            yield "".join(r["text"] + " " * r["space_after"] for r in rows).strip(), [r["text"] for r in rows]
            rows = []
        rows.append(row)
    yield "".join(r["text"] + " " * r["space_after"] for r in rows).strip(), [r["text"] for r in rows]


def measure(splitter: Splitter, paragraphs: list[Paragraph]) -> dict[str, float]:
    """Precision, recall and F1 of boundaries, paragraphs that are all right, and seconds."""
    started = time.perf_counter()
    guesses = [splitter(text) for text, _ in paragraphs]
    seconds = time.perf_counter() - started
    common = guessed = gold = right = 0
    for (text, sentences), guess in zip(paragraphs, guesses, strict=True):
        wanted, given = ends(text, sentences), ends(text, guess)
        common, guessed, gold = common + len(wanted & given), guessed + len(given), gold + len(wanted)
        right += wanted == given
    precision, recall = common / guessed, common / gold
    return {"precision": round(precision, 4), "recall": round(recall, 4), "paragraphs_right": right, "paragraphs": len(paragraphs),
            "F1": round(2 * precision * recall / (precision + recall), 4), "seconds": round(seconds, 3)}  # fmt: skip


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data
    gum = folder / "gum_wikinews_docs" / "DERIVED_wikinews_docs.jsonl"
    rules = folder / "sentence_segmentation" / "DERIVED_golden_rules_en.jsonl"
    ewt = folder / "sentence_segmentation" / "DERIVED_en_ewt-ud-dev_sentences.jsonl.gz"
    sets: dict[str, list[Paragraph]] = {
        "gum_wikinews": [
            (" ".join(p), p) for line in gum.read_text().splitlines() for p in json.loads(line)["paragraphs"]
        ],
        "ewt_dev": list(web(ewt)),
        "golden_rules": [(row["text"], row["sentences"]) for row in map(json.loads, rules.read_text().splitlines())],
    }
    values: dict[str, Any] = {
        name: {label: measure(run, rows) for label, rows in sets.items()} for name, run in splitters()
    }
    seconds = {name: values[name]["gum_wikinews"]["seconds"] for name in ("citewire", "sentencex")}
    values["seconds_ratio_to_sentencex"] = round(seconds["citewire"] / max(seconds["sentencex"], 0.001), 1)
    write_result("splitting", values, [gum, ewt, rules])


if __name__ == "__main__":
    main()
