"""Whether an answer that goes back to one source is told by another, independent one: the same count, or the same words.

Copies of one text confirm nothing (`corpus.stories`). Says who reports it too; does not look for more articles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from corpus.library import Library
from corpus.stories import stories_of
from qa.cite import with_citation
from qa.claims import claim
from qa.figures import figures
from qa.gate import support
from qa.same_event import one_event
from qa.types import Answer, Note, SentenceHit

CONSIDERED = 16  # best sentences found
LIKELY = 0.5  # of the confidence that an answer needs: it is the cited sentence that answers
SAME_WORDS = 0.75  # of the shorter sentence's stems
LEAST_WORDS = 5  # stems


def with_confirmation(answer: Answer, library: Library, threshold: float) -> Answer:
    """The answer with a note on an independent source that tells the first cited sentence too, and its citation."""
    if not answer.citations:
        return answer
    first = answer.citations[0]
    hits = answer.evidence[:CONSIDERED]
    told = next(
        (h for h in hits if (h.sentence.article_id, h.sentence.index) == (first.article_id, first.sentence)), None
    )
    stories = stories_of(library, {*(c.article_id for c in answer.citations), *(h.sentence.article_id for h in hits)})
    own = {stories[citation.article_id] for citation in answer.citations}
    if told is None or len(own) > 1:
        return answer
    days = library.published_days({hit.sentence.article_id for hit in hits})
    for hit in hits:
        likely = support(hit.features) >= LIKELY * threshold
        if likely and stories[hit.sentence.article_id] not in own and _same(told, hit, days):
            answer, number = with_citation(answer, library, hit.sentence)
            citation = answer.citations[number - 1]
            day = citation.published
            when = f" ({day.day} {day:%B %Y})" if day else ""
            text = f"Reported independently by {citation.publisher or 'another source'}{when}."
            return replace(answer, notes=(*answer.notes, Note("confirmed", text, (number,))))
    return answer


def _same(one: SentenceHit, two: SentenceHit, days: Mapping[str, date | None]) -> bool:
    """Whether both tell the same thing: an equal count of one event, or nearly the same words with the same numbers."""
    first, second = days.get(one.sentence.article_id), days.get(two.sentence.article_id)
    if first is None or second is None:
        return False
    a, b = claim(one.sentence.text), claim(two.sentence.text)
    if bool(a.negations) != bool(b.negations):
        return False
    counts = {(f.measure, f.low) for f in figures(one.sentence.text)} & {
        (f.measure, f.low) for f in figures(two.sentence.text)
    }
    if counts:
        return one_event(one, two, abs((first - second).days))
    smaller = min(len(a.stems), len(b.stems))
    same_numbers = {q.value for q in a.quantities} == {q.value for q in b.quantities}
    return same_numbers and smaller >= LEAST_WORDS and len(a.stems & b.stems) >= SAME_WORDS * smaller
