"""Search by words beside bm25s and tantivy, on the passages of one library, in one run.

    pip install tantivy; python -m benchmarks.scale_lexical --data FOLDER --library FOLDER

The library is one that `benchmarks.scale --cache` keeps. All index title and text as one field with English stemming and
stop words as each has them; a time is what the 50 best take, on one thread, in processor time. A question of common
words is asked beside real ones. Only Citewire's index is on disk beside the articles and follows each change at once:
bm25s is built anew for a change, tantivy commits a segment.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import latency
from benchmarks.report import write_result
from benchmarks.scale_measure import COMMON, KEPT, timed
from corpus.lexical import search_passages
from corpus.library import Library

ASKED = 100
Search = Callable[[str], object]


def passages(library: Library) -> list[tuple[int, str]]:
    """Every passage with its title."""
    with library.read() as db:
        return [(row[0], f"{row[1]}\n{row[2]}") for row in db.execute("SELECT id, title, text FROM passage_texts")]


def fts5(library: Library, texts: list[tuple[int, str]]) -> tuple[Search, float]:
    """Citewire's own; its index is made anew to be timed."""
    begun = time.process_time()
    with library.write() as db:
        db.execute("INSERT INTO passages_fts (passages_fts) VALUES ('rebuild')")
    spent = time.process_time() - begun
    assert len(texts) == library.count_passages()
    return lambda question: search_passages(library, question, KEPT), spent


def bm25s(_: Library, texts: list[tuple[int, str]]) -> tuple[Search, float]:
    """A matrix of scores in memory."""
    import bm25s
    import snowballstemmer

    stemmer = snowballstemmer.stemmer("english").stemWords
    begun = time.process_time()
    tokens = bm25s.tokenize([text for _, text in texts], stopwords="en", stemmer=stemmer, show_progress=False)
    index = bm25s.BM25()
    index.index(tokens, show_progress=False)
    spent = time.process_time() - begun

    def search(question: str) -> object:
        asked = bm25s.tokenize(question, stopwords="en", stemmer=stemmer, show_progress=False)
        return index.retrieve(asked, k=KEPT, show_progress=False, n_threads=1)

    return search, spent


def tantivy(_: Library, texts: list[tuple[int, str]]) -> tuple[Search, float]:
    """Lucene's design in Rust, on disk, pruning what cannot be among the best."""
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", stored=True)
    builder.add_text_field("text", stored=False, tokenizer_name="en_stem")
    index = tantivy.Index(builder.build(), path=tempfile.mkdtemp())
    begun = time.process_time()
    writer = index.writer(heap_size=200_000_000, num_threads=1)
    for key, text in texts:
        writer.add_document(tantivy.Document(id=key, text=text))
    writer.commit()
    writer.wait_merging_threads()
    spent = time.process_time() - begun
    index.reload()
    searcher = index.searcher()

    def search(question: str) -> object:
        query = index.parse_query(" ".join(re.findall(r"\w+", question.lower())), ["text"])
        return [searcher.doc(address)["id"][0] for _, address in searcher.search(query, KEPT).hits]

    return search, spent


def main() -> None:
    """Index and ask with each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--only", nargs="+", default=["fts5", "bm25s", "tantivy"])
    options = parser.parse_args()
    library = Library.open(options.library)
    texts = passages(library)
    every = latency.questions(options.data)
    asked = [every[i * len(every) // ASKED] for i in range(ASKED)]
    rows: dict[str, dict[str, Any]] = {}
    for name, make in (("fts5", fts5), ("bm25s", bm25s), ("tantivy", tantivy)):
        if name not in options.only:
            continue
        search, spent = make(library, texts)
        search(asked[0])
        rows[name] = {"index_cpu_s": round(spent, 1), **timed("search", search, asked)}
        rows[name] |= timed("common_words", search, [COMMON] * 5)
        sys.stderr.write(f"{name}: {rows[name]}\n")
    library.close()
    values = {"passages": len(texts), "questions": len(asked), "kept": KEPT, "engines": rows}
    write_result("scale_lexical", values, [options.data / f for f in latency.FILES], "--data FOLDER --library FOLDER")


if __name__ == "__main__":
    main()
