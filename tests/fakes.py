"""Fakes that enter by the same doors as the real things: an engine for the pages, over a real library."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from corpus.adding import Adder
from corpus.ingest import Chunker, build
from corpus.library import Library
from corpus.sources import LoadFailure, Skipped, Source
from corpus.types import Block, Filters, ParsedArticle, Passage, Sentence
from qa.add_report import AddReport, InputResult, Progress
from qa.types import Abstention, Answer, AnswerSentence, Citation, Features, Note, SentenceHit, Turn

WORDS_CHUNKER = Chunker(lambda texts: [len(text.split()) + 2 for text in texts], 120)

ARTICLES = (
    ParsedArticle(
        "Ankara deepens its role in the northern corridor",
        (
            Block("caption", "Trucks wait at the crossing of Bab el-Salam. Photo: A. Demir"),
            Block("paragraph", "Turkey backs armed opposition groups in the north with training and salaries, the officials "
                  "said. It denies directing their operations."),
            Block("heading", "A costly commitment"),
            Block("paragraph", "The programs cost between $3.5bn and $2bn *more* than planned, by one <b>estimate</b>. "
                  "Emoji \U0001f69a count as one code point."),
            Block("quote", "We pay them every month. We do not ask where they go."),
        ),
        publisher="Meridian Post", author="Leyla Aksoy", url="https://meridian.example/ankara",
        published=datetime(2023, 10, 18),
    ),
    ParsedArticle(
        "What each outside power <script>alert(1)</script> wants",
        (
            Block("paragraph", "Five outside powers have forces or proxies inside the country. Russia's priority is to keep "
                  "its two coastal bases."),
            Block("list", "Iran has funded allied militias, chiefly to protect a supply route."),
        ),
        publisher="Northline News", url="javascript:alert(1)", published=datetime(2024, 11, 2),
    ),
    ParsedArticle("Harvest begins early", (Block("paragraph", "The wheat harvest began on 3 May. Yields were low. "
                  "About 40 farmers sold their fields to the state."),)),
)  # fmt: skip


def fill(library: Library, articles: Iterable[ParsedArticle] = ARTICLES) -> list[str]:
    """Store these articles; their ids."""
    return [library.store(build(article, WORDS_CHUNKER)).article_id for article in articles]


def cite(library: Library, number: int, sentence: Sentence) -> Citation:
    """A citation of a stored sentence."""
    article = library.article(sentence.article_id, sentence.version)
    return Citation(
        number=number, article_id=article.id, version=article.version, sentence=sentence.index,
        start=sentence.span.start, end=sentence.span.end, quote=sentence.text, title=article.title,
        publisher=article.publisher, author=article.author, published=article.published, url=article.url, support=0.9,
    )  # fmt: skip


class Asked(NamedTuple):
    """What the engine was asked."""

    question: str
    filters: Filters = Filters()
    history: tuple[Turn, ...] = ()
    standalone: str | None = None
    reader: str | None = None


@dataclass
class FakeEngine:
    """Answers with the stored sentences that share a long word with the question; knows no model.

    A question that begins with "And" is understood as "What about" the question before it.

    With `evidence` an answer holds what else was found, to draw further questions from. `gate`, when given, is waited for
    before each sentence, so that a test can look at a half-made answer.
    """

    library: Library
    ready: bool = False
    warm_error: str | None = None
    activity: str = "Loading the language model"
    warm_gate: threading.Event | None = None
    gate: threading.Semaphore | None = None
    readers: tuple[str, ...] = ("extractive",)
    evidence: bool = False
    asked: list[Asked] = field(default_factory=list)

    @classmethod
    def over(cls, folder: Path, **options: object) -> FakeEngine:
        """An engine over a new library that holds `ARTICLES`."""
        engine = cls(Library.open(folder, create=True), **options)  # type: ignore[arg-type]
        fill(engine.library)
        return engine

    def warm(self) -> None:
        """Wait for the gate, if any."""
        if self.warm_gate:
            self.warm_gate.wait()
        self.ready = self.warm_error is None

    def stream(
        self,
        question: str,
        *,
        filters: Filters = Filters(),
        history: Sequence[Turn] = (),
        standalone: str | None = None,
        reader: str | None = None,
        cancelled: threading.Event | None = None,
    ) -> Iterator[Answer]:
        """One more sentence at a time."""
        self.asked.append(Asked(question, filters, tuple(history), standalone, reader))
        follows = history and question.startswith("And")
        meant = standalone or (f"{history[-1].standalone_question} {question}" if follows else question)
        every = [
            s for summary in self.library.summaries(filters=filters) for s in self.library.sentences(summary.id)
            if s.role != "caption"
        ]  # fmt: skip
        shared = {s: len(_long_words(meant) & _long_words(s.text)) for s in every}
        found = sorted((s for s in every if shared[s]), key=lambda s: -shared[s])[:3]
        hits = tuple(map(_hit, every)) if self.evidence else ()
        answer = Answer(question, meant, reader or self.readers[0], 0.91 if found else 0.04, evidence=hits)
        if not found:
            nearest = tuple(cite(self.library, n, s) for n, s in enumerate(every[:3], 1))
            message = "The articles don't answer that. No article mentions “World Cup”."
            yield _with(answer, abstention=Abstention("low_relevance", message, nearest))
            return
        for number, sentence in enumerate(found, 1):
            if self.gate:
                self.gate.acquire()
            if cancelled is not None and cancelled.is_set():
                return
            status = "weak" if number == 3 else "supported"
            answer = _with(
                answer,
                sentences=(*answer.sentences, AnswerSentence(sentence.text, (number,), 0.9, status)),
                citations=(*answer.citations, cite(self.library, number, sentence)),
            )
            yield answer
        held = AnswerSentence("Not in any article.", (), 0.0, "withheld", "It is not the sentence that it cites.")
        note = Note("single_source", "One article supports this answer.", (1,))
        yield _with(answer, sentences=(*answer.sentences, held), notes=(note,), timings_ms={"total": 412.0})

    def add(
        self,
        inputs: Iterable[Source | LoadFailure | Skipped],
        *,
        on_progress: Callable[[Progress], None] | None = None,
        cancelled: threading.Event | None = None,
    ) -> AddReport:
        """Store, as the real engine does, with its words counted as tokens."""
        results = []
        for outcome in Adder(self.library, WORDS_CHUNKER).add(inputs, cancelled):
            ids = (outcome.article_id,) if outcome.article_id else ()
            results.append(InputResult(outcome.source, outcome.status, ids, outcome.reason))
            if on_progress:
                on_progress(Progress("store", len(results), None, outcome.title, len(results)))
        return AddReport(tuple(results), cancelled is not None and cancelled.is_set())

    def remove(self, article_id: str) -> None:
        """Delete an article."""
        self.library.remove(article_id)


def _long_words(text: str) -> set[str]:
    return {word.strip("?.,'").lower() for word in text.split() if len(word) > 4}


def _hit(sentence: Sentence) -> SentenceHit:
    passage = Passage(0, sentence.article_id, sentence.version, "", (sentence,), 0)
    return SentenceHit(sentence, passage, 0.0, Features(*[0.0] * len(fields(Features))))


def _with(answer: Answer, **changes: object) -> Answer:
    return replace(answer, **changes)  # type: ignore[arg-type]
