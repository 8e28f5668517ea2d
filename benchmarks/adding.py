"""How fast and how lean adding is, as ratios in one run: the encoder against this machine's matrix product and against a
plain `encode`, adding again against adding, and everything but embedding in articles a second.

    python -m benchmarks.adding --data FOLDER [--megabytes 500]

FOLDER holds `gum_wikinews_docs/` (github.com/amir-zeldes/gum: whole news articles and interviews) and
`article_extraction_benchmark/` (the article bodies of its gold): 224 different articles of about 4 kB, for the articles a
second. For adding again, many variants of the former; they are near-copies, which costs storing more than news does.
With `--megabytes` a JSONL of that size is stored (not embedded) and the peak memory of the process is reported.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.report import write_result
from corpus.adding import Adder
from corpus.ingest import Chunker, build
from corpus.library import Library
from corpus.loaders import load
from corpus.sources import Source
from embeddings.sentence_transformer import SentenceTransformerEmbedder
from qa.engine import Citewire
from qa.settings import load_settings

SIDE = 2048  # of the square matrices: large enough for the full rate
LAYERS, WIDTH, HIDDEN = 6, 384, 1536  # of all-MiniLM-L6-v2
ROUNDS = 9  # pairs of runs, one right after the other; the median of their ratios is the figure


def articles(folder: Path) -> list[tuple[str, str]]:
    """Name and text of each document, title and day first, as a saved text file has them."""
    file = folder / "gum_wikinews_docs" / "DERIVED_wikinews_docs.jsonl"
    found = []
    for line in file.read_text().splitlines():
        row = json.loads(line)
        body = "\n\n".join(" ".join(paragraph) for paragraph in row["paragraphs"][1:])
        found.append((row["id"], f"{row['title']}\n\n{row['date'] or ''}\n\n{body}\n"))
    return found


def real(folder: Path) -> list[Source]:
    """Different articles, each as a text file."""
    gold = json.loads(gzip.decompress((folder / "article_extraction_benchmark" / "ground-truth.json.gz").read_bytes()))
    found = [(f"{key}.txt", f"{row['url']}\n\n{row['articleBody']}") for key, row in sorted(gold.items())]
    found += [(f"{name}.txt", text) for name, text in articles(folder)]
    return [Source(name, data=text.encode()) for name, text in found]


def variants(texts: list[tuple[str, str]], count: int) -> Iterator[Source]:
    """So many files, each with a title and a last sentence of its own."""
    for number in range(count):
        name, text = texts[number % len(texts)]
        title, _, body = text.partition("\n")
        changed = f"{title} ({number})\n{body}\n\nThis was report number {number}, the editor said.\n"
        yield Source(f"{name}-{number}.txt", data=changed.encode())


def seconds(work: Callable[[], Any]) -> float:
    """Wall time of one run."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ratio(one: Callable[[], Any], other: Callable[[], Any]) -> float:
    """How many times as long `one` takes as `other`: the median over `ROUNDS` pairs, after one that is not counted."""
    pairs = [(seconds(one), seconds(other)) for _ in range(ROUNDS + 1)][1:]
    return statistics.median(first / second for first, second in pairs)


def encoder(texts: list[tuple[str, str]], embedder: SentenceTransformerEmbedder) -> dict[str, float]:
    """Arithmetic of encoding real passages against a matrix product, and speed against a plain `encode` of the same."""
    import torch

    chunker = Chunker(embedder.count_tokens, embedder.max_tokens)
    raws = [next(iter(load(Source(f"{name}.txt", data=text.encode())))) for name, text in texts[:12]]
    passages = [p.embedding_text for raw in raws for p in build(raw.parse(), chunker).passages]  # type: ignore[union-attr]
    mixed = passages[:48] + [
        text.rsplit("\n", 1)[-1][:80] for text in passages[:48]
    ]  # as long as questions and captions
    mixed = [mixed[(i * 37) % len(mixed)] for i in range(len(mixed))]
    tokens = [min(count, embedder.max_tokens) for count in embedder.count_tokens(passages[:48])]
    operations = sum(2 * LAYERS * n * (4 * WIDTH**2 + 2 * WIDTH * HIDDEN + 2 * n * WIDTH) for n in tokens)
    one, other = torch.rand(SIDE, SIDE), torch.rand(SIDE, SIDE)
    model = embedder.load()
    products = round(operations / (2 * SIDE**3))  # so many take the same arithmetic

    def multiply() -> None:
        with torch.inference_mode():
            for _ in range(products):
                one @ other

    def ours() -> None:
        embedder.embed_passages(passages[:48])

    def plain() -> None:
        for i in range(0, len(mixed), 32):
            model.encode(mixed[i : i + 32], show_progress_bar=False)

    share = ratio(multiply, ours) * operations / (products * 2 * SIDE**3)
    return {
        "encoder_share_of_matrix_product": round(share, 3),
        "encode_time_over_ours": round(ratio(plain, lambda: embedder.embed_passages(mixed)), 2),
        "passages_per_second": round(48 / seconds(ours), 1),
    }


def storing(folder: Path, embedder: SentenceTransformerEmbedder) -> dict[str, float]:
    """Everything but embedding, in articles a second: load, clean, split, chunk, store."""
    given = real(folder)
    with tempfile.TemporaryDirectory() as temporary:
        library = Library.open(Path(temporary) / "real", create=True)
        adder = Adder(library, Chunker(embedder.count_tokens, embedder.max_tokens))
        list(adder.add([Source("first.txt", data=b"First\n\nThe first article loads what the others use, it says.\n")]))
        taken = seconds(lambda: list(adder.add(given)))
        count = library.count_articles() - 1
        library.close()
    return {"real_articles": count, "stored_articles_per_second": round(count / taken, 1)}


def adding(texts: list[tuple[str, str]], embedder: SentenceTransformerEmbedder, count: int) -> dict[str, float]:
    """The same articles again, as a share of storing them."""
    sources = list(variants(texts, count))
    with tempfile.TemporaryDirectory() as folder:
        library = Library.open(Path(folder) / "stored", create=True)
        adder = Adder(library, Chunker(embedder.count_tokens, embedder.max_tokens))
        stored = unchanged = 0

        def store() -> None:
            nonlocal stored
            stored = sum(outcome.status == "added" for outcome in adder.add(sources))

        def add_again() -> None:
            nonlocal unchanged
            unchanged = sum(outcome.status == "unchanged" for outcome in adder.add(sources))

        first, again = seconds(store), seconds(add_again)
        passages = library.count_passages()
        library.close()
    if (stored, unchanged) != (count, count):
        raise RuntimeError(f"{stored} added, {unchanged} unchanged of {count}")
    return {
        "articles": count,
        "passages": passages,
        "again_over_storing": round(again / first, 4),
    }


def whole(texts: list[tuple[str, str]], count: int) -> dict[str, float]:
    """Adding with embedding, and adding again, through the engine."""
    sources = list(variants(texts, count))
    with tempfile.TemporaryDirectory() as folder:
        engine = Citewire.open(load_settings(library=Path(folder) / "whole"))
        engine.embedder.load()
        times = [seconds(lambda: engine.add(sources)) for _ in range(2)]
        engine.close()
    return {"embedded_articles": count, "again_over_adding": round(times[1] / times[0], 4)}


def memory(texts: list[tuple[str, str]], embedder: SentenceTransformerEmbedder, megabytes: int) -> dict[str, float]:
    """Peak memory of storing one JSONL of this size: rows of about 4 kB, a title and an id each."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "large.jsonl"
        rows = 0
        with file.open("w") as stream:
            while stream.tell() < megabytes * 1_000_000:
                name, text = texts[rows % len(texts)]
                title, _, body = text.partition("\n")
                row = {"id": f"{name}-{rows}", "title": f"{title} {rows}", "text": f"{body}\n\nReport number {rows}."}
                stream.write(json.dumps(row) + "\n")
                rows += 1
        library = Library.open(Path(folder) / "lib", create=True)
        adder = Adder(library, Chunker(embedder.count_tokens, embedder.max_tokens))
        stored = sum(outcome.status == "added" for outcome in adder.add([Source(str(file), path=file)]))
        library.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"jsonl_megabytes": megabytes, "jsonl_articles": stored, "jsonl_peak_megabytes": round(peak)}


def main() -> None:
    """Measure and keep the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--embedded", type=int, default=60)
    parser.add_argument("--megabytes", type=int, default=0)
    arguments = parser.parse_args()
    texts, embedder = articles(arguments.data), SentenceTransformerEmbedder()
    if arguments.megabytes:
        write_result("adding_memory", memory(texts, embedder, arguments.megabytes), [])
        return
    values = storing(arguments.data, embedder) | adding(texts, embedder, arguments.articles)
    values |= encoder(texts, embedder) | whole(texts, arguments.embedded)
    write_result("adding", values, [arguments.data / "gum_wikinews_docs" / "DERIVED_wikinews_docs.jsonl"])


if __name__ == "__main__":
    main()
