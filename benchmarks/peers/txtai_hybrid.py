"""txtai with `hybrid=True`: its BM25 beside the vectors, half and half."""

from __future__ import annotations

from pathlib import Path

from benchmarks.peers.peer import Level, Peer
from benchmarks.peers.txtai import DISTRIBUTIONS as DISTRIBUTIONS
from benchmarks.peers.txtai import Txtai


def make(level: Level, folder: Path) -> Peer:  # noqa: ARG001
    """txtai, hybrid."""
    return Txtai(folder, hybrid=True)
