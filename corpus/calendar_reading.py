"""What the readers of calendar terms share: the term, the view from which it is read, the fragments of their patterns.

All patterns are matched against the text in small letters (`View.low`); `View.text` tells capitals. Reads nothing itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from corpus.calendar_days import Days
from corpus.types import Span

MONTHS = ("january", "february", "march", "april", "may", "june",
          "july", "august", "september", "october", "november", "december")  # fmt: skip
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ONES = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen twenty").split()  # fmt: skip
FEW = {"couple of", "a couple of", "few", "a few", "several"}
_COUNTS = {word: count for count, word in enumerate(ONES)} | {
    "a": 1, "an": 1, "couple of": 2, "a couple of": 2, "few": 3, "a few": 3, "several": 3, "thirty": 30, "forty": 40,
    "fifty": 50, "sixty": 60, "a hundred": 100, "one hundred": 100,
}  # fmt: skip
STEPS = {"last": -1, "previous": -1, "past": -1, "this": 0, "the": 0, "next": 1, "coming": 1}

MONTH = rf"(?:(?:{'|'.join(MONTHS)})\b|(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?)"
WEEKDAY = rf"(?:{'|'.join(WEEKDAYS)})"
ANY_WEEKDAY = rf"(?:{WEEKDAY}|mon|tues?|wed|thu|thurs?|fri|sat|sun)\b\.?"
DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?(?![\w:%]|[.,]\d)"
YEAR = r"(?:1\d|20)\d\d(?![\w%]|[.,]\d)"
SAID_YEAR = rf"(?:,? ?(?:of )?(?P<year>{YEAR})(?!-\d)|,? (?:of )?(?P<rel>last|this|next) year\b)"
COUNT = rf"(?:\d{{1,3}}|{'|'.join(sorted((*_COUNTS, *ONES), key=len, reverse=True))})"
UNIT = r"(?:minute|hour|day|night|weekend|week|fortnight|month|quarter|year|decade|centur(?:y|ie))"
TIME_OF_DAY = r"(?:[ ,]+(?:early )?(?:(?:morning|afternoon|evening|night|lunchtime)\b))?"

# A word of time before a month or a weekday; the firm ones no verb or name follows ("in May", but "by May" who spoke).
LED = re.compile(
    r"\b(?:in|since|until|till|by|before|after|from|to|between|and|or|during|of|through|throughout|for|early|late|mid|"
    r"last|this|next|as of|around|about|on|starting|compared with|compared to)[ -]$"
)
FIRMLY_LED = re.compile(r"\b(?:in|since|until|of|early|late|mid|during|throughout)[ -]$")
CAPITAL_NEXT = re.compile(r" (?:van\b|de\b|[A-Z])")
_WINDOW = 24  # characters before a term that may bear on it


@dataclass(frozen=True, slots=True)
class Term:
    """Days that a text names: `span` in the text, `start` and `end` inclusive, `unit` from "day" to "century", or "part" of one.

    `yearless`: the year was not said but found. `fuzzy`: the bounds are a convention ("early", "a few", 03/04/2021).
    `bare`: no word of time stands before it, so that it may be part of a name. `relative`: depends on the day it is read.
    """

    span: Span
    start: date
    end: date
    unit: str
    yearless: bool = False
    fuzzy: bool = False
    bare: bool = False
    relative: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """From where a term is read: the text, its small letters, the day, whether a yearless date is yet to come.

    `names`: years in names count. `year`: one said nearby for a date without. `depth`: of terms within terms.
    """

    text: str
    low: str
    today: date
    coming: bool
    names: bool
    year: int | None = None
    depth: int = 0

    def before(self, at: int) -> str:
        """The small letters before a place, as far as they matter."""
        return self.low[max(0, at - _WINDOW) : at]

    def word_before(self, at: int) -> str:
        """The word before a place as it is written, "" where there is none."""
        match = re.search(r"([\w'’.&-]+) $", self.text[max(0, at - _WINDOW) : at])
        return match[1] if match else ""


class NoDays(Exception):
    """What looked like a term names no days: 31 June, a year in a name."""


Resolver = Callable[[View, re.Match[str]], Term]
Form = tuple[re.Pattern[str], Resolver]


def small(text: str) -> str:
    """The text in small letters, of the same length: a letter whose small form is longer is kept."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def count_of(word: str) -> int:
    """`count_of("three") == 3`."""
    return _COUNTS[word] if word in _COUNTS else int(word)


def unit_of(word: str) -> str:
    """`unit_of("centuries") == "century"`."""
    word = word.removesuffix("s")
    return "century" if word.startswith("centur") else word


def month_of(name: str) -> int:
    """`month_of("sept.") == 9`."""
    return next(number for number, month in enumerate(MONTHS, 1) if month.startswith(name[:3]))


def said_year(view: View, match: re.Match[str]) -> int | None:
    """The year that `SAID_YEAR` found, in numbers or as "last year"."""
    if match["year"]:
        return int(match["year"])
    return view.today.year + STEPS[match["rel"]] if match["rel"] else None


def full_year(two: int, today: date) -> int:
    """The nearest past year with these last two digits."""
    return today.year // 100 * 100 + two - (100 if two > today.year % 100 else 0)


def year_for(view: View, days: Callable[[int], Days]) -> int:
    """The year of a yearless date: the nearest that has begun; when yet to come, the nearest that has not ended."""
    if view.year is not None:
        return view.year
    this = view.today.year
    span = range(this - 1, this + 9) if view.coming else range(this, this - 9, -1)  # 29 February may be 8 years away
    for year in span:
        try:
            first, last = days(year)
        except ValueError:  # no such day in that year
            continue
        if last >= view.today if view.coming else first <= view.today:
            return year
    raise NoDays


def span_of(match: re.Match[str]) -> Span:
    """The words of a match."""
    return Span(*match.span())


def forms(*pairs: tuple[str, Resolver]) -> tuple[Form, ...]:
    """Patterns compiled, in the order in which they are tried."""
    return tuple((re.compile(pattern), resolver) for pattern, resolver in pairs)
