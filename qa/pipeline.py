"""The line from question to answer: retrieve, rerank, abstain or read, verify, cite. Nothing else.

Every part is given; nothing is built or configured here.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from corpus.lexical import STOP_WORDS, passage_frequencies, words
from corpus.library import Library
from corpus.types import Filters, Passage
from corpus.vectors import pending_ids, token_states
from embeddings.states import PassageStates, from_encoding, unpack
from embeddings.types import Embedder, Reranker
from qa.answer_words import answer_words
from qa.errors import QuestionError
from qa.gate import confidence
from qa.readers.extractive import ExtractiveReader
from qa.rerank import Query, prepare, rank
from qa.retrieve import Retriever
from qa.types import Abstention, AbstentionReason, Answer, Citation, DraftSentence, Evidence, Hit, Note, SentenceHit
from qa.verify import verify

MAX_QUESTION = 2_000  # characters: far above any question, far below what would stall the encoder
NEAREST = 3  # sentences offered when no answer is given
REREAD = 10  # sentences that a cross-encoder reads: .98 of the right ones are among them (results/quality.json)
EVIDENCE = 40  # sentences a reader gets


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One library, one embedder, one reader, and the confidence below which no answer is given.

    A `reranker`, when given, has the last word on the order of the best `REREAD` sentences.
    """

    library: Library
    embedder: Embedder
    retriever: Retriever
    reader: ExtractiveReader
    threshold: float
    reranker: Reranker | None = None

    def rank_sentences(self, question: str, filters: Filters = Filters()) -> tuple[Query, list[SentenceHit], Clock]:
        """The question made ready, and every sentence of the best passages, best first.

        Raises:
            QuestionError: the question is empty, has no word, or is too long.
        """
        check(question)
        clock = Clock()
        encoding = self.embedder.embed_query(question)
        clock.lap("encode")
        hits = self.retriever.retrieve(question, encoding, filters)
        clock.lap("retrieve")
        content = {word for word in words(question) if word not in STOP_WORDS}
        query = prepare(question, encoding, passage_frequencies(self.library, content), self.library.count_passages())
        ranked = self._reread(question, rank(query, self._with_states([hit.passage for hit in hits])))
        clock.lap("rerank")
        return query, ranked, clock

    def _reread(self, question: str, ranked: list[SentenceHit]) -> list[SentenceHit]:
        """The best sentences in the order of the reranker; each is read with its title. The others stay behind them."""
        if self.reranker is None:
            return ranked
        best = ranked[:REREAD]
        scores = self.reranker.score(question, [f"{hit.passage.title}\n{hit.sentence.text}" for hit in best])
        order = sorted(range(len(best)), key=lambda i: (-scores[i], i))
        return [best[i] for i in order] + ranked[REREAD:]

    def _with_states(self, passages: Sequence[Passage]) -> list[tuple[Passage, PassageStates]]:
        """Each passage with its token states: stored ones, else encoded now."""
        stored = token_states(self.library, self.embedder.fingerprint, [passage.id for passage in passages])
        states = {key: value for key, data in stored.items() if (value := unpack(data))}
        missing = [passage for passage in passages if passage.id not in states]
        if missing:
            encodings = self.embedder.embed_passages([passage.embedding_text for passage in missing])
            states |= {p.id: from_encoding(p, e) for p, e in zip(missing, encodings, strict=True)}
        return [(passage, states[passage.id]) for passage in passages]

    def answer(self, question: str, filters: Filters = Filters()) -> Answer:
        """The final answer."""
        *_, last = self.stream(question, filters)
        return last

    def stream(self, question: str, filters: Filters = Filters()) -> Iterator[Answer]:
        """Growing answers, each with one more checked sentence; the last is final."""
        query, ranked, clock = self.rank_sentences(question, filters)
        evidence = Evidence(tuple(ranked[:EVIDENCE]), confidence(query, ranked))
        answer = Answer(
            question, question, self.reader.name, evidence.confidence, hits=_passage_hits(ranked),
            notes=self._notes(query),
        )  # fmt: skip
        if not ranked or evidence.confidence < self.threshold:
            reason: AbstentionReason = "low_relevance" if ranked else "no_hits"
            yield replace(answer, abstention=self._abstain(query, evidence, reason), timings_ms=clock.total())
            return
        for draft in self.reader.read(evidence):
            sentence, citation = verify(draft, evidence, self.library, len(answer.citations) + 1)
            if not answer.sentences and citation:
                sentence = replace(sentence, emphasis=answer_words(question, sentence.text))
            answer = replace(
                answer,
                sentences=(*answer.sentences, sentence),
                citations=(*answer.citations, citation) if citation else answer.citations,
            )
            yield answer
        clock.lap("read")
        if not answer.citations:
            answer = replace(answer, abstention=self._abstain(query, evidence, "unsupported"))
        yield replace(answer, notes=(*answer.notes, *_source_note(answer)), timings_ms=clock.total())

    def _abstain(self, query: Query, evidence: Evidence, reason: AbstentionReason) -> Abstention:
        cited = [
            verify(DraftSentence(hit.sentence.text, (i,)), evidence, self.library, i + 1)[1]
            for i, hit in enumerate(evidence.hits[:NEAREST])
        ]
        nearest: tuple[Citation, ...] = tuple(citation for citation in cited if citation)
        if reason == "no_hits":
            return Abstention(reason, "The articles don't answer that: nothing in them matches the question.")
        names = [word for word in query.missing if word[0].isupper() or word[0].isdigit()]
        absent = names or query.missing
        detail = f" No article mentions {_listed(absent)}." if absent else ""
        return Abstention(reason, f"The articles don't answer that.{detail}", nearest)

    def _notes(self, query: Query) -> tuple[Note, ...]:
        notes = []
        if pending := len(pending_ids(self.library, self.embedder.fingerprint)):
            notes.append(
                Note("pending", f"{pending} passages are not embedded yet; they were searched by their words alone.")
            )
        if query.encoding.truncated:
            limit = self.embedder.max_tokens
            notes.append(Note("truncated", f"Only the first {limit} tokens of the question were understood."))
        return tuple(notes)


class Clock:
    """Milliseconds by stage, from its making on."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        """Book the time since the last lap to `stage`."""
        now = time.perf_counter()
        self._laps[stage] = (now - self._last) * 1000
        self._last = now

    def total(self) -> dict[str, float]:
        """The laps so far and their total."""
        return self._laps | {"total": (time.perf_counter() - self._start) * 1000}


def check(question: str) -> None:
    """Raise `QuestionError` unless the question can be asked."""
    if len(question) > MAX_QUESTION:
        raise QuestionError(
            f"The question has {len(question):,} characters; at most {MAX_QUESTION:,} can be asked. Shorten it."
        )
    if not words(question):
        raise QuestionError("The question holds no word. Ask with words, for example: Who won the election?")


def _passage_hits(ranked: Sequence[SentenceHit]) -> tuple[Hit, ...]:
    """The passages in the order of their best sentence."""
    best: dict[int, Hit] = {}
    for hit in ranked:
        best.setdefault(hit.passage.id, Hit(hit.passage, hit.score, "reranked"))
    return tuple(best.values())


def _source_note(answer: Answer) -> tuple[Note, ...]:
    articles = {citation.article_id for citation in answer.citations}
    if answer.abstention or len(articles) != 1:
        return ()
    numbers = tuple(citation.number for citation in answer.citations)
    return (Note("single_source", "One article supports this answer.", numbers),)


def _listed(names: Sequence[str]) -> str:
    quoted = [f"“{name}”" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
