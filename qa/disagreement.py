"""What the articles found say differently of one thing: counts that grow from day to day, and counts or claims that conflict.

A later figure of a growing count is an update: the newest leads, the earlier ones are told. Figures of one day or one
event by different people, a denial and what it denies, conflict: they are put side by side with speaker, outlet and day,
and never averaged. Only statements that answer the question are compared, of different stories, about the same places.
Decides nothing about who is right (docs/decisions/032).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from typing import Literal

from corpus.library import Library
from corpus.moments import moments
from corpus.stories import stories_of
from corpus.types import Sentence
from qa.accounts import accounts
from qa.cite import cite, with_citation
from qa.figures import GROWING, RATES, Figure, measure_of, stated
from qa.gate import support
from qa.same_event import SOON, different, in_words, names_around, one_event, shared
from qa.types import Answer, Citation, Note, SentenceHit

LIKELY = 0.5  # of the confidence that an answer needs: the same count in other words is often less like the question
CONSIDERED = 16  # best sentences that are compared with one another: later ones seldom answer
MOST_TOLD = 5  # statements of a note
SAME_TIME = 3  # days: a count does not fall so soon; another is counting

# "How strong", "How much": another number than the counts known here.
_OTHER_NUMBER = re.compile(r"\W*how (?!did|do|does|is|are|was|were|can|could|has|have|will|would)", re.IGNORECASE)
Relation = Literal["conflict", "update"]
_TELLS = {"dead": "the number of dead", "injured": "the number of injured", "missing": "the number of missing",
          "displaced": "the number of displaced", "arrested": "the number of arrests", "marchers": "the number of marchers",
          "efficacy": "the efficacy", "inflation": "inflation", "unemployment": "unemployment", "turnout": "turnout"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Statement:
    """A count that a found sentence states, with the day of its article and who says it."""

    hit: SentenceHit
    figure: Figure
    day: date | None
    citation: Citation

    @property
    def told(self) -> frozenset[date]:
        """The days of the event: those that the sentence names, else that of its article."""
        named = {m.start for m in moments(self.hit.sentence.text, self.day) if m.start == m.end}
        return frozenset(named or ({self.day} if self.day else ()))

    @property
    def whose(self) -> str:
        """Speaker, outlet and day, as far as known."""
        facts = (self.citation.speaker, self.citation.publisher, in_words(self.day) if self.day else None)
        return ", ".join(fact for fact in facts if fact)

    @property
    def written(self) -> str:
        """The figure in the sentence's own words."""
        return self.figure.span.of(self.hit.sentence.text)


def with_disagreements(answer: Answer, library: Library, threshold: float) -> Answer:
    """The answer with notes on what the other sentences found say differently, and the citations of these."""
    cited = {(c.article_id, c.sentence) for c in answer.citations}
    if not cited:
        return answer
    hits = answer.evidence[:CONSIDERED]
    if len(hits) < 2:
        return answer
    likely = [h for h in hits if _key(h) in cited or support(h.features) >= LIKELY * threshold]
    stories = stories_of(library, {hit.sentence.article_id for hit in hits})
    days = library.published_days({hit.sentence.article_id for hit in hits})
    found: list[Found] = [
        *_counted(answer, library, likely, cited, stories, days),
        *(("conflict", told, members) for told, members in accounts(library, hits, cited, stories, days)),
    ]
    for kind, told, members in found:
        numbers = []
        for sentence in members:
            answer, number = with_citation(answer, library, sentence)
            numbers.append(number)
        note = Note(kind, told, tuple(dict.fromkeys(numbers)))
        answer = replace(answer, notes=(note, *answer.notes))
    return answer


Found = tuple[Relation, str, list[Sentence]]
Keys = set[tuple[str, int]]


# ---- counts


def _counted(
    answer: Answer, library: Library, hits: Sequence[SentenceHit], cited: Keys, stories: Mapping[str, str],
    days: Mapping[str, date | None],
) -> Iterable[Found]:  # fmt: skip
    """A note for each count that the cited sentences state and others state differently."""
    question = answer.standalone_question
    asked = measure_of(question)
    if asked is None and _OTHER_NUMBER.match(question):
        return
    for measure in dict.fromkeys(f.measure for h in hits if _key(h) in cited for f in stated(h.sentence.text)):
        if asked and measure != asked:
            continue
        told = [(hit, figure) for hit in hits for figure in stated(hit.sentence.text) if figure.measure == measure][:8]
        if len({hit.sentence.article_id for hit, _ in told}) < 2:
            continue
        known = [
            Statement(
                hit, figure, days.get(hit.sentence.article_id), cite(library, hit.sentence, 0, support(hit.features))
            )
            for hit, figure in told
        ]
        related = {
            (a, b): relation
            for a, b in combinations(range(len(known)), 2)
            if stories[known[a].hit.sentence.article_id] != stories[known[b].hit.sentence.article_id]
            and (relation := _relation(known[a], known[b]))
        }
        for group in _groups(len(known), related):
            if any(_key(known[i].hit) in cited for i in group):
                kinds = {relation for pair, relation in related.items() if set(pair) <= group}
                yield _told(measure, [known[i] for i in sorted(group)], "conflict" in kinds)


def _relation(one: Statement, two: Statement) -> Relation | None:
    """How two counts of one measure lie to each other; `None` when they agree, or need not be of one thing."""
    if one.figure.agrees(two.figure) or not _same_place(one, two):
        return None
    if one.figure.measure in RATES:
        return "update" if one.day != two.day and one_event(one.hit, two.hit, _gap(one, two)) else None
    if one.figure.measure not in GROWING:
        same_day = one.told & two.told and one_event(one.hit, two.hit, _gap(one, two))
        return "conflict" if same_day else None
    if one.day is None or two.day is None:
        return None
    early, late = sorted((one, two), key=lambda s: (s.day or date.min, s.figure.low))
    gap = _gap(one, two)
    if not one_event(one.hit, two.hit, gap):
        return None
    apart = different(one.citation.speaker, two.citation.speaker)
    if early.figure.estimate or late.figure.estimate:
        return "conflict" if apart and gap <= SOON else None
    if late.figure.low >= early.figure.low:
        if gap:
            return "update"
        return "conflict" if apart else None
    if one.figure.measure == "missing" or _alike(one.citation.speaker, two.citation.speaker):
        return "update"
    return "conflict" if apart or gap <= SAME_TIME else None


def _gap(one: Statement, two: Statement) -> int:
    """Days between the articles; without end when one has no day."""
    return abs((one.day - two.day).days) if one.day and two.day else date.max.toordinal()


def _same_place(one: Statement, two: Statement) -> bool:
    """Whether both count in the same place: a place named beside one is named around the other."""
    left, right = one.figure.places, two.figure.places
    if left and right:
        return shared(left, right) > 0
    return all(
        shared(frozenset({place}), names_around(other.hit)) for of, other in ((left, two), (right, one)) for place in of
    )


def _alike(one: str | None, two: str | None) -> bool:
    return bool(one and two) and not different(one, two)


def _groups(count: int, related: Iterable[tuple[int, int]]) -> list[set[int]]:
    """The connected sets of more than one."""
    groups = [{i} for i in range(count)]
    for a, b in related:
        left, right = (next(group for group in groups if i in group) for i in (a, b))
        if left is not right:
            left |= right
            groups.remove(right)
    return [group for group in groups if len(group) > 1]


def _told(measure: str, statements: list[Statement], conflict: bool) -> Found:
    """The note: side by side, or the newest and what it was before."""
    newest = sorted(statements, key=lambda s: (s.day or date.min, s.figure.low), reverse=True)
    once: dict[tuple[str, str], Statement] = {}
    for statement in newest:
        once.setdefault(
            (statement.citation.speaker or statement.citation.article_id, statement.written if not conflict else ""),
            statement,
        )
    kept = list(once.values() if len(once) > 1 else newest)[:MOST_TOLD]
    sentences = [statement.hit.sentence for statement in kept]
    if conflict and len(kept) > 1:
        sides = "; ".join(f"{s.written} ({s.whose})" for s in kept)
        return "conflict", f"Sources differ on {_TELLS[measure]}: {sides}.", sentences
    first, *before = kept
    earlier = "; ".join(f"{s.written} ({s.whose})" for s in before)
    lead = f"As of {in_words(first.day)}, {_TELLS[measure]}: {first.written}" if first.day else first.written
    return "update", f"{lead} ({first.citation.speaker or first.citation.publisher}). Earlier: {earlier}.", sentences


def _key(hit: SentenceHit) -> tuple[str, int]:
    return hit.sentence.article_id, hit.sentence.index
