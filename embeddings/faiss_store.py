"""Nearest neighbors with FAISS: a cache of the library's vectors, rebuilt whenever missing, stale or corrupt.

The only module that imports faiss. The library stays the truth: ids are passage ids, deletes are real, and a
search first takes in whatever changed since the last one, by this or any other process.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from corpus.library import Library
from corpus.vectors import generation, iter_vectors, vector_ids
from embeddings.errors import IndexUnwritable
from embeddings.types import Float32

INDEX_FILE, MANIFEST_FILE = "index.faiss", "index.json"
LEFT_BEHIND = 3600  # seconds after which a temporary file is that of a process that was killed
SYNC_BATCH = 10_000  # vectors taken in at a time: bounds memory at 15 MB for 384 dimensions


class FaissStore:
    """Exact inner-product search over the vectors of one model in a library. Thread-safe."""

    def __init__(self, library: Library, model: str) -> None:
        self._library = library
        self._model = model
        self._lock = threading.Lock()
        self._index: Any = None  # an IndexIDMap2; faiss.read_index is typed as its base class
        self._ids: set[int] = set()
        self._generation = -1
        self._load()

    def __len__(self) -> int:
        return len(self._ids)

    def search(self, vector: Float32, k: int, allowed: Collection[int] | None = None) -> list[tuple[int, float]]:
        """The `k` best as `(passage id, score)`, by `(-score, id)`. `allowed` restricts the search to these ids."""
        with self._lock:
            self._sync()
            if self._index is None or k < 1 or not self._ids:
                return []
            wanted = min(k, len(self._ids))
            parameters = None
            if allowed is not None:
                selector = faiss.IDSelectorBatch(np.fromiter(allowed, dtype=np.int64, count=len(allowed)))
                parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]  # the stub lacks it
            scores, ids = self._index.search(np.ascontiguousarray(vector[None, :]), wanted, params=parameters)
        found = [(int(i), float(s)) for i, s in zip(ids[0], scores[0], strict=True) if i >= 0]  # -1 pads a short list
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    def save(self) -> None:
        """Write the index beside the library, atomically: temporary file, fsync, rename, manifest last.

        Raises:
            IndexUnwritable: the disk is full or the folder read-only. Nothing is lost: it is built again when needed.
        """
        with self._lock:
            self._sync()
            if self._index is None:
                return
            try:
                self._write(self._library.folder / INDEX_FILE, self._library.folder / MANIFEST_FILE)
            except (OSError, RuntimeError) as error:  # faiss raises RuntimeError for whatever goes wrong with a file
                raise IndexUnwritable(
                    f"The vector index in {str(self._library.folder)!r} cannot be written ({error}). The articles are "
                    "stored; check the folder's permissions and the free disk space."
                ) from error

    def _write(self, index_file: Path, manifest_file: Path) -> None:
        for left in self._library.folder.glob("index.*.tmp"):
            if time.time() - left.stat().st_mtime > LEFT_BEHIND:
                left.unlink(missing_ok=True)
        written, described = _temporary(index_file), _temporary(manifest_file)
        faiss.write_index(self._index, str(written))  # straight to disk: a copy in memory would double the peak
        manifest = {
            "model": self._model, "generation": self._generation, "count": len(self._ids), "sha256": _sha256(written),
        }  # fmt: skip
        described.write_text(json.dumps(manifest))
        _replace(index_file, written)
        _replace(manifest_file, described)

    def _load(self) -> None:
        """Take the saved index if it is whole and of this model; whatever it lacks comes from the library."""
        folder = self._library.folder
        try:
            manifest = json.loads((folder / MANIFEST_FILE).read_bytes())
            found = _sha256(folder / INDEX_FILE)
        except (OSError, ValueError):
            return
        if not isinstance(manifest, dict) or manifest.get("model") != self._model:
            return
        if found != manifest.get("sha256"):
            return
        try:
            index: Any = faiss.read_index(str(folder / INDEX_FILE))
        except RuntimeError:  # another process replaced or removed it since
            return
        self._index = index
        self._ids = set(faiss.vector_to_array(index.id_map).tolist())
        # the generation is not taken from the manifest: the first search compares ids with the library once

    def _sync(self) -> None:
        """Bring the index level with the library. Cheap when nothing changed."""
        current = generation(self._library)
        if current == self._generation:
            return
        wanted = set(vector_ids(self._library, self._model))
        gone, new = self._ids - wanted, wanted - self._ids
        if gone and self._index is not None:
            self._index.remove_ids(faiss.IDSelectorBatch(np.fromiter(gone, dtype=np.int64, count=len(gone))))
            self._ids -= gone
        batch: list[tuple[int, bytes]] = []
        for row in iter_vectors(self._library, self._model, new) if new else ():
            batch.append(row)
            if len(batch) == SYNC_BATCH:
                self._add(batch)
                batch = []
        self._add(batch)
        self._generation = current

    def _add(self, rows: Iterable[tuple[int, bytes]]) -> None:
        rows = list(rows)
        if not rows:
            return
        vectors = np.stack([np.frombuffer(data, dtype="<f4") for _, data in rows])
        ids = np.array([i for i, _ in rows], dtype=np.int64)
        if self._index is None:
            self._index = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
        self._index.add_with_ids(vectors, ids)
        self._ids.update(ids.tolist())


def _temporary(path: Path) -> Path:
    """A name of this process's own beside a file."""
    return path.with_name(f"{path.name}.{os.getpid()}.tmp")


def _replace(path: Path, written: Path) -> None:
    """Put a written file in another's place, once it is on the disk."""
    with written.open("rb+") as stream:
        os.fsync(stream.fileno())
    written.replace(path)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
