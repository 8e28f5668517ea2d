"""How much faster a second node embeds: a Ray cluster of one node with one core, and of two such nodes, in one run.

    python -m benchmarks.ray_embedding --data FOLDER [--passages 256] [--rounds 3]

FOLDER holds `gum_wikinews_docs/` (whole news articles and interviews). Timed is the embedding stage of adding: from the
first pending passage to the last row in the library, with the model loaded on every worker. The nodes share this machine,
so it needs two idle cores; the load average before each run is kept beside its time. Ratios of time are those of the best
runs, and the median over the rounds. What other programs take from both is left out of the ratio by processor time: that of
the one worker, over that of the busier of two; it is what the times would give if each worker had a core to itself (Linux).
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import threading
from pathlib import Path
from typing import Any

from benchmarks.ray_nodes import LOOPBACK, nodes

os.environ.update(LOOPBACK | {"OMP_NUM_THREADS": "1"})  # before Ray and torch are imported

from benchmarks.adding import articles, seconds
from benchmarks.report import write_result
from corpus.adding import Adder
from corpus.ingest import Chunker
from corpus.library import Library
from corpus.sources import Source
from embeddings.job import Cluster, embed_pending
from embeddings.ray_job import connect
from embeddings.sentence_transformer import SentenceTransformerEmbedder

BAR = 1.7  # two nodes over one, where two cores are free


def fill(library: Library, texts: list[tuple[str, str]], embedder: SentenceTransformerEmbedder, passages: int) -> None:
    """Store articles until there are so many passages."""
    adder = Adder(library, Chunker(embedder.count_tokens, embedder.max_tokens, embedder.fingerprint))
    for name, text in texts:
        if library.count_passages() >= passages:
            return
        list(adder.add([Source(f"{name}.txt", data=text.encode())]))
    raise ValueError(f"The articles make {library.count_passages()} passages; ask for no more.")


def timed(library: Library, embedder: SentenceTransformerEmbedder, cluster: Cluster | None) -> dict[str, float]:
    """Seconds to embed all of the library, and the load average before."""
    with library.write() as db:
        for table in ("vectors", "token_states"):
            db.execute(f"DELETE FROM {table}")
    load = os.getloadavg()[0]
    done: list[int] = []
    taken = seconds(lambda: done.append(embed_pending(library, embedder, cluster=cluster)))
    if done != [library.count_passages()]:
        raise RuntimeError(f"{done} of {library.count_passages()} passages were embedded.")
    return {"seconds": round(taken, 2), "load_before": round(load, 1)}


def on_nodes(count: int, library: Library, embedder: SentenceTransformerEmbedder) -> dict[str, float]:
    """The same on a cluster of so many nodes, each of which loads the model first."""
    one = list(library.passages(library.passage_ids()).values())[:1]
    with nodes(count) as address, connect(address, embedder) as cluster:
        list(cluster.embed([(number, one) for number in range(2 * count)], threading.Event()))
        before = processor_seconds()
        found = timed(library, embedder, cluster)
        spent = [after - before[pid] for pid, after in processor_seconds().items() if pid in before]
        return found | {"worker_cpu_total": round(sum(spent), 2), "worker_cpu_busiest": round(max(spent), 2)}


def processor_seconds() -> dict[int, float]:
    """Processor time so far of every Ray worker on this machine, by process id."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (folder / "cmdline").read_bytes().startswith((b"ray::embed_group", b"ray::IDLE")):
                fields = (folder / "stat").read_text().rpartition(")")[2].split()  # after the name: state is the first
                found[int(folder.name)] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        except OSError:
            continue  # it ended
    return found


def main() -> None:
    """Measure and keep the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--passages", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    embedder = SentenceTransformerEmbedder(device="cpu")
    embedder.embed_query("The first pass is slower.")
    runs: dict[str, list[dict[str, float]]] = {"here": [], "one_node": [], "two_nodes": []}
    with tempfile.TemporaryDirectory() as folder:
        library = Library.open(Path(folder) / "lib", create=True)
        fill(library, articles(arguments.data), embedder, arguments.passages)
        for _ in range(arguments.rounds):
            runs["one_node"].append(on_nodes(1, library, embedder))
            runs["two_nodes"].append(on_nodes(2, library, embedder))
            runs["here"].append(timed(library, embedder, None))
        count = library.count_passages()
        library.close()
    write_result(
        "ray_embedding", _values(count, runs), [arguments.data / "gum_wikinews_docs" / "DERIVED_wikinews_docs.jsonl"]
    )


def _values(passages: int, runs: dict[str, list[dict[str, float]]]) -> dict[str, Any]:
    taken = {name: [run["seconds"] for run in rounds] for name, rounds in runs.items()}
    best = {name: min(times) for name, times in taken.items()}
    ratios = [one / two for one, two in zip(taken["one_node"], taken["two_nodes"], strict=True)]
    return {
        "passages": passages,
        "runs": runs,
        "best_seconds": best,
        "two_nodes_over_one_best": round(best["one_node"] / best["two_nodes"], 2),
        "two_nodes_over_one_median": round(statistics.median(ratios), 2),
        "two_nodes_over_one_by_processor_time": round(
            statistics.median(
                one["worker_cpu_total"] / two["worker_cpu_busiest"]
                for one, two in zip(runs["one_node"], runs["two_nodes"], strict=True)
            ),
            2,
        ),
        "bar": BAR,
        "one_node_over_this_process_best": round(best["here"] / best["one_node"], 2),
    }


if __name__ == "__main__":
    main()
