"""The indexing job: embeds every passage that has no vector yet. Interruptible; what is done stays done."""

from __future__ import annotations

import threading
from collections.abc import Callable

from corpus.library import Library
from corpus.vectors import pending_ids, put_vectors
from embeddings.states import from_encoding, pack
from embeddings.types import Embedder

GROUP = 128  # passages a transaction: about 12 s of a slow laptop's work, the most an interruption loses


def embed_pending(
    library: Library,
    embedder: Embedder,
    *,
    on_progress: Callable[[int, int], None] | None = None,
    cancelled: threading.Event | None = None,
) -> int:
    """Embed what is pending, in groups; returns how many passages got a vector. `on_progress(done, total)`."""
    ids = pending_ids(library, embedder.fingerprint)
    done = 0
    for start in range(0, len(ids), GROUP):
        if cancelled is not None and cancelled.is_set():
            break
        passages = list(library.passages(ids[start : start + GROUP]).values())

        def report(count: int, base: int = start) -> None:
            if on_progress:
                on_progress(base + count, len(ids))

        encodings = embedder.embed_passages([passage.embedding_text for passage in passages], report)
        rows = [
            (passage.id, encoding.vector.astype("<f4").tobytes(), pack(from_encoding(passage, encoding)))
            for passage, encoding in zip(passages, encodings, strict=True)
        ]
        done += put_vectors(library, embedder.fingerprint, rows)
    return done
