"""Ranking the sentences that people judged for a question: by us, and beside it by either half of the retrieval alone.

The product's own line ranks (`Pipeline.rank_sentences` within the candidates), but that every candidate is rescored:
what is measured is the order, not what retrieval lets through. The library holds one article a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from corpus.lexical import search_passages
from corpus.types import Filters
from qa.engine import Citewire
from qa.evaluation.questions import JudgedQuestion


@dataclass(frozen=True, slots=True)
class JudgedOutcome:
    """Which candidates answer, in the order of each ranking; a candidate that a ranking misses stands at its end."""

    ours: tuple[bool, ...]
    bm25: tuple[bool, ...]
    cosine: tuple[bool, ...]


def rank_judged(
    engine: Citewire, questions: Sequence[JudgedQuestion], on_progress: Callable[[int, int], None] | None = None
) -> list[JudgedOutcome]:
    """Rank the candidates of every question."""
    outcomes = []
    for done, question in enumerate(questions, start=1):
        outcomes.append(rank_one(engine, question))
        if on_progress:
            on_progress(done, len(questions))
    return outcomes


def rank_one(engine: Citewire, question: JudgedQuestion) -> JudgedOutcome:
    """Rank the candidates of one question."""
    filters = Filters(article_ids=tuple(question.candidates))
    allowed = engine.library.passage_ids(filters)
    every = len(allowed)
    retriever = replace(engine.pipeline.retriever, candidates=every, rescored=every)
    _, ranked, _ = replace(engine.pipeline, retriever=retriever).rank_sentences(question.text, filters)
    articles = {passage.id: passage.article_id for passage in engine.library.passages(allowed).values()}
    lexical = search_passages(engine.library, question.text, every, filters)
    dense = engine.store.search(engine.embedder.embed_query(question.text).vector, every, allowed)
    return JudgedOutcome(
        _flags((hit.sentence.article_id for hit in ranked), question),
        _flags((articles[passage] for passage, _ in lexical), question),
        _flags((articles[passage] for passage, _ in dense), question),
    )


def _flags(ranked: Iterable[str], question: JudgedQuestion) -> tuple[bool, ...]:
    return tuple(question.candidates[article] for article in dict.fromkeys((*ranked, *question.candidates)))
