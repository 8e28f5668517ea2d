"""The indexing job: embeds every passage that has no vector yet. Interruptible; what is done stays done.

Embeds in this process, or on the `Cluster` it is given; this process alone writes to the library.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple, Protocol, TypeVar

from corpus.library import Library
from corpus.types import Passage
from corpus.vectors import pending_ids, put_vectors
from embeddings.states import from_encoding, pack
from embeddings.types import Embedder

GROUP = 128  # passages a transaction: about 12 s of a slow laptop's work, the most an interruption loses
Key = TypeVar("Key")


class Packed(NamedTuple):
    """A passage's vector and token states, as the library keeps them."""

    vector: bytes
    states: bytes


class Cluster(Protocol):
    """Embeds groups of passages, several at a time."""

    @property
    def group(self) -> int:
        """How many passages a group should have."""

    def embed(
        self, groups: Iterable[tuple[Key, Sequence[Passage]]], cancelled: threading.Event
    ) -> Iterator[tuple[Key, list[Packed]]]:
        """Each group once, in any order, its passages in the order given; takes groups only as fast as it embeds them.

        Ends early when `cancelled` is set.
        """


class Here:
    """A `Cluster` of this process alone, with progress inside a group."""

    group = GROUP

    def __init__(self, embedder: Embedder, on_progress: Callable[[int], None] | None = None) -> None:
        self._embedder = embedder
        self._on_progress = on_progress

    def embed(
        self, groups: Iterable[tuple[Key, Sequence[Passage]]], cancelled: threading.Event
    ) -> Iterator[tuple[Key, list[Packed]]]:
        """One group after the other."""
        for key, passages in groups:
            if cancelled.is_set():
                return
            yield key, packed(self._embedder, passages, self._on_progress)


def packed(
    embedder: Embedder, passages: Sequence[Passage], on_progress: Callable[[int], None] | None = None
) -> list[Packed]:
    """Embed these passages; one row each, in order."""
    encodings = embedder.embed_passages([passage.embedding_text for passage in passages], on_progress)
    return [
        Packed(encoding.vector.astype("<f4").tobytes(), pack(from_encoding(passage, encoding)))
        for passage, encoding in zip(passages, encodings, strict=True)
    ]


def embed_pending(
    library: Library,
    embedder: Embedder,
    *,
    on_progress: Callable[[int, int], None] | None = None,
    cancelled: threading.Event | None = None,
    cluster: Cluster | None = None,
    wanted: Callable[[], Iterable[int]] | None = None,
) -> int:
    """Embed what is pending, in groups; returns how many passages got a vector. `on_progress(done, total)`.

    `wanted` is asked before each group which passages should come first, the most wanted in front.
    """
    ids = pending_ids(library, embedder.fingerprint)
    seen = done = 0

    def report(count: int) -> None:
        if on_progress:
            on_progress(seen + count, len(ids))

    if ids:
        report(0)  # a cluster takes seconds before its first group is done
    workers = cluster or Here(embedder, report)
    groups = _groups(library, ids, workers.group, wanted or (lambda: ()))
    for keys, rows in workers.embed(groups, cancelled or threading.Event()):
        done += put_vectors(library, embedder.fingerprint, [(i, *row) for i, row in zip(keys, rows, strict=True)])
        seen += len(keys)
        report(0)
    return done


def _groups(
    library: Library, ids: Sequence[int], size: int, wanted: Callable[[], Iterable[int]]
) -> Iterator[tuple[list[int], list[Passage]]]:
    """The passages of these ids that still exist, read group by group, the wanted ones first."""
    left, rest = set(ids), iter(ids)
    while left:
        chosen = list(islice((i for i in wanted() if i in left), size))
        left.difference_update(chosen)
        chosen += islice((i for i in rest if i in left), size - len(chosen))
        left.difference_update(chosen)
        passages = list(library.passages(chosen).values())
        yield [passage.id for passage in passages], passages
