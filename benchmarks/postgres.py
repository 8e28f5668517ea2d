"""The quality evaluation in a library on PostgreSQL, beside the one in a file: `benchmarks/results/postgres.json`.

    python -m benchmarks.postgres --data FOLDER [--suite NAME] [--store file|one|three]

`one` is a server with pgvector, `three` the same with the search spread over three of them by postgres_fdw; both are
started here from the wheel that the tests use. Stores that are not measured keep their numbers. Also what a passage takes.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from benchmarks.report import RESULTS, write_result
from corpus.sources import Source
from corpus.temporary import temporary_place
from qa.engine import Citewire
from qa.evaluation.measure import measure_suite
from qa.evaluation.suites import file_names, load_suite
from qa.settings import Settings, load_settings
from tests.postgres_server import servers, spread

Kind = Literal["file", "one", "three"]
KINDS: tuple[Kind, ...] = ("file", "one", "three")
TABLES = (
    "versions",
    "sentences",
    "passages",
    "passage_words",
    "vectors",
    "token_states",
    "word_counts",
    "signature_bands",
)


@contextmanager
def settings_of(kind: Kind) -> Iterator[Settings]:
    """Settings whose library is of this kind; servers run meanwhile."""
    if kind == "file":
        yield load_settings()
        return
    with servers(1 if kind == "one" else 3) as started:
        yield load_settings(library=started[0].url if kind == "one" else spread(started))


def measure(kind: Kind, suite: str, data: Path) -> dict[str, Any]:
    """The evaluation's numbers, the seconds it took, and on one server the bytes a passage takes."""
    with settings_of(kind) as settings:
        started = time.process_time(), time.perf_counter()
        found: dict[str, Any] = {"quality": measure_suite(suite, data, settings)}
        found["seconds"] = {
            "this process, processor": round(time.process_time() - started[0], 1),
            "elapsed": round(time.perf_counter() - started[1], 1),
        }
        if kind == "one":
            found["bytes_a_passage"] = sizes(settings, suite, data)
    return found


def sizes(settings: Settings, suite: str, data: Path) -> dict[str, float]:
    """Bytes of each table with its indexes, by passage, after adding a set's articles once."""
    with temporary_place(settings.library) as place:
        engine = Citewire.open(settings.model_copy(update={"library": place}))
        try:
            engine.add([Source(f"{suite}.jsonl", data=load_suite(suite, data).jsonl())])
            engine.library.compact()
            count = engine.library.count_passages()
            with engine.library.read() as db:
                found = {
                    table: db.execute("SELECT pg_total_relation_size(?::regclass)", (table,)).fetchone()[0] / count
                    for table in TABLES
                }
        finally:
            engine.close()
    return {"passages": count} | {table: round(size) for table, size in found.items()}


def main() -> None:
    """Measure the stores that were named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--suite", default="xquad")
    parser.add_argument("--store", choices=KINDS, action="append")
    options = parser.parse_args()
    found = {f"{options.suite}, {kind}": measure(kind, options.suite, options.data) for kind in options.store or KINDS}
    file = RESULTS / "postgres.json"
    values = (json.loads(file.read_text())["values"] if file.exists() else {}) | found
    suites = {name.split(",")[0] for name in values}
    write_result("postgres", values, [options.data / path for name in suites for path in file_names(name)])


if __name__ == "__main__":
    main()
