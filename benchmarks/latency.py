"""How long a question takes in a library of 10,000 passages with the model loaded: the whole and each stage.

    python -m benchmarks.latency --data FOLDER [--cache FOLDER] [--passages 10000]

The library is real text: the articles of the four question sets, whole news articles and interviews (GUM), the bodies of
the article-extraction benchmark, the references of AttributionBench, TREC-QA's news sentences (those judged for one
question make one article) and XQuAD in German and Spanish; then, until there is enough, the long ones among them again,
cut from another sentence on. So some passages overlap: fit for a time, not for a quality. Questions are every so many of
XQuAD and QAMR, so that all have their answer in the library; some are not counted, to warm up. A time is what
`Answer.timings_ms` says. With `--cache` the library is kept and made only once (encoding takes a quarter of an hour).
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.adding import real
from benchmarks.report import write_result
from corpus.sources import Source
from corpus.split import split
from qa.engine import Citewire
from qa.evaluation.metrics import percentile
from qa.evaluation.suites import file_names, load_suite
from qa.settings import load_settings

LONG = 1_500  # characters: a text of several passages, worth cutting another way
CUTS = 10  # ways to cut a long text
BATCH = 100  # articles between two looks at how many passages there are
ASKED = {"xquad": 150, "qamr": 50}
WARM_UP = 10
BARS = {"total_median": 450.0, "rescoring_share": 0.6}  # milliseconds; of the whole time of all questions
SETS = ("xquad", "qamr", "clapnq", "squad2", "trecqa")
REFERENCES = "attributionbench/dev_all_subset_balanced.jsonl.gz"
TRANSLATED = ("xquad/xquad.de.json.gz", "xquad/xquad.es.json.gz")
FILES = (
    *(file for name in SETS for file in file_names(name)),
    "gum_wikinews_docs/DERIVED_wikinews_docs.jsonl",
    "article_extraction_benchmark/ground-truth.json.gz",
    REFERENCES,
    *TRANSLATED,
)


def texts(data: Path) -> Iterator[tuple[str, str]]:
    """Title and text of everything there is, each once."""
    for name in SETS[:-1]:
        yield from ((article.title, article.text) for article in load_suite(name, data).articles)
    for source in real(data):
        title, _, body = (source.data or b"").decode().partition("\n\n")
        yield title, body
    rows = map(json.loads, gzip.decompress((data / REFERENCES).read_bytes()).splitlines())
    yield from (("", text) for text in dict.fromkeys(text for row in rows for text in row["references"]))
    trecqa = load_suite(SETS[-1], data)
    sentences = {article.id: article.text for article in trecqa.articles}
    for question in trecqa.judged:
        yield "", " ".join(sentences[key] for key in question.candidates)
    for file in TRANSLATED:
        for article in json.loads(gzip.decompress((data / file).read_bytes()))["data"]:
            yield from ((article.get("title", ""), paragraph["context"]) for paragraph in article["paragraphs"])


def sources(data: Path) -> Iterator[Source]:
    """The texts, then the long ones without their first sentence, without their first two, and so on; as JSONL."""
    every = list(texts(data))
    for skipped in range(CUTS):
        for number, (title, text) in enumerate(every):
            if skipped and len(text) < LONG:
                continue
            spans = split(text)
            if skipped < len(spans):
                row = {"id": f"{skipped}-{number}", "title": title, "text": text[spans[skipped].start :]}
                yield Source(f"{skipped}-{number}.jsonl", data=json.dumps(row).encode())


def fill(engine: Citewire, data: Path, passages: int) -> None:
    """Store until there are so many passages, and embed them; what is stored and embedded already is not again."""
    given = sources(data)
    while engine.library.count_passages() < passages and (batch := list(islice(given, BATCH))):
        engine.add(batch)
        sys.stderr.write(f"{engine.library.count_passages()} passages\n")
    engine.add([])  # embeds what an interrupted run left


def questions(data: Path) -> list[str]:
    """Every so many of the sets' questions."""
    found = []
    for name, wanted in ASKED.items():
        every = load_suite(name, data).questions
        found += [every[i * len(every) // wanted].text for i in range(wanted)]
    return found


def summary(timings: list[dict[str, float]]) -> dict[str, float]:
    """Median and 95th percentile of each stage, and what share of all the time goes to rescoring."""
    values: dict[str, float] = {}
    for stage in dict.fromkeys(stage for row in timings for stage in row):
        taken = [row[stage] for row in timings if stage in row]
        values |= {
            f"{stage}_median": round(percentile(taken, 0.5), 1),
            f"{stage}_p95": round(percentile(taken, 0.95), 1),
        }
    share = sum(row["rerank"] for row in timings) / sum(row["total"] for row in timings)
    return values | {"rescoring_share": round(share, 3)}


def main() -> None:
    """Fill, ask, write; fails over a bar."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, help="keep the library here for the next time")
    parser.add_argument("--passages", type=int, default=10_000)
    options = parser.parse_args()
    asked = questions(options.data)
    with tempfile.TemporaryDirectory() as temporary:
        engine = Citewire.open(load_settings(library=options.cache or Path(temporary)))
        fill(engine, options.data, options.passages)
        stored = engine.library.stats()
        for question in asked[:WARM_UP]:
            engine.ask(question)
        answers = [engine.ask(question) for question in asked]
        engine.close()
    values: dict[str, Any] = {
        "articles": stored.articles, "passages": stored.passages, "disk_megabytes": round(stored.disk_bytes / 1e6),
        "questions": len(answers), "answered": sum(answer.answered for answer in answers),
        **summary([answer.timings_ms for answer in answers]), "bars": BARS,
    }  # fmt: skip
    write_result("latency", values, [options.data / file for file in FILES])
    over = [f"{name}: {values[name]} is over the bar of {bar}" for name, bar in BARS.items() if values[name] > bar]
    sys.stderr.write("".join(message + "\n" for message in over))
    sys.exit(1 if over else 0)


if __name__ == "__main__":
    main()
