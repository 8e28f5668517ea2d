"""Follow-up questions, as asked, rewritten by us and rewritten by people: what each finds, and what is changed needlessly.

    python -m benchmarks.followups --data FOLDER [--cache FOLDER]

FOLDER holds `canard_dev/dev.json.gz` (github.com/aagohary/canard, CC BY-SA 4.0), `trec_cast_topics` (the 2019 topics of
github.com/daltonj/treccastweb, MIT), and `xquad` and `qamr_wikinews` (see `qa.evaluation.suites`).

CANARD: each dialog becomes an article, its title and section the title, its answers the paragraphs; a search is right
when a sentence of the turn's own answer is among the first ten of all dialogs' sentences. Sentences and not dialogs,
since finding any other sentence about the same person answers nothing. Our rewrite sees the questions before as they
were asked, the answers, and from the second turn on the title without its section, as a chat that shows its sources
would. Measured on the follow-ups that have an answer. CAsT has no answers here: what is compared are content words with
the human rewrite. Topic switches: a question of one article asked after three of another.

Every third dialog and topic was looked at while the rules were written; the figures are of the others, `seen` apart.
Writes `benchmarks/results/followups.json`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report import write_result
from corpus.lexical import STOP_WORDS, words
from corpus.sources import Source
from qa.contextualize import contextualize
from qa.engine import Citewire
from qa.evaluation.suites import file_names, load_suite
from qa.settings import load_settings
from qa.stem import stem
from qa.types import Turn

DEPTH = 10
NO_ANSWER = "I don't know."
SEEN = 3  # every third dialog was looked at
CANARD = "canard_dev/dev.json.gz"
CAST = "trec_cast_topics/evaluation_topics_v1.0.json"
CAST_RESOLVED = "trec_cast_topics/evaluation_topics_annotated_resolved_v1.0.tsv"


@dataclass(frozen=True, slots=True)
class Dialog:
    """A conversation: questions as asked, human rewrites where there is one, answers where there is one."""

    id: str
    title: str
    section: str
    questions: tuple[str, ...]
    rewrites: tuple[str | None, ...]
    answers: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A question with turns before it: every wording of it, and the answer to find."""

    dialog: Dialog
    number: int
    answer: str | None
    wordings: dict[str, str]


# ---- the sets


def canard(file: Path) -> list[Dialog]:
    """The dialogs, by id. A history alternates questions and answers after its title and section."""
    rows = defaultdict(list)
    for row in json.loads(gzip.decompress(file.read_bytes())):
        rows[row["QuAC_dialog_id"]].append(row)
    return [_dialog(key, rows[key]) for key in sorted(rows)]


def _dialog(key: str, rows: Sequence[dict[str, Any]]) -> Dialog:
    title, section, *said = max((row["History"] for row in rows), key=len)
    at = {len(row["History"]) // 2 - 1: row for row in rows}
    count = max(len(said) // 2, max(at) + 1)
    asked = [said[2 * n] if 2 * n < len(said) else at[n]["Question"] for n in range(count)]
    answers = [said[2 * n + 1] if 2 * n + 1 < len(said) else NO_ANSWER for n in range(count)]
    return Dialog(
        key, title, section, tuple(asked), tuple(at[n]["Rewrite"] if n in at else None for n in range(count)),
        tuple(None if answer == NO_ANSWER else answer for answer in answers),
    )  # fmt: skip


def cast(topics: Path, resolved: Path) -> list[Dialog]:
    """CAsT 2019: questions and rewrites, no answers."""
    rewrites = dict(line.split("\t", 1) for line in resolved.read_text().splitlines() if line.strip())
    dialogs = []
    for topic in json.loads(topics.read_text()):
        asked = [turn["raw_utterance"].strip() for turn in topic["turn"]]
        humans = [rewrites.get(f"{topic['number']}_{turn['number']}", "").strip() or None for turn in topic["turn"]]
        dialogs.append(Dialog(str(topic["number"]), "", "", tuple(asked), tuple(humans), (None,) * len(asked)))
    return dialogs


# ---- conversations


def follow_ups(dialog: Dialog, *, titles: bool = True, opening: str | None = None) -> list[FollowUp]:
    """Every follow-up of a dialog in every wording. `opening` replaces the first question in the history."""
    history: list[Turn] = []
    found = []
    for number, (question, human, answer) in enumerate(
        zip(dialog.questions, dialog.rewrites, dialog.answers, strict=True)
    ):
        standalone = contextualize(question, history).text if history else opening or question
        if history and human:
            wordings = {
                "raw": question,
                "citewire": standalone,
                "human": human,
                "raw + previous question": f"{question} {dialog.questions[number - 1]}",
                "raw + first question": f"{question} {dialog.questions[0]}",
            }
            if dialog.title:
                wordings["raw + title"] = f"{question} ({dialog.title})"
            found.append(FollowUp(dialog, number, answer, wordings))
        shown = (answer,) if answer else ()
        cited = (dialog.title,) if answer and titles and dialog.title else ()
        history.append(Turn(question, standalone, shown, cited))
    return found


# ---- measures


class Search:
    """Ranks of right sentences among those of all dialogs; every wording is searched once."""

    def __init__(self, engine: Citewire) -> None:
        self._engine = engine
        self._found: dict[str, list[tuple[str, str]]] = {}

    def rank(self, query: str, follow_up: FollowUp) -> int | None:
        """The 0-based rank of the answer, None when it is not among the first `DEPTH`."""
        if query not in self._found:
            hits = self._engine.search(query, k=DEPTH)
            self._found[query] = [(hit.sentence.article_id, hit.sentence.text) for hit in hits]
        answer = " ".join((follow_up.answer or "").split())
        for rank, (article, text) in enumerate(self._found[query]):
            if article == follow_up.dialog.id and (text in answer or answer in text):
                return rank
        return None


def retrieval(asked: Sequence[FollowUp], search: Search) -> dict[str, Any]:
    """What every wording finds, and the share of the recall lost by the raw question that ours wins back."""
    answered = [follow_up for follow_up in asked if follow_up.answer]
    values: dict[str, Any] = {"questions": len(answered)}
    for name in answered[0].wordings:
        ranks = [search.rank(follow_up.wordings[name], follow_up) for follow_up in answered]
        values[name] = {
            "R@1": _mean(rank == 0 for rank in ranks),
            "R@10": _mean(rank is not None for rank in ranks),
            "MRR@10": _mean(0.0 if rank is None else 1 / (rank + 1) for rank in ranks),
        }
    for measure in ("R@10", "MRR@10"):
        raw, ours, human = (values[name][measure] for name in ("raw", "citewire", "human"))
        values[f"lost {measure} won back"] = round((ours - raw) / (human - raw), 4)
    return values


def wording(asked: Sequence[FollowUp]) -> dict[str, Any]:
    """Content words of each wording against the human rewrite, and how often a complete question was changed."""
    values: dict[str, Any] = {"questions": len(asked)}
    for name in asked[0].wordings:
        pairs = [(_content(f.wordings[name]), _content(f.wordings["human"])) for f in asked]
        precision = _mean(len(ours & human) / len(ours) if ours else 1.0 for ours, human in pairs)
        recall = _mean(len(ours & human) / len(human) if human else 1.0 for ours, human in pairs)
        same = _mean(ours == human for ours, human in pairs)
        values[name] = {"precision": precision, "recall": recall, "same words": same}
    complete = [f for f in asked if _flat(f.wordings["raw"]) == _flat(f.wordings["human"])]
    changed = [f for f in complete if f.wordings["citewire"] != f.wordings["raw"]]
    values["complete as asked"] = len(complete)
    values["of these changed"] = round(len(changed) / max(len(complete), 1), 4)
    missed = [f for f in asked if f not in complete and f.wordings["citewire"] == f.wordings["raw"]]
    values["others left as asked"] = round(len(missed) / max(len(asked) - len(complete), 1), 4)
    return values


def topic_switches(name: str, data: Path) -> dict[str, Any]:
    """Questions of one article asked after three of another: how many are changed."""
    suite = load_suite(name, data)
    articles = {article.id: article for article in suite.articles}
    by_article = defaultdict(list)
    for question in suite.questions:
        by_article[question.gold[0].article_id].append(question)
    keys = list(by_article)
    changed, count = [], 0
    for i, key in enumerate(keys):
        other = keys[(i + len(keys) // 2) % len(keys)]
        text, title = articles[other].text, articles[other].title.replace("_", " ")
        history = []
        for earlier in by_article[other][:3]:
            span = earlier.gold[0].span
            start, end = (text.rfind(". ", 0, span.start) + 1, text.find(". ", span.end) + 1) if span else (0, 200)
            shown = text[start : end if end > 0 else len(text)].strip()
            history.append(Turn(earlier.text, earlier.text, (shown,), (title,) if title else ()))
        for question in by_article[key]:
            count += 1
            resolved = contextualize(question.text, history)
            if resolved.how != "asked":
                changed.append((question.text, resolved.text))
    return {"questions": count, "changed": round(len(changed) / count, 4)}


def _content(text: str) -> set[str]:
    return {stem(word.removesuffix("'s").removesuffix("’s")) for word in words(text)} - STOP_WORDS


def _flat(text: str) -> str:
    return " ".join(words(text))


def _mean(values: Iterable[float]) -> float:
    return round(float(np.mean(list(values))), 4)


def _split(items: Sequence[Dialog]) -> tuple[list[Dialog], list[Dialog]]:
    """Those kept for the figures, and those looked at."""
    return [item for i, item in enumerate(items) if i % SEEN], list(items[::SEEN])


def _all(dialogs: Iterable[Dialog], make: Callable[[Dialog], list[FollowUp]] = follow_ups) -> list[FollowUp]:
    return [follow_up for dialog in dialogs for follow_up in make(dialog)]


def _articles(dialogs: Iterable[Dialog]) -> bytes:
    rows = []
    for dialog in dialogs:
        if answers := list(dict.fromkeys(" ".join(answer.split()) for answer in dialog.answers if answer)):
            rows.append({"id": dialog.id, "title": f"{dialog.title}: {dialog.section}", "text": "\n\n".join(answers)})
    return "\n".join(json.dumps(row) for row in rows).encode()


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, help="keep the library of the dialogs here, to encode it once")
    options = parser.parse_args()
    data: Path = options.data
    dialogs = canard(data / CANARD)
    kept, seen = _split(dialogs)
    topics, seen_topics = _split(cast(data / CAST, data / CAST_RESOLVED))
    values: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        engine = Citewire.open(load_settings(library=(options.cache or Path(folder)) / "canard"))
        engine.add([Source("canard.jsonl", data=_articles(dialogs))])
        search = Search(engine)
        values["canard"] = retrieval(_all(kept), search)
        untitled = _all(kept, lambda d: follow_ups(d, titles=False))
        values["canard, no titles"] = _ours(retrieval(untitled, search))
        told = _all(kept, lambda d: follow_ups(d, titles=False, opening=d.rewrites[0]))
        values["canard, no titles, first question complete"] = _ours(retrieval(told, search))
        values["canard, seen"] = _ours(retrieval(_all(seen), search))
        engine.close()
    values["canard, words"] = wording(_all(kept))
    values["cast 2019, words"] = wording(_all(topics))
    values["cast 2019, words, seen"] = wording(_all(seen_topics))["citewire"]
    for name in ("xquad", "qamr"):
        values[f"topic switches, {name}"] = topic_switches(name, data)
    files = [CANARD, CAST, CAST_RESOLVED, *file_names("xquad"), *file_names("qamr")]
    write_result("followups", values, [data / file for file in files])


def _ours(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in values.items() if name in ("questions", "citewire") or name.startswith("lost")
    }


if __name__ == "__main__":
    main()
