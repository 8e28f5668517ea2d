"""What a sentence counts: a number, what it is a number of, and where; "820 people had died in Morocco" counts the dead.

A few things that news counts again and again are known by their words, whatever the wording: the dead, the injured, the
missing, the displaced, the arrested, marchers. Nothing else is read. English; no library, no ranking.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from corpus.types import Span
from qa.claims import Claim, Word, claim
from qa.quantities import Quantity
from qa.stem import stem

_COUNTED = {
    "dead": "kill kills killed killing die dies died dying dead death deaths toll fatality fatalities perished bodies",
    "injured": "injured injures injuries injury injuring wounded wounding hurt",
    "missing": "missing unaccounted",
    "displaced": "displaced homeless displaces",
    "arrested": "arrested arrests arrest detained detains",
    "marchers": "marched march marching marchers marches protesters protested demonstrators demonstrated rallied",
}
_RATES = {
    "efficacy": "effective efficacy effectiveness",
    "inflation": "inflation",
    "unemployment": "unemployment jobless unemployed",
    "turnout": "turnout",
}
_RATE = {stem(word): name for name, words in _RATES.items() for word in words.split()}
_MEASURE = {stem(word): name for name, words in _COUNTED.items() for word in words.split()}
GROWING = frozenset({"dead", "injured", "missing", "displaced", "arrested"})  # counted on after what happened
RATES = frozenset(_RATES)  # measured anew, up or down
_PEOPLE = frozenset("people persons person individuals victims".split())
_PART = frozenset("another further additional more other others each every daily per".split())
_ESTIMATE = frozenset("could may might would feared fear fears expected estimate estimated estimates".split())
_WHERE = frozenset("aboard board inside".split())
_BE = frozenset("is are was were be been have had".split())
_OF_NO_MATTER = frozenset(
    "were was are is had have has been be being so far still at least more than and or to".split()
)
_PLACE = re.compile(
    r"\b(?:in|at|near|across|around|off|above|throughout) (?:the |southern |northern |eastern |western |central )*$"
)
REACH = 9  # words between a number and what it counts: "killed in the earthquake in Morocco at 2,122"
LEAST = 3  # a smaller number is a case ("two people died in Rabat"), not a count to compare


@dataclass(frozen=True, slots=True)
class Figure:
    """A count of `measure` that a sentence states: "dead", "injured", ... `span`: the number as written with its bound.

    `high`: of "18,000 to 20,000" the second, else the value. `places`: names that it is said to be counted in, in lower
    case. `estimate`: what may come, not what was counted.
    """

    measure: str
    low: Fraction
    high: Fraction
    bound: str
    places: frozenset[str]
    estimate: bool
    span: Span

    def agrees(self, other: Figure) -> bool:
        """Whether both may be true of one moment: equal, rounded, or within what "more than" and "about" allow."""
        if self.measure in RATES:
            return self.low == other.low
        if self.low <= other.high and other.low <= self.high:
            return True
        small, large = sorted((self, other), key=lambda figure: figure.low)
        gap = (large.low - small.high) / large.low
        rough = {"about", "over", "under"} & {small.bound, large.bound}
        return gap <= Fraction(1, 10 if rough else 50) or (
            small.bound == "over" and large.low <= small.high * Fraction(5, 4)
        )


@lru_cache(maxsize=1_024)
def figures(text: str) -> tuple[Figure, ...]:
    """The counts of a sentence, in order.

    >>> [(figure.measure, int(figure.low)) for figure in figures("At least 820 people died and 672 were injured.")]
    [('dead', 820), ('injured', 672)]
    """
    return tuple(_figures(claim(text)))


def stated(text: str) -> tuple[Figure, ...]:
    """The counts of a sentence that denies nothing: "denied that 80 had died" states no count."""
    return () if claim(text).negations else figures(text)


def measure_of(question: str) -> str | None:
    """Which count a question asks for; `None` when it asks for none of those known here, or for several."""
    rates = {_RATE[word.stem] for word in claim(question).words if word.stem in _RATE}
    if len(rates) == 1 and re.search(
        r"\bhow (?:effective|high|low|much|large)\b|\bwhat (?:is|was)\b", question.lower()
    ):
        return rates.pop()
    if not re.search(r"\bhow many\b|\b(?:number|toll|count|total)\b", question.lower()):
        return None
    found = {_MEASURE[word.stem] for word in claim(question).words if word.stem in _MEASURE}
    return found.pop() if len(found) == 1 else None


def _figures(parsed: Claim) -> Iterator[Figure]:
    words = parsed.words
    skip = -1
    for number, quantity in enumerate(parsed.quantities):
        if quantity.unit == "percent" and (rate := _rate(words, quantity)):
            yield Figure(
                rate,
                quantity.value,
                quantity.value,
                quantity.bound,
                frozenset(),
                False,
                _with_bound(parsed.text, quantity.span, quantity),
            )
        if number == skip or quantity.unit is not None or quantity.per or quantity.value < LEAST or not words:
            continue
        at = next((i for i, word in enumerate(words) if word.span.start >= quantity.span.start), len(words))
        end = next((i for i, word in enumerate(words) if word.span.start >= quantity.span.end), len(words))
        measure = _measure(words, at, end)
        if measure is None or (measure == "dead" and at and words[at - 1].key in _PART):
            continue
        high = quantity.pair[1] if quantity.pair else quantity.value
        following = parsed.quantities[number + 1] if number + 1 < len(parsed.quantities) else None
        span = quantity.span
        between = parsed.text[span.end : following.span.start].strip() if following else ""
        if following and between in ("to", "-", "–") and following.value > high and following.unit is None:
            high, skip, span = following.value, number + 1, Span(span.start, following.span.end)
        estimate = any(
            word.key in _ESTIMATE and word.clause in (words[at].clause, words[end - 1].clause) for word in words
        )
        yield Figure(
            measure,
            quantity.value,
            high,
            quantity.bound,
            _places(parsed),
            estimate,
            _with_bound(parsed.text, span, quantity),
        )


def _measure(words: tuple[Word, ...], at: int, end: int) -> str | None:
    """What the number at these words counts: the nearest word that says so, first after it, then before."""
    before, clause = words[at].clause, words[end - 1].clause  # "2,421" is two words with a comma between
    noun = words[end] if end < len(words) and words[end].clause == clause else None
    for i in range(end, min(end + REACH, len(words))):
        word = words[i]
        if word.clause != clause or word.key.isdigit():
            break
        if name := _MEASURE.get(word.stem):
            return name if _counts_people(words, end, i) else None
    if noun is not None and noun.content and noun.key not in _PEOPLE and not noun.name:
        return None  # "killed in 12 villages"
    for i in range(at - 1, max(at - REACH - 1, -1), -1):
        word = words[i]
        if word.clause != before or word.key.isdigit():
            break
        if name := _MEASURE.get(word.stem):
            return name
    return None


def _rate(words: tuple[Word, ...], quantity: Quantity) -> str | None:
    """The rate that a percentage is: the one named in its clause, if one alone is."""
    here = next((word.clause for word in reversed(words) if word.span.start <= quantity.span.start), 0)
    found = {_RATE[word.stem] for word in words if word.clause == here and word.stem in _RATE}
    return found.pop() if len(found) == 1 else None


def _counts_people(words: tuple[Word, ...], end: int, at: int) -> bool:
    """Whether nothing but people and verbs stands between the number and the word: not "12 villages where people died"."""
    between = words[end:at]
    aboard = next((i for i, word in enumerate(between) if word.key in _WHERE), None)
    if aboard and between[aboard - 1].key in _PEOPLE | {"on"} and between[-1].key in _BE:
        return True  # "The five people aboard the submersible Titan are dead"
    return all(word.key in _PEOPLE or not word.content or word.key in _OF_NO_MATTER for word in between)


def _places(parsed: Claim) -> frozenset[str]:
    """Names after "in", "at", "near"."""
    found = set()
    for run in parsed.names:
        start = parsed.words[run[0]].span.start
        if _PLACE.search(parsed.text[max(0, start - 40) : start]):
            found |= {parsed.words[i].key for i in run}
    return frozenset(found)


_WRITTEN_BOUND = re.compile(
    r"(?:at least|more than|over|about|around|some|nearly|almost|approximately|roughly|up to|fewer than|less than)\s+$",
    re.IGNORECASE,
)


def _with_bound(text: str, span: Span, quantity: Quantity) -> Span:
    match = _WRITTEN_BOUND.search(text[: span.start]) if quantity.bound else None
    return Span(match.start() if match else span.start, span.end)
