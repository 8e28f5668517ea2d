"""LanceDB after `create_index()`, with the defaults of that call."""

from __future__ import annotations

from pathlib import Path

from benchmarks.peers.stores.lancedb import DISTRIBUTIONS as DISTRIBUTIONS
from benchmarks.peers.stores.lancedb import LanceDb
from benchmarks.peers.stores.store import Store

SETTINGS = "create_index() with its defaults: IVF_PQ, searched with the default probes, not refined"


def make(folder: Path) -> Store:
    """LanceDB, indexed."""
    return LanceDb(folder, indexed=True)
