"""The indexing job: what is asked about comes first, nothing is left out, and the device is the one that was named."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.library import Library
from corpus.sources import Source
from corpus.vectors import pending_ids, vector_ids
from embeddings.errors import DeviceUnavailable
from embeddings.job import GROUP, Here, embed_pending
from embeddings.sentence_transformer import SentenceTransformerEmbedder
from qa.add_report import Progress
from qa.engine import Citewire
from qa.settings import load_settings
from tests.fakes import fill


class Singly(Here):
    group = 1


def test_the_wanted_come_first_and_all_of_them_once(library: Library, embedder: SentenceTransformerEmbedder) -> None:
    fill(library)
    ids = pending_ids(library, embedder.fingerprint)
    wanted, order = [[ids[2], ids[1]], [ids[2], ids[0], 999_999]], []

    def look(done: int, _: int) -> None:
        new = set(vector_ids(library, embedder.fingerprint)) - set(order)
        assert len(new) == done - len(order)
        order.extend(new)
        if done:
            wanted[:] = [wanted[-1]]

    assert embed_pending(library, embedder, on_progress=look, cluster=Singly(embedder), wanted=lambda: wanted[0]) == 3
    assert order == [ids[2], ids[0], ids[1]]


def test_passages_that_are_asked_about_while_adding_are_embedded_first(tmp_path: Path) -> None:
    engine = Citewire.open(load_settings(library=tmp_path))
    texts = [f"Ferry {n}\n\nThe ferry left pier {n} at noon.\n" for n in range(GROUP + 2)]
    texts.append("Dams\n\nThe reservoir behind the dam holds two years of rain, its warden said.\n")
    seen: list[set[str]] = []

    def ask(progress: Progress) -> None:
        if progress.stage != "embed" or len(seen) > 1:
            return
        if progress.done == 0:
            assert engine.ask("What does the reservoir hold?").sentences
            seen.append(set())
        elif progress.done == GROUP and (ids := vector_ids(engine.library, engine.embedder.fingerprint)):
            seen.append({passage.title for passage in engine.library.passages(ids).values()})

    engine.add([Source(f"{n}.txt", data=text.encode()) for n, text in enumerate(texts)], on_progress=ask)
    assert "Dams" in seen[1]
    assert len(seen[1]) == GROUP
    engine.close()


def test_a_device_that_is_not_there(embedder: SentenceTransformerEmbedder) -> None:
    import torch

    assert embedder.load().device.type == ("cuda" if torch.cuda.is_available() else "cpu")
    absent = next(name for name, there in (("mps", torch.backends.mps.is_available()), ("cuda", False)) if not there)
    with pytest.raises(DeviceUnavailable, match=f"{absent!r}.*'auto' or 'cpu'"):
        SentenceTransformerEmbedder(device=absent).load()
