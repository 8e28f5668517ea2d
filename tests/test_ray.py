"""Embedding on a real Ray cluster of two nodes, on loopback: the same rows as here, whatever dies or is interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.ray_nodes import LOOPBACK, nodes

os.environ.update(LOOPBACK)  # Ray reads it when it is imported

from corpus.adding import Adder
from corpus.ingest import Chunker
from corpus.library import Library
from corpus.sources import Source, sources
from corpus.vectors import iter_vectors, pending_ids, token_states, vector_ids
from embeddings.errors import ModelChanged, ModelNotFound, RayUnavailable
from embeddings.job import embed_pending, packed
from embeddings.model import ModelSpec, open_embedder
from embeddings.ray_job import RayCluster, Recipe, connect
from embeddings.reindex import reindex
from embeddings.sentence_transformer import SentenceTransformerEmbedder
from embeddings.states import unpack
from tests.conftest import SAMPLE

ROOT = Path(__file__).parent.parent
SMALL = 6  # passages a group: the sample makes some fifteen


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with nodes(2) as address:
        yield address


@pytest.fixture(scope="module")
def cluster(address: str, embedder: SentenceTransformerEmbedder) -> Iterator[RayCluster]:
    """Joined once: its workers keep the model from test to test."""
    with connect(address, embedder):
        yield RayCluster(Recipe(embedder.arguments, embedder.fingerprint), "CPU", SMALL)


def short(count: int) -> list[Source]:
    return [
        Source(f"{n}.txt", data=f"Ferry {n}\n\nCaptain {n} steers ferry {n}, the port said.\n".encode())
        for n in range(count)
    ]


def store(library: Library, chunker: Chunker, given: list[Source]) -> int:
    assert {outcome.status for outcome in Adder(library, chunker).add(given)} <= {"added", "updated", "skipped"}
    return library.count_passages()


def workers() -> list[tuple[int, int]]:
    """Process and parent of each Ray worker that embeds at this moment. Its parent is its node's."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [
        (int(pid), int(parent), command)
        for pid, parent, command in (line.split(maxsplit=2) for line in listed.splitlines())
    ]
    of_ray = {pid for pid, _, command in rows if command.startswith("ray::")}
    # what a worker has just forked bears its name, too, until it is another program
    return [
        (pid, parent)
        for pid, parent, command in rows
        if command.startswith("ray::embed_group") and parent not in of_ray
    ]


def test_two_nodes_give_what_one_process_does_though_a_worker_is_killed(
    library: Library, embedder: SentenceTransformerEmbedder, chunker: Chunker, cluster: RayCluster
) -> None:
    total = store(library, chunker, sources([SAMPLE]))
    steps: list[tuple[int, int]] = []
    nodes_at_work: set[int] = set()
    killed: list[int] = []

    def kill_one(done: int, of: int) -> None:
        steps.append((done, of))
        found = workers()
        nodes_at_work.update(parent for _, parent in found)
        if done and found and not killed:
            killed.append(found[0][0])
            os.kill(killed[0], signal.SIGKILL)

    assert embed_pending(library, embedder, on_progress=kill_one, cluster=cluster) == total
    assert killed
    assert len(nodes_at_work) == 2
    assert [done for done, _ in steps] == sorted({done for done, _ in steps})  # no group came twice
    assert steps[0] == (0, total)
    assert steps[-1] == (total, total)
    ids = vector_ids(library, embedder.fingerprint)
    assert ids == sorted(library.passage_ids())
    compared = ids[::3]
    vectors = dict(iter_vectors(library, embedder.fingerprint, compared))
    states = token_states(library, embedder.fingerprint, compared)
    passages = library.passages(compared)
    for i, row in zip(passages, packed(embedder, list(passages.values())), strict=True):
        # Other neighbors in a batch pad a passage otherwise: float32 noise, and now and then the next level in a state.
        np.testing.assert_allclose(np.frombuffer(vectors[i], "<f4"), np.frombuffer(row.vector, "<f4"), atol=2e-6)
        theirs, ours = unpack(states[i]), unpack(row.states)
        assert theirs is not None
        assert ours is not None
        assert theirs.slices == ours.slices
        difference = np.abs(theirs.states - ours.states)
        assert difference.max() < 0.04
        assert (difference > 0.001).mean() < 0.001


def test_interrupted_it_stops_at_once_and_goes_on(
    library: Library, embedder: SentenceTransformerEmbedder, chunker: Chunker, cluster: RayCluster
) -> None:
    total = store(library, chunker, short(40))
    stop = threading.Event()

    def after_the_first(done: int, _: int) -> None:
        if done:
            stop.set()

    first = embed_pending(library, embedder, on_progress=after_the_first, cancelled=stop, cluster=cluster)
    assert first == SMALL
    assert len(vector_ids(library, embedder.fingerprint)) == SMALL
    assert embed_pending(library, embedder, cluster=cluster) == total - SMALL
    assert pending_ids(library, embedder.fingerprint) == []


def test_groups_are_read_only_as_fast_as_they_are_embedded(
    library: Library, chunker: Chunker, cluster: RayCluster
) -> None:
    store(library, chunker, short(2))
    passages = list(library.passages(library.passage_ids()).values())
    read: list[int] = []

    def endless() -> Iterator[tuple[int, list[object]]]:
        while True:
            read.append(len(read))
            yield read[-1], passages

    done = cluster.embed(endless(), threading.Event())  # type: ignore[arg-type]
    for finished in range(1, 9):
        next(done)
        assert len(read) <= finished + 2 * 2  # two groups for each of the two cores
    done.close()


@pytest.mark.usefixtures("cluster")
def test_the_worker_must_have_the_same_model(
    library: Library, embedder: SentenceTransformerEmbedder, chunker: Chunker
) -> None:
    store(library, chunker, short(1))
    other = RayCluster(Recipe(embedder.arguments, "other-weights"), "CPU")
    with pytest.raises(ModelChanged, match=r"other-weights.*docs/ray.md"):
        embed_pending(library, embedder, cluster=other)
    nowhere = RayCluster(Recipe(("/nowhere", "", "", "cpu"), embedder.fingerprint), "CPU")
    with pytest.raises(ModelNotFound, match="/nowhere"):
        embed_pending(library, embedder, cluster=nowhere)
    assert vector_ids(library, embedder.fingerprint) == []


def test_indexing_anew(library: Library, cluster: RayCluster) -> None:
    spec = ModelSpec("all-MiniLM-L6-v2")
    embedder = open_embedder(library, spec)
    store(library, Chunker(embedder.count_tokens, embedder.max_tokens, embedder.fingerprint), short(10))
    assert reindex(library, embedder, spec.to_json(), cluster=cluster)
    assert vector_ids(library, embedder.fingerprint) == sorted(library.passage_ids())
    assert library.count_passages() == 10


def citewire(*arguments: str, before: str = "") -> subprocess.CompletedProcess[str]:
    code = f"{before}\nfrom qa.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, cwd=ROOT, check=False, timeout=120
    )


def test_the_command(tmp_path: Path, address: str) -> None:
    (tmp_path / "ferry.txt").write_text("Ferry\n\nThe captain steers the ferry, the port said.\n")
    done = citewire("add", str(tmp_path / "ferry.txt"), "--library", str(tmp_path / "lib"), "--ray", address)
    assert done.returncode == 0, done.stderr
    assert "1 passage embedded" in " ".join(done.stdout.split())


def test_without_ray_the_error_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "ferry.txt").write_text("Ferry\n\nThe captain steers the ferry, the port said.\n")
    given = ("add", str(tmp_path / "ferry.txt"), "--library", str(tmp_path / "lib"), "--ray", "auto")
    done = citewire(*given, before="import sys; sys.modules['ray'] = None")
    assert done.returncode == 2
    assert "pip install -e '.[ray]'" in done.stderr


def test_an_address_of_no_cluster(embedder: SentenceTransformerEmbedder) -> None:
    for address in ("ray://127.0.0.1:1", "local", "127.0.0.1:1", "127.0.0.1:99999"):
        with pytest.raises(RayUnavailable, match=address), connect(address, embedder):
            pass
