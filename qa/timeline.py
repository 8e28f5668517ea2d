"""What happened, in order: the sentences on a topic, each on the day it tells of, the same event told once.

Chooses and orders sentences that were ranked elsewhere; every entry is a stored sentence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from corpus.moments import iso_days, moments
from qa.claims import claim
from qa.gate import support
from qa.stem import stems
from qa.types import Check, SentenceHit, Verdict

MOST = 20  # entries: more is an archive, not an answer
ON_TOPIC = 0.999  # of the topic's words, weighted, in the sentence, its neighbors or the title: all, but for rounding
YEAR = 366  # days
SAME = 0.6  # of the shorter sentence's stems that another already tells

_HAPPENED = re.compile(
    r"^(?:please )?(?:what (?:has |have )?(?:happened|happens|went on|occurred|took place)|(?:give me |show me |show )?(?:a |the )?"
    r"(?:timeline|chronology|history)(?: of)?|what (?:is|was) the (?:timeline|chronology|course)(?: of)?)\b"
    r"(?: (?:in|with|to|at|about|on|of|for|around|during))?\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A sentence and the days it tells of: those that it names, else its article's; `None` when neither is known."""

    hit: SentenceHit
    first: date | None
    last: date | None

    @property
    def day(self) -> str | None:
        """The day, or the month or the year where no more is said, in ISO 8601."""
        return None if self.first is None or self.last is None else iso_days(self.first, self.last)

    def verdict(self, label: int) -> Verdict:
        """The sentence as one that may be shown: it is quoted; that it is on the topic is what is certain of it."""
        check = Check("quotation", True, "It is the cited sentence, word for word.")
        return Verdict(
            self.hit.sentence.text, (label,), min(self.hit.features.context_words, 1.0), "supported", (check,)
        )


def topic_of(question: str) -> str | None:
    """What a question for the course of events is about; `None` for any other question.

    >>> topic_of("What happened in Syria?")
    'Syria'
    """
    match = _HAPPENED.match(question.strip())
    topic = question.strip()[match.end() :].strip(" ?.!,") if match else ""
    return topic or None


def timeline(
    ranked: Sequence[SentenceHit],
    days: Mapping[str, date | None],
    threshold: float,
    since: date | None = None,
    until: date | None = None,
) -> tuple[list[Entry], int]:
    """The entries in order of their days, undated ones last, and how many more there were.

    Only those that touch the days from `since` to `until`. `days`: of publication, by article.
    """
    chosen: list[Entry] = []
    left_out = 0
    for hit in ranked:
        on_topic = hit.features.context_words >= ON_TOPIC or support(hit.features) >= threshold
        if not on_topic or hit.sentence.role != "body" or any(_same(hit, entry.hit) for entry in chosen):
            continue
        entry = _entry(hit, days.get(hit.sentence.article_id))
        if (entry.last or date.max) >= (since or date.min) and (entry.first or date.min) <= (until or date.max):
            left_out += len(chosen) == MOST
            chosen += [entry] if len(chosen) < MOST else []
    chosen.sort(key=lambda e: (e.first or date.max, e.hit.sentence.article_id, e.hit.sentence.index))
    return chosen, left_out


def _entry(hit: SentenceHit, published: date | None) -> Entry:
    """The sentence with the first past day that it names; a span of over a year is a background, not a day."""
    for moment in moments(hit.sentence.text, published):
        if (moment.end - moment.start).days <= YEAR and (published is None or moment.start <= published):
            return Entry(hit, moment.start, moment.end)
    return Entry(hit, published, published)


def _same(one: SentenceHit, other: SentenceHit) -> bool:
    """Whether both tell the same; not when one denies something or has another number."""
    a, b = claim(one.sentence.text), claim(other.sentence.text)
    if bool(a.negations) != bool(b.negations) or not _nested(
        {q.value for q in a.quantities}, {q.value for q in b.quantities}
    ):
        return False
    left, right = stems(one.sentence.text), stems(other.sentence.text)
    smaller = min(len(left), len(right))
    return bool(smaller) and len(left & right) / smaller >= SAME


def _nested(one: set[Fraction], other: set[Fraction]) -> bool:
    return one <= other or other <= one
