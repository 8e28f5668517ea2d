"""The two things that can be measured: a public set in a library made for it, and a file of questions on one's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from corpus.sources import Source
from corpus.temporary import temporary_place
from qa.engine import Citewire
from qa.errors import QuestionError
from qa.evaluation.judged import rank_judged
from qa.evaluation.questions import read_questions
from qa.evaluation.report import Section, summarize, summarize_judged
from qa.evaluation.run import ask_all, ask_left_out
from qa.evaluation.suites import load_suite
from qa.settings import Settings

OnStep = Callable[[str, int, int], None]  # what is being done, done, total


def measure_suite(name: str, data: Path, settings: Settings, on_step: OnStep | None = None) -> dict[str, Section]:
    """Every number of one public set, in a temporary library beside the user's own, which is not touched.

    Raises:
        QuestionError: there is no such set, or its files are missing.
    """
    suite = load_suite(name, data)
    with temporary_place(settings.library) as place:
        engine = Citewire.open(settings.model_copy(update={"library": place}))
        try:
            report = engine.add([Source(f"{name}.jsonl", data=suite.jsonl())])
            if report.totals["added"] != len(suite.articles):
                raise QuestionError(f"Only {report.totals['added']} of {len(suite.articles)} articles were stored.")
            if suite.judged:
                return summarize_judged(rank_judged(engine, suite.judged, _labeled(on_step, f"{name}: ranking")))
            outcomes = ask_all(engine, suite.questions, _labeled(on_step, f"{name}: asking"))
            step = _labeled(on_step, f"{name}: asking with the gold article left out")
            left_out = ask_left_out(engine, suite, step) if suite.leave_out else []
            step = _labeled(on_step, f"{name}: asking with all of the gold article's whole left out")
            parted = suite.leave_out and any(article.whole for article in suite.articles)
            whole_left_out = ask_left_out(engine, suite, step, wholes=True) if parted else []
        finally:
            engine.close()
    return summarize(outcomes, left_out, whole_left_out, threshold=settings.threshold)


def measure_file(engine: Citewire, file: Path, on_step: OnStep | None = None) -> dict[str, Section]:
    """Every number of a file of questions (see `read_questions`) on an open library, which is only read.

    Raises:
        QuestionError: the file or one of its lines cannot be used.
    """
    questions = read_questions(file, engine.library)
    outcomes = ask_all(engine, questions, _labeled(on_step, "asking"))
    return summarize(outcomes, threshold=engine.settings.threshold)


def _labeled(on_step: OnStep | None, label: str) -> Callable[[int, int], None] | None:
    if on_step is None:
        return None
    return lambda done, total: on_step(label, done, total)
