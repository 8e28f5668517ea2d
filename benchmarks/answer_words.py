"""The words set in bold against the gold answer: how often any are set, and how often they are the answer.

    python -m benchmarks.answer_words --data FOLDER

FOLDER holds `xquad/` (github.com/google-deepmind/xquad). The sentence that holds the gold answer is given; the words are
right when the two stretches share at least half of the shorter.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter
from pathlib import Path

from benchmarks.report import write_result
from corpus.split import split
from corpus.types import Span
from qa.answer_type import answer_type
from qa.answer_words import answer_words


def overlap(one: Span, other: Span) -> bool:
    """Whether they share at least half of the shorter."""
    shared = min(one.end, other.end) - max(one.start, other.start)
    return shared * 2 >= min(one.end - one.start, other.end - other.start)


def main() -> None:
    """Measure and keep the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    file = parser.parse_args().data / "xquad" / "xquad.en.json.gz"
    asked, stressed, right = Counter[str](), Counter[str](), Counter[str]()
    for article in json.loads(gzip.decompress(file.read_bytes()))["data"]:
        for paragraph in article["paragraphs"]:
            text = paragraph["context"]
            sentences = [Span(*span) for span in split(text)]
            for row in paragraph["qas"]:
                start = row["answers"][0]["answer_start"]
                sentence = next(s for s in sentences if start < s.end)
                kind = answer_type(row["question"]).value
                asked[kind] += 1
                if words := answer_words(row["question"], sentence.of(text)):
                    gold = Span(start - sentence.start, start - sentence.start + len(row["answers"][0]["text"]))
                    stressed[kind] += 1
                    right[kind] += overlap(words, gold)
    values = {
        kind: {"questions": asked[kind], "stressed": stressed[kind], "right": right[kind]} for kind in sorted(asked)
    }
    write_result("answer_words", values, [file])


if __name__ == "__main__":
    main()
