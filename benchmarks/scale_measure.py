"""One library measured in a process of its own, for `benchmarks.scale`; prints one line of JSON.

    python -m benchmarks.scale_measure build|search FOLDER --data FOLDER

`build` makes the vector index from the library's rows and saves it. `search` opens the library with nothing of it in the
system's cache, asks, adds and deletes; what it added and deleted is not put back but for their number.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import latency
from benchmarks.peers.stores.run import resident_mb
from benchmarks.scale_library import FIRST_DAY, moved, vectors
from corpus.ingest import Chunker, build
from corpus.lexical import search_passages
from corpus.library import Library
from corpus.types import Block, Filters, ParsedArticle, Passage
from corpus.vectors import iter_vectors, put_vectors, token_states
from embeddings.faiss_store import FaissStore
from embeddings.index_file import INDEX_FILES, MANIFEST_FILE
from embeddings.states import PassageStates, pack, unpack
from embeddings.types import Float32
from qa.engine import Citewire
from qa.evaluation.metrics import percentile
from qa.settings import load_settings

QUESTIONS, ASKED, WARM_UP = 100, 60, 5
CHANGED = 1_000  # passages added, then deleted
COMMON = "What did people in the world say about the first years of the new state and its government?"
FILTERS = {"1%": Filters(FIRST_DAY, "1998-04-10"), "0.01%": Filters("2004-07-01", "2004-07-01")}  # 100 days, 1 day
KEPT = 50  # as many as a question takes from either search


def evict(folder: Path) -> None:
    """Have the system forget what it holds of these files."""
    for file in folder.iterdir():
        with file.open("rb") as stream:
            os.fsync(stream.fileno())
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def timed(name: str, work: Callable[[Any], object], items: Sequence[Any]) -> dict[str, float]:
    """Median and 95th percentile of what each item takes, by the clock and by the processor, in milliseconds."""
    wall, spent = [], []
    for item in items:
        begun, used = time.perf_counter(), time.process_time()
        work(item)
        wall.append((time.perf_counter() - begun) * 1000)
        spent.append((time.process_time() - used) * 1000)
    return {
        f"{name}_{unit}_p{int(100 * share)}": round(percentile(values, share), 2)
        for unit, values in (("ms", wall), ("cpu_ms", spent))
        for share in (0.5, 0.95)
    }


def nearest(folder: Path, questions: Float32, allowed: Sequence[int] | None, k: int) -> list[set[int]]:
    """The `k` nearest of each question among all vectors, or the allowed ones, by comparing every one."""
    best: list[list[tuple[float, int]]] = [[] for _ in questions]
    wanted = None if allowed is None else np.array(sorted(allowed))
    for ids, rows in vectors(folder):
        numbers = np.array(ids)
        if wanted is not None:
            kept = np.isin(numbers, wanted)
            numbers, rows = numbers[kept], rows[kept]
        if not len(numbers):
            continue
        for i, scores in enumerate(questions @ rows.T):
            top = np.argpartition(-scores, min(k, len(scores)) - 1)[:k]
            best[i] = sorted([*best[i], *zip((-scores[top]).tolist(), numbers[top].tolist(), strict=True)])[:k]
    return [{key for _, key in rows} for rows in best]


def recall(found: Sequence[Sequence[tuple[int, float]]], true: Sequence[set[int]], k: int) -> float:
    """The share of the true ones that were found."""
    return round(sum(len(t & {i for i, _ in f[:k]}) for f, t in zip(found, true, strict=True)) / sum(map(len, true)), 4)


def built(folder: Path) -> dict[str, Any]:
    """The vector index made anew from the rows."""
    for file in (*folder.glob(INDEX_FILES), folder / MANIFEST_FILE):
        file.unlink(missing_ok=True)
    engine = Citewire.open(load_settings(library=folder))
    model = engine.embedder.fingerprint
    begun, used = time.perf_counter(), time.process_time()
    store = FaissStore(engine.library, model)
    store.search(np.ones(384, dtype=np.float32), 1)
    store.save()
    spent = {"index_build_s": time.perf_counter() - begun, "index_build_cpu_s": time.process_time() - used}
    sizes = {"index_mb": sum(file.stat().st_size for file in folder.glob(INDEX_FILES)) / 1e6}
    store.close()
    engine.close()
    return {name: round(value, 2) for name, value in {**spent, **sizes}.items()} | {"exact": store.exact}


def searched(folder: Path, data: Path) -> dict[str, Any]:
    """Everything else."""
    asked = latency.questions(data)
    asked = [asked[i * len(asked) // QUESTIONS] for i in range(QUESTIONS)]
    engine = Citewire.open(load_settings(library=folder))
    embedder = engine.embedder
    embedder.load()
    encoded = np.stack([embedder.embed_query(question).vector for question in asked])
    engine.close()
    values: dict[str, Any] = {"model_resident_mb": resident_mb()}
    evict(folder)
    begun, used = time.perf_counter(), time.process_time()
    engine = Citewire.open(load_settings(library=folder))
    engine.store.search(encoded[0], KEPT)
    values["cold_open_s"] = round(time.perf_counter() - begun, 2)
    values["cold_open_cpu_s"] = round(time.process_time() - used, 2)
    values |= _dense(engine, encoded)
    library = engine.library
    values |= timed("lexical", lambda question: search_passages(library, question, KEPT), asked)
    values |= timed("common_words", lambda question: search_passages(library, question, KEPT), [COMMON] * 2)
    values |= timed("encode", embedder.embed_query, asked[:ASKED])
    values |= _asked(engine, asked)
    values |= {"resident_mb": resident_mb(), "disk_mb": round(library.stats().disk_bytes / 1e6)}
    values |= _changed(engine, encoded[0])
    values["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)
    engine.close()
    return values


def _dense(engine: Citewire, encoded: Float32) -> dict[str, Any]:
    """Vector search of everything and within filters: times, and recall against comparing every vector."""
    store, library, folder = engine.store, engine.library, engine.library.folder
    values: dict[str, Any] = timed("search", lambda vector: store.search(vector, KEPT), list(encoded))
    for k in (10, KEPT):
        found = [store.search(vector, k) for vector in encoded]
        values[f"recall@{k}"] = recall(found, nearest(folder, encoded, None, k), k)
    for name, filters in FILTERS.items():
        allowed = library.passage_ids(filters)
        if not allowed:
            continue
        found = [store.search(vector, 10, allowed) for vector in encoded[:20]]
        values[f"filter_{name}_passages"] = len(allowed)
        values[f"filter_{name}_recall@10"] = recall(found, nearest(folder, encoded[:20], allowed, 10), 10)
        values[f"filter_{name}_returned"] = min(map(len, found))
        values |= timed(f"filter_{name}", partial(_filtered, engine, filters), list(encoded[:20]))
        lexical = partial(search_passages, library, COMMON, KEPT)
        values |= timed(f"filter_{name}_lexical", lexical, [filters] * 5)
    return values


def _filtered(engine: Citewire, filters: Filters, vector: Float32) -> object:
    return engine.store.search(vector, KEPT, engine.library.passage_ids(filters))


def _asked(engine: Citewire, asked: Sequence[str]) -> dict[str, float]:
    """Whole answers, less the encoder's part; and less that of rescoring too."""
    for question in asked[:WARM_UP]:
        engine.ask(question)
    begun = time.process_time()
    timings = [engine.ask(question).timings_ms for question in asked[:ASKED]]
    values = {"ask_cpu_ms_mean": round((time.process_time() - begun) * 1000 / ASKED, 1)}
    beyond = [row["total"] - row["encode"] for row in timings]
    rest = [row["total"] - row["encode"] - row["rerank"] for row in timings]
    for name, taken in (("ask_beyond_encoder_ms", beyond), ("ask_beyond_encoder_and_rescoring_ms", rest)):
        values |= {f"{name}_p50": round(percentile(taken, 0.5), 1), f"{name}_p95": round(percentile(taken, 0.95), 1)}
    return values


def _changed(engine: Citewire, question: Float32) -> dict[str, float]:
    """Adding `CHANGED` passages, already encoded, and deleting as many; until they are searched and the index saved."""
    library, model, store = engine.library, engine.embedder.fingerprint, engine.store
    with library.read() as db:
        rows = db.execute("SELECT id, article_id FROM passages ORDER BY id LIMIT ?", (CHANGED,)).fetchall()
    ids = [row["id"] for row in rows]
    old, states = dict(iter_vectors(library, model, ids)), token_states(library, model, ids)
    texts: dict[str, list[str]] = {}
    for row, passage in zip(rows, library.passages(ids).values(), strict=True):
        texts.setdefault(row["article_id"], []).append(passage.text)
    chunker = Chunker(engine.embedder.count_tokens, engine.embedder.max_tokens)
    begun, used = time.perf_counter(), time.process_time()
    new = _stored(library, chunker, list(texts.values()))
    passages = library.passages(new)
    given = [
        (i, moved(old[key], 1), _lent(passages[i], states[key])) for i, key in zip(new, cycle(ids), strict=False)
    ]  # fmt: skip
    put_vectors(library, model, given)
    assert given[0][0] in dict(store.search(np.frombuffer(given[0][1], "<f4"), 3))
    store.save()
    values = {"add_1000_s": time.perf_counter() - begun, "add_1000_cpu_s": time.process_time() - used}
    begun, used = time.perf_counter(), time.process_time()
    for article_id in texts:
        library.remove(article_id)
    assert not set(ids) & set(dict(store.search(question, KEPT)))
    store.save()
    values |= {"delete_1000_s": time.perf_counter() - begun, "delete_1000_cpu_s": time.process_time() - used}
    return {name: round(value, 2) for name, value in values.items()} | {
        "added_passages": len(new), "changed_articles": len(texts),
    }  # fmt: skip


def _lent(passage: Passage, data: bytes) -> bytes:
    """Another passage's token states, shared out among the sentences of this one; packed anew, as when encoded."""
    states = unpack(data)
    assert states is not None
    edges = np.linspace(0, len(states.states), len(passage.sentences) + 1).astype(int).tolist()
    return pack(PassageStates(states.states, tuple(map(slice, edges, edges[1:]))))


def _stored(library: Library, chunker: Chunker, texts: Sequence[Sequence[str]]) -> list[int]:
    """New articles of these paragraphs; the ids of their passages."""
    with library.read() as db:
        (last,) = db.execute("SELECT max(id) FROM passages").fetchone()
    for number, paragraphs in enumerate(texts):
        blocks = tuple(Block("paragraph", text) for text in paragraphs)
        parsed = ParsedArticle(f"Added {number}", blocks, id=f"{time.time_ns()}-{number}")
        library.store(build(parsed, chunker))
    with library.read() as db:
        return [row[0] for row in db.execute("SELECT id FROM passages WHERE id > ? ORDER BY id", (last,))]


def main() -> None:
    """Measure one library."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("build", "search"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    found = built(options.folder) if options.kind == "build" else searched(options.folder, options.data)
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
