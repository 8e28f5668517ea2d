"""The comparison of vector stores: what a store says of itself (the two that are installed), and what counts as found."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.peers.stores import citewire, faiss_flat
from benchmarks.peers.stores.run import K, built, searched
from benchmarks.scale_peers import recall


def test_stores_find_the_same_in_another_process_s_files(tmp_path: Path) -> None:
    rows = np.random.default_rng(7).normal(size=(60, 8)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    citewire.prepare(tmp_path / "citewire", len(rows))
    (tmp_path / "flat").mkdir()
    for module, folder in ((citewire, tmp_path / "citewire"), (faiss_flat, tmp_path / "flat")):
        account = built(module, folder, rows)
        assert "faiss-cpu" in account["versions"]
        found = searched(module, folder, rows[:20])
        assert [keys[0] for keys in found["found"]] == list(range(20))
        assert recall(found["found"], rows, rows[:20]) == 1
        assert len(found["query_ms"]) == len(found["query_cpu_ms"]) == 20
        assert min(found["resident_mb"], found["disk_bytes"]) > 0


def test_of_equal_vectors_any_is_right() -> None:
    rows = np.zeros((2 * K, 2), dtype=np.float32)
    rows[:12, 0], rows[12:, 1] = 1, 1
    question = np.array([[1, 0]], dtype=np.float32)
    assert recall([list(range(2, 12))], rows, question) == 1
    assert recall([list(range(5, 15))], rows, question) == 0.7
    assert recall([[3] * K], rows, question) == 0.1
