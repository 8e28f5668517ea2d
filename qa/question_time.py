"""The time that a question asks about: "in March 2023", "since the earthquake", "last week", "latest".

Rules over English. Relative words are read on the day of the question; "latest" and "currently" on the day of the
library's newest article. Says which days the words name, not which articles tell of them: an article of 2024 may tell
what happened "in 2021" (see `corpus.moments`), and one of 1903 is in few libraries.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from corpus.calendar_reading import Term, small
from corpus.calendar_terms import terms
from corpus.types import Span


class TimeKind(Enum):
    """How the days asked about lie to the days named."""

    DURING = "during"
    BEFORE = "before"
    AFTER = "after"
    AS_OF = "as_of"
    LATEST = "latest"
    CURRENT = "current"


@dataclass(frozen=True, slots=True)
class QuestionTime:
    """The time in a question.

    `span`: its words with their preposition. `since`, `until`: the days asked about, both inclusive, `None` where open.
    `explicit`: said plainly enough to keep other days out; else it may only raise what fits. Never for days to come.
    `anchor`: the words of an event that only the library can date ("the earthquake"); `since` and `until` then hold no
    more than a year in those words. `kind` says on which side of the anchor.
    """

    span: Span
    since: date | None
    until: date | None
    kind: TimeKind
    explicit: bool
    anchor: Span | None = None


_LEADS = {
    TimeKind.BEFORE: "before|prior to|ahead of|earlier than|until|till|up until|up to|by|no later than",
    TimeKind.AFTER: "since|ever since|after|following|later than",
    TimeKind.AS_OF: "as of|as at",
}
_KIND_OF = {lead: kind for kind, leads in _LEADS.items() for lead in leads.split("|")}
_PLAIN = "on|in|at|during|throughout|over|within|for|from|around|about|circa|between|in the year"
_LEAD = re.compile(
    rf"\b(?P<lead>{'|'.join(sorted((*_KIND_OF, *_PLAIN.split('|')), key=len, reverse=True))}) "
    r"(?P<gap>(?:the )?(?:(?:morning|afternoon|evening|night) of )?(?:the )?)$"
)
_INCLUSIVE = {"since", "ever since", "until", "till", "up until", "up to", "by", "no later than"}
_EXCLUSIVE = {"before", "prior to", "ahead of", "earlier than"}
_SHARP = {
    TimeKind.AFTER: re.compile(r"(?:the )?(?:very )?(?:early|start|beginning)"),
    TimeKind.BEFORE: re.compile(r"(?:the )?(?:very )?(?:late|end)"),
}
_ROUGH = {"around", "about", "circa"}
_ONWARD = re.compile(r" (?:on|onwards?|forward)\b(?=\W*$|[,;])")
_STEP = re.compile(r"last |next |this |yester|tomorrow")
_WINDOW = 40  # characters before a term that may hold its preposition
_FUTURE = re.compile(
    r"\b(?:will|won[’']t|shall|going to|upcoming|planned|scheduled|due|set to|expected|next|(?:is|are) \w+ to)\b"
)
_RECENCY = re.compile(
    r"\b(?:(?P<latest>(?<!at the )latest|newest|most recent(?:ly)?|recent(?:ly)?|lately)|(?P<current>as of now|until now|currently|"
    r"right now|now(?!-)(?! that\b)|nowadays|presently|at the moment|at present|these days|so far|to date|"
    r"(?<=the )current(?= (?!in\b|of\b|is\b|was\b|and\b|flows?\b|that\b)[a-z])|(?<=['’]s )current(?= [a-z])))\b"
)
_PRESENT = re.compile(
    r"^\W*(?:\w+ )?(?:\w+ )?(?:is|are|does|do|lives?|runs?|holds?|leads?|owns?|rules?|controls?|has|have)\b(?!.*\b(?:happen|said|did)\w*\b)"
)
_BEFORE_NOW = re.compile(r"\b(?:is|are|than|even|still) $")
_ANCHOR = re.compile(
    r"\b(?<!look )(?<!looks )(?<!looked )(?<!named )(?<!called )(?<!care )(?P<lead>since|until|till|before|prior to|ahead of|"
    r"after|following|in the wake of|in the aftermath of|in the run-up to|during) (?P<event>(?:(?! (?:what|who|which|where|when|how|why|did|does|do|before|after|during|since)\b)[^?,;:.!()\"“”])+)"
)
_ANCHOR_KIND = {
    "since": TimeKind.AFTER, "after": TimeKind.AFTER, "following": TimeKind.AFTER, "in the wake of": TimeKind.AFTER,
    "in the aftermath of": TimeKind.AFTER, "during": TimeKind.DURING,
}  # fmt: skip
_BESIDE = re.compile(r"\b(?P<lead>the|an?|two|three|four|five|several|\d+) (?:day|week|month|year)s? $")
_EVENT = re.compile(
    r"(?:(?:the|an?|his|her|its|their|this|that|these)\b (?!first\b|court\b|judges?\b|jury|parliament|committee|cameras?|"
    r"house\b|senate|council|countr|people|crowd|next\b|same\b|times?\b|second half|last\b)\w)|.*\b(?:\w{2,}ed|fell|began|left|won|lost|beat|died|took|quit|broke|came|went|met|struck|"
    r"sank|hit|shot|spoke|was|were|became|rose|fled|flew|stood|resigns?|dies|made|gave|got|cut|withdrew|ran)\b"
)


def question_time(question: str, today: date, newest: date | None) -> QuestionTime | None:
    """The time asked about, `None` when the question names none. Plain times before those that only boost.

    `newest` is the publication day of the library's newest article, `None` for an empty library.

    >>> time = question_time("Who resigned in March 2023?", date(2024, 5, 15), None)
    >>> time.since.isoformat(), time.until.isoformat(), time.explicit
    ('2023-03-01', '2023-03-31', True)
    """
    low = small(question)
    future = bool(_FUTURE.search(low))
    found = tuple(terms(question, today, lambda _start, _end: future, names=True, lists=True))
    times = [_named(low, term, today) for term in found if not _is_now(low, term)]
    anchored = _anchored(low, found)
    outside = [time for time in times if anchored is None or not _overlap(time.span, anchored.span)]
    plain = [time for time in outside if time.explicit]
    return _together(plain or outside) or anchored or _recent(low, newest or today)


def _together(times: list[QuestionTime]) -> QuestionTime | None:
    """Several times as one: days compared as the stretch that holds them all, "since" with "before" as what lies between."""
    if not times:
        return None
    first, kinds = times[0], {time.kind for time in times}
    since = [time.since for time in times if time.since]
    until = [time.until for time in times if time.until]
    joinable = kinds in ({TimeKind.DURING}, {TimeKind.AFTER, TimeKind.BEFORE})
    if not (joinable and since and until and min(since) <= max(until)):
        return first
    span = Span(first.span.start, times[-1].span.end)
    return QuestionTime(span, min(since), max(until), TimeKind.DURING, first.explicit)


def _named(low: str, term: Term, today: date) -> QuestionTime:
    """A term with its preposition."""
    start, end = term.span
    lead = _LEAD.search(low, max(0, start - _WINDOW), start)
    if lead and lead["lead"] == "on" and _STEP.match(low, start):  # "What is on next weekend?"
        lead = None
    word = lead["lead"] if lead else None
    kind = _KIND_OF.get(word or "", TimeKind.DURING)
    if word == "from" and (onward := _ONWARD.match(low, end)):
        kind, word, end = TimeKind.AFTER, "since", onward.end()
    since: date | None = term.start
    until: date | None = term.end
    if kind is TimeKind.AFTER:
        since, until = (term.start if word in _INCLUSIVE else _next(term.end, 1)), None
    elif kind in (TimeKind.BEFORE, TimeKind.AS_OF):
        since, until = None, (_next(term.start, -1) if word in _EXCLUSIVE else term.end)
    sharp = _SHARP.get(kind)  # the bound that is used is no convention: "since the start of", "by the end of"
    rough = term.fuzzy and not (sharp and word in _INCLUSIVE and sharp.match(low, start))
    adjective = term.bare and (
        word is None or term.unit in ("year", "month") or low[start - 4 : start] == "the "
    )  # "the 2015 agreement"
    ahead = (since or until or today) > today or (since == today and until is not None and until > today)
    explicit = not (rough or adjective or ahead or word in _ROUGH or term.unit in ("decade", "century"))
    return QuestionTime(Span(lead.start() if lead else start, end), since, until, kind, explicit)


def _next(day: date, ahead: int) -> date | None:
    try:
        return day + timedelta(days=ahead)
    except OverflowError:
        return None


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _is_now(low: str, term: Term) -> bool:
    """Whether "today" means nowadays: "Who runs the city today?"."""
    return (
        term.span.of(low) == "today"
        and not low[: term.span.start].endswith("of ")
        and bool(_PRESENT.match(low) or _BEFORE_NOW.search(low, 0, term.span.start))
    )


def _anchored(low: str, found: tuple[Term, ...]) -> QuestionTime | None:
    """The time told by an event; a plain date after the same word is no event."""
    for match in _ANCHOR.finditer(low):
        event = Span(match.start("event"), match.start("event") + len(match["event"].rstrip()))
        inside = [term for term in found if _overlap(term.span, event)]
        dated = any(low[event.start : term.span.start] in ("", "the ") and not term.bare for term in inside)
        kind = _ANCHOR_KIND.get(match["lead"], TimeKind.BEFORE)
        if dated or not _EVENT.match(low, event.start, event.end) or (inside and kind is TimeKind.DURING):
            continue
        beside = _BESIDE.search(low, 0, match.start())
        span = Span(beside.start() if beside else match.start(), event.end)
        since = inside[0].start if inside and kind is TimeKind.AFTER else None
        until = inside[-1].end if inside and kind is TimeKind.BEFORE else None
        return QuestionTime(span, since, until, kind, False, event)
    return None


def _recent(low: str, newest: date) -> QuestionTime | None:
    """Words for what is new, up to the newest article."""
    match = _RECENCY.search(low)
    if match is None:
        now = low.find("today")
        return None if now < 0 else QuestionTime(Span(now, now + 5), None, newest, TimeKind.CURRENT, False)
    kind = TimeKind.LATEST if match["latest"] else TimeKind.CURRENT
    return QuestionTime(Span(*match.span()), None, newest, kind, False)
