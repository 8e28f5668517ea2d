"""Numbers with their units, and moments, as a sentence states them; normalized, so that two ways to write one agree.

Rules over English text. Knows nothing of sources or drafts: `qa.guards` compares.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from corpus.types import Span

Bound = Literal["", "about", "over", "under"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number. `unit`: "percent", "dollar", "meter", ..., "ordinal", or `None`; `pair` holds both ends of "2-0"."""

    value: Fraction
    unit: str | None
    bound: Bound
    span: Span
    pair: tuple[Fraction, Fraction] | None = None
    per: str | None = None
    """The time that it is counted in: "year" of "$100 billion a year", "day" of "45th day"."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A date or time as far as it is stated; what is not stated is `None`. `word`: "yesterday", "morning", "last week"."""

    span: Span
    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    clock: tuple[int, int] | None = None
    word: str | None = None

    def covers(self, other: Moment) -> bool:
        """Whether everything that `other` states is stated here alike."""
        mine = (self.year, self.month, self.day, self.weekday, self.clock, self.word)
        theirs = (other.year, other.month, other.day, other.weekday, other.clock, other.word)
        return all(b is None or a == b for a, b in zip(mine, theirs, strict=True))


_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
           "december")  # fmt: skip
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_DAY, _YEAR = r"(?:3[01]|[12]\d|0?[1-9])", r"(?:1[0-9]|20)\d\d"
_MOMENT = re.compile(
    rf"(?<![\w.,-])(?P<iso_year>{_YEAR})-(?P<iso_month>\d\d)-(?P<iso_day>\d\d)(?!\w)"
    rf"|\b(?P<day1>{_DAY})(?:st|nd|rd|th)?\s(?:of\s)?(?P<month1>{_MONTH})(?:,?\s(?P<year1>{_YEAR})\b)?"
    rf"|\b(?P<month2>{_MONTH})\s(?P<day2>{_DAY})(?:st|nd|rd|th)?(?![\d:]|[.,]\d|\s?(?:percent|million|billion|[ap]\.m))(?:,?\s(?P<year2>{_YEAR})\b)?"
    rf"|\b(?P<month3>{_MONTH}),?\s(?:of\s)?(?P<year3>{_YEAR})\b|\b(?P<month4>{_MONTH})(?![\w'’])"
    rf"|\b(?P<weekday>(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)s?\b"
    rf"|(?<![\w:.])(?P<hour>\d\d?)(?:[:.](?P<minute>[0-5]\d))?\s?(?P<half>[ap])\.?\s?m\b\.?|(?<![\w:.-])(?P<hour24>[01]?\d|2[0-3]):(?P<minute24>[0-5]\d)(?![\d:])"
    r"|\b(?P<word>(?i:yesterday|today|tonight|tomorrow|noon|midnight|dawn|morning|afternoon|evening|overnight"
    r"|(?:last|next|this)\s(?:week|weekend|month|year|decade|century|summer|winter|spring|autumn|fall|night)))\b"
    rf"|(?<![\w.,$€£¥-])(?P<year>{_YEAR})(?![\w%]|[.,]\d|-\d|\s?(?:percent|per\scent|million|billion|years?|months?|weeks?|days?|hours?|"
    r"minutes?|people|dollars|euros|pounds|meters|metres|feet|miles|kilomet\w+|tons|tonnes|degrees|acres|hectares))"
)


@lru_cache(maxsize=4_096)
def moments(text: str) -> tuple[Moment, ...]:
    """The moments of a text, in order. "March 15, 2023", "15 March 2023" and "2023-03-15" state the same."""
    return tuple(moment for match in _MOMENT.finditer(text) if (moment := _moment(match)))


def _moment(match: re.Match[str]) -> Moment | None:
    part = match.groupdict()
    span = Span(*match.span())
    if part["iso_year"]:
        month, day = int(part["iso_month"]), int(part["iso_day"])
        return Moment(span, int(part["iso_year"]), month, day) if 1 <= month <= 12 and 1 <= day <= 31 else None
    for n in "1234":
        if month_name := part[f"month{n}"]:
            year, day_of = part.get(f"year{n}"), part.get(f"day{n}")
            number = next(i for i, name in enumerate(_MONTHS, 1) if name.startswith(month_name[:3].lower()))
            return Moment(span, int(year) if year else None, number, int(day_of) if day_of else None)
    if part["weekday"]:
        return Moment(span, weekday=_DAYS.index(part["weekday"].lower()))
    if part["hour"]:
        hour = int(part["hour"]) % 12 + (12 if part["half"] == "p" else 0)
        return Moment(span, clock=(hour, int(part["minute"] or 0)))
    if part["hour24"]:
        return Moment(span, clock=(int(part["hour24"]), int(part["minute24"])))
    if part["word"]:
        return Moment(span, word=" ".join(part["word"].lower().split()))
    return Moment(span, int(part["year"]))


_FUTURE = re.compile(
    r"\b(?:will|would|next|later|due|by|until|expected|scheduled|(?:is|are|was|were|plans?|planned|aims?) to)\b"
)


def resolve(moment: Moment, published: date, text: str) -> Moment:
    """The moment with what the day of publication adds: "on Wednesday" is the last one up to that day.

    In a sentence that speaks of the future nothing is added.
    """
    if _FUTURE.search(text) or moment.year is not None or moment.clock is not None:
        return moment
    day: date | None = None
    if moment.weekday is not None:
        day = published - timedelta(days=(published.weekday() - moment.weekday) % 7)
    elif moment.word in ("yesterday", "today"):
        day = published - timedelta(days=moment.word == "yesterday")
    elif moment.word in ("last year", "this year"):
        return replace(moment, year=published.year - (moment.word == "last year"))
    elif moment.month is not None:
        past = (moment.month, moment.day or 1) <= (published.month, published.day)
        return replace(moment, year=published.year - (not past))
    return replace(moment, year=day.year, month=day.month, day=day.day, weekday=day.weekday()) if day else moment


_ONES = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
         "eighteen nineteen").split()  # fmt: skip
_TENS = dict(zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10), strict=True))
_SMALL = {word: i for i, word in enumerate(_ONES)} | _TENS
_SCALES = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12,
           "k": 10**3, "m": 10**6, "mn": 10**6, "mln": 10**6, "bn": 10**9, "tn": 10**12, "trn": 10**12}  # fmt: skip
_ORDINALS = {word: i for i, word in enumerate(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth".split(), 1)} | {"thirtieth": 30, "fortieth": 40, "fiftieth": 50,
    "hundredth": 100}  # fmt: skip
_PARTS = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
_CURRENCIES = {"$": "dollar", "us$": "dollar", "a$": "australian dollar", "c$": "canadian dollar", "€": "euro",
               "£": "pound", "¥": "yen", "₹": "rupee", "₽": "ruble"}  # fmt: skip
# Spellings of each unit; the first is its name here. Plurals are formed by -s.
_UNITS = (
    "percent|per cent|pct", "percentage point|pp", "dollar|buck|usd", "euro|eur", "pound|quid|gbp", "cent", "yen", "yuan|renminbi", "ruble|rouble",
    "rupee", "lira", "franc", "krona|kronor", "peso", "riyal", "dirham", "shekel", "won", "rand", "meter|metre", "kilometer|kilometre|km|kms", "centimeter|centimetre|cm",
    "millimeter|millimetre|mm", "mile", "foot|feet|ft", "inch|inches", "yard", "hectare", "acre", "liter|litre", "gallon", "barrel",
    "kilogram|kilogramme|kg|kilo", "gram|gramme", "ton", "tonne|metric ton", "ounce", "light-year", "second|sec", "minute|min", "hour|hr",
    "day", "week", "month", "year|yr", "decade", "century|centuries", "degree", "megawatt|mw", "gigawatt|gw", "kilowatt|kw", "megabyte|mb",
    "gigabyte|gb", "knot", "mph", "kph|km/h|kmh", "nautical mile", "basis point",
)  # fmt: skip
_UNIT_OF = {form: forms.split("|")[0] for forms in _UNITS for name in forms.split("|") for form in (name, name + "s")}
_UNIT_OF |= {"%": "percent", "°c": "celsius", "°f": "fahrenheit", "°": "degree", "degrees celsius": "celsius",
             "degree celsius": "celsius", "celsius": "celsius", "degrees fahrenheit": "fahrenheit", "fahrenheit": "fahrenheit",
             "degrees c": "celsius", "degrees f": "fahrenheit"}  # fmt: skip
_YEARS = {"decade": 10, "century": 100}


def _any(items: object) -> str:
    return "|".join(re.escape(item).replace(r"\ ", r"[\s-]") for item in sorted(map(str, items), key=len, reverse=True))  # type: ignore[call-overload]


_WORD_NUMBER = rf"(?:{_any(_TENS)})[\s-](?:{_any(_ONES[1:10])})|{_any(_SMALL)}"
_SCALE_WORD = r"hundred|thousand|million|billion|trillion|dozen"
_UNIT = rf"(?P<unit>(?:(?:U\.?S\.?|American|British)\s)?(?:{_any(_UNIT_OF)})(?![\w]))"
_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_QUANTITY = re.compile(
    rf"(?<![\w.])(?P<pair>\d+)\s?[-–]\s?(?P<pair2>\d+)(?![\d,.-]*\d|\w)"
    rf"|(?<![\w.])(?P<rank>\d+)(?:st|nd|rd|th)\b|\b(?P<ordinal>(?:(?:{_any(_TENS)})-)?(?:{_any(_ORDINALS)}))\b(?!s\b|-)"
    r"|\b(?P<single>(?:a|one)\ssingle)\b"
    rf"|\b(?P<part>a|an|one|two|three|four)[\s-](?P<parts>{_any(_PARTS)})s?(?=\sof\b)"
    rf"|\b(?P<half>half)(?=\s(?:of|the|its|their|his|her)\b)"
    rf"|\b(?P<vague>dozens|hundreds|thousands|millions|billions|trillions)\b"
    rf"|(?:(?P<currency>(?:US|A|C)?\$|€|£|¥|₹|₽)\s?)?(?:(?<![\w.,])(?P<minus>[−-])?(?P<digits>{_DIGITS})|\b(?P<word>(?:{_WORD_NUMBER})(?![\w])|half\sa|a\squarter\sof\sa"
    rf"|an?(?=\s(?:{_SCALE_WORD})\b)|an?(?=\s(?:minute|hour|day|week|month|year|decade|century|mile|kilomet(?:er|re)|met(?:er|re)|dollar|euro|pound|ton|tonne)\b)))"
    rf"(?P<scale>(?:[\s-]?(?:{_SCALE_WORD})\b|\s(?:bn|mn|mln|tn|trn)\b|(?:bn|mn|mln|tn|trn|k|m)\b(?!\s(?:long|wide|tall|high|deep|away|race|sprint)))*)"
    rf"(?P<rest>(?:(?<=[a-z])\s(?:and\s)?(?:{_WORD_NUMBER})(?:\s(?:{_SCALE_WORD}))*\b)*)"
    rf"(?:[\s-]?{_UNIT})?(?P<old>[\s-]old\b|\sof\sage\b)?",
    re.IGNORECASE,
)
_BOUND = re.compile(
    r"(?:\b(?P<under>no\smore\sthan|at\s(?:the\s)?most|up\sto|less\sthan|fewer\sthan|under|below|maximum\sof)"
    r"|\b(?P<over>no\s(?:fewer|less)\sthan|at\s(?:the\s)?least|more\sthan|over|above|exceed\w*|pass(?:ed|es|ing)?|upwards\sof|minimum\sof|topped|surpass\w*)"
    r"|\b(?P<about>about|around|some|approximately|roughly|nearly|almost|close\sto|an\sestimated|circa))\s(?:the\s|a\s|minus\s)?(?:US|A|C)?[$€£¥]?$",
    re.IGNORECASE,
)
# "no one", "the one that", "one of the largest", "one another": pronouns, no numbers.
_AFTER_ONE = re.compile(r"\b(?:no|the|this|that|any|each|every|which|another)\sone$", re.IGNORECASE)
_BEFORE_ONE = re.compile(r"one\s(?:of|another)\b", re.IGNORECASE)


_PER = re.compile(
    r"(?<=[a-z]{2})\s(second|minute|hour|day|week|month|year|decade)s?\b|\s(?:a|an|per|each|every)\s(second|minute|hour|day|week|month|year|decade)\b"
    r"|\s(?:annually|yearly|per annum)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=4_096)
def quantities(text: str) -> tuple[Quantity, ...]:
    """The numbers of a text, in order; dates are none. "$3.5bn" and "3.5 billion dollars" state the same."""
    masked = list(text)
    for moment in moments(text):
        masked[moment.span.start : moment.span.end] = "\x00" * (moment.span.end - moment.span.start)
    return tuple(_found("".join(masked)))


def _found(text: str) -> Iterator[Quantity]:
    last_end = -9
    for match in _QUANTITY.finditer(text):
        quantity = _quantity(match, text, last_end)
        if quantity is not None:
            last_end = match.end()
            per = _PER.match(text, match.end())
            yield replace(quantity, per=(per[1] or per[2] or "year").lower().removesuffix("s")) if per else quantity


def _quantity(match: re.Match[str], text: str, last_end: int) -> Quantity | None:
    part = {key: value.lower() if value else "" for key, value in match.groupdict().items()}
    raw = match.group()
    span = Span(match.start() + len(raw) - len(raw.lstrip()), match.end())
    bound = _bound(text[max(0, span.start - 24) : span.start])
    if part["pair"]:
        ends = (Fraction(part["pair"]), Fraction(part["pair2"]))
        return Quantity(ends[0], None, bound, span, ends)
    if part["rank"]:
        return Quantity(Fraction(part["rank"]), "ordinal", bound, span)
    if part["ordinal"]:
        *tens, last = part["ordinal"].split("-")
        return Quantity(Fraction(sum(_TENS[word] for word in tens) + _ORDINALS[last]), "ordinal", bound, span)
    if part["parts"]:
        return Quantity(Fraction(_small(part["part"]), _PARTS[part["parts"]]), "share", bound, span)
    if part["single"]:
        return Quantity(Fraction(1), None, bound, span)
    if part["half"]:
        return Quantity(Fraction(1, 2), "share", bound, span)
    if part["vague"]:
        return Quantity(Fraction(_SCALES[part["vague"].removesuffix("s")]), "vague", bound, span)
    value = Fraction(part["digits"].replace(",", "")) if part["digits"] else _small(part["word"])
    value = _scaled(value, part["scale"] + part["rest"])
    if part["minus"] or re.search(r"\bminus\s$", text[: span.start], re.IGNORECASE):
        value = -value
    unit = _UNIT_OF.get(
        re.sub(r"^(?:u\.?s\.?|american|british)\s", "", part["unit"]).replace("-", " ")
    ) or _UNIT_OF.get(part["unit"])
    if part["word"] in ("a", "an") and not part["scale"]:
        if span.start - last_end <= 1:  # "$100 billion a year": a rate
            return None
    elif part["word"] == "one" and (_AFTER_ONE.search(text[: span.end]) or _BEFORE_ONE.match(text[span.start :])):
        return None
    if part["old"]:
        unit = None
    if unit in _YEARS:
        value, unit = value * _YEARS[unit], "year"
    return Quantity(value, _CURRENCIES.get(part["currency"], unit), bound, span)


def _small(word: str) -> Fraction:
    if word in ("a", "an"):
        return Fraction(1)
    if word.startswith("half"):
        return Fraction(1, 2)
    if word.startswith("a"):
        return Fraction(1, 4)
    return Fraction(sum(_SMALL[part] for part in re.split(r"[\s-]", word)))


def _scaled(value: Fraction, following: str) -> Fraction:
    """The value with the words after it. `_scaled(2, "hundred and fifty thousand") == 250_000`."""
    total = Fraction(0)
    for word in re.findall(r"[a-z]+", following):
        if _SCALES.get(word, 0) >= 1_000:
            total, value = total + value * _SCALES[word], Fraction(0)
        else:
            value = value * _SCALES[word] if word in _SCALES else value + _SMALL.get(word, 0)
    return total + value


def _bound(before: str) -> Bound:
    match = _BOUND.search(before)
    if match is None:
        return ""
    return "over" if match["over"] else "under" if match["under"] else "about"
