"""Every question of a public set in every setting the fits need, ranked by the real engine.

Settings: `whole` library; `left_out`, the same question with its gold articles removed (see `qa.evaluation.run`);
`alone`, the gold article only; `other`, only the article that answers best when the gold ones are gone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from corpus.sources import Source
from corpus.types import Filters
from qa.engine import Citewire
from qa.evaluation.questions import EvalQuestion
from qa.evaluation.run import folds
from qa.evaluation.suites import Suite, load_suite
from qa.rerank import Query
from qa.settings import load_settings
from qa.types import SentenceHit

Setting = Literal["whole", "left_out", "alone", "other"]


@dataclass(frozen=True, slots=True)
class Case:
    """A question, where it was asked, whether it can be answered there, and what was ranked."""

    question: EvalQuestion
    setting: Setting
    answerable: bool
    query: Query
    ranked: tuple[SentenceHit, ...]


@contextmanager
def library_of(suite: Suite, cache: Path | None) -> Iterator[Citewire]:
    """An engine over the articles of a set, in the cache folder if there is one."""
    with tempfile.TemporaryDirectory() as folder:
        engine = Citewire.open(load_settings(library=(cache or Path(folder)) / suite.name))
        try:
            engine.add([Source(f"{suite.name}.jsonl", data=suite.jsonl())])
            yield engine
        finally:
            engine.close()


def collect(name: str, data: Path, cache: Path | None = None, keep: int = 40, *, whole: bool = False) -> list[Case]:
    """Every case of a set, with the `keep` best sentences of each; only those in the `whole` library if asked."""
    suite = load_suite(name, data)
    with library_of(suite, cache) as engine:
        cases = [_case(engine, question, "whole", question.answerable, keep) for question in suite.questions]
        if whole or not suite.leave_out:
            return cases
        for question in suite.questions:
            if question.answerable:
                only = Filters(article_ids=tuple({place.article_id for place in question.gold}))
                cases.append(_case(engine, question, "alone", True, keep, only))
        for fold in folds(suite):
            for article_id in fold.removed:
                engine.remove(article_id)
            for question in fold.questions:
                case = _case(engine, question, "left_out", False, keep)
                cases.append(case)
                if case.ranked:
                    best = Filters(article_ids=(case.ranked[0].sentence.article_id,))
                    cases.append(_case(engine, question, "other", False, keep, best))
            engine.add([Source(f"{suite.name}.jsonl", data=suite.jsonl(fold.removed))])
    return cases


def _case(
    engine: Citewire, question: EvalQuestion, setting: Setting, answerable: bool, keep: int,
    filters: Filters = Filters(),
) -> Case:  # fmt: skip
    query, ranked, _ = engine.pipeline.rank_sentences(question.text, filters)
    return Case(question, setting, answerable, query, tuple(ranked[:keep]))
