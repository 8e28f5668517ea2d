"""The days that a sentence of an article speaks of, read on the day that the article was published.

News convention: "on Wednesday" and "in December" are the nearest past ones, the day of publication included, unless the
words before them speak of what is to come ("will meet on Wednesday"). Rules over English words; no event is looked up, so
"the day after the election" and "the following week" are no moments, nor are durations, ages and times of day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from corpus.calendar_reading import Term, small
from corpus.calendar_terms import terms
from corpus.types import Span

_FAR = date(9000, 1, 1)  # where a text is read from when its day is not known; no year of the news is later
_IRREGULAR = (
    "said|says|told|was|were|had|has|have|did|made|took|came|went|met|saw|fell|began|left|won|lost|beat|sent|gave|got|"
    "found|led|held|kept|rose|grew|broke|drew|drove|fled|flew|fought|hit|knew|let|paid|put|quit|ran|sank|sat|set|shook|shot|"
    "shut|spent|spoke|stood|stole|struck|swore|thought|threw|wrote|became|brought|built|bought|sold|caught|chose|cut|felt|"
    "forbade|forgave|heard|hurt|laid|lay|meant|read|rode|sang|sought|swept|taught|tore|understood|withdrew|woke|been|born"
)
_TENSE = re.compile(
    r"\b(?:(?P<coming>will|would|won[’']t|shall|(?:is|are|was|were) (?:to|due|set|expected|scheduled|slated|likely|going)\b|to be|"
    r"(?:due|set|expected|scheduled|slated|likely|going|able|way|planned|plans?|hopes?|intends?|aims?|vows?|ready|preparing) (?:to|for)|"
    r"until|upcoming|tomorrow)|(?P<present>takes? (?:place|effect)|(?:begin|start|open|close|follow|vote|meet|resume|end|expire|"
    rf"reopen)s?|go(?:es)? to the polls)|(?P<past>{_IRREGULAR}|(?<!be )\w+ed))\b"
)
_SINCE = re.compile(r"\b(?:since|ever since)(?: the| at least| about| around)? (?:early |late )?$")
_TOWARD = re.compile(r"\b(?:before|ahead of|by|until|till)(?: the| its| his| her| their)? $")
_HALF_YEAR = timedelta(days=182)
_WINDOW = 24  # characters before a term that may hold its preposition


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of a sentence that names days: the `span` without its preposition, the first and the last day."""

    span: Span
    start: date
    end: date

    @property
    def iso(self) -> str:
        """The day, or the month or the year where no more is said, in ISO 8601: `2023-02-06`, `2011-11`, `2011`."""
        return iso_days(self.start, self.end)


def iso_days(start: date, end: date) -> str:
    """A stretch of days in ISO 8601 of reduced precision; it is named by its start."""
    length = (end - start).days
    return start.isoformat()[: 10 if length < 8 else 7 if length < 32 else 4]


def moments(sentence: str, published: date | None) -> tuple[Moment, ...]:
    """The moments of a sentence, in order; only those that need no day of publication where none is known.

    What began at a time and lasts ("since 2011") ends on the day of publication.

    >>> [moment.start.isoformat() for moment in moments("He fled on Wednesday.", date(2023, 3, 16))]
    ['2023-03-15']
    """
    today, low = published or _FAR, small(sentence)
    cues: list[tuple[int, int, bool]] | None = None

    def coming(start: int, end: int) -> bool:
        nonlocal cues
        if cues is None:
            cues = _cues(low)
        before = [ahead for _, stop, ahead in cues if stop <= start]
        return before[-1] if before else next((ahead for begin, _, ahead in cues if begin >= end), False)

    found = terms(sentence, today, coming)
    return tuple(_moment(low, term, today) for term in found if published is not None or not term.relative)


def _moment(low: str, term: Term, today: date) -> Moment:
    before = low[max(0, term.span.start - _WINDOW) : term.span.start]
    if _SINCE.search(before) and term.start <= today < _FAR:
        return Moment(term.span, term.start, today)
    if term.yearless and today - term.end > _HALF_YEAR and _TOWARD.search(before):  # "before the November election"
        return Moment(term.span, term.start + relativedelta(years=1), term.end + relativedelta(years=1))
    return Moment(term.span, term.start, term.end)


def _cues(low: str) -> list[tuple[int, int, bool]]:
    """Where words tell the tense, and whether of what is to come: a plain present does where no past was told before."""
    found: list[tuple[int, int, bool]] = []
    past = False
    for match in _TENSE.finditer(low):
        past = past or match.lastgroup == "past"
        if match.lastgroup != "present" or not past:
            found.append((match.start(), match.end(), match.lastgroup != "past"))
    return found
