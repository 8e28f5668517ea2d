"""LanceDB as its documentation begins: a table, searched. It makes no index of its own accord: every vector is compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lancedb
import pyarrow

from benchmarks.peers.stores.store import Store, Vectors

DISTRIBUTIONS = ("lancedb", "pyarrow")
SETTINGS = "no index, which is its default: every vector is compared, from files"
TABLE = "vectors"


class LanceDb:
    """One table; `indexed` calls `create_index()`, with that call's defaults."""

    def __init__(self, folder: Path, *, indexed: bool = False) -> None:
        self._indexed = indexed
        self._db = lancedb.connect(str(folder))
        self._table: Any = self._db.open_table(TABLE) if (folder / f"{TABLE}.lance").exists() else None

    def build(self, vectors: Vectors) -> None:
        """Write the rows and, if wanted, the index."""
        flat = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(vectors.ravel()), vectors.shape[1])
        rows = pyarrow.table({"id": pyarrow.array(range(len(vectors)), pyarrow.int64()), "vector": flat})
        self._table = self._db.create_table(TABLE, rows)
        if self._indexed:
            self._table.create_index()

    def search(self, vector: Vectors, k: int) -> list[int]:
        """Numbers and distances only: the vectors are not read back."""
        found = self._table.search(vector).select(["id", "_distance"]).limit(k).to_arrow()
        return [int(i) for i in found["id"].to_pylist()]


def make(folder: Path) -> Store:
    """LanceDB."""
    return LanceDb(folder)
