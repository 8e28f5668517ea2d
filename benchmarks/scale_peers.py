"""Citewire's vector store beside others at 100,000 passages: the same vectors and questions, in one run.

    sh benchmarks/peers/install.sh txtai lancedb chroma qdrant
    python -m benchmarks.scale_peers --data FOLDER [--cache FOLDER] [--work FOLDER] [--store NAME]...

The vectors are the first of the library that `benchmarks.scale` grows (with `--cache`, the one that it keeps there), the
questions those of `benchmarks.latency`, encoded by Citewire's own model. Each store keeps its defaults, gets an
environment of its own and one core, and is built in one process and searched in another (`benchmarks/peers/stores`);
building is timed by the processor. `--work` says where the stores' files are: on a slow disk one that waits for it at every
point (Qdrant's local mode) takes many times as long, and more of the processor too; `/dev/shm` spares all of them that.

The stores take turns for `--rounds` rounds of all questions; of times and memory the least is kept. Memory is what the
process holds after the questions, mapped files included but not what the system keeps of files that are read; `before` is
with the tool imported and nothing opened. Recall counts what is as near as the tenth nearest: of equal vectors any is right.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import latency
from benchmarks.peers.__main__ import VENVS
from benchmarks.peers.stores import citewire
from benchmarks.peers.stores.run import K, disk_bytes
from benchmarks.report import write_result
from benchmarks.scale import grown
from benchmarks.scale_library import vectors
from embeddings.types import Float32
from qa.engine import Citewire
from qa.evaluation.metrics import percentile
from qa.settings import load_settings

STORES = {"citewire": None, "faiss_flat": None, "txtai": "txtai", "lancedb": "lancedb", "lancedb_indexed": "lancedb",
          "chroma": "chroma", "qdrant": "qdrant"}  # fmt: skip
PASSAGES = 100_000
EQUAL = 1e-5  # scores that differ by less are of vectors equally near


def given(folder: Path, passages: int) -> Float32:
    """The first vectors of a library, by the number of their passage."""
    parts, have = list[Float32](), 0
    for _, rows in vectors(folder):
        parts.append(rows[: passages - have])
        have += len(parts[-1])
        if have == passages:
            break
    return np.concatenate(parts)


def encoded(folder: Path, questions: Sequence[str]) -> Float32:
    """The questions' vectors."""
    engine = Citewire.open(load_settings(library=folder))
    found = np.stack([engine.embedder.embed_query(question).vector for question in questions])
    engine.close()
    return found.astype(np.float32)


def run(kind: str, store: str, folder: Path, file: Path) -> dict[str, Any]:
    """The store's own account.

    Raises:
        subprocess.CalledProcessError: it failed; what it said is on stderr.
    """
    venv = STORES[store]
    python = sys.executable if venv is None else str(VENVS / venv / "bin" / "python")
    with tempfile.NamedTemporaryFile(suffix=".json") as result:
        command = [python, "-m", "benchmarks.peers.stores.run", kind, store, str(folder), str(file), result.name]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        account: dict[str, Any] = json.loads(Path(result.name).read_text())
        return account


def recall(found: Sequence[Sequence[int]], rows: Float32, questions: Float32) -> float:
    """The share of what was found that is among the nearest."""
    right = 0
    for keys, question in zip(found, questions, strict=True):
        scores = rows @ question
        least = np.partition(scores, -K)[-K] - EQUAL
        right += sum(bool(scores[key] >= least) for key in set(keys[:K]))
    return round(right / (K * len(questions)), 4)


def summed(build: dict[str, Any], rounds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One row: the least of the rounds."""
    row: dict[str, Any] = {"build_cpu_s": round(build["build_cpu_s"], 2)}
    for name in ("query_cpu_ms", "query_ms"):
        for share in (0.5, 0.95):
            least = min(percentile(account[name], share) for account in rounds)
            row[f"{name}_p{int(100 * share)}"] = round(least, 2)
    for name in ("resident_before_mb", "resident_mb"):
        row[name] = round(min(account[name] for account in rounds))
    return row | {"versions": build["versions"], "settings": build["settings"]}


def compared(names: Sequence[str], rows: Float32, questions: Float32, rounds: int, root: Path) -> dict[str, Any]:
    """Every store built, then each searched in every round."""
    np.save(root / "vectors.npy", rows)
    np.save(root / "questions.npy", questions)
    built, empty = dict[str, Any](), dict[str, int]()
    for name in names:
        folder = root / name
        folder.mkdir()
        if name == "citewire":
            citewire.prepare(folder, len(rows))
        empty[name] = disk_bytes(folder)  # passages' numbers, which no other store has to begin with
        built[name] = run("build", name, folder, root / "vectors.npy")
        sys.stderr.write(f"{name}: built in {built[name]['build_cpu_s']:.1f} s of processor\n")
    accounts: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            accounts[name].append(run("search", name, root / name, root / "questions.npy"))
    return {
        name: {
            **summed(built[name], accounts[name]),
            "recall@10": recall(accounts[name][0]["found"], rows, questions),
            "disk_mb": round((accounts[name][0]["disk_bytes"] - empty[name]) / 1e6),
        }
        for name in names
    }


def main() -> None:
    """Grow, build, ask, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, help="keep the library here for the next time")
    parser.add_argument("--work", type=Path, help="where the stores are written (the system's temporary folder)")
    parser.add_argument("--passages", type=int, default=PASSAGES)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--store", action="append", choices=list(STORES))
    options = parser.parse_args()
    names = options.store or list(STORES)
    missing = [name for name in names if (venv := STORES[name]) and not (VENVS / venv / "bin" / "python").exists()]
    if missing:
        sys.stderr.write(f"Not installed, and left out: {', '.join(missing)}. See benchmarks/peers/install.sh.\n")
    names = [name for name in names if name not in missing]
    with tempfile.TemporaryDirectory() as temporary, tempfile.TemporaryDirectory(dir=options.work) as work:
        folder, _ = grown(options.cache or Path(temporary), options.data, options.passages)
        rows = given(folder, options.passages)
        questions = encoded(folder, latency.questions(options.data))
        found = compared(names, rows, questions, options.rounds, Path(work))
    values = {
        "passages": len(rows), "dimensions": rows.shape[1], "questions": len(questions), "k": K, "rounds": options.rounds,
        "threads": int(os.environ.get("OMP_NUM_THREADS", "0")) or "as each has them, on one core",
        "not_installed": missing, "stores": found,
    }  # fmt: skip
    made = "--data FOLDER" + (f" --work {options.work}" if options.work else "")
    write_result("scale_peers", values, [options.data / file for file in latency.FILES], made)


if __name__ == "__main__":
    main()
