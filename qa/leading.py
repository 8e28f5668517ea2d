"""Which count leads: of one that grows from article to article the newest, of those of a day asked about that day's.

Moves sentences; drops none, and writes no note (`qa.disagreement`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from qa.figures import GROWING, RATES, measure_of, stated
from qa.gate import support
from qa.question_time import QuestionTime
from qa.same_event import one_event
from qa.timely import fits
from qa.types import SentenceHit

CONSIDERED = 16  # best sentences: later ones seldom answer
LIKELY = 0.5  # of the confidence that an answer needs: the same count in other words is often less like the question


def newest_first(
    question: str, ranked: list[SentenceHit], days: Mapping[str, date | None], threshold: float
) -> list[SentenceHit]:
    """The sentences with the newest figure of a growing count in front, when the question asks for one.

    Only among counts of the same event as the best, that answer the question too; all others keep their places.
    """
    measure = measure_of(question)
    if measure is None or measure not in GROWING | RATES:
        return ranked
    counts = [
        hit for hit in ranked[:CONSIDERED] if _counts(hit, measure) and support(hit.features) >= LIKELY * threshold
    ]
    if len(counts) < 2 or not all(days.get(hit.sentence.article_id) for hit in counts[:1]):
        return ranked
    best = counts[0]
    same = [hit for hit in counts if hit is best or _same_event(best, hit, days)]
    ordered = sorted(same, key=lambda hit: days.get(hit.sentence.article_id) or date.min, reverse=True)
    if ordered[0] is best or not _grows(ordered, measure):
        return ranked
    kept = {id(hit) for hit in ordered}
    return [*ordered, *(hit for hit in ranked if id(hit) not in kept)]


def counted_then(
    question: str, when: QuestionTime, ranked: list[SentenceHit], days: Mapping[str, date | None]
) -> list[SentenceHit]:
    """The sentences, those with the count asked for, of the days asked about, in front; none when there is no such count.

    "Marched" and "marchers" are the same count, in words that the ranking finds unlike.
    """
    measure = measure_of(question)
    then = [
        hit
        for hit in ranked[:CONSIDERED]
        if measure
        and _counts(hit, measure)
        and hit.features.names >= 1
        and fits(when, hit, days.get(hit.sentence.article_id))
    ]
    kept = {id(hit) for hit in then}
    return [*then, *(hit for hit in ranked if id(hit) not in kept)] if then else []


def _grows(newest: Sequence[SentenceHit], measure: str) -> bool:
    """Whether no later count is smaller; a rate may fall."""
    if measure in RATES:
        return True
    values = [max(f.low for f in stated(hit.sentence.text) if f.measure == measure) for hit in newest]
    return values == sorted(values, reverse=True)


def _counts(hit: SentenceHit, measure: str) -> bool:
    return any(figure.measure == measure for figure in stated(hit.sentence.text))


def _same_event(one: SentenceHit, two: SentenceHit, days: Mapping[str, date | None]) -> bool:
    first, second = days.get(one.sentence.article_id), days.get(two.sentence.article_id)
    return first is not None and second is not None and one_event(one, two, abs((first - second).days))
