"""The extractive reader: answers with the stored sentences themselves. Needs no model, invents no word.

Chooses the one to three sentences that answer, most relevant first; says nothing about whether they do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.stem import stems
from qa.types import DraftSentence, Evidence, SentenceHit

NAME = "extractive"
# A further sentence must score nearly as high as the first: on CLAPNQ this gives citation precision .67 and recall .61;
# the curve is in benchmarks/results/fit_reader.json (docs/decisions/013).
RELATIVE_SCORE = 0.88
REDUNDANT = 0.6  # share of the shorter sentence's stems that another already says
CONSIDERED = 12  # sentences below the twelfth are never within RELATIVE_SCORE in our sets

_NEEDS_CONTEXT = re.compile(
    r"^[\"“'‘(]?(?:(?:But|And|So|Yet|Instead|However|Still|Then|Meanwhile|Also|Later),?\s+)?"
    r"(?:he|she|they|it|his|her|their|its|this|that|these|those|both|the (?:move|decision|former|latter|two))\b(?!\s+is\s+\w+'s)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ExtractiveReader:
    """Picks sentences from the evidence."""

    max_sentences: int = 3
    name: str = NAME
    relative_score: float = RELATIVE_SCORE

    def read(self, evidence: Evidence) -> list[DraftSentence]:
        """Draft sentences, each the text of one evidence sentence, most relevant first."""
        chosen = self._choose(evidence.hits)
        chosen = self._with_context(chosen, evidence.hits)
        return [DraftSentence(evidence.hits[i].sentence.text, (i,)) for i in chosen]

    def _choose(self, hits: Sequence[SentenceHit]) -> list[int]:
        chosen: list[int] = []
        for i, hit in enumerate(hits[:CONSIDERED]):
            if len(chosen) == self.max_sentences:
                break
            if i and (hit.score < self.relative_score * hits[0].score or not hit.features.kind):
                continue
            if all(_overlap(hit, hits[j]) < REDUNDANT for j in chosen):
                chosen.append(i)
        return chosen

    def _with_context(self, chosen: list[int], hits: Sequence[SentenceHit]) -> list[int]:
        """After a first sentence led by a pronoun, the sentence before it in its article, which says who is meant."""
        if not chosen or not _NEEDS_CONTEXT.match(hits[chosen[0]].sentence.text):
            return chosen
        first = hits[chosen[0]].sentence
        before = next(
            (
                i
                for i, hit in enumerate(hits)
                if hit.sentence.article_id == first.article_id and hit.sentence.index == first.index - 1
                and hit.sentence.role == first.role
            ),
            None,
        )  # fmt: skip
        if before is None:
            return chosen
        rest = [i for i in chosen[1:] if i != before]
        return [chosen[0], before, *rest][: max(self.max_sentences, 2)]


def _overlap(a: SentenceHit, b: SentenceHit) -> float:
    left, right = stems(a.sentence.text), stems(b.sentence.text)
    smaller = min(len(left), len(right))
    return len(left & right) / smaller if smaller else 1.0
