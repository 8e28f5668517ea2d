"""Two statements of which one says no to the other: a denial and what it denies, or a sentence and its negation.

Pairs alone, of sentences that others chose; says nothing about who is right. Rules over English, and few of them: a
disagreement that is not there is worse than one not told.
"""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction

from qa.claims import Claim, Scoped, claim
from qa.quantities import Quantity
from qa.stem import stem

_DENIAL = frozenset("denied denies deny".split())
_POINTS_BACK = re.compile(
    r"\b(?:denied|denies|deny|rejected|rejects|disputed|disputes) (?:that|this|it|the (?:claim|accusation|charge|allegation|report)s?)\W*$",
    re.IGNORECASE,
)
_ACCUSES = re.compile(
    r"\b(?:accus\w+|blam\w+|claim\w*|alleg\w+|said|says|according to|insist\w+|wrote|charg\w+)\b", re.IGNORECASE
)
SHARED = 2  # of the words denied that the other sentence has: one is a topic, two are a statement
SAME_WORDS = 0.75  # of the shorter sentence's stems that two statements of one thing share
LEAST_WORDS = 4  # stems: below that two sentences are alike by chance
PRECISE = 1_000  # a number so large is seldom the same by chance
NEAR_DAYS = 30  # between articles: what was so in March need not be so in May
_IRREGULAR = {"blown": "blow", "blew": "blow", "shot": "shoot", "struck": "strike", "began": "begin", "gave": "give",
              "given": "give", "taken": "take", "took": "take", "known": "know", "knew": "know"}  # fmt: skip


def points_back(text: str) -> bool:
    """Whether a sentence denies what stands before it: "She denied that."."""
    return bool(_POINTS_BACK.search(text.strip()))


def denies(text: str, other: str) -> bool:
    """Whether the first sentence denies what the second states as somebody's claim.

    >>> denies("Jo Brandt denied that Norland had sunk the ferry.", "Ada Kern accused Norland of sinking the ferry.")
    True
    """
    own, theirs = claim(text), claim(other)
    if not _ACCUSES.search(other) or any(scoped.cue in _DENIAL for scoped in theirs.negations):
        return False
    return any(_matches(own, scoped, theirs) for scoped in own.negations if scoped.cue in _DENIAL)


def _matches(own: Claim, scoped: Scoped, theirs: Claim) -> bool:
    """Whether enough of what is denied is in the other sentence: its words, or its numbers."""
    denied, there = {_root(word) for word in scoped.stems}, {_root(word) for word in theirs.stems}
    numbers = _numbers(own.quantities) & _numbers(theirs.quantities)
    if not numbers and _numbers(own.quantities) and _numbers(theirs.quantities):
        return False  # another number is denied than the one that was given
    shared = len(denied & there) + (2 if max(numbers, default=0) >= PRECISE else len(numbers))
    return shared >= SHARED and 2 * shared >= len(denied)


def _root(stemmed: str) -> str:
    return stem(_IRREGULAR.get(stemmed, stemmed))


def _numbers(quantities: tuple[Quantity, ...]) -> set[Fraction]:
    return {quantity.value for quantity in quantities if quantity.value >= 10 and quantity.unit != "ordinal"}


def opposed(text: str, other: str, days: tuple[date | None, date | None]) -> bool:
    """Whether two sentences say the same of the same names, but one says that it is not so.

    `days`: of publication; far apart, or unknown, they may both be true.

    >>> opposed("The ferry sank off Hvar in the storm.", "The ferry did not sink off Hvar in the storm.", (day, day))
    True
    """
    if days[0] is None or days[1] is None or abs((days[0] - days[1]).days) > NEAR_DAYS:
        return False
    one, two = claim(text), claim(other)
    if bool(one.negations) == bool(two.negations) or one.hedges or two.hedges:
        return False
    positive, negative = (two, one) if one.negations else (one, two)
    left, right = ({_root(word) for word in each.stems} for each in (positive, negative))
    cues = {stem(scoped.cue) for scoped in negative.negations}
    right -= cues
    smaller = min(len(left), len(right))
    if smaller < LEAST_WORDS or len(left & right) < SAME_WORDS * smaller:
        return False
    scope = {_root(word) for scoped in negative.negations for word in scoped.stems[:1]}
    return bool(scope & left) and _names(positive) == _names(negative)


def _names(parsed: Claim) -> set[str]:
    return {parsed.words[i].key for run in parsed.names for i in run}
