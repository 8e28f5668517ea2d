"""AttributionBench's development set as drafts with evidence: every claim, its references split into sentences.

Shared by `benchmarks.fit_verify` and `benchmarks.verification`. FOLDER/attributionbench holds the set
(github.com/OSU-NLP-Group/AttributionBench); claims carry a human label.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from corpus.split import split
from corpus.types import Passage, Sentence, Span
from qa.types import Features, SentenceHit

FILE = "attributionbench/dev_all_subset_balanced.jsonl.gz"
_TITLE = re.compile(r"^Title: (.*)\n+(?:Section: .*\n+)?(?:Text: )?")
_MARKS = re.compile(r"\s*\[\d+\]|https?://\S+")
_NOTHING = Features(*(0.0 for _ in fields(Features)))


@dataclass(frozen=True, slots=True)
class AttributionCase:
    """One claim, the sentences of its references, and whether people found it supported by them."""

    id: str
    source: str
    question: str
    claim: str
    references: tuple[str, ...]
    hits: tuple[SentenceHit, ...]
    supported: bool


def attribution_cases(data: Path) -> list[AttributionCase]:
    """All claims of the development set."""
    with gzip.open(data / FILE, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        AttributionCase(
            row["id"], row["src_dataset"], row["question"], _MARKS.sub("", row["claim"]).strip(), tuple(row["references"]),
            hits_of(row["references"]), row["attribution_label"] == "attributable",
        )
        for row in rows
    ]  # fmt: skip


def hits_of(references: Sequence[str]) -> tuple[SentenceHit, ...]:
    """The sentences of some texts, each text one passage of its own."""
    found = []
    for n, reference in enumerate(references):
        match = _TITLE.match(reference)
        title = match[1] if match else ""
        text = _MARKS.sub("", reference[match.end() if match else 0 :])
        spans = [
            Span(start + span[0], start + span[1])
            for start, paragraph in _paragraphs(text) for span in split(paragraph)
        ]  # fmt: skip
        sentences = tuple(Sentence(f"r{n}", 1, i, span, "body", span.of(text)) for i, span in enumerate(spans))
        if sentences:
            passage = Passage(n, f"r{n}", 1, title, sentences, 0)
            found += [SentenceHit(sentence, passage, 0.0, _NOTHING) for sentence in sentences]
    return tuple(found)


def _paragraphs(text: str) -> list[tuple[int, str]]:
    return [(match.start(), match.group()) for match in re.finditer(r"[^\n]+", text) if match.group().strip()]
