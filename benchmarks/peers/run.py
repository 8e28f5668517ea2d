"""Runs one peer on one job, in the peer's own virtual environment. Imports nothing of Citewire's.

    python -m benchmarks.peers.run PEER JOB.json RESULT.json

The job holds `level`, `documents` (id, title, text), `questions` and `k`; the result what was found, and what it cost.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.peers.peer import Document, Peer


def account(name: str, job: dict[str, Any]) -> dict[str, Any]:
    """What the peer found for each question, and what it took."""
    module = importlib.import_module(f"benchmarks.peers.{name}")
    documents = [Document(*row) for row in job["documents"]]
    with tempfile.TemporaryDirectory() as folder:
        peer: Peer = module.make(job["level"], Path(folder))
        start, busy = time.perf_counter(), time.process_time()
        peer.index(documents)
        index_seconds, index_cpu = time.perf_counter() - start, time.process_time() - busy
        disk = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
        peer.search(job["questions"][0], job["k"])  # the first question may load something
        found, milliseconds, cpu = [], [], []
        for question in job["questions"]:
            start, busy = time.perf_counter(), time.process_time()
            found.append(peer.search(question, job["k"]))
            milliseconds.append((time.perf_counter() - start) * 1000)
            cpu.append((time.process_time() - busy) * 1000)
    return {
        "versions": {distribution: version(distribution) for distribution in module.DISTRIBUTIONS},
        "found": found,
        "index_seconds": index_seconds,
        "index_cpu_seconds": index_cpu,
        "query_ms": milliseconds,
        "query_cpu_ms": cpu,
        "disk_bytes": disk,
        "peak_kilobytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }


def main() -> None:
    """Index, ask, write."""
    name, job, result = sys.argv[1:]
    Path(result).write_text(json.dumps(account(name, json.loads(Path(job).read_text()))))


if __name__ == "__main__":
    main()
