"""The two kinds of FAISS index, chosen by size: exact while small, product-quantized codes beyond.

The only module that imports faiss. Both hold passage ids, delete for real and select inside the search. Knows no
library: what is in an index, and when it is of the other kind, is `embeddings.faiss_store`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import faiss
import numpy as np
import numpy.typing as npt

from embeddings.types import Float32

Int64 = npt.NDArray[np.int64]
CODE_DIMENSIONS = (
    4  # dimensions a 4-bit code: finer codes than 8 dimensions for the same scan time (docs/decisions/029)
)
TRAINED_ON = 40_000  # vectors the codes are learned from: 2,500 for each of 16 centroids, far above FAISS's 256
ITERATIONS = 12  # of k-means; its error changes in the fourth digit after that


class VectorIndex(Protocol):
    """Vectors by passage id. Not thread-safe."""

    def __len__(self) -> int:
        """How many vectors there are."""

    def add(self, ids: Int64, vectors: Float32) -> None:
        """Take in vectors `[n, d]` of ids that are not there yet."""

    def remove(self, ids: Int64) -> None:
        """Take out these ids; unknown ones are passed over."""

    def search(self, vector: Float32, k: int, allowed: Int64 | None = None) -> list[tuple[int, float]]:
        """The `k` nearest by inner product, or all there are if fewer, in no promised order of equals."""


class _Faiss:
    """What both kinds do alike with FAISS's own index."""

    def __init__(self, index: Any) -> None:
        self._index = index

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def add(self, ids: Int64, vectors: Float32) -> None:
        """Take in vectors."""
        self._index.add_with_ids(np.ascontiguousarray(vectors), ids)

    def remove(self, ids: Int64) -> None:
        """Take out ids."""
        self._index.remove_ids(faiss.IDSelectorBatch(ids))


class ExactIndex(_Faiss):
    """Every vector as float32: exact scores, memory and time proportional to the number of vectors."""

    @classmethod
    def of(cls, dimensions: int) -> ExactIndex:
        """An empty index of vectors of this length."""
        return cls(faiss.IndexIDMap2(faiss.IndexFlatIP(dimensions)))

    def search(self, vector: Float32, k: int, allowed: Int64 | None = None) -> list[tuple[int, float]]:
        """The `k` nearest, with exact scores."""
        parameters = None
        if allowed is not None:
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBatch(allowed))  # type: ignore[call-arg]  # stub
        return _search(self._index, vector, min(k, len(self)), parameters)


class CodedIndex(_Faiss):
    """4-bit product codes, scanned with SIMD tables: 56 bytes a vector of 384 dimensions, scores that are only close.

    One inverted list and no coarse clusters: every code is scanned, so nothing is missed by being in another cluster,
    and of FAISS's fast-scan indexes it is the one that keeps ids, deletes in place and takes a selector.
    """

    @classmethod
    def trained(cls, sample: Float32) -> CodedIndex:
        """An empty index whose codes are learned from a sample `[n, d]`."""
        dimensions = sample.shape[1]
        coarse = faiss.IndexFlatIP(dimensions)
        coarse.add(np.zeros((1, dimensions), dtype=np.float32))
        codes = -(-dimensions // CODE_DIMENSIONS)
        while dimensions % codes:  # a model of odd width: as many codes as divide it
            codes -= 1
        index: Any = faiss.IndexIVFPQFastScan(coarse, dimensions, 1, codes, 4, faiss.METRIC_INNER_PRODUCT)
        index.referenced_objects = [coarse]  # it keeps a bare pointer
        index.by_residual = False
        index.pq.cp.max_points_per_centroid = TRAINED_ON
        index.pq.cp.niter = ITERATIONS
        index.train(np.ascontiguousarray(sample))
        return cls(index)

    def search(self, vector: Float32, k: int, allowed: Int64 | None = None) -> list[tuple[int, float]]:
        """The `k` that seem nearest by their codes."""
        if allowed is None:
            return _search(self._index, vector, min(k, len(self)), None)
        flags = np.zeros(int(allowed.max(initial=0)) + 1, dtype=bool)
        flags[allowed] = True
        bits = np.packbits(flags, bitorder="little")
        selector = faiss.IDSelectorBitmap(len(bits) * 8, faiss.swig_ptr(bits))
        parameters = faiss.SearchParametersIVF(sel=selector, nprobe=1)  # type: ignore[call-arg]  # stub
        found = _search(self._index, vector, min(k, len(self)), parameters)
        # when too few are allowed to fill the list, FAISS 1.15 fills it with others
        return [(i, score) for i, score in found if i < len(flags) and flags[i]]


def write(index: VectorIndex, path: Path) -> None:
    """Write an index to a file. Raises RuntimeError, as faiss does for whatever goes wrong with a file."""
    assert isinstance(index, ExactIndex | CodedIndex)
    faiss.write_index(index._index, str(path))


def read(path: Path) -> VectorIndex | None:
    """The index in a file; `None` when it is none of ours."""
    try:
        index: Any = faiss.read_index(str(path))
    except RuntimeError:
        return None
    if isinstance(index, faiss.IndexIDMap2):
        return ExactIndex(index)
    return CodedIndex(index) if isinstance(index, faiss.IndexIVFPQFastScan) else None


def _search(index: Any, vector: Float32, k: int, parameters: Any) -> list[tuple[int, float]]:
    if k < 1:
        return []
    scores, ids = index.search(np.ascontiguousarray(vector[None, :]), k, params=parameters)
    pairs: Iterable[tuple[int, float]] = zip(ids[0].tolist(), scores[0].tolist(), strict=True)
    return [(i, score) for i, score in pairs if i >= 0]  # -1 pads a short list
