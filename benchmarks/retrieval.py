"""Open retrieval of the one sentence that answers: XQuAD-en through the public engine.

    python -m benchmarks.retrieval --data FOLDER

FOLDER holds `xquad/xquad.en.json.gz` (github.com/google-deepmind/xquad, CC BY-SA 4.0). Every paragraph becomes an
article; a hit is right when it holds the answer's first character. Baselines in the same run: BM25 on sentences
(bm25s) and each sentence embedded alone. Writes `benchmarks/results/retrieval.json`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import tempfile
from pathlib import Path
from typing import Any

import bm25s
import numpy as np

from benchmarks.report import write_result
from corpus.sources import Source
from embeddings.sentence_transformer import SentenceTransformerEmbedder
from qa.engine import Citewire
from qa.settings import load_settings

DEPTH = 20


def load(file: Path) -> tuple[bytes, list[tuple[str, str, int]]]:
    """The paragraphs as JSONL bytes, and `(question, article id, answer start)` for each question."""
    data = json.loads(gzip.decompress(file.read_bytes()))["data"]
    rows, questions = [], []
    for a, article in enumerate(data):
        for p, paragraph in enumerate(article["paragraphs"]):
            key = f"{a}-{p}"
            rows.append(json.dumps({"id": key, "title": article.get("title", ""), "text": paragraph["context"]}))
            questions += [(q["question"], key, q["answers"][0]["answer_start"]) for q in paragraph["qas"]]
    return "\n".join(rows).encode(), questions


def scores(ranks: list[int | None]) -> dict[str, float]:
    """R@1, R@3, R@5 and MRR of 0-based ranks; None means not found."""
    at = {f"R@{k}": float(np.mean([r is not None and r < k for r in ranks])) for k in (1, 3, 5)}
    return {
        k: round(v, 4)
        for k, v in (at | {"MRR": float(np.mean([0 if r is None else 1 / (r + 1) for r in ranks]))}).items()
    }


def measure(engine: Citewire, questions: list[tuple[str, str, int]]) -> dict[str, dict[str, float]]:
    """Ours and both baselines, on the same sentences."""
    library = engine.library
    sentences = [s for row in library.summaries(limit=-1) for s in library.sentences(row.id)]
    embedder: SentenceTransformerEmbedder = engine.embedder
    vectors = np.stack([encoding.vector for encoding in embedder.embed_passages([s.text for s in sentences])])
    lexical = bm25s.BM25()
    lexical.index(bm25s.tokenize([s.text for s in sentences], show_progress=False), show_progress=False)
    ranks: dict[str, list[int | None]] = {"citewire": [], "bm25": [], "minilm": []}
    for question, article, start in questions:
        ours = [hit.sentence for hit in engine.search(question, k=DEPTH)]
        dense = np.argsort(-(vectors @ embedder.embed_query(question).vector), kind="stable")[:DEPTH]
        found = lexical.retrieve(bm25s.tokenize([question], show_progress=False), k=DEPTH, show_progress=False)[0][0]
        for name, ranking in (
            ("citewire", ours),
            ("bm25", [sentences[i] for i in found]),
            ("minilm", [sentences[i] for i in dense]),
        ):
            right = [s.article_id == article and s.span.start <= start < s.span.end for s in ranking]
            ranks[name].append(right.index(True) if any(right) else None)
    return {name: scores(values) for name, values in ranks.items()}


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    file = options.data / "xquad" / "xquad.en.json.gz"
    articles, questions = load(file)
    with tempfile.TemporaryDirectory() as folder:
        engine = Citewire.open(load_settings(library=Path(folder)))
        engine.add([Source("xquad.jsonl", data=articles)])
        with engine.library.read() as db:
            longest = db.execute("SELECT max(token_count) FROM passages").fetchone()[0]
        values: dict[str, Any] = {"questions": len(questions), "longest_passage_tokens": longest,
                                  "embedder_limit": engine.embedder.max_tokens, **measure(engine, questions)}  # fmt: skip
        engine.close()
    write_result("retrieval", values, [file])


if __name__ == "__main__":
    main()
