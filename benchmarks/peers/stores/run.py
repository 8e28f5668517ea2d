"""Builds or searches one store, in its own environment, held to one core. Imports nothing of Citewire's.

    python -m benchmarks.peers.stores.run build|search STORE FOLDER VECTORS.npy RESULT.json

The store is in FOLDER. To build is given every vector; to search, the questions' vectors, in a process that begins with
nothing of the store in memory. The result says what was found, and what it cost.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import time
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks.peers.stores.store import Store, Vectors

K = 10
WARM_UP = 10  # questions asked before those that are timed


def resident_mb() -> float:
    """Memory of this process that is in use, in MB, files mapped from disk included."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * resource.getpagesize() / 1e6, 1)


def disk_bytes(folder: Path) -> int:
    """All files of the folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def built(module: ModuleType, folder: Path, vectors: Vectors) -> dict[str, Any]:
    """What it took to keep every vector."""
    store: Store = module.make(folder)
    busy = time.process_time()
    store.build(vectors)
    return {
        "build_cpu_s": time.process_time() - busy,
        "versions": {distribution: version(distribution) for distribution in module.DISTRIBUTIONS},
        "settings": module.SETTINGS,
    }


def searched(module: ModuleType, folder: Path, questions: Vectors) -> dict[str, Any]:
    """What was found for each question, and what it took."""
    before = resident_mb()
    disk = disk_bytes(folder)
    store: Store = module.make(folder)
    for question in questions[:WARM_UP]:
        store.search(question, K)
    found, wall, spent = [], [], []
    for question in questions:
        begun, busy = time.perf_counter(), time.process_time()
        found.append(store.search(question, K))
        wall.append((time.perf_counter() - begun) * 1000)
        spent.append((time.process_time() - busy) * 1000)
    return {
        "found": found,
        "query_ms": wall,
        "query_cpu_ms": spent,
        "resident_before_mb": before,
        "resident_mb": resident_mb(),
        "disk_bytes": disk,
    }


def main() -> None:
    """Do one of the two, write."""
    kind, name, folder, vectors, result = sys.argv[1:]
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # before the tool counts the cores
    module = importlib.import_module(f"benchmarks.peers.stores.{name}")
    work = built if kind == "build" else searched
    Path(result).write_text(json.dumps(work(module, Path(folder), np.load(vectors))))


if __name__ == "__main__":
    main()
