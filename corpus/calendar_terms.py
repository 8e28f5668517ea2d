"""The grammar of time in English news: which stretch of a text names days, and which days, seen from one day.

Reads what `corpus.calendar_dates` and `corpus.calendar_relative` read, in part ("early 2023", "the end of June"), beside
another term ("the day after 5 May 2021") or joined ("between March and June 2023"). "Early", "mid" and "late" are thirds
of a period in its own units. Knows neither questions nor articles: what a preposition before a term means is for
`corpus.moments` and `qa.question_time` to say. Durations, ages and times of day are no terms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from corpus.calendar_dates import CENTURIES, DATE_FORMS, DECADES, HOLIDAYS, ORDINALS, SEASONS
from corpus.calendar_days import period, shift, third
from corpus.calendar_reading import (
    COUNT,
    MONTHS,
    ONES,
    UNIT,
    WEEKDAYS,
    NoDays,
    Term,
    View,
    count_of,
    forms,
    small,
    unit_of,
)
from corpus.calendar_relative import DAY_WORDS, RELATIVE_FORMS
from corpus.types import Span

MAX_DEPTH = 3  # terms within terms; deeper is no English
Coming = Callable[[int, int], bool]

_LINK = re.compile(r"(?: ?[-–—] ?|,? (?P<word>to|and|or|until|till|through) )(?=[\w'’])")
_BETWEEN = re.compile(r"\bbetween (?:the )?(?:\w+ )?$")
_FROM = re.compile(r"\b(?:from|between) (?:the )?(?:\w+ )?$")
_BARE_UNIT = re.compile(r"(?:the )?(?P<unit>week|month|quarter|year)\b")
_YEAR = relativedelta(years=1)


def terms(text: str, today: date, coming: Coming, *, names: bool = False, lists: bool = False) -> Iterator[Term]:
    """The terms of a text, in order, without overlap, read on the day `today`.

    `coming(start, end)` says whether a yearless date there is yet to come. With `names` years in names are terms too
    ("World Cup 2022"), always `bare`. With `lists` "2019 or 2020" is one term. Dates that no calendar has, and those
    before the year 1 or after 9999, are passed over.
    """
    view = View(text, small(text), today, False, names)
    position = 0
    while match := _WORD.search(view.low, position):
        word = match["word"]
        term = _term(view, match.start(), coming) if word in _FIRST_WORDS or word[-1].isdigit() else None
        if term is None:  # after an article the word itself is tried
            position = match.start("word") if match.start("word") > match.start() else match.end()
            continue
        term = _joined(view, term, coming, lists)
        yield term
        position = term.span.end


def _term(view: View, at: int, coming: Coming, year: int | None = None) -> Term | None:
    """The term that begins at a place."""
    for pattern, resolve in _FORMS:
        if match := pattern.match(view.low, at):
            seen = replace(view, coming=coming(at, match.end()), year=year, depth=view.depth + 1)
            try:
                return resolve(seen, match)
            except (NoDays, ValueError, OverflowError):  # the last two: no such day
                continue
    return None


def _inner(view: View, at: int) -> Term:
    """The term inside another: "June 2021" of "the end of June 2021"."""
    term = _term(view, at, lambda _start, _end: view.coming) if view.depth < MAX_DEPTH else None
    if term is None:
        raise NoDays
    return term


def _joined(view: View, first: Term, coming: Coming, lists: bool) -> Term:
    """The term with the one that follows after "to", "and" or a dash, where the two make one stretch of time."""
    link = _LINK.match(view.low, first.span.end)
    if link is None or not _joins(link["word"], view.before(first.span.start), first, lists):
        return first
    second = _term(view, link.end(), coming)
    if second is None or ((link["word"] is None or (first.bare and second.bare)) and first.unit != second.unit):
        return first
    start = first
    if first.yearless and not second.yearless and second.unit in ("day", "month"):  # "between March and June 2023"
        start = _term(view, first.span.start, coming, second.end.year) or first
    begin = start.start
    if begin > second.end and first.yearless and begin.year > 1:
        begin -= _YEAR
    if begin > second.end:
        return first
    yearless, fuzzy = first.yearless and second.yearless, first.fuzzy or second.fuzzy
    relative = start.relative or second.relative
    span = Span(first.span.start, second.span.end)
    return Term(span, begin, second.end, first.unit, yearless, fuzzy, first.bare, relative)


def _joins(word: str | None, before: str, first: Term, lists: bool) -> bool:
    if word in ("and", "or"):
        return lists or (word == "and" and bool(_BETWEEN.search(before)))
    return word is None or bool(_FROM.search(before)) or (word == "to" and first.unit != "day")


def _offset(view: View, match: re.Match[str]) -> Term:
    """ "the day after 5 May 2021", "two weeks before Monday": counted from the term that follows."""
    term, unit = _inner(view, match.end()), unit_of(match["unit"])
    if term.bare and term.unit == "month":
        raise NoDays
    count = count_of(match["count"]) if match["count"] else None
    if match["side"] == "after":
        end = shift(term.end, unit, count or 1)
        start = end if count else term.end + timedelta(days=1)
    else:
        start = shift(term.start, unit, -(count or 1))
        end = start if count else term.start - timedelta(days=1)
    return replace(term, span=Span(match.start(), term.span.end), start=start, end=end, unit=unit, bare=False)


def _part(view: View, match: re.Match[str]) -> Term:
    """ "early 2023", "late last week", "earlier this month", "the end of June", "the start of the year"."""
    word, at, today = match["part"], match.end(), view.today
    unit = _BARE_UNIT.match(view.low, at) if word in ("earlier", "later") or word.endswith(" of") else None
    if unit:
        term = Term(Span(*unit.span()), *period(today, unit["unit"]), unit["unit"], relative=True)
    else:
        term = _inner(view, at)
    whole, term = term.unit, replace(term, span=Span(match.start(), term.span.end), unit="part", bare=False)
    if word in ("so far", "earlier"):
        return replace(term, end=min(today, term.end)) if term.start <= today else term
    if word == "later":
        if term.end < today and term.yearless:  # "later in May", told in May of what is not said to be past
            term = replace(term, start=term.start + _YEAR, end=term.end + _YEAR)
        return replace(term, start=max(today, term.start)) if term.end >= today else term
    which = "early" if re.search(r"early|start|beginning|turn", word) else "mid" if "mid" in word else "late"
    start, end = third(term.start, term.end, whole, which)
    return replace(term, start=start, end=end, fuzzy=term.fuzzy or term.start != term.end)


def _nth_of(view: View, match: re.Match[str]) -> Term:
    """ "the first week of June 2023", "the last ten days of May"."""
    term = _inner(view, match.end())
    if term.unit != "month":
        raise NoDays
    size = timedelta(days=(count_of(match["count"]) if match["count"] else 1) * (7 if match["unit"][0] == "w" else 1))
    day = timedelta(days=1)
    if match["nth"] in ("last", "final"):
        start, end = term.end - size + day, term.end
    else:
        start = term.start + (ORDINALS[match["nth"]] - 1) * size
        end = min(term.end, start + size - day)
    if start < term.start:
        raise NoDays
    return replace(term, span=Span(match.start(), term.span.end), start=start, end=end, unit="week", bare=False)


def _week_of(view: View, match: re.Match[str]) -> Term:
    """ "the week of 6 February"."""
    term = _inner(view, match.end())
    start, end = period(term.start, "week")
    if term.unit != "day" or term.end > end:
        raise NoDays
    return replace(term, span=Span(match.start(), term.span.end), start=start, end=end, unit="week", bare=False)


_FORMS = (
    *DATE_FORMS,
    *forms(
        (rf"(?:the )?(?P<nth>first|second|third|fourth|last|final) (?:(?P<count>{COUNT}) )?(?P<unit>weeks?|days?) (?:of|in) (?=\w)", _nth_of),
        (r"(?:the )?week of (?=\w)", _week_of),
        (r"(?P<part>(?:the )?(?:early(?: on)?|late|mid)|earlier|later|(?:the )?(?:very )?(?:start|beginning|middle|end|turn) of|so far)"
         r"[ -](?:in |on )?(?:the )?(?=\S)", _part),
    ),
    *RELATIVE_FORMS,
    *forms((rf"(?:(?P<count>{COUNT})|the) (?P<unit>{UNIT}s?) (?P<side>before|after) (?=\w)", _offset)),
)  # fmt: skip

# A term begins with one of these words, with or without an article, or with a digit.
_FIRST_WORDS = frozenset(
    (*MONTHS, *(month[:3] for month in MONTHS), "sept", *WEEKDAYS, *(day[:3] for day in WEEKDAYS), "tues", "thurs",
     *SEASONS, *DECADES, *ORDINALS, *ONES, *(name.split()[0].split("'")[0] for name in HOLIDAYS),
     *(word.split("-")[0] for word in CENTURIES), *(word.split()[0] for word in DAY_WORDS if not word.startswith("the")),
     *"q h last this next past previous coming recent day night week weekend month year early earlier late later mid middle "
      "very start beginning end turn so a an couple few several hundred thirty forty fifty sixty minute hour fortnight quarter "
      "decade century".split())
)  # fmt: skip
_WORD = re.compile(r"(?<![\w/.,$€£¥#+-])(?:(?:the|an?) )?(?P<word>[a-z]+|['’]?\d)")
