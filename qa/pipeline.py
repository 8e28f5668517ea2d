"""The line from question to answer: contextualize, retrieve, rerank, abstain or read, verify, cite. Nothing else.

Every part is given; nothing is built or configured here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from corpus.errors import ArticleNotFound
from corpus.insight import extent
from corpus.lexical import STOP_WORDS, passage_frequencies, words
from corpus.library import Library
from corpus.moments import moments
from corpus.types import Filters, Passage, Sentence
from corpus.vectors import pending_count, token_states
from embeddings.states import PassageStates, from_encoding, unpack
from embeddings.types import Embedder, Reranker
from qa.answer_words import answer_words
from qa.cite import cite, joined, with_sentence
from qa.clock import Clock
from qa.confirm import with_confirmation
from qa.disagreement import with_disagreements
from qa.errors import QuestionError, ReaderError
from qa.figures import measure_of
from qa.gate import confidence, support
from qa.leading import counted_then, newest_first
from qa.notes import correction_notes, genre_notes, source_notes
from qa.operations import Operation, count, operation_of, outlet_question, side_question
from qa.question_names import plain_names
from qa.question_time import QuestionTime, question_time
from qa.readers import Reader
from qa.rerank import Query, prepare, rank
from qa.retrieve import Retriever
from qa.timeline import timeline, topic_of
from qa.timely import ORDERED, anchored, fits, published_in, time_notes, timely, without_time
from qa.types import (
    SEARCHED,
    Abstention,
    AbstentionReason,
    Answer,
    Citation,
    Evidence,
    Hit,
    Note,
    SentenceHit,
    StandaloneQuestion,
    Turn,
)
from qa.verify import Verifier

MAX_QUESTION = 2_000  # characters: far above any question, far below what would stall the encoder
NEAREST = 3  # sentences offered when no answer is given
REREAD = 10  # sentences that a cross-encoder reads: .98 of the right ones are among them (results/quality.json)
REMOVALS = 3  # articles that may be removed while one question is answered from them
EVIDENCE = 40  # sentences a reader gets

Contextualize = Callable[[str, Sequence[Turn]], StandaloneQuestion]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One library, one embedder, the readers, and the confidence below which no answer is given.

    `readers` are tried in order, until one has drafted a sentence that may be shown. A `reranker`, when given, has the
    last word on the order of the best `REREAD` sentences.
    """

    library: Library
    embedder: Embedder
    retriever: Retriever
    contextualize: Contextualize
    readers: Sequence[Reader]
    verifier: Verifier
    threshold: float
    reranker: Reranker | None = None
    today: Callable[[], date] = date.today

    def rank_sentences(self, question: str, filters: Filters = Filters()) -> tuple[Query, list[SentenceHit], Clock]:
        """The question made ready, and every sentence of the best passages, best first.

        Raises:
            QuestionError: the question is empty, has no word, or is too long.
        """
        check(question)
        clock = Clock()
        encoding = self.embedder.embed_query(question)
        clock.lap("encode")
        hits = self.retriever.retrieve(question, encoding, clock, filters)
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

    def answer(self, question: str, filters: Filters = Filters(), history: Sequence[Turn] = ()) -> Answer:
        """The final answer; see `stream`."""
        *_, last = self.stream(question, filters, history)
        return last

    def stream(
        self,
        question: str,
        filters: Filters = Filters(),
        history: Sequence[Turn] = (),
        *,
        standalone: str | None = None,
        reader: str | None = None,
        cancelled: threading.Event | None = None,
    ) -> Iterator[Answer]:
        """Growing answers, each with one more checked sentence; the last is final.

        `history`: the turns before, oldest first. `standalone`: what the user wants searched instead of the question.
        `reader`: the name of the one to begin with; those before it in `readers` are left out.
        Ends early, with what is there, once `cancelled` is set. Begins anew when an article of it is removed meanwhile.

        Raises:
            QuestionError: the question is empty, has no word, or is too long.
        """
        check(question)
        asked = StandaloneQuestion(standalone, "edited") if standalone else self.contextualize(question, history)
        names = [each.name for each in self.readers]
        line = replace(self, readers=self.readers[names.index(reader) :]) if reader in names else self
        for left in range(REMOVALS, -1, -1):
            try:
                for answer in line._routed(plain_names(asked.text), filters, cancelled):
                    yield replace(answer, question=question, standalone_question=asked.text)
                return
            except ArticleNotFound:  # removed after it was found: what it said is not said, and the search begins again
                if not left:
                    raise

    def _routed(self, question: str, filters: Filters, cancelled: threading.Event | None) -> Iterator[Answer]:
        """What the question asks for: a count, a comparison, or an answer that is read from the articles."""
        operation = operation_of(question)
        if operation is None:
            topic = topic_of(question)
            told = self.timeline(topic, filters) if topic else None
            if told:
                yield replace(told, standalone_question=question)
            else:
                asked, chosen = outlet_question(self.library, question, filters)
                for answer in self._answered(asked, chosen, cancelled):
                    yield replace(answer, standalone_question=question)
        elif operation.kind == "compare":
            yield from self._compared(question, operation, filters, cancelled)
        else:
            yield count(self.library, question, operation, filters)

    def timeline(self, topic: str, filters: Filters = Filters()) -> Answer | None:
        """The course of events on a topic as dated sentences, oldest first; `None` when none is on the topic.

        Raises:
            QuestionError: the topic is empty, has no word, or is too long.
        """
        when = self._time(topic, filters)
        rest, chosen = (without_time(topic, when), published_in(when, filters)) if when else (topic, filters)
        query, ranked, clock = self.rank_sentences(rest, chosen)
        days = self._days(hit.sentence for hit in ranked)
        since, until = (when.since, when.until) if when else (None, None)
        entries, left_out = timeline(ranked, days, self.threshold, since, until)
        clock.lap("time")
        hits = tuple(entry.hit for entry in entries)
        answer = Answer(
            topic, topic, "timeline", confidence(query, ranked), hits=_passage_hits(ranked),
            notes=self._notes(query), evidence=hits,
        )  # fmt: skip
        for label, entry in enumerate(entries):
            answer = with_sentence(answer, entry.verdict(label), hits, self.library)
            *before, newest = answer.sentences
            answer = replace(answer, sentences=(*before, replace(newest, day=entry.day)))
        clock.lap("read")
        if left_out:
            more = Note(
                "truncated", f"{left_out} more sentences are on this; name a narrower time or topic to see them."
            )
            answer = replace(answer, notes=(*answer.notes, more))
        return replace(answer, timings_ms=clock.total()) if entries else None

    def _compared(
        self, question: str, operation: Operation, filters: Filters, cancelled: threading.Event | None
    ) -> Iterator[Answer]:
        """The answers for either side, one after the other; a side without one is named."""
        whole: Answer | None = None
        for side in operation.sides:
            asked, chosen = side_question(self.library, side, operation.topic, filters)
            part = None
            for part in self._answered(asked, chosen, cancelled):
                growing = joined(whole, part)
                yield replace(growing, standalone_question=question)
            if part is None or not part.citations:
                missing = Note("compare", f"The articles don't tell what {side} says about {operation.topic}.")
                part = replace(part, notes=(*part.notes, missing)) if part else None
            whole = joined(whole, part) if part else whole
        if whole:
            yield replace(whole, standalone_question=question)

    def _answered(self, question: str, filters: Filters, cancelled: threading.Event | None) -> Iterator[Answer]:
        """Retrieve, rerank, abstain or read, verify, cite."""
        when = self._time(question, filters)
        query, ranked, clock, sure = self._rank_in_time(question, when, filters)
        evidence = Evidence(tuple(ranked[:EVIDENCE]), sure)
        answer = Answer(
            question, question, self.readers[0].name, evidence.confidence, hits=_passage_hits(ranked),
            notes=self._notes(query), evidence=evidence.hits,
        )  # fmt: skip
        if not ranked or evidence.confidence < self.threshold:
            reason: AbstentionReason = "low_relevance" if ranked else "no_hits"
            yield replace(answer, abstention=self._abstain(query, evidence, reason, filters), timings_ms=clock.total())
            return
        for growing in self._read(answer, evidence, clock, cancelled):
            yield (answer := growing)
        if not answer.citations:
            answer = replace(answer, abstention=self._abstain(query, evidence, "unsupported", filters))
        own = answer.citations
        answer = with_confirmation(
            with_disagreements(answer, self.library, self.threshold), self.library, self.threshold
        )
        notes = (
            *source_notes(self.library, answer.citations),
            *correction_notes(self.library, answer.citations),
            *genre_notes(self.library, answer.citations),
            *(time_notes(when, own, self._days(own), self.today()) if when else ()),
        )
        clock.lap("notes")
        yield replace(answer, notes=(*answer.notes, *notes), timings_ms=clock.total())

    def _time(self, question: str, filters: Filters) -> QuestionTime | None:
        """The time that a question asks about; that of an event, where it names one, by the article that tells of it."""
        when = question_time(question, self.today(), self.library.newest_day())
        if when is None or when.anchor is None:
            return when
        event, rest = when.anchor.of(question), without_time(question, when)
        for asked in (f"{event} {rest}", event):  # "the earthquake" of Syria, where there were several
            query, ranked, _ = self.rank_sentences(asked, filters)
            if confidence(query, ranked) >= self.threshold:
                break
        else:
            return when
        best = ranked[0].sentence
        published = self.library.published_days([best.article_id]).get(best.article_id)
        told = moments(best.text, published)
        day = told[0].start if told else published
        return anchored(when, day) if day else when

    def _rank_in_time(
        self, question: str, when: QuestionTime | None, filters: Filters
    ) -> tuple[Query, list[SentenceHit], Clock, float]:
        """The sentences that fit the time asked about, best first, and the confidence in the best whatever its day.

        Words like "latest" are in no article, and a date often only in an article's head: what they name is looked for
        by the articles' days, with the question less those words.
        """
        if when is None:
            query, ranked, clock = self.rank_sentences(question, filters)
            return query, self._newest_first(question, ranked), clock, confidence(query, ranked)
        rest = without_time(question, when)
        asked = rest if when.kind in ORDERED else question
        query, ranked, clock = self.rank_sentences(asked, filters)
        sure = confidence(query, ranked)
        days = self._days(hit.sentence for hit in ranked)
        ranked = timely(when, ranked, days, self.threshold)
        fitting = ranked and fits(when, ranked[0], days.get(ranked[0].sentence.article_id))
        sure = sure if when.kind in ORDERED else confidence(query, ranked)
        plain = when.explicit or sure < self.threshold
        if plain and asked != rest and not (fitting and sure >= self.threshold):
            clock.lap("time")
            within, found, _ = self.rank_sentences(rest, published_in(when, filters))
            found_on = self._days(hit.sentence for hit in found)
            found = timely(when, found, found_on, self.threshold)
            if found and confidence(within, found) >= self.threshold:
                query, ranked, sure = within, found, confidence(within, found)
            elif then := counted_then(question, when, found, found_on):
                query, ranked = within, then
        ranked = self._newest_first(question, ranked)
        clock.lap("time")
        return query, ranked, clock, sure

    def _newest_first(self, question: str, ranked: list[SentenceHit]) -> list[SentenceHit]:
        """Of a count that grows, the newest figure in front; see `qa.leading`."""
        if measure_of(question) is None:
            return ranked
        return newest_first(question, ranked, self._days(hit.sentence for hit in ranked), self.threshold)

    def _days(self, of: Iterable[Sentence | Citation]) -> dict[str, date | None]:
        """When the articles of these were published."""
        return self.library.published_days({each.article_id for each in of})

    def _read(
        self, answer: Answer, evidence: Evidence, clock: Clock, cancelled: threading.Event | None
    ) -> Iterator[Answer]:
        """One more sentence at a time, from the first reader that has one to show."""
        for reader in self.readers:
            answer = replace(answer, reader=reader.name)
            try:
                for draft in reader.read(answer.standalone_question, evidence, cancelled):
                    clock.lap("read")
                    verdict = self.verifier.verify(draft, evidence)
                    clock.lap("verify")
                    uncited = not answer.citations
                    answer = with_sentence(answer, verdict, evidence.hits, self.library)
                    if uncited and answer.citations:
                        answer = _emphasized(answer)
                    yield answer
            except ReaderError as error:
                answer = replace(answer, notes=(*answer.notes, Note("reader", str(error))))
            clock.lap("read")
            if answer.citations or (cancelled is not None and cancelled.is_set()):
                break
        yield answer

    def _abstain(self, query: Query, evidence: Evidence, reason: AbstentionReason, filters: Filters) -> Abstention:
        nearest = tuple(
            cite(self.library, hit.sentence, number, support(hit.features))
            for number, hit in enumerate(evidence.hits[:NEAREST], start=1)
        )
        searched = f"{SEARCHED}{extent(self.library, filters)}."
        if reason == "no_hits":
            return Abstention(
                reason, f"The articles don't answer that: nothing in them matches the question.{searched}"
            )
        names = [word for word in query.missing if word[0].isupper() or word[0].isdigit()]
        absent = names or query.missing
        detail = f" No article mentions {_listed(absent)}." if absent else ""
        return Abstention(reason, f"The articles don't answer that.{detail}{searched}", nearest)

    def _notes(self, query: Query) -> tuple[Note, ...]:
        notes = []
        if pending := pending_count(self.library, self.embedder.fingerprint):
            notes.append(
                Note("pending", f"{pending} passages are not embedded yet; they were searched by their words alone.")
            )
        if query.encoding.truncated:
            limit = self.embedder.max_tokens
            notes.append(Note("truncated", f"Only the first {limit} tokens of the question were understood."))
        return tuple(notes)


def check(question: str) -> None:
    """Raise `QuestionError` unless the question can be asked."""
    if len(question) > MAX_QUESTION:
        raise QuestionError(
            f"The question has {len(question):,} characters; at most {MAX_QUESTION:,} can be asked. Shorten it."
        )
    if not words(question):
        raise QuestionError("The question holds no word. Ask with words, for example: Who won the election?")


def _emphasized(answer: Answer) -> Answer:
    """The words of the newest sentence that are the answer itself, marked where the question tells."""
    *before, newest = answer.sentences
    words = answer_words(answer.standalone_question, newest.text)
    return replace(answer, sentences=(*before, replace(newest, emphasis=words)))


def _passage_hits(ranked: Sequence[SentenceHit]) -> tuple[Hit, ...]:
    """The passages in the order of their best sentence."""
    best: dict[int, Hit] = {}
    for hit in ranked:
        best.setdefault(hit.passage.id, Hit(hit.passage, hit.score, "reranked"))
    return tuple(best.values())


def _listed(names: Sequence[str]) -> str:
    quoted = [f"“{name}”" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
