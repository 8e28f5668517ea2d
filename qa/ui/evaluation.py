"""How good the answers are: on one's own questions, measured here, and on public sets, as committed with the source."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import streamlit as st

from corpus.errors import ArticleNotFound
from corpus.library import Library
from qa.evaluation.questions import parse_questions
from qa.evaluation.report import Section, summarize
from qa.evaluation.run import DEPTH, Outcome, ask_all
from qa.ui import places, plots, render, state, working
from qa.ui.jobs import Job
from qa.ui.state import Service

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results"
EXAMPLE = """{"question": "Who is the mayor?", "article": "Bridge over the Tarn reopens", "answer": "Paula Quist"}
{"question": "What did the bridge cost?", "sentence": "It cost 2.4 million euros."}
{"question": "Who won the cup?", "answerable": false}"""
SHOWN = 100  # misses listed; the download has all
_JOB = "evaluation"
_SETS = {"xquad": "XQuAD", "qamr": "QAMR, Wikinews", "clapnq": "CLAP NQ", "squad2": "SQuAD 2.0"}
# What is drawn of a measured run: section, measure, and its name on the page.
_MEASURES = (
    ("article", "hit@1", "Right article first"),
    ("article", "hit@5", "Right article in the best 5"),
    ("sentence", "hit@1", "A right sentence first"),
    ("sentence", "hit@5", "A right sentence in the best 5"),
    ("sentence", "mrr@10", "Sentences: MRR@10"),
    ("citation", "precision", "Citations that are right"),
    ("citation", "recall", "Right sentences that are cited"),
    ("containment", "rate", "Answers that hold the expected words"),
    ("abstention", "answerable_answered", "Answerable questions answered"),
    ("abstention", "refusal_recall", "Unanswerable questions refused"),
)


@dataclass(frozen=True, slots=True)
class Miss:
    """A question that went wrong: `rank` of the first right sentence (else article), `None` below the best 10."""

    id: str
    question: str
    reason: str
    rank: int | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Measured:
    """A finished run over a file of questions."""

    name: str
    questions: int
    sections: dict[str, Section]
    misses: tuple[Miss, ...]

    def to_json(self) -> str:
        """Everything, as one JSON document."""
        rows = [{"id": m.id, "question": m.question, "reason": m.reason, "rank": m.rank,
                 "confidence": round(m.confidence, 4)} for m in self.misses]  # fmt: skip
        document = {"file": self.name, "questions": self.questions, "measures": self.sections, "misses": rows}
        return json.dumps(document, ensure_ascii=False, indent=2)


def page() -> None:
    """Draw the page."""
    service = state.service()
    st.html('<h1 class="cw-h1">Evaluation</h1>')
    own, public = st.tabs(["Your own questions", "Public question sets"])
    with own:
        _own(service)
    with public:
        _public()


# ---- one's own questions


def _own(service: Service) -> None:
    if not service.engine.library.count_articles():
        st.html('<div class="cw-empty"><p class="cw-empty-head">No articles to ask</p></div>')
        st.page_link(places.articles(), label="Add articles", icon=":material/add:")
        return
    job = service.jobs.get(_JOB)
    if job and job.live:
        working.progress(job)
        return
    if job and job.error:
        working.failed(job)
    elif job:
        _measured(service, cast(Measured, job.result))
        return
    st.html(
        "<p>Write down questions and where their answers stand; Citewire asks them all and says how often the right "
        "article and sentence were found and cited. The library is only read.</p>"
    )
    with st.form("questions", border=False):
        given = st.file_uploader("Questions, one JSON object a line", type=["jsonl", "json"], key="questions_file")
        if st.form_submit_button("Evaluate", type="primary") and given:
            _start(service, given.name, given.getvalue())
            st.rerun()
    with st.expander("What the file looks like", icon=":material/help:"):
        st.code(EXAMPLE, language="json", wrap_lines=True)
        st.html(
            "<p>Give <code>article</code> (its id, address or title), <code>sentence</code>, or <code>answer</code> (words "
            "that the answer must hold). With <code>answerable: false</code> no article answers it.</p>"
        )


def _start(service: Service, name: str, data: bytes) -> None:
    service.jobs.dismiss(_JOB)
    service.jobs.start(_JOB, name, lambda job: _measure(service, name, data, job))


def _measure(service: Service, name: str, data: bytes, job: Job) -> Measured:
    from qa.engine import Citewire

    engine = cast(Citewire, service.engine)
    job.note("Reading the questions")
    questions = parse_questions(data, name, engine.library)
    while not service.warmed.wait(0.2):
        job.note("Waiting for the language model")
    outcomes = ask_all(engine, questions, lambda done, total: job.note("Asking", done, total))
    sections = summarize(outcomes, threshold=engine.settings.threshold)
    return Measured(name, len(questions), sections, misses(outcomes, engine.library))


def misses(outcomes: Sequence[Outcome], library: Library) -> tuple[Miss, ...]:
    """What went wrong, question by question: refused, answered without an article to answer it, or cited elsewhere."""
    found = []
    for outcome in outcomes:
        level = "sentence" if "sentence" in outcome.rankings else "article"
        flags = outcome.rankings[level].relevant if outcome.rankings else ()
        rank = next((i for i, right in enumerate(flags, start=1) if right), None)
        if reason := _reason(outcome, rank, library):
            found.append(Miss(outcome.question.id, outcome.question.text, reason, rank, outcome.confidence))
    return tuple(found)


def _reason(outcome: Outcome, rank: int | None, library: Library) -> str | None:
    if not outcome.question.answerable:
        return "Answered, though no article answers it" if outcome.answered else None
    if not outcome.answered:
        return "Not answered"
    if outcome.gold_cited and not any(outcome.gold_cited):
        return f"Cites another sentence than the expected one in “{_title(outcome, library)}”"
    if not outcome.gold_cited and rank != 1:
        return f"Found another article before “{_title(outcome, library)}”"
    if outcome.contained is False:
        return "The expected words are not in the answer"
    return None


def _title(outcome: Outcome, library: Library) -> str:
    try:
        return library.article(outcome.question.gold[0].article_id).title or "Untitled"
    except ArticleNotFound:  # deleted while the questions were asked
        return "a deleted article"


def _measured(service: Service, measured: Measured) -> None:
    right = measured.questions - len(measured.misses)
    st.html(
        f'<p role="status">{right:,} of {measured.questions:,} questions from {render.escape(measured.name)} went right.</p>'
    )
    rows = measures(measured.sections)
    text = "; ".join(f"{row['name']}: {row['value']:.2f}" for row in rows)
    plots.draw(plots.intervals(rows, "Share, 95 % interval"), text, "plot_own")
    _numbers(measured.sections)
    st.html(f'<h2 class="cw-h2">Misses</h2><p class="cw-meta">{len(measured.misses):,} questions</p>')
    if measured.misses:
        shown = measured.misses[:SHOWN]
        head = ["Question", "What went wrong", "Rank", "Confidence"]
        body = [
            (m.question, m.reason, f"over {DEPTH}" if m.rank is None else m.rank, f"{m.confidence:.0%}") for m in shown
        ]
        st.html(plots.table(head, body, "Questions that went wrong"))
        if more := len(measured.misses) - len(shown):
            st.html(f'<p class="cw-meta">and {more:,} more in the download</p>')
    with st.container(horizontal=True, gap="small"):
        st.download_button("Download as JSON", measured.to_json, file_name="evaluation.json", mime="application/json",
                           icon=":material/download:", on_click="ignore")  # fmt: skip
        st.button("Evaluate another file", key="again", on_click=service.jobs.dismiss, args=(_JOB,))


def measures(sections: dict[str, Section]) -> list[plots.Row]:
    """The measures to draw, each with its interval where there is one."""
    rows: list[plots.Row] = []
    for section, key, name in _MEASURES:
        values = sections.get(section, {})
        value = values.get(key)
        if not isinstance(value, int | float):
            continue
        bounds = values.get(f"{key}_interval", values.get("interval") if key == "rate" else None)
        low, high = bounds if isinstance(bounds, list) and None not in bounds else (value, value)
        rows.append({"name": name, "value": value, "low": low, "high": high})
    return rows


def _numbers(sections: dict[str, Section]) -> None:
    rows = []
    for section, values in sections.items():
        for key, value in values.items():
            if isinstance(value, list):
                continue
            rows.append((f"{section.replace('_', ' ')}: {key.replace('_', ' ')}", value))
    plots.numbers(["Measure", "Value"], rows, "Every measure", label="All measures")


# ---- public sets


def _public() -> None:
    results = committed(RESULTS)
    if not results:
        st.html(
            '<div class="cw-empty"><p class="cw-empty-head">The results are not here</p>'
            "<p>They are committed with the source, in <code>benchmarks/results</code>, and are not part of an installed "
            "package. Open the app from a clone to see them, or measure your own questions.</p></div>"
        )
        return
    st.html(
        "<p>Measured on public question sets with everything at its defaults. Each file names the command, the commit and "
        "the machine that it comes from.</p>"
    )
    if quality := results.get("quality"):
        for name, sections in quality["values"].items():
            rows = measures(sections)
            if rows:
                st.html(f'<h2 class="cw-h2">{render.escape(_SETS.get(name, name))}</h2>')
                text = "; ".join(f"{row['name']}: {row['value']:.2f}" for row in rows)
                plots.draw(plots.intervals(rows, "Share, 95 % interval"), text, f"plot_{name}")
                _numbers(sections)
    st.html('<h2 class="cw-h2">Every result</h2>')
    chosen = st.selectbox("Result", list(results), key="result", format_func=lambda n: n.replace("_", " ").capitalize())
    result = results[chosen]
    st.html(
        f'<p class="cw-meta">{render.byline(result.get("command"), "commit " + str(result.get("commit")), result.get("machine"))}</p>'
    )
    st.html(plots.table(["Measure", "Value"], flat(result["values"]), f"Results of {chosen}"))


def committed(folder: Path) -> dict[str, dict[str, Any]]:
    """The results in a folder, by name; a file that is none is passed over."""
    found = {}
    for file in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            result = json.loads(file.read_bytes())
        except ValueError:
            continue
        if isinstance(result, dict) and isinstance(result.get("values"), dict):
            found[file.stem] = result
    return found


def flat(values: dict[str, Any], path: str = "") -> list[tuple[str, object]]:
    """Nested values as rows: `("clapnq, article, hit@1", 0.98)`."""
    rows: list[tuple[str, object]] = []
    for key, value in values.items():
        name = f"{path}, {key}" if path else str(key)
        name = name.replace("_", " ")
        if isinstance(value, dict):
            rows += flat(value, name)
        elif isinstance(value, list):
            rows.append((name, ", ".join(map(str, value)) if len(value) <= 12 else f"{len(value)} values"))
        else:
            rows.append((name, value))
    return rows
