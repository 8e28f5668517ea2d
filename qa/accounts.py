"""Accounts that differ: a cited sentence that is denied, or that denies, side by side with the other.

Which pairs do is for `qa.denials`; a bare "She denied that" is set beside the sentence before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import date
from itertools import combinations

from corpus.library import Library
from corpus.types import Sentence
from qa.cite import cite
from qa.denials import denies, opposed, points_back
from qa.same_event import different, in_words
from qa.types import SentenceHit

Accounts = tuple[str, list[Sentence]]
"""What to say of them, and the sentences."""


def accounts(
    library: Library, hits: Sequence[SentenceHit], cited: Set[tuple[str, int]], stories: Mapping[str, str],
    days: Mapping[str, date | None],
) -> Iterable[Accounts]:  # fmt: skip
    """A note for the first denial or negation of a cited sentence, or by one."""
    for hit in hits:
        if points_back(hit.sentence.text) and _key(hit) in cited and (before := _before(library, hit.sentence)):
            yield _side_by_side(library, [before, hit.sentence])
            return
    for one, two in combinations(hits, 2):
        if not {_key(one), _key(two)} & cited:
            continue
        a, b = one.sentence, two.sentence
        if a.article_id != b.article_id and stories[a.article_id] == stories[b.article_id]:
            continue
        when = (days.get(a.article_id), days.get(b.article_id))
        opposite = a.article_id != b.article_id and opposed(a.text, b.text, when)
        if opposite or denies(a.text, b.text) or denies(b.text, a.text):
            yield _side_by_side(library, [a, b])
            return


def _side_by_side(library: Library, sentences: list[Sentence]) -> Accounts:
    """Both sides in their own words."""
    sides = []
    for sentence in sentences:
        citation = cite(library, sentence, 0, 1.0)
        day = citation.published.date() if citation.published else None
        facts = (citation.speaker, citation.publisher, in_words(day) if day else None)
        sides.append(f"{', '.join(fact for fact in facts if fact)}: “{sentence.text}”")
    return f"Accounts differ. {' '.join(sides)}", sentences


def _before(library: Library, sentence: Sentence) -> Sentence | None:
    """The sentence before, when somebody else claims something there."""
    if not sentence.index:
        return None
    before = library.sentences(sentence.article_id, sentence.version)[sentence.index - 1]
    speakers = (cite(library, each, 0, 1.0).speaker for each in (before, sentence))
    return before if different(*speakers) else None


def _key(hit: SentenceHit) -> tuple[str, int]:
    return hit.sentence.article_id, hit.sentence.index
