"""Terms with a name in the calendar: dates, months, seasons, quarters, years, decades, centuries, holidays.

Numbers with a year are day and month, unless only the other order is possible. Years and months that may be part of a name
or an amount ("Expo 2020", "2000 soldiers", "May said") are refused here, or kept as `bare`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

from dateutil.easter import easter

from corpus.calendar_days import Days, months, years
from corpus.calendar_reading import (
    ANY_WEEKDAY,
    CAPITAL_NEXT,
    DAY,
    FIRMLY_LED,
    LED,
    MONTH,
    MONTHS,
    SAID_YEAR,
    STEPS,
    YEAR,
    NoDays,
    Term,
    View,
    forms,
    full_year,
    month_of,
    said_year,
    small,
    span_of,
    year_for,
)

SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}  # first month, meteorological, northern
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "final": 4, "last": 4}
CENTURIES = {"sixteenth": 16, "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20,
             "twenty-first": 21}  # fmt: skip
DECADES = {"twenties": 20, "thirties": 30, "forties": 40, "fifties": 50, "sixties": 60, "seventies": 70,
           "eighties": 80, "nineties": 90}  # fmt: skip
_FIXED = {
    "new year's eve": (12, 31), "new year's day": (1, 1), "christmas day": (12, 25), "christmas eve": (12, 24),
    "christmas": (12, 25), "boxing day": (12, 26), "halloween": (10, 31), "valentine's day": (2, 14),
}  # fmt: skip
_EASTER = {"good friday": -2, "easter sunday": 0, "easter monday": 1, "easter": 0}  # days from Easter Sunday
HOLIDAYS = (*_FIXED, *_EASTER)

_DOUBTFUL = {"march", "april", "may", "june", "august"}  # also verbs and names: alone they need a word of time before
_NO_VERB_NEXT = re.compile(
    r"\s*(?:$|[^\w\s]|(?:and|or|to|of|in|on|at|for|when|this|last|but|as|with|by|the|a|after|before|was|is)\b)"
)
_SEASON_LED = re.compile(r"\b(?:in|over|during|since|until|by) $")
_SHARE_LED = re.compile(r"\b(?:in|for|during|since|until|by|of)(?: the)? $")
_DECADE_LED = re.compile(r"(?:early|late|mid)[ -]$|the $")
_YEAR_LED = re.compile(
    r"(?:^|\(|\b(?:in|since|until|till|by|before|after|from|to|between|and|or|during|of|through|throughout|around|about|"
    r"as of|early|late|mid|than|for|circa|was|year|into|in the year|back to|starting)[ -])$"
)
_AMOUNT_LED = re.compile(r"\b(?:about|around|than|for|to|of|and|or|was) $")
_ARTICLE = re.compile(r"\b(?:the|this|that|his|her|its|their|\w['’]s) $")
_GLUED = re.compile(r"(?<!\bmid-)(?<!\bearly-)(?<!\blate-)(?<!\bpre-)(?<!\bpost-)(?<=[\w$€£¥.,:/'’+-])$")
_NO_YEAR_NEXT = re.compile(
    r"\s*(?:bce?\b|b\.c)|-(?!era\b)[a-z]|[ -](?:%|percent|per cent|people|men|women|children|dollars?|euros?|pounds?|km|"
    r"kilomet|met(?:er|re)|miles?|feet|foot|tons?\b|tonnes?|kg|pages?|gmt|utc|local time|hours?|years?[ -]old\b|am\b|pm\b|mph|"
    r"seats?|square|degrees?|million|billion)"
)
_PLURAL_NEXT = re.compile(r" (?!was\b|is\b|has\b|as\b|its\b|his\b|this\b|\w*(?:ss|is|us)\b)[a-z]+s\b")
_NUMBERED = set(
    "flight resolution agenda vision route room highway windows section article unit model no number page channel area boeing "
    "airbus ps studio office project goal goals target targets bill act class".split()
)
_BEFORE_CHRIST = re.compile(r"\s*(?:bce?|b\.c)\b")


def _iso(_: View, match: re.Match[str]) -> Term:
    day = date(int(match["y"]), int(match["m"]), int(match["d"]))
    return Term(span_of(match), day, day, "day")


def _numbers(_: View, match: re.Match[str]) -> Term:
    one, two, year = int(match["one"]), int(match["two"]), int(match["y"])
    slash = match["mark"] == "/"
    day = date(year, one, two) if slash and two > 12 else date(year, two, one)
    return Term(span_of(match), day, day, "day", fuzzy=slash and one <= 12 and two <= 12 and one != two)


def _date(view: View, match: re.Match[str]) -> Term:
    month, said = month_of(match["month"]), said_year(view, match)
    first, last = (int(re.sub(r"\D", "", match[name] or match["day"])) for name in ("day", "last"))
    if last < first:
        raise NoDays

    def days(year: int) -> Days:
        return date(year, month, first), date(year, month, last)

    year = said if said is not None else year_for(view, days)
    return Term(span_of(match), *days(year), "day", said is None, relative=not match["year"])


def _month(view: View, match: re.Match[str]) -> Term:
    month, said, det = month_of(match["month"]), said_year(view, match), match["det"]
    led = bool(det or LED.search(view.before(match.start())))
    if said is None and not _is_month(view, match, led):
        raise NoDays

    def days(year: int) -> Days:
        return months(year, month)

    if det:
        year = view.today.year
        if det != "this":
            year = year_for(replace(view, coming=det == "next"), days)
            year += STEPS[det] * ((view.today.year, view.today.month) == (year, month))
        return Term(span_of(match), *days(year), "month", relative=True)
    year = said if said is not None else year_for(view, days)
    bare = said is None and not led
    return Term(span_of(match), *days(year), "month", said is None, bare=bare, relative=not match["year"])


def _is_month(view: View, match: re.Match[str], led: bool) -> bool:
    """Whether a month's name without a year is the month: not the verb, the woman, or the March of a year told before."""
    name, before, end = match["month"].rstrip("."), view.before(match.start()), match.end()
    capital = view.text[match.start("month")].isupper()
    firm = bool(match["det"] or FIRMLY_LED.search(before))
    if before.endswith("that ") or not (capital or led):
        return False
    if name not in MONTHS:  # "in Sept.", but not "Jan van Eyck"
        return firm and capital and not CAPITAL_NEXT.match(view.text, end)
    if name in _DOUBTFUL and not firm:
        if before.endswith("the "):
            return capital and not view.low.startswith((" on ", " for "), end)  # "the March on Washington"
        return led and capital and bool(_NO_VERB_NEXT.match(view.low, end))
    return True


def _season(view: View, match: re.Match[str]) -> Term:
    first, said, det = SEASONS[match["season"]], said_year(view, match), match["det"]
    if match["short"]:
        said = full_year(int(match["short"]), view.today)

    def days(year: int) -> Days:
        return months(year, first, 3)

    if said is None:
        if not det and not (match["the"] and _SEASON_LED.search(view.before(match.start()))):
            raise NoDays
        year = view.today.year if det == "this" else year_for(replace(view, coming=view.coming or det == "next"), days)
        if det == "last" and days(year)[1] >= view.today:
            year -= 1
        return Term(span_of(match), *days(year), "season", relative=True)
    return Term(span_of(match), *days(said), "season", relative=bool(match["rel"]))


def _share(view: View, match: re.Match[str]) -> Term:
    """A quarter or a half of a year; without a year never explicit: games have quarters too."""
    size = 3 if (match["label"] or match["kind"])[0] == "q" else 6
    count = int(match["label"][1]) if match["label"] else ORDINALS[match["nth"]]
    if match["nth"] in ("final", "last"):
        count = 12 // size
    month, said = (count - 1) * size + 1, view.today.year if match["whole"] else said_year(view, match)
    if month > 12 or (said is None and (size == 6 or not _SHARE_LED.search(view.before(match.start())))):
        raise NoDays

    def days(year: int) -> Days:
        return months(year, month, size)

    unit = "quarter" if size == 3 else "half"
    if said is not None:
        return Term(span_of(match), *days(said), unit, relative=not match["year"])
    year = year_for(view, days)
    if not view.coming and days(year)[1] >= view.today:
        year -= 1  # results are told of a quarter that is over
    return Term(span_of(match), *days(year), unit, yearless=True, fuzzy=True, relative=True)


def _decade(view: View, match: re.Match[str]) -> Term:
    if match["full"]:
        first = int(match["full"])
        if first % 100 == 0 and first < 2000:  # "the 1700s"
            return Term(span_of(match), *years(first, first + 99), "century")
        return Term(span_of(match), *years(first, first + 9), "decade")
    if not match["the"] and not _DECADE_LED.search(view.before(match.start())):
        raise NoDays
    first = full_year(DECADES[match["word"]] if match["word"] else int(match["short"]), view.today)
    return Term(span_of(match), *years(first, first + 9), "decade", relative=True)


def _century(view: View, match: re.Match[str]) -> Term:
    count = int(match["nth"]) if match["nth"] else CENTURIES[match["word"]]
    if _BEFORE_CHRIST.match(view.low, match.end()):
        raise NoDays
    return Term(span_of(match), *years(count * 100 - 99, count * 100), "century")


def _year_pair(_: View, match: re.Match[str]) -> Term:
    """ "2019-2021" and "2019–20" are years, "2019-05" is a month."""
    first, tail, short = int(match["first"]), match["tail"], len(match["tail"]) == 2
    last = first // 100 * 100 + int(tail) if short else int(tail)
    if first < last <= first + 60 and not (short and match["mark"] == "/" and last != first + 1):
        return Term(span_of(match), *years(first, last), "year")
    if short and match["mark"] == "-":
        return Term(span_of(match), *months(first, int(tail)), "month")
    raise NoDays


def _year(view: View, match: re.Match[str]) -> Term:
    year, before, word = int(match["year"]), view.before(match.start()), view.word_before(match.start())
    led, article = bool(_YEAR_LED.search(before)), bool(_ARTICLE.search(before))
    if _GLUED.search(before) or _NO_YEAR_NEXT.match(view.low, match.end()) or small(word).strip(".") in _NUMBERED:
        raise NoDays
    plural, hundreds = bool(_PLURAL_NEXT.match(view.low, match.end())), year % 100 == 0
    if led:
        if _AMOUNT_LED.search(before) and (year < 1900 or hundreds or plural):  # "about 1900", "more than 2000"
            raise NoDays
    else:
        named = bool(word) and not article and word[0].isupper()
        if year < (1500 if article else 1900) or (plural and (hundreds or not article)):
            raise NoDays
        if year > view.today.year or (named and not view.names):
            raise NoDays
    bare = not led or before.endswith((" of ", "("))  # "the Act of 1978", "Discovery (2001)"
    return Term(span_of(match), *years(year, year), "year", bare=bare)


def _short_year(view: View, match: re.Match[str]) -> Term:
    """ "in '99"."""
    if not FIRMLY_LED.search(view.before(match.start())):
        raise NoDays
    year = full_year(int(match["short"]), view.today)
    return Term(span_of(match), *years(year, year), "year", relative=True)


def _holiday(view: View, match: re.Match[str]) -> Term:
    name, word = match["name"].replace("’", "'"), view.word_before(match.start())
    led = bool(LED.search(view.before(match.start())))
    if (word[:1].isupper() and not led) or CAPITAL_NEXT.match(view.text, match.end()):
        raise NoDays  # "Father Christmas", "Easter Island"

    def days(year: int) -> Days:
        day = easter(year) + timedelta(days=_EASTER[name]) if name in _EASTER else date(year, *_FIXED[name])
        return day, day

    said = said_year(view, match)
    year = said if said is not None else year_for(view, days)
    return Term(span_of(match), *days(year), "day", said is None, bare=not led, relative=not match["year"])


_NAMES = "|".join(sorted(HOLIDAYS, key=len, reverse=True)).replace("'", "['’]")
DATE_FORMS = forms(
    (r"(?P<y>1[5-9]\d\d|20\d\d)(?P<mark>[-/])(?P<m>\d{1,2})(?P=mark)(?P<d>\d{1,2})(?![\d/])", _iso),
    (r"(?P<one>\d{1,2})(?P<mark>[./])(?P<two>\d{1,2})(?P=mark)(?P<y>(?:1[5-9]|20)\d\d)(?!\d)", _numbers),
    (rf"(?:{ANY_WEEKDAY},? )?(?:the )?(?P<day>{DAY})(?:(?: ?[-–] ?| to | and )(?P<last>{DAY}))? (?:of )?(?P<month>{MONTH}){SAID_YEAR}?(?![\w%])", _date),
    (rf"(?:{ANY_WEEKDAY},? )?(?P<month>{MONTH}) (?:the )?(?P<day>{DAY})(?:(?: ?[-–] ?| to )(?P<last>{DAY}))?{SAID_YEAR}?(?![\w%])", _date),
    (rf"(?:(?P<det>last|this|next) )?(?P<month>{MONTH}){SAID_YEAR}?(?!\w)", _month),
    (rf"(?:(?P<the>the )|(?P<det>last|this|next) )?(?P<season>{'|'.join(SEASONS)})\b(?: of)?(?: ['’](?P<short>\d\d)\b|{SAID_YEAR})?", _season),
    (rf"(?:(?P<label>[qh][1-4])|(?:the )?(?P<nth>first|second|third|fourth|final|last) (?P<kind>quarter|half))\b(?P<whole> of the year\b)?{SAID_YEAR}?", _share),
    (rf"(?P<the>the )?(?:['’]?(?P<full>(?:1\d|20)\d0)['’]?s|['’]?(?P<short>[2-9]0)['’]?s|(?P<word>{'|'.join(DECADES)}))\b", _decade),
    (rf"(?:the )?(?:(?P<nth>[1-9]|1\d|2[01])(?:st|nd|rd|th)|(?P<word>{'|'.join(CENTURIES)}))[ -]century\b", _century),
    (r"(?P<first>(?:1[5-9]|20)\d\d)(?P<mark>[-–/])(?P<tail>\d{4}|\d\d)(?![\w-])", _year_pair),
    (rf"(?:the year )?(?P<year>{YEAR})(?!-\d)", _year),
    (r"['’](?P<short>\d\d)(?!\w|['’]s)", _short_year),
    (rf"(?P<name>{_NAMES}){SAID_YEAR}?\b", _holiday),
)  # fmt: skip
