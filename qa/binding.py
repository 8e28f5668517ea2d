"""What a fact is said of: whether a number, date or name stands in the draft where a cited sentence has it.

Looks at the words beside a fact; parses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.types import Span
from qa.claims import Claim, Source
from qa.names import one_people, refers, short_forms
from qa.quantities import Moment

_NEAR = 5  # words to each side of a fact that tell what it is said of


def bound_here(draft: Claim, at: int | None, holders: Sequence[Source], cited: Sequence[Source]) -> bool:
    """Whether a fact is in the cited sentence that its surroundings in the draft are taken from."""
    if at is None or {id(source) for source in holders} == {id(source) for source in cited}:
        return True
    near = {
        w.stem
        for k, w in enumerate(draft.words[max(0, at - _NEAR) : at + _NEAR + 1], max(0, at - _NEAR))
        if w.content and k != at
    }
    if not near:
        return True
    shares = {id(source): len(near & source.claim.stems) for source in cited}
    best = max(shares.values())
    if any(shares[id(source)] >= best for source in holders):
        return True
    return draft.words[at].name and any(refers(draft, at, source) for source in cited if shares[id(source)] == best)


def word_at(claim: Claim, span: Span) -> int | None:
    return next((i for i, word in enumerate(claim.words) if word.span.end > span.start), None)


@dataclass(frozen=True, slots=True)
class _Neighbor:
    """A fact directly before or after a word: "Turkey" acts in "Turkey backs" and in "backed by Turkey"."""

    word: str
    role: str
    preposition: str
    kind: str
    facts: frozenset[object]
    shown: str


_ORDER_WORDS = frozenset("from to until since before after".split())
_LIGHT = frozenset("a an the has have had is are was were be been being also still about around some more than over nearly almost "
                   "least later already now then".split())  # fmt: skip
_PREPOSITIONS = frozenset("to of in on at by for with from over against into under".split())
_JOINS = frozenset("and or of the as well".split())
_BE = frozenset("is are was were be been being".split())
_REACH = 4  # light words between a word and its fact


def misplaced(draft: Claim, cited: Sequence[Source], kind: str) -> str:
    """Facts that changed places: "England beat Spain" for "Spain beat England"."""
    known = [neighbor for source in cited for neighbor in _neighbors(source.claim) if neighbor.kind == kind]
    words = {neighbor.word for neighbor in known}  # what the sentences leave open their titles may tell
    known += [n for source in cited for n in _neighbors(source.title) if n.kind == kind and n.word not in words]
    for own in _neighbors(draft):
        if own.kind != kind:
            continue
        same = [n for n in known if (n.word, n.role, n.preposition) == (own.word, own.role, own.preposition)]
        if same and not any(_agree(own.facts, n.facts) for n in same):
            return f"“{own.shown}” is said of another {kind} in the cited sentences."
    return ""


def _agree(one: frozenset[object], other: frozenset[object]) -> bool:
    if one & other:
        return True
    moments = [(a, b) for a in one for b in other if isinstance(a, Moment) and isinstance(b, Moment)]
    return any(a.covers(b) or b.covers(a) for a, b in moments) or any(
        one_people(a, b) for a in one for b in other if isinstance(a, str) and isinstance(b, str)
    )


def _neighbors(claim: Claim) -> Iterator[_Neighbor]:
    facts = _facts(claim)
    for i, word in enumerate(claim.words):
        ordering = word.key in _ORDER_WORDS
        if i in facts or not (word.content or ordering):
            continue
        for step in (-1, 1):
            k, preposition = _beyond(claim, facts, i, step)
            if k is None or (ordering and (facts[k][0] == "name" or step < 0)):
                continue
            be = any(w.key in _BE for w in claim.words[max(0, i - 2) : i])
            passive = be or (step > 0 and preposition == "by")
            acts = (step < 0) != passive
            role = "acts" if acts else "undergoes"
            by = preposition if preposition != "by" else ""
            chained = frozenset(_chain(claim, facts, k, step))
            yield _Neighbor(word.key if ordering else word.stem, role, by, facts[k][0], chained, word.text)


def _beyond(claim: Claim, facts: _Facts, at: int, step: int) -> tuple[int | None, str]:
    """The next fact in a direction within its clause, light words skipped, and the preposition before it."""
    preposition = ""
    k = at + step
    while 0 <= k < len(claim.words) and abs(k - at) <= _REACH and claim.words[k].clause == claim.words[at].clause:
        key = claim.words[k].key
        if k in facts:
            return k, preposition
        if key in _PREPOSITIONS and not preposition:
            preposition = key
        elif key not in _LIGHT:
            break
        k += step
    return None, ""


_Facts = dict[int, tuple[str, frozenset[object]]]


def _facts(claim: Claim) -> _Facts:
    """Positions of words to the fact that they are part of."""
    facts: _Facts = {}
    for run in claim.names:
        forms = frozenset[object]({claim.words[i].key for i in run} | short_forms(claim, run))
        facts |= dict.fromkeys(range(run[0], run[-1] + 1), ("name", forms))
    spans: list[tuple[str, Span, object]] = [("number", q.span, q.value) for q in claim.quantities]
    spans += [("date", m.span, m) for m in claim.moments]
    for kind, span, value in spans:
        for i, word in enumerate(claim.words):
            if span.start <= word.span.start < span.end:
                facts[i] = (kind, frozenset({value}))
    return facts


def _chain(claim: Claim, facts: _Facts, start: int, step: int) -> Iterator[object]:
    """The fact at a position and those joined to it: "Putin and Assad", "411 of the 650"."""
    kind = facts[start][0]
    k = start
    while 0 <= k < len(claim.words):
        if k in facts and facts[k][0] == kind:
            yield from facts[k][1]
        elif claim.words[k].key not in _JOINS:
            return
        k += step
