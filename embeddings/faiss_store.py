"""Nearest neighbors of one model's vectors: a cache of the library's, rebuilt whenever missing, stale or corrupt.

The library stays the truth: ids are passage ids, deletes are real, and a search first takes in whatever changed since
the last one, by this or any other process. While small the index is exact; from a measured size on it holds short
codes, and what they find is scored again by the library's own vectors. The change is made in the background, while
questions are answered. Knows nothing of FAISS: that is `embeddings.index_kinds`; of files: `embeddings.index_file`.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import TypeVar

import numpy as np

from corpus.errors import CorpusError
from corpus.library import Library
from corpus.vectors import changed_ids, count_vectors, generation, iter_vectors, mark, sample_vectors
from embeddings.errors import IndexUnwritable
from embeddings.index_file import Saved, load, save
from embeddings.index_kinds import TRAINED_ON, CodedIndex, ExactIndex, Int64, VectorIndex
from embeddings.types import Float32

T = TypeVar("T")
BATCH = 10_000  # vectors taken in at a time: bounds memory at 15 MB for 384 dimensions
CODED_FROM = 50_000  # vectors from which codes pay: exact search takes 77 MB and 8 ms there (docs/decisions/029)
MOST_EXACT = 2  # times that number: an exact index is not let grow beyond while one with codes is built
REGROWN = 4  # the codes are learned anew when there are so many times the vectors that they were learned among
FETCHED, FETCHED_LEAST = 10, 400  # candidates by codes for each one wanted: enough for 100,000 vectors, recall@50 .993
FETCHED_AMONG = 100_000  # beyond, as many more as the square root of their number: neighbors are closer together
EXACT_ALLOWED = 20_000  # as many allowed vectors as are scored one by one, all of them, in a tenth of a second


class FaissStore:
    """Inner-product search over the vectors of one model in a library. Thread-safe; close it before the library.

    `coded_from`: the number of vectors from which the index holds codes. `exact_allowed`: how many allowed vectors are
    scored one by one.
    """

    def __init__(
        self, library: Library, model: str, *, coded_from: int = CODED_FROM, exact_allowed: int = EXACT_ALLOWED
    ) -> None:
        self._library = library
        self._model = model
        self._coded_from = coded_from
        self._exact_allowed = exact_allowed
        self._lock = threading.Lock()
        self._index: VectorIndex | None = None
        self._generation = -1
        self._learned = 0  # vectors there were when the codes were learned
        self._rebuild: threading.Thread | None = None
        self._closing = threading.Event()
        self._load()

    def __len__(self) -> int:
        return len(self._index) if self._index is not None else 0

    @property
    def exact(self) -> bool:
        """Whether every vector is compared, and not codes first."""
        return not isinstance(self._index, CodedIndex)

    def search(self, vector: Float32, k: int, allowed: Collection[int] | None = None) -> list[tuple[int, float]]:
        """The `k` best as `(passage id, score)`, by `(-score, id)`. `allowed` restricts the search to these ids."""
        wanted = None if allowed is None else np.fromiter(allowed, dtype=np.int64, count=len(allowed))
        with self._lock:
            self._sync()
            if self._index is None or k < 1:
                return []
            exact, candidates = self.exact, list[int]()
            if exact:
                found = self._index.search(vector, k, wanted)
            else:
                more = max(len(self) / FETCHED_AMONG, 1.0) ** 0.5
                candidates = self._candidates(vector, int(max(k * FETCHED, FETCHED_LEAST) * more), wanted)
        if not exact:
            found = self._scored(vector, candidates)
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:k]

    def save(self) -> None:
        """Write the index beside the library, so that the next process need not build it.

        Raises:
            IndexUnwritable: the disk is full or the folder read-only. Nothing is lost: it is built again when needed.
        """
        with self._lock:
            self._sync()
            if self._index is not None:
                marked = mark(self._library, self._generation)
                save(self._library.folder, self._index, Saved(self._model, self._generation, marked, self._learned))

    def wait(self) -> None:
        """Wait until an index that is being built in the background has taken its place."""
        if self._rebuild is not None:
            self._rebuild.join()

    def close(self) -> None:
        """End what is being built in the background; it is begun again when needed."""
        self._closing.set()
        self.wait()

    def _candidates(self, vector: Float32, count: int, wanted: Int64 | None) -> list[int]:
        """Passages among which the nearest are, by their codes; all that are wanted, if those are few."""
        assert self._index is not None
        if wanted is not None and len(wanted) <= max(count, self._exact_allowed):
            return list(wanted.tolist())
        found = [i for i, _ in self._index.search(vector, count, wanted)]
        if wanted is not None and len(found) < count:  # most of those wanted have no vector yet
            return list(wanted.tolist())
        return found

    def _scored(self, vector: Float32, ids: list[int]) -> list[tuple[int, float]]:
        """These passages with exact scores, by the library's own vectors; one deleted meanwhile is left out."""
        rows = list(iter_vectors(self._library, self._model, ids))
        scores = _matrix([data for _, data in rows]) @ vector if rows else ()
        return [(i, float(score)) for (i, _), score in zip(rows, scores, strict=True)]

    def _load(self) -> None:
        """Take the saved index if it is whole and of this model; whatever it lacks comes from the library, later."""
        found = load(self._library.folder, self._model)
        if found is None:
            return
        index, saved = found
        newer = saved.generation > generation(self._library)
        if newer or saved.mark != mark(self._library, saved.generation):  # of an older copy of the library, or another
            return
        self._index, self._generation, self._learned = index, saved.generation, saved.learned

    def _sync(self) -> None:
        """Bring the index level with the library. Cheap when nothing changed."""
        current = generation(self._library)
        if current == self._generation:
            return
        if self._index is None or not self._catch_up(current):
            self._index, self._learned = self._built()
            self._generation = current
        if self._outgrown() and not self._closing.is_set() and (self._rebuild is None or not self._rebuild.is_alive()):
            self._rebuild = threading.Thread(target=self._build_aside, name="vector index", daemon=True)
            self._rebuild.start()

    def _outgrown(self) -> bool:
        """Whether an index of another kind, or with codes learned anew, would serve better."""
        if self.exact:
            return len(self) >= self._coded_from
        return len(self) >= REGROWN * max(self._learned, self._coded_from)

    def _catch_up(self, current: int) -> bool:
        """Take in what came and went since the generation of the index; false if so much that it is better built anew."""
        assert self._index is not None
        changed = changed_ids(self._library, self._generation)
        if self.exact and len(self) + len(changed) >= MOST_EXACT * self._coded_from:
            return False
        for part in _batches(changed):
            self._index.remove(np.array(part, dtype=np.int64))
            _add(self._index, list(iter_vectors(self._library, self._model, part)))
        self._generation = current
        return True

    def _built(self, stop: threading.Event | None = None) -> tuple[VectorIndex | None, int]:
        """An index of every vector in the library, of the kind for their number, and that number if it has codes."""
        index: VectorIndex
        total = count_vectors(self._library, self._model)
        sample = sample_vectors(self._library, self._model, TRAINED_ON if total >= self._coded_from else 1)
        if not sample:
            return None, 0
        vectors = _matrix(sample)
        coded = total >= self._coded_from
        index = CodedIndex.trained(vectors) if coded else ExactIndex.of(vectors.shape[1])
        for rows in _batches(iter_vectors(self._library, self._model)):
            if stop is not None and stop.is_set():
                return None, 0
            _add(index, rows)
        return index, total if coded else 0

    def _build_aside(self) -> None:
        """Build an index while this one answers, and put it in its place."""
        try:
            begun = generation(self._library)
            index, learned = self._built(self._closing)
            with self._lock:
                if self._closing.is_set():
                    return
                self._index, self._learned, self._generation = index, learned, begun
            self.save()
        except (CorpusError, IndexUnwritable):
            return  # the old index goes on answering, or the new one unsaved; the next change tries again


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def _add(index: VectorIndex, rows: Collection[tuple[int, bytes]]) -> None:
    if rows:
        ids: Int64 = np.array([i for i, _ in rows], dtype=np.int64)
        index.add(ids, _matrix([data for _, data in rows]))


def _matrix(rows: Collection[bytes]) -> Float32:
    """Stored vectors as float32 `[n, d]`."""
    return np.frombuffer(b"".join(rows), dtype="<f4").reshape(len(rows), -1)
