"""One run over questions: asks each of them as a user would, and keeps what the measures need.

`ask_all` asks a library as it is; `ask_left_out` asks again with the articles that answer taken out, which changes the
library and is for libraries made for the purpose. Summing up is `qa.evaluation.report`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from corpus.library import Library
from corpus.sources import Source
from corpus.types import Filters, Passage
from qa.engine import Citewire
from qa.evaluation.metrics import contains
from qa.evaluation.questions import EvalQuestion, Gold
from qa.evaluation.suites import Suite
from qa.types import Citation, SentenceHit

DEPTH = 10  # ranks kept at every level: MRR@10 and nDCG@10 look no further
FOLDS = 20  # putting articles back one by one takes ten times as long; a twentieth of a library is little of it
LEVELS = ("article", "passage", "sentence")


@dataclass(frozen=True, slots=True)
class Ranking:
    """Which of the first `DEPTH` items are relevant, in ranked order, and how many relevant ones there are."""

    relevant: tuple[bool, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question.

    `rankings` by level, for a question with gold. `cited_right[i]` tells whether citation `i` is a gold sentence,
    `gold_cited[i]` whether gold sentence `i` is cited. `contained` is None when no answer's wording is known.
    """

    question: EvalQuestion
    confidence: float
    answered: bool
    rankings: dict[str, Ranking]
    cited_right: tuple[bool, ...]
    gold_cited: tuple[bool, ...]
    contained: bool | None
    timings_ms: dict[str, float]


OnProgress = Callable[[int, int], None]


def ask_all(
    engine: Citewire, questions: Sequence[EvalQuestion], on_progress: OnProgress | None = None
) -> list[Outcome]:
    """Ask every question of the library as it is."""
    gold = _GoldItems(engine.library)
    outcomes = []
    for done, question in enumerate(questions, start=1):
        outcomes.append(ask_one(engine, question, gold))
        if on_progress:
            on_progress(done, len(questions))
    return outcomes


def ask_one(engine: Citewire, question: EvalQuestion, gold: _GoldItems) -> Outcome:
    """Rank and answer one question."""
    answer = engine.ask(question.text)
    rankings = {}
    if question.gold:
        _, ranked, _ = engine.pipeline.rank_sentences(question.text)
        rankings = gold.rankings(question.gold, ranked)
    places = [place for place in question.gold if place.span is not None]
    text = " ".join(sentence.text for sentence in answer.sentences if sentence.status != "withheld")
    return Outcome(
        question, answer.confidence, answer.answered, rankings,
        tuple(any(_cites(citation, place) for place in places) for citation in answer.citations),
        tuple(any(_cites(citation, place) for citation in answer.citations) for place in places),
        contains(text, question.answers) if question.answers else None, answer.timings_ms,
    )  # fmt: skip


def _cites(citation: Citation, place: Gold) -> bool:
    return citation.article_id == place.article_id and place.covers(citation.start, citation.end)


@dataclass(frozen=True, slots=True)
class Fold:
    """Questions that are asked while these articles are taken out."""

    removed: tuple[str, ...]
    questions: tuple[EvalQuestion, ...]


def folds(suite: Suite, *, wholes: bool = False) -> list[Fold]:
    """The answerable questions in at most `FOLDS` folds, each with the articles that answer them.

    Articles that follow each other in a set, often parts of one whole, fall into different folds: when a fold's
    articles are taken out, the library still holds what is nearest to the answers. With `wholes`, every part of what
    an article is a part of goes with it.
    """
    parts = [(article.whole or article.id) if wholes else article.id for article in suite.articles]
    order = {part: i for i, part in enumerate(dict.fromkeys(parts))}
    fold_of = {article.id: order[part] % FOLDS for article, part in zip(suite.articles, parts, strict=True)}
    questions: list[list[EvalQuestion]] = [[] for _ in range(FOLDS)]
    for question in suite.questions:
        if question.answerable:
            questions[fold_of[question.gold[0].article_id]].append(question)
    result = []
    for i, group in enumerate(questions):
        gold = {place.article_id for question in group for place in question.gold}
        removed = [key for key in fold_of if key in gold or (wholes and fold_of[key] == i)]
        if group:
            result.append(Fold(tuple(removed), tuple(group)))
    return result


def ask_left_out(
    engine: Citewire, suite: Suite, on_progress: OnProgress | None = None, *, wholes: bool = False
) -> list[Outcome]:
    """Ask each answerable question with its gold articles removed; a fold is put back before the next one goes."""
    groups = folds(suite, wholes=wholes)
    total = sum(len(fold.questions) for fold in groups)
    outcomes: list[Outcome] = []
    for fold in groups:
        for article_id in fold.removed:
            engine.remove(article_id)
        for question in fold.questions:
            answer = engine.ask(question.text)
            gone = EvalQuestion(question.id, question.text)
            outcomes.append(Outcome(gone, answer.confidence, answer.answered, {}, (), (), None, answer.timings_ms))
        engine.add([Source(f"{suite.name}.jsonl", data=suite.jsonl(fold.removed))])
        if on_progress:
            on_progress(len(outcomes), total)
    return outcomes


class _GoldItems:
    """Finds what is relevant in a library; remembers the passages of the articles it has seen."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._passages = lru_cache(maxsize=1_000)(self._load)

    def _load(self, article_id: str) -> tuple[Passage, ...]:
        ids = self._library.passage_ids(Filters(article_ids=(article_id,)))
        return tuple(self._library.passages(ids).values())

    def rankings(self, gold: Sequence[Gold], ranked: Sequence[SentenceHit]) -> dict[str, Ranking]:
        """Relevance of the ranked articles, and where gold sentences are known, of passages and sentences."""
        articles = {place.article_id for place in gold}
        found = {"article": _flags((hit.passage.article_id for hit in ranked), articles)}
        if any(place.span for place in gold):
            every = [passage for article in articles for passage in self._passages(article)]
            sentences = {
                (s.article_id, s.index) for p in every for s in p.sentences if any(place.holds(s) for place in gold)
            }
            passages = {p.id for p in every if any((s.article_id, s.index) in sentences for s in p.sentences)}
            found["passage"] = _flags((hit.passage.id for hit in ranked), passages)
            found["sentence"] = _flags(((h.sentence.article_id, h.sentence.index) for h in ranked), sentences)
        return found


def _flags(ranked: Iterable[object], relevant: Iterable[object]) -> Ranking:
    gold = set(relevant)
    distinct = list(dict.fromkeys(ranked))[:DEPTH]
    return Ranking(tuple(item in gold for item in distinct), len(gold))
