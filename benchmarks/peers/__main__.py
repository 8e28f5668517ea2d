"""Retrieval quality and cost of Citewire and of other tools, in one run, each in a process and environment of its own.

    sh benchmarks/peers/install.sh
    python -m benchmarks.peers --data FOLDER [--peer NAME]... [--suite NAME]... [--level NAME]...

The sets are those of `qa.evaluation.suites`: XQuAD in English and QAMR's Wikinews questions. At the level of articles
every tool gets the articles and cuts them as it does by default; right is a piece of the right article. At the level of
sentences a peer gets every sentence (as Citewire splits them) as a document of its own; Citewire gets the articles, as
always. `run.py` is what a peer runs in; the ranks are judged here. Writes `benchmarks/results/peers.json`; what is not run
keeps its numbers. Times hold for this machine and its load (the processor's own much less than the clock's): the least of
`--rounds` rounds is kept.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.cases import library_of
from benchmarks.peers.peer import Document, Level
from benchmarks.report import RESULTS, write_result
from qa.evaluation.metrics import percentile, reciprocal_rank, success
from qa.evaluation.suites import Suite, file_names, load_suite

VENVS = Path(".peers")
PEERS = {"citewire": None, "txtai": "txtai", "txtai_hybrid": "txtai", "llamaindex": "llamaindex",
         "haystack": "haystack", "langchain": "langchain"}  # fmt: skip
SETS = ("xquad", "qamr")
DEPTH = 10  # ranks that count
PIECES = 30  # asked for: several pieces may be of one article
LEVELS: tuple[Level, ...] = ("article", "sentence")


@dataclass(frozen=True, slots=True)
class Task:
    """A set at one level: the documents, the questions and, for each, the ids of the documents that are right."""

    level: Level
    articles: tuple[Document, ...]
    documents: tuple[Document, ...]
    questions: tuple[str, ...]
    right: tuple[frozenset[str], ...]


def tasks(suite: Suite, cache: Path | None) -> list[Task]:
    """Both levels of a set."""
    articles = tuple(Document(article.id, article.title, article.text) for article in suite.articles)
    with library_of(suite, cache) as engine:
        sentences = [s for article in suite.articles for s in engine.library.sentences(article.id)]
    documents = tuple(Document(f"{s.article_id}:{s.index}", "", s.text) for s in sentences)
    asked = tuple(question.text for question in suite.questions)
    whole = tuple(frozenset(place.article_id for place in question.gold) for question in suite.questions)
    by_article: dict[str, list[Any]] = {}
    for sentence in sentences:
        by_article.setdefault(sentence.article_id, []).append(sentence)
    parts = tuple(
        frozenset(
            f"{s.article_id}:{s.index}" for place in q.gold for s in by_article[place.article_id] if place.holds(s)
        )
        for q in suite.questions
    )
    return [Task("article", articles, articles, asked, whole), Task("sentence", articles, documents, asked, parts)]


def run(peer: str, task: Task) -> dict[str, Any]:
    """The peer's own account of a task.

    Raises:
        subprocess.CalledProcessError: it failed; what it said is on stderr.
    """
    venv = PEERS[peer]
    python = sys.executable if venv is None else str(VENVS / venv / "bin" / "python")
    documents = task.articles if peer == "citewire" else task.documents
    job = {"level": task.level, "documents": documents, "questions": task.questions, "k": PIECES}
    offline = {"HF_HUB_OFFLINE": "1", "HAYSTACK_TELEMETRY_ENABLED": "false", "TOKENIZERS_PARALLELISM": "false"}
    with tempfile.TemporaryDirectory() as folder:
        given, result = Path(folder) / "job.json", Path(folder) / "result.json"
        given.write_text(json.dumps(job))
        command = [python, "-m", "benchmarks.peers.run", peer, str(given), str(result)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=os.environ | offline)
        account: dict[str, Any] = json.loads(result.read_text())
        return account


def judged(found: Sequence[Sequence[str]], right: Sequence[frozenset[str]]) -> dict[str, float]:
    """hit@1 and MRR@10 of the distinct documents found."""
    flags = [[key in gold for key in dict.fromkeys(keys)][:DEPTH] for keys, gold in zip(found, right, strict=True)]
    return {
        "hit@1": round(sum(success(row, 1) for row in flags) / len(flags), 4),
        "mrr@10": round(sum(reciprocal_rank(row) for row in flags) / len(flags), 4),
    }


def measure(peer: str, task: Task, rounds: int) -> tuple[dict[str, Any], dict[str, str]]:
    """One row, and the versions it holds for."""
    accounts = [run(peer, task) for _ in range(rounds)]
    row = {
        **judged(accounts[0]["found"], task.right),
        "index_seconds": round(min(account["index_seconds"] for account in accounts), 1),
        "index_cpu_seconds": round(min(account["index_cpu_seconds"] for account in accounts), 1),
        "query_cpu_ms_median": round(min(percentile(account["query_cpu_ms"], 0.5) for account in accounts), 1),
        "query_cpu_ms_p95": round(min(percentile(account["query_cpu_ms"], 0.95) for account in accounts), 1),
        "query_ms_median": round(min(percentile(account["query_ms"], 0.5) for account in accounts), 1),
        "query_ms_p95": round(min(percentile(account["query_ms"], 0.95) for account in accounts), 1),
        "peak_megabytes": round(min(account["peak_kilobytes"] for account in accounts) / 1024),
        "disk_megabytes": round(accounts[0]["disk_bytes"] / 1e6, 1),
    }
    return row, accounts[0]["versions"]


def main() -> None:
    """Run every peer on every set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, help="keep the libraries that split the sentences for the next time")
    parser.add_argument("--peer", action="append", choices=list(PEERS))
    parser.add_argument("--suite", action="append", choices=SETS)
    parser.add_argument("--level", action="append", choices=LEVELS)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    file = RESULTS / "peers.json"
    values: dict[str, Any] = json.loads(file.read_text())["values"] if file.exists() else {"versions": {}}
    values["threads"] = int(os.environ.get("OMP_NUM_THREADS", str(os.cpu_count())))
    for name in options.suite or SETS:
        suite = load_suite(name, options.data)
        for task in tasks(suite, options.cache):
            if options.level and task.level not in options.level:
                continue
            for peer in options.peer or PEERS:
                sys.stderr.write(f"{name}, {task.level}: {peer}\n")
                row, versions = measure(peer, task, options.rounds)
                rows = values.setdefault(name, {}).setdefault(task.level, {})
                rows[peer] = {"documents": len(task.documents), "questions": len(task.questions), **row}
                values["versions"][peer] = versions
                write_result("peers", values, [options.data / path for each in SETS for path in file_names(each)])


if __name__ == "__main__":
    main()
