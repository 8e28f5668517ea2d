"""Requests that a generator makes from the REST API's own description: no server error, every response as described.

    python -m benchmarks.api_fuzz [--cases 100]

`cases` for each operation. Over the sample articles, in process. Writes `benchmarks/results/api_fuzz.json`.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any
from urllib.parse import quote

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Err
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from benchmarks.report import write_result
from corpus.conversations import Conversations
from corpus.sources import sources
from qa.engine import Citewire
from qa.server.access import Access
from qa.server.app import create_app
from qa.settings import load_settings

POLL = "/v1/feeds/sync"
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)


def fuzz(engine: Citewire, cases: int) -> dict[str, Counter[int]]:
    """The statuses by operation. Raises the first failure, with a request that shows it."""
    schema = schemathesis.openapi.from_asgi("/openapi.json", create_app(engine, Access()))
    operations = []
    for found in schema.get_all_operations():
        if isinstance(found, Err):
            raise found.err()
        operations.append(found.ok())
    operations.sort(key=lambda operation: operation.path != POLL)  # before anything is subscribed: nothing is fetched
    kept = Conversations(engine.library)
    ids: dict[str, Callable[[], str]] = {
        "article_id": lambda: engine.library.summaries(limit=1)[0].id,
        "conversation_id": lambda: kept.start("Generated").id,
    }
    return {operation.label: _statuses(operation, cases, ids) for operation in operations}


def _statuses(
    operation: APIOperation[Any, Any, Any, Any], cases: int, ids: Mapping[str, Callable[[], str]]
) -> Counter[int]:
    """Every other request names what is there, since a generated id is none."""
    seen: Counter[int] = Counter()

    @settings(
        max_examples=cases, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(case=operation.as_strategy())
    def run(case: Any) -> None:
        if seen.total() % 2:
            for name in case.path_parameters or ():
                case.path_parameters[name] = quote(ids[name](), safe="")
        response = case.call()
        seen[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)

    run()
    return seen


def main() -> None:
    """Fuzz and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, as_file(files("corpus") / "sample") as sample:
        engine = Citewire.open(load_settings(library=Path(folder)))
        engine.add(sources([sample]))
        used = sorted(file for file in sample.rglob("*") if file.is_file())
        engine.warm()
        statuses = fuzz(engine, options.cases)
        engine.close()
    total = sum((seen for seen in statuses.values()), Counter())
    values = {
        "requests": total.total(), "server_errors": sum(n for status, n in total.items() if status >= 500),
        "statuses": {name: {str(status): n for status, n in sorted(seen.items())} for name, seen in statuses.items()},
    }  # fmt: skip
    write_result("api_fuzz", values, used, f"--cases {options.cases}")


if __name__ == "__main__":
    main()
