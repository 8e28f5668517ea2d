"""What the news sense costs, and how often it sees a disagreement where there is none.

    python -m benchmarks.news --data FOLDER [--cache FOLDER] [--suite NAME]...

Sets that are not measured keep their numbers.

The questions of XQuAD, QAMR and CLAPNQ, asked of their own articles, which contradict each other next to never: a note of a
conflict, an update or a confirmation is taken for false until somebody has read it (`--show` prints them). The articles
have no day, so every article is given the same one: no rule about days can then keep two statements apart.

The cost: the same question answered with everything on, and ranked, read, verified and cited alone, in turn.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.report import RESULTS, write_result
from corpus.sources import Source
from qa.engine import Citewire
from qa.evaluation.suites import Suite, file_names, load_suite
from qa.gate import confidence
from qa.settings import load_settings
from qa.types import Evidence

SETS = ("xquad", "qamr", "clapnq")
KINDS = ("conflict", "update", "confirmed")
DAY = "2024-03-01"
MOST = 200  # questions of a set
BAR = 80.0  # milliseconds that a question may take longer
WARM_UP = 5


def dated(suite: Suite) -> bytes:
    """The articles of a set, all of one day."""
    rows = map(json.loads, suite.jsonl().splitlines())
    return "\n".join(json.dumps({**row, "published": DAY}) for row in rows).encode()


def plain(engine: Citewire, question: str) -> float:
    """Milliseconds to rank, read, verify and look up what is cited."""
    line = engine.pipeline
    started = time.perf_counter()
    query, ranked, _ = line.rank_sentences(question)
    evidence = Evidence(tuple(ranked[:40]), confidence(query, ranked))
    if ranked and evidence.confidence >= line.threshold:
        for draft in line.readers[-1].read(question, evidence):
            for label in line.verifier.verify(draft, evidence).labels:
                sentence = evidence.hits[label].sentence
                line.library.article(sentence.article_id, sentence.version)
    return 1000 * (time.perf_counter() - started)


def measure(engine: Citewire, questions: list[str], show: bool) -> dict[str, Any]:
    """Notes by kind, and the time of either way."""
    kinds: Counter[str] = Counter()
    answered = 0
    taken: list[tuple[float, float]] = []
    for number, question in enumerate(questions):
        before = plain(engine, question) if number % 2 else 0.0  # in turn, for a cache helps whoever comes second
        started = time.perf_counter()
        answer = engine.ask(question)
        whole = 1000 * (time.perf_counter() - started)
        before = before or plain(engine, question)
        if number >= WARM_UP:
            taken.append((before, whole))
        answered += answer.answered
        found = [note for note in answer.notes if note.kind in KINDS]
        kinds.update(note.kind for note in found)
        for note in found if show else ():
            sys.stderr.write(f"{question}\n  {note.kind}: {note.text}\n")
    off, on = (statistics.median(column) for column in zip(*taken, strict=True))
    return {
        "questions": len(questions), "answered": answered, "notes": {kind: kinds[kind] for kind in KINDS},
        "off_ms": round(off, 1), "on_ms": round(on, 1),
        "added_ms_median": round(statistics.median(b - a for a, b in taken), 1),
        "added_ms_p95": round(sorted(b - a for a, b in taken)[int(0.95 * len(taken))], 1),
    }  # fmt: skip


def main() -> None:
    """Fill, ask, write; fails over the bar."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, help="keep the libraries here for the next time")
    parser.add_argument("--suite", action="append", choices=SETS)
    parser.add_argument("--show", action="store_true", help="print each note, to be read and judged")
    options = parser.parse_args()
    file = RESULTS / "news.json"
    values: dict[str, Any] = json.loads(file.read_text())["values"] if file.exists() else {}
    values["bar_added_ms"] = BAR
    for name in options.suite or SETS:
        suite = load_suite(name, options.data)
        with tempfile.TemporaryDirectory() as folder:
            engine = Citewire.open(load_settings(library=(options.cache or Path(folder)) / name))
            engine.add([Source(f"{name}.jsonl", data=dated(suite))])
            every = suite.questions
            step = max(len(every) // MOST, 1)
            values[name] = measure(engine, [question.text for question in every[::step]][:MOST], options.show)
            engine.close()
    write_result("news", values, [options.data / file for name in SETS for file in file_names(name)])
    over = [name for name in SETS if name in values and values[name]["added_ms_median"] > BAR]
    sys.stderr.write("".join(f"{name}: over the bar of {BAR:g} ms\n" for name in over))
    sys.exit(1 if over else 0)


if __name__ == "__main__":
    main()
