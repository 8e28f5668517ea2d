"""Terms that say how far a day is from the one on which they are read: "last week", "on Wednesday", "two years ago".

A number of units ago is the calendar unit that lies so far back: "two years ago" in 2023 is the year 2021, "three weeks
ago" the week from Monday; "the past two weeks" run up to the day. What is counted from another day told before ("the next
Tuesday", "that March") is refused.
"""

from __future__ import annotations

import re
from datetime import timedelta

from corpus.calendar_days import period, shift
from corpus.calendar_reading import (
    CAPITAL_NEXT,
    COUNT,
    FEW,
    STEPS,
    TIME_OF_DAY,
    UNIT,
    WEEKDAY,
    WEEKDAYS,
    NoDays,
    Term,
    View,
    count_of,
    forms,
    span_of,
    unit_of,
)

DAY_WORDS = {"yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1, "overnight": 0, "last night": -1, "this morning": 0,
             "this afternoon": 0, "this evening": 0, "the day before yesterday": -2, "the day after tomorrow": 2}  # fmt: skip
_RECENT = {"day": (7, "day"), "week": (1, "month"), "month": (6, "month"), "year": (5, "year")}  # "in recent weeks"
_FEW_AGO = (5, 2)  # "a few days ago": from five to two
_HELD = {"hour": "day", "minute": "day", "night": "day", "decade": "year", "century": "year"}  # how exact "ago" is
_NO_WEEKDAY = set(
    "black bloody super ash palm cyber sheffield maundy shrove giving every each a any next previous following".split()
)
_WEEKDAY_LED = re.compile(r"\b(?:on|since|until|by|before|after|from|to|and|or|late|early|of|between|till|as of)[ -]$")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;,–—\n(\[\"“‘'-])\s*$")


def _day_word(view: View, match: re.Match[str]) -> Term:
    at = match.start()
    if view.text[at].isupper() and not _SENTENCE_START.search(view.text, max(0, at - 3), at):
        raise NoDays  # "The Tonight Show"
    day = view.today + timedelta(days=DAY_WORDS[match["word"]])
    return Term(span_of(match), day, day, "day", relative=True)


def _step(view: View, match: re.Match[str]) -> Term:
    """ "last week", "this Friday", "next month", "the weekend"."""
    word, unit, today = match["det"], match["unit"], view.today
    step = STEPS[word]
    after_the = view.before(match.start()).endswith("the ")
    if (after_the and (unit in WEEKDAYS or word in ("next", "previous"))) or (
        match[0].startswith("the next ") and not view.coming
    ):
        raise NoDays
    if unit in WEEKDAYS:
        target = timedelta(days=WEEKDAYS.index(unit))
        ahead = timedelta(days=(target.days - today.weekday()) % 7)
        if step > 0:
            day = period(today, "week", 1)[0] + target
        elif step < 0:
            day = today + ahead - timedelta(weeks=1)
        else:
            day = today + ahead if view.coming else period(today, "week")[0] + target
        return Term(span_of(match), day, day, "day", relative=True)
    if unit == "weekend":
        over = step == 0 and today.weekday() < WEEKDAYS.index("saturday") and not view.coming
        return Term(span_of(match), *period(today, "weekend", -1 if over else step), "weekend", relative=True)
    if word == "past" or (step < 0 and (unit in ("decade", "century") or match[0].startswith("the "))):
        return Term(span_of(match), shift(today, unit, -1), today, unit, fuzzy=unit == "decade", relative=True)
    return Term(span_of(match), *period(today, unit, step), unit, relative=True)


def _stretch(view: View, match: re.Match[str]) -> Term:
    """ "the past two weeks", "the last ten years"."""
    unit, count = unit_of(match["unit"]), count_of(match["count"])
    if unit == "hour":
        unit, count = "day", max(1, count // 24)
    ahead = STEPS[match["det"]] > 0
    far = shift(view.today, unit, count if ahead else -count)
    start, end = (view.today, far) if ahead else (far, view.today)
    return Term(span_of(match), start, end, unit, fuzzy=match["count"] in FEW, relative=True)


def _recent(view: View, match: re.Match[str]) -> Term:
    count, unit = _RECENT[match["unit"]]
    return Term(span_of(match), shift(view.today, unit, -count), view.today, unit, fuzzy=True, relative=True)


def _ago(view: View, match: re.Match[str]) -> Term:
    unit = unit_of(match["unit"])
    if match["count"] in FEW:
        start, end = (shift(view.today, unit, -count) for count in _FEW_AGO)
        return Term(span_of(match), start, end, unit, fuzzy=True, relative=True)
    held = _HELD.get(unit, unit)
    if match["exact"]:  # "30 years ago today"
        held = {"today": "day", "this week": "week", "this month": "month"}[match["exact"]]
    then = shift(view.today, unit, -count_of(match["count"]))
    return Term(span_of(match), *period(then, held), held, relative=True)


def _the_one_before(view: View, match: re.Match[str]) -> Term:
    """ "the day before", at the end of a clause."""
    held = _HELD.get(match["unit"], match["unit"])
    return Term(span_of(match), *period(view.today, held, -1), held, relative=True)


def _weekday(view: View, match: re.Match[str]) -> Term:
    before, word, today = view.before(match.start()), view.word_before(match.start()).lower(), view.today
    capital_tod = match["tod"] and match["tod"] != view.text[slice(*match.span("tod"))]
    named = (word == "the" or capital_tod) and CAPITAL_NEXT.match(view.text, match.end())
    if named or word in _NO_WEEKDAY or match["prayer"] or not (view.text[match.start()].isupper() or word):
        raise NoDays  # "the Sunday Herald", "Saturday Night Live", "every Monday"
    target = WEEKDAYS.index(match["weekday"])
    if match["rel"]:
        day = period(today, "week", STEPS[match["rel"]])[0] + timedelta(days=target)
    elif view.coming:
        day = today + timedelta(days=(target - today.weekday()) % 7)
    else:
        day = today - timedelta(days=(today.weekday() - target) % 7)
    return Term(span_of(match), day, day, "day", bare=not (match["tod"] or _WEEKDAY_LED.search(before)), relative=True)


_WORDS = "|".join(sorted(DAY_WORDS, key=len, reverse=True))
_WHOLE = r"weekend|week|month|quarter|year|decade|century"
RELATIVE_FORMS = forms(
    (rf"(?P<word>{_WORDS})\b(?:(?<=day)|(?<=row)){TIME_OF_DAY}", _day_word),
    (rf"(?P<word>{_WORDS})\b", _day_word),
    (rf"(?P<det>last|this|next|past|previous|coming) (?P<unit>{_WHOLE}|{WEEKDAY})\b(?! of\b)(?!-){TIME_OF_DAY}", _step),
    (rf"the (?P<det>past|last|next|coming) (?P<unit>{_WHOLE})\b(?! of\b)(?!-)", _step),
    (r"(?P<det>the) (?P<unit>weekend)\b(?! of\b)", _step),
    (rf"(?:the )?(?P<det>past|last|next|coming) (?P<count>{COUNT}) (?P<unit>(?!minute){UNIT}s)\b(?! of\b)", _stretch),
    (r"recent (?P<unit>day|week|month|year)s\b", _recent),
    (rf"(?P<count>{COUNT}) (?P<unit>{UNIT}s?) (?:ago|earlier)\b(?: (?P<exact>today|this week|this month))?", _ago),
    (r"the (?P<unit>day|night|week|month|year) before(?=[.,;!?]|$)", _the_one_before),
    (rf"(?P<weekday>{WEEKDAY})(?! times\b| telegraph\b| mirror\b| mail\b| post\b)(?:(?:['’]s)?(?P<prayer> prayers?\b))?(?P<tod>{TIME_OF_DAY})(?: (?:of )?(?P<rel>last|this|next) week\b)?(?!\w)", _weekday),
)  # fmt: skip
