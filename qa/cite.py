"""Citations: numbered pointers to stored sentences. A quote is the slice of the stored text, so it cannot be wrong."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from corpus.library import Library
from corpus.moments import moments
from corpus.types import Sentence
from qa.attribution import attribute
from qa.gate import support
from qa.types import Answer, AnswerSentence, Citation, Dated, SentenceHit, Verdict

NEIGHBORS = 4  # sentences before one that may name who speaks in it
_YEAR = re.compile(r"\d{4}|\bcentury\b")


def cite(library: Library, sentence: Sentence, number: int, support: float) -> Citation:
    """The citation of a stored sentence.

    Raises:
        ArticleNotFound: the article was removed meanwhile.
    """
    article = library.article(sentence.article_id, sentence.version)
    around = library.sentences(sentence.article_id, sentence.version)
    before = [each.text for each in around[max(sentence.index - NEIGHBORS, 0) : sentence.index]]
    after = [each.text for each in around[sentence.index + 1 : sentence.index + 2]]
    said = attribute(sentence.text, before, after)
    return Citation(
        number=number, article_id=article.id, version=article.version, sentence=sentence.index,
        start=sentence.span.start, end=sentence.span.end, quote=sentence.span.of(article.text), title=article.title,
        publisher=article.publisher, author=article.author, published=article.published, url=article.url,
        support=support, speaker=said.who, hedged=bool(said.hedges), dated=_dated(sentence.text, article.published),
    )  # fmt: skip


def _dated(text: str, published: datetime | None) -> tuple[Dated, ...]:
    """The words that need the article's date to be understood: those that name no year."""
    found = moments(text, published.date()) if published else ()
    return tuple(Dated(*m.span, m.iso) for m in found if not _YEAR.search(m.span.of(text)))


def with_sentence(answer: Answer, verdict: Verdict, evidence: tuple[SentenceHit, ...], library: Library) -> Answer:
    """The answer with one more sentence. A sentence cited before keeps its number; a withheld one cites nothing."""
    labels = () if verdict.status == "withheld" else verdict.labels
    cited = {(c.article_id, c.version, c.sentence): c.number for c in answer.citations}
    new, numbers = [], []
    for label in labels:
        sentence = evidence[label].sentence
        key = (sentence.article_id, sentence.version, sentence.index)
        if key not in cited:
            cited[key] = len(cited) + 1
            new.append(cite(library, sentence, cited[key], verdict.support))
        numbers.append(cited[key])
    shown = AnswerSentence(
        verdict.text, tuple(numbers), verdict.support, verdict.status, verdict.reason, verdict.checks
    )
    return replace(answer, sentences=(*answer.sentences, shown), citations=(*answer.citations, *new))


def with_citation(answer: Answer, library: Library, sentence: Sentence) -> tuple[Answer, int]:
    """The answer with a citation of this sentence, and its number: one cited before keeps its own."""
    place = (sentence.article_id, sentence.version, sentence.index)
    for citation in answer.citations:
        if (citation.article_id, citation.version, citation.sentence) == place:
            return answer, citation.number
    number = len(answer.citations) + 1
    features = next((hit.features for hit in answer.evidence if hit.sentence == sentence), None)
    citation = cite(library, sentence, number, support(features) if features else 1.0)
    return replace(answer, citations=(*answer.citations, citation)), number


def joined(first: Answer | None, second: Answer) -> Answer:
    """Two answers as one: the second's sentences after the first's, its citations numbered on.

    It abstains only when both do, and is as sure as the less sure of those that answer.
    """
    if first is None:
        return second
    known = {(c.article_id, c.version, c.sentence): c.number for c in first.citations}
    numbers: dict[int, int] = {}
    new = []
    for citation in second.citations:
        key = (citation.article_id, citation.version, citation.sentence)
        if key not in known:
            known[key] = len(known) + 1
            new.append(replace(citation, number=known[key]))
        numbers[citation.number] = known[key]
    sentences = [
        replace(sentence, citations=tuple(numbers[n] for n in sentence.citations)) for sentence in second.sentences
    ]
    notes = [replace(note, citations=tuple(numbers[n] for n in note.citations)) for note in second.notes]
    sure = [answer.confidence for answer in (first, second) if answer.answered] or [first.confidence, second.confidence]
    stages = first.timings_ms.keys() | second.timings_ms.keys()
    return replace(
        first,
        sentences=(*first.sentences, *sentences),
        citations=(*first.citations, *new),
        hits=(*first.hits, *(hit for hit in second.hits if hit not in first.hits)),
        evidence=(*first.evidence, *(hit for hit in second.evidence if hit not in first.evidence)),
        notes=tuple(dict.fromkeys((*first.notes, *notes))),
        abstention=second.abstention if first.abstention and second.abstention else None,
        confidence=min(sure),
        timings_ms={
            stage: first.timings_ms.get(stage, 0) + second.timings_ms.get(stage, 0) for stage in sorted(stages)
        },
    )
