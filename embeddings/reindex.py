"""Indexing a library anew: with another model, or after the rules of splitting and chunking changed.

The new index is built beside the old one, which keeps answering, and takes its place in one transaction. Interrupted at
any moment, it goes on from there; until the end nothing of the old index is touched. Where it grows: `embeddings.shadow`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from corpus.ingest import BuiltArticle, Chunker, build
from corpus.library import Library
from corpus.types import Article, Block, ParsedArticle
from embeddings.file_reindex import FileShadow
from embeddings.job import Cluster, Here
from embeddings.postgres_reindex import ServerShadow, alone
from embeddings.shadow import Shadow, passages_of
from embeddings.types import Embedder


def reindex(
    library: Library,
    embedder: Embedder,
    spec: str,
    *,
    on_progress: Callable[[int, int], None] | None = None,
    cancelled: threading.Event | None = None,
    cluster: Cluster | None = None,
) -> bool:
    """Build the index of this embedder and put it in the old one's place; `on_progress(articles done, of)`.

    `spec` is what the library keeps to find the model again. Returns false when cancelled before the end;
    what was built is kept for the next time.

    Raises:
        IndexUnwritable: the disk is full or the folder read-only. The old index is untouched.
    """
    stop = cancelled or threading.Event()
    workers = cluster or Here(embedder)
    chunker = Chunker(embedder.count_tokens, embedder.max_tokens)
    with _shadow(library, embedder.fingerprint) as shadow:
        while True:
            while missing := _missing(library, built := shadow.built()):
                if stop.is_set():
                    return False
                done, total = len(built), library.count_articles()
                groups = ((group, passages_of(group)) for group in _groups(library, missing, chunker, workers.group))
                for group, rows in workers.embed(groups, stop):
                    shadow.put(group, rows)
                    done += len(group)
                    if on_progress:
                        on_progress(min(done, total), total)
            if shadow.swap(spec):
                return True


@contextmanager
def _shadow(library: Library, model: str) -> Iterator[Shadow]:
    """The half-built index of this model, beside the library."""
    if library.on_server:
        with alone(library):
            yield ServerShadow(library, model)
    else:
        with closing(FileShadow(library, model)) as shadow:
            yield shadow


def _missing(library: Library, built: set[tuple[str, int]]) -> list[tuple[str, int]]:
    """Newest versions that the new index lacks."""
    with library.read() as db:
        rows = db.execute("SELECT id, version FROM articles ORDER BY id").fetchall()
    return [(row[0], row[1]) for row in rows if (row[0], row[1]) not in built]


def _groups(
    library: Library, wanted: list[tuple[str, int]], chunker: Chunker, enough: int
) -> Iterator[list[tuple[int, BuiltArticle]]]:
    """Articles built anew, in groups of about as many passages as the embedding job takes at a time."""
    group: list[tuple[int, BuiltArticle]] = []
    size = 0
    for article_id, version in wanted:
        built = build(_parsed(library.article(article_id, version)), chunker)
        group.append((version, built))
        size += len(built.passages)
        if size >= enough:
            yield group
            group, size = [], 0
    if group:
        yield group


def _parsed(article: Article) -> ParsedArticle:
    blocks = tuple(Block(block.kind, block.span.of(article.text)) for block in article.blocks)
    return ParsedArticle(article.title, blocks, language=article.language, id=article.id)
