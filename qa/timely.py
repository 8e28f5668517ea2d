"""Sentences that fit the time a question asks about, first or alone; and what is to be said of that time.

A sentence fits when it speaks of those days, or speaks of no day and its article appeared then: who asks what happened
"in September 2021" may be answered by an article of 2023. Reads no library; the articles' days are given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from corpus.lexical import words
from corpus.moments import moments
from corpus.types import Filters
from qa.gate import support
from qa.question_time import QuestionTime, TimeKind
from qa.types import Citation, Note, SentenceHit

NEAR = 0.85  # of the best score: sentences that answer about as well, among which time decides
REPORTED = timedelta(days=3)  # an article tells of what happened some days before it
STALE = timedelta(days=180)  # a state of affairs older than that may well have changed

ALL = 0.999  # but for rounding
TOPIC = 0.5  # of the confidence that an answer needs: a topic is no question with one answer

ORDERED = (TimeKind.LATEST, TimeKind.CURRENT)


_NEWS = re.compile(r"\b(?:news|updates?|developments?|information|status)\b ?", re.IGNORECASE)  # in no article


def anchored(when: QuestionTime, day: date) -> QuestionTime:
    """The time of a question that names an event, once the event's day is known."""
    if when.kind is TimeKind.BEFORE:
        return replace(when, until=min(when.until or day, day))
    if when.kind is TimeKind.AFTER:
        return replace(when, since=max(when.since or day, day))
    return replace(when, since=when.since or day, until=when.until or day)


def without_time(question: str, when: QuestionTime) -> str:
    """The question less the words of its time; the question itself when nothing else is left of it.

    >>> without_time("Who is currently prime minister?", question_time("Who is currently prime minister?", ...))
    'Who is prime minister?'
    """
    rest = " ".join(f"{question[: when.span.start]} {question[when.span.end :]}".split())
    if when.kind is TimeKind.LATEST:
        rest = _NEWS.sub("", rest)
    rest = re.sub(r"\s+([?.,!])", r"\1", rest).strip(" ,")
    return rest if words(rest) else question


def published_in(when: QuestionTime, filters: Filters) -> Filters:
    """The filters, narrowed to articles that appeared on the days asked about or shortly after."""
    since, until = filters.since, filters.until
    if when.since:
        since = max(since or "", when.since.isoformat())
    if when.until:
        last = min(when.until, date.max - REPORTED) + REPORTED
        until = min(until or last.isoformat(), last.isoformat())
    return replace(filters, since=since, until=until)


def timely(
    when: QuestionTime, ranked: Sequence[SentenceHit], days: Mapping[str, date | None], threshold: float
) -> list[SentenceHit]:
    """The sentences in the order that the time asked for gives them. `days`: of publication, by article.

    A time said plainly keeps out what does not fit, if anything that fits may answer; any other only decides among
    sentences that answer about as well. "Latest" and "currently" put the newest article first.
    """
    if not ranked:
        return []
    near = [hit for hit in ranked if hit.score >= NEAR * ranked[0].score]
    if when.kind is TimeKind.LATEST:  # "the latest on Artemis" is whatever the newest article on it says
        near = [hit for hit in ranked if hit.score >= NEAR * ranked[0].score or _on_topic(hit, threshold)]
    kept = {id(hit) for hit in near}
    rest = [hit for hit in ranked if id(hit) not in kept]
    if when.kind in ORDERED:
        return sorted(near, key=lambda hit: _newest_first(days.get(hit.sentence.article_id))) + rest
    fitting = [hit for hit in ranked if fits(when, hit, days.get(hit.sentence.article_id))]
    if when.explicit and fitting and support(fitting[0].features) >= threshold:
        return fitting
    kept = {id(hit) for hit in fitting}
    return sorted(near, key=lambda hit: id(hit) not in kept) + rest


def _on_topic(hit: SentenceHit, threshold: float) -> bool:
    """Whether the sentence, its neighbors and its title hold all the question's words, and it may answer."""
    return hit.features.context_words >= ALL and support(hit.features) >= TOPIC * threshold


def fits(when: QuestionTime, hit: SentenceHit, published: date | None) -> bool:
    """Whether a sentence is of the days asked about."""
    low, high = when.since or date.min, when.until or date.max
    found = moments(hit.sentence.text, published)
    if found:
        return any(moment.start <= high and moment.end >= low for moment in found)
    return published is not None and low <= published and published - REPORTED <= high


def time_notes(
    when: QuestionTime, citations: Sequence[Citation], days: Mapping[str, date | None], today: date
) -> list[Note]:
    """How the time was read; of a current state, as of which day it is known, and whether that is long ago."""
    notes = []
    if when.kind not in ORDERED and (when.since or when.until):
        notes.append(Note("time", f"Read as {_range(when.since, when.until)}."))
    known = [day for citation in citations if (day := days.get(citation.article_id))]
    if when.kind in ORDERED and known:
        newest = max(known)
        text = f"As of {_day(newest)}."
        if today - newest > STALE:
            text = f"The newest article on this is {_age(today - newest)} old ({_day(newest)})."
        numbers = tuple(c.number for c in citations if days.get(c.article_id) == newest)
        notes.append(Note("stale" if today - newest > STALE else "time", text, numbers))
    return notes


def _newest_first(day: date | None) -> int:
    return -day.toordinal() if day else 1


def _range(since: date | None, until: date | None) -> str:
    if since and until:
        return _day(since) if since == until else f"{_day(since)} to {_day(until)}"
    return f"{_day(since)} or later" if since else f"{_day(until or date.max)} or before"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _age(age: timedelta) -> str:
    months = round(age.days / 30.44)
    return f"{months} months" if months < 24 else f"{months // 12} years"
