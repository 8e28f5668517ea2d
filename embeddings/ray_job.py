"""Embedding on a Ray cluster. The only module that imports ray, which the extra `ray` brings.

Passages go out in groups, packed rows come back; the library is not touched here. Each group is one Ray task, in a
worker process that keeps the model loaded from group to group. Ray runs the task of a lost worker or node again,
wherever there is room; a group's rows are handed over once. Starts no cluster: `connect` joins a running one.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from corpus.types import Passage
from embeddings.errors import EmbeddingError, ModelChanged, RayFailed, RayUnavailable
from embeddings.job import Key, Packed, packed
from embeddings.sentence_transformer import SentenceTransformerEmbedder
from embeddings.states import unpack

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # read by Ray at import: it reports nothing to anyone
try:
    import ray
    from ray.exceptions import RayError, RayTaskError
except ImportError as error:
    raise RayUnavailable(
        f"Embedding on a cluster needs Ray ({error.name}). Install it: pip install -e '.[ray]'"
    ) from error

GROUP = 32  # passages a task: seconds of a core's work, so that the last ones are shared out and little is done again
IN_HAND = 2  # groups a core: one is embedded while the passages of the next are on their way
RETRIES = 3  # of a group whose worker or node was lost; one that kills each worker it meets must come to an end
CONNECT = 10  # seconds for the head node to accept a connection
POLL = 0.2  # seconds between looks at whether the user wants to stop
INSTALL = "Every node needs this Citewire and its model: see docs/ray.md."


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a worker loads, and the fingerprint that it must then have."""

    arguments: tuple[str, str, str, str]
    fingerprint: str


def embed_group(recipe: Recipe, passages: Sequence[Passage]) -> list[Packed]:
    """What runs on a worker.

    Raises:
        ModelChanged: the weights on this node are not the driver's.
    """
    embedder = _loaded(recipe.arguments)
    if embedder.fingerprint != recipe.fingerprint:
        raise ModelChanged(
            f"A node of the Ray cluster has the model {embedder.fingerprint!r}, and the library needs "
            f"{recipe.fingerprint!r}. {INSTALL}"
        )
    return packed(embedder, passages)


@lru_cache(maxsize=1)
def _loaded(arguments: tuple[str, str, str, str]) -> SentenceTransformerEmbedder:
    """One model a worker process, for as long as it lives."""
    return SentenceTransformerEmbedder(*arguments)


class RayCluster:
    """A `Cluster` on Ray; made by `connect`. `resource` is what a task takes one of: CPU or GPU."""

    def __init__(self, recipe: Recipe, resource: str, group: int = GROUP) -> None:
        self.group = group
        self._recipe = recipe
        self._resource = resource
        self._task: Any = ray.remote(num_cpus=1, num_gpus=int(resource == "GPU"), max_retries=RETRIES, max_calls=0)(
            embed_group
        )  # max_calls: Ray would end the worker of a GPU after each task, and the model with it

    def embed(
        self, groups: Iterable[tuple[Key, Sequence[Passage]]], cancelled: threading.Event
    ) -> Iterator[tuple[Key, list[Packed]]]:
        """See `Cluster`. Nodes that join take part; groups in hand when `cancelled` is set are given up.

        Raises:
            RayFailed: a group cannot be embedded; what was handed over before stands.
            EmbeddingError: a worker has no such model, or another one.
        """
        source = iter(groups)
        waiting: dict[Any, Key] = {}
        try:
            while not cancelled.is_set():
                for key, passages in islice(source, max(0, IN_HAND * self._slots() - len(waiting))):
                    waiting[self._task.remote(self._recipe, passages)] = key
                if not waiting:
                    return
                ready, _ = ray.wait(list(waiting), num_returns=1, timeout=POLL)
                for reference in ready:
                    rows = _rows(reference)
                    yield waiting.pop(reference), rows
        finally:
            if ray.is_initialized():  # else the cluster was left already, and `cancel` would start one of its own
                for reference in waiting:
                    # with its worker: one that is interrupted while it imports torch could import it never again
                    ray.cancel(reference, force=True)

    def _slots(self) -> int:
        """How many tasks run at once on the nodes of this moment; one at least, for a cluster that grows on demand."""
        return max(1, _offered(self._resource))


@contextmanager
def connect(address: str, embedder: SentenceTransformerEmbedder) -> Iterator[RayCluster]:
    """Join the cluster at `HOST:PORT`, or the one that runs on this machine (`auto`), and leave it at the end.

    Raises:
        RayUnavailable: there is none, or it has no GPU when the device is `cuda`.
    """
    try:
        _look_for(address)
        ray.init(address=address, log_to_driver=False, configure_logging=False, logging_level=logging.ERROR)
    except (OSError, RuntimeError, ValueError, RayError) as error:
        raise RayUnavailable(
            f"No Ray cluster can be joined at {address!r}: {error} (Run this on one of its nodes; `ray start` makes any "
            "machine one.)"
        ) from error
    try:
        *names, device = embedder.arguments
        resource = "GPU" if device in {"auto", "cuda"} and _offered("GPU") else "CPU"
        if device == "cuda" and resource == "CPU":
            raise RayUnavailable("The setting 'device' is 'cuda', and no node of the Ray cluster offers a GPU.")
        device = {"GPU": "cuda", "CPU": "cpu" if device == "auto" else device}[resource]
        yield RayCluster(Recipe((names[0], names[1], names[2], device), embedder.fingerprint), resource)
    finally:
        ray.shutdown()


def _look_for(address: str) -> None:
    """Fail at once where nothing listens: Ray itself tries for two minutes, and fills the terminal meanwhile."""
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    if not host or "/" in host or not port.isdigit() or int(port) > 65535:
        raise ValueError("it must be HOST:PORT of the head node, or auto.")
    socket.create_connection((host.strip("[]"), int(port)), CONNECT).close()


def _offered(resource: str) -> int:
    """How many of it the nodes of this moment have, in use or not."""
    found: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    return int(found.get(resource, 0))


def _rows(reference: Any) -> list[Packed]:
    """A finished task's rows, or its error as one of ours."""
    try:
        rows: list[Packed] = ray.get(reference)
    except RayTaskError as error:
        cause = error.cause
        if isinstance(cause, EmbeddingError):
            raise cause from error
        raise RayFailed(f"A worker of the Ray cluster cannot embed: {cause!r}. {INSTALL}") from error
    except RayError as error:
        raise RayFailed(
            f"The Ray cluster lost a group of passages {RETRIES + 1} times ({type(error).__name__}). What was done is "
            "kept; run the same command again, with more memory on the nodes if they ran out of it."
        ) from error
    if rows and unpack(rows[0].states) is None:
        raise RayFailed(f"A worker of the Ray cluster packs token states in another way. {INSTALL}")
    return rows
