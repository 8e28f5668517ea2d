"""Facts that a draft may not get wrong: each of its numbers, dates, names, quotations, negations, hedges and speakers
against the sentences that it cites. Pure comparison of texts; how well the rest agrees is `qa.verify`'s to weigh.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from corpus.types import Span
from qa.binding import bound_here, misplaced, word_at
from qa.claims import Claim, Source, Word, plain_quotation
from qa.names import TITLES, abbreviates, around, fuller_name, has_name, mixed, refers
from qa.quantities import Moment, Quantity, resolve
from qa.stance import modality, negation, speaker
from qa.types import Check, CheckName


def check(draft: Claim, cited: Sequence[Source]) -> tuple[Check, ...]:
    """Every guard's finding, passed or not, in a fixed order."""
    guards: tuple[tuple[CheckName, Callable[[Claim, Sequence[Source]], str], str], ...] = (
        ("quotation", _quotations, "Every quotation is in a cited sentence, word for word."),
        ("numbers", _numbers, "Every number is in a cited sentence."),
        ("units", _units, "Every unit is the cited one."),
        ("dates", _dates, "Every date is in a cited sentence."),
        ("names", _names, "Every name is in a cited sentence or is what one refers to."),
        ("negation", negation, "What is denied is denied there, too."),
        ("modality", modality, "What is certain is certain there, too."),
        ("speaker", speaker, "What is somebody's word is given as such."),
    )
    checks = []
    for name, guard, fine in guards:
        fault = guard(draft, cited)
        checks.append(Check(name, not fault, fault or fine))
    return tuple(checks)


def understated(draft: Claim, cited: Sequence[Source]) -> str:
    """What the draft states more exactly than its source: "20 million" for "at least 20 million"; else empty."""
    for number in draft.quantities:
        same = [q for source in cited for q in source.claim.quantities if q.value == number.value]
        if number.bound != "over" and same and all(q.bound == "over" for q in same):
            return f"“{_text(draft, number.span)}” is a lower bound in the cited sentence."
        if number.bound != "under" and same and all(q.bound == "under" for q in same):
            return f"“{_text(draft, number.span)}” is an upper bound in the cited sentence."
    return ""


def referred(draft: Claim, cited: Sequence[Source]) -> frozenset[int]:
    """Positions of the draft's name words that no cited sentence has, but that one refers to ("he", "the agency")."""
    found = set[int]()
    for run in draft.names:
        for at in run:
            if not any(has_name(source.claim, draft.words[at]) for source in cited) and (
                fuller_name(draft, run, at, cited) or any(refers(draft, at, source) for source in cited)
            ):
                found.add(at)
    return frozenset(found)


def _quotations(draft: Claim, cited: Sequence[Source]) -> str:
    texts = [plain_quotation(source.claim.text) for source in cited]
    missing = next((quote for quote in draft.quotations if not any(quote in text for text in texts)), None)
    return f"“{missing}” is quoted, but in none of the cited sentences." if missing else ""


def _numbers(draft: Claim, cited: Sequence[Source]) -> str:
    for number in draft.quantities:
        holders = [source for source in cited if _has_number(source.claim, number)]
        shown = _text(draft, number.span)
        if not holders:
            return f"“{shown}” is in none of the cited sentences."
        if not bound_here(draft, word_at(draft, number.span), holders, cited):
            return f"“{shown}” is said of something else in the cited sentences."
        same = [q for source in holders for q in source.claim.quantities if q.value == number.value]
        bounds = {q.bound for q in same}
        if number.bound in ("over", "under") and same and number.bound not in bounds:
            return f"The bound before “{shown}” is not the cited one."
    return misplaced(draft, cited, "number")


def _has_number(source: Claim, number: Quantity) -> bool:
    if number.pair:
        return any(q.pair == number.pair for q in source.quantities) or all(
            any(q.value == end and not q.pair for q in source.quantities) for end in number.pair
        )
    if number.unit is None and any(number.value == moment.year for moment in source.moments):
        return True
    return any(
        _same_kind(q, number) and (q.value == number.value or (q.pair is not None and number.value in q.pair))
        for q in source.quantities
    )


def _same_kind(one: Quantity, other: Quantity) -> bool:
    """An ordinal is no count, and "hundreds" is no hundred."""
    special = ("ordinal", "share", "vague")
    return one.unit == other.unit or (one.unit not in special and other.unit not in special)


def _units(draft: Claim, cited: Sequence[Source]) -> str:
    everywhere = {q.unit for source in cited for q in source.claim.quantities}
    for number in draft.quantities:
        same = [(source, q) for source in cited for q in source.claim.quantities if q.value == number.value]
        if not same or number.pair:
            continue
        unit, per = number.unit, number.per
        alike = [
            source for source, q in same
            if (unit in (None, q.unit) or (q.unit is None and unit in everywhere)) and (per is None or q.per in (None, per))
        ]  # fmt: skip
        if not alike or not bound_here(draft, word_at(draft, number.span), alike, cited):
            return f"“{_text(draft, number.span)}” has another unit in the cited sentences."
    return ""


def _dates(draft: Claim, cited: Sequence[Source]) -> str:
    for moment in draft.moments:
        holders = [source for source in cited if _has_moment(source, moment)]
        if not holders:
            return f"“{_text(draft, moment.span)}” is in none of the cited sentences."
        if not bound_here(draft, word_at(draft, moment.span), holders, cited):
            return f"“{_text(draft, moment.span)}” is said of something else in the cited sentences."
    return misplaced(draft, cited, "date")


def _has_moment(source: Source, moment: Moment) -> bool:
    stated = list(source.claim.moments)
    if source.published is not None:
        stated += [resolve(known, source.published, source.claim.text) for known in source.claim.moments]
    bare_year = moment.year is not None and moment.month is None
    return any(known.covers(moment) for known in stated) or (
        bare_year and any(q.value == moment.year and q.unit is None for q in source.claim.quantities)
    )


def _names(draft: Claim, cited: Sequence[Source]) -> str:
    for run in draft.names:
        for at in run:
            word = draft.words[at]
            holders = [
                source for source in cited if has_name(source.claim, word) or abbreviates(draft, run, source.claim)
            ]
            if holders:
                if not bound_here(draft, at, holders, cited):
                    return f"“{_shown(word)}” is named for something else in the cited sentences."
                continue
            titled = word.key in TITLES and any(has_name(near, word) for source in cited for near in around(source))
            if not (titled or fuller_name(draft, run, at, cited) or any(refers(draft, at, source) for source in cited)):
                return f"“{_shown(word)}” is in none of the cited sentences."
        shortened = any(abbreviates(draft, run, source.claim) for source in cited)
        if not shortened and (fault := mixed(draft, run, cited)):
            return fault
    return misplaced(draft, cited, "name")


def _shown(word: Word) -> str:
    return word.text.removesuffix("'s").removesuffix("’s")


def _text(claim: Claim, span: Span) -> str:
    return span.of(claim.text).strip(" ,")
