"""The check before anything is shown: a drafted sentence against the stored sentences it rests on.

Here: quotation. A drafted sentence passes when it is, word for word, the stored slice it cites; the support it is
shown with is the gate's probability for that sentence.
"""

from __future__ import annotations

from corpus.library import Library
from qa.gate import THRESHOLD, support
from qa.types import AnswerSentence, Citation, DraftSentence, Evidence, Status

WEAK = THRESHOLD  # a sentence below it is shown marked: alone it would not have been given as an answer


def verify(
    draft: DraftSentence, evidence: Evidence, library: Library, number: int
) -> tuple[AnswerSentence, Citation | None]:
    """The checked sentence and its citation, numbered `number`; a failed one is withheld, with the reason."""
    if len(draft.labels) != 1 or not 0 <= draft.labels[0] < len(evidence.hits):
        return AnswerSentence(draft.text, (), 0.0, "withheld", "It names no sentence of the evidence."), None
    hit = evidence.hits[draft.labels[0]]
    article = library.article(hit.sentence.article_id, hit.sentence.version)
    quote = hit.sentence.span.of(article.text)
    if draft.text != quote:
        return AnswerSentence(draft.text, (), 0.0, "withheld", "It is not the sentence that it cites."), None
    probability = support(hit.features)
    status: Status = "supported" if probability >= WEAK else "weak"
    citation = Citation(
        number=number, article_id=article.id, version=article.version, sentence=hit.sentence.index,
        start=hit.sentence.span.start, end=hit.sentence.span.end, quote=quote, title=article.title,
        publisher=article.publisher, author=article.author, published=article.published, url=article.url,
        support=probability,
    )  # fmt: skip
    return AnswerSentence(quote, (number,), probability, status), citation
