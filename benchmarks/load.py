"""Many clients ask `citewire serve` at once while articles are added and removed: is every answer right, and how soon?

    python -m benchmarks.load --data FOLDER [--cache FOLDER] [--clients 1,8,32] [--seconds 120]

The library is that of `benchmarks.latency` (10,000 passages; `--cache` keeps it), copied, and served on 127.0.0.1. First
each question is asked once, alone: its answer is what is expected of every later one, sentence by sentence and citation by
citation. Then so many clients ask at once, one question after another, until the time is over. Meanwhile one more client adds
an article with a fact of its own, asks for it (it must be cited), removes it, and asks again (it must not be); every
tenth question of the others is about these articles, too. Counted: answers that differ, answers that belong to another
question, quotes that are not the article's words, server errors, and 429s, after which a client waits as `Retry-After`
says. Fails when any but the last is not 0. Memory is the server's resident size, after the first hundred questions and
at the end.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2 as httpx

from benchmarks.latency import FILES, fill, questions
from benchmarks.report import write_result
from qa.engine import Citewire
from qa.evaluation.metrics import percentile
from qa.settings import load_settings

PASSAGES = 10_000
STARTS = 300  # seconds that the server may take to be ready
PATIENCE = 120.0  # seconds that one answer may take
COLORS = ("crimson", "ochre", "teal", "violet", "amber", "indigo", "scarlet", "turquoise")
WARM = 100  # questions before memory is first looked at


def fact(number: int) -> tuple[str, str, str]:
    """Id, question and sentence of an article that comes and goes."""
    return (
        f"load-{number}", f"What color is the Vrindavale lighthouse number {number} painted?",
        f"The Vrindavale lighthouse number {number} is painted {COLORS[number % len(COLORS)]}.",
    )  # fmt: skip


@dataclass
class Server:
    """`citewire serve` in a process of its own."""

    folder: Path
    url: str = ""
    process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Server:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [
            sys.executable,
            "-c",
            "from qa.cli import main; main()",
            "serve",
            "--library",
            str(self.folder),
            "--port",
            str(port),
        ]
        self.process = subprocess.Popen(command, stderr=(self.folder / "server.log").open("wb"))
        self.url = f"http://127.0.0.1:{port}"
        for _ in range(STARTS):
            try:
                if httpx.get(f"{self.url}/health/ready", timeout=5).status_code == 200:
                    return self
            except httpx.TransportError:
                pass
            time.sleep(1)
        raise RuntimeError("the server did not become ready")

    def __exit__(self, *_: object) -> None:
        assert self.process
        self.process.terminate()
        self.process.wait(30)

    def megabytes(self) -> float:
        """Resident memory."""
        assert self.process
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


Answered = tuple[tuple[Any, ...], ...]


def essence(body: dict[str, Any]) -> Answered:
    """What an answer says and cites: texts with their citations by place; nothing of scores, notes and times."""
    cited = {c["number"]: (c["article_id"], c["start"], c["end"], c["quote"]) for c in body["citations"]}
    if body["abstention"]:
        return (("abstained", body["abstention"]["reason"]),)
    return tuple(
        (s["text"], *(cited[n] for n in s["citations"])) for s in body["sentences"] if s["status"] != "withheld"
    )


@dataclass
class Tally:
    """What all clients of a run saw. Thread-safe."""

    expected: dict[str, Answered]
    counts: Counter[str] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)
    samples: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, name: str, sample: str = "") -> None:
        """One more of these."""
        with self._lock:
            self.counts[name] += 1
            if sample and len(self.samples) < 10:
                self.samples.append(f"{name}: {sample}"[:300])

    def judge(self, question: str, body: dict[str, Any]) -> None:
        """Hold an answer to a question of the sets against the one that was given alone."""
        got, wanted = essence(body), self.expected[question]
        if body["question"] != question or (
            got != wanted
            and any(got == other for q, other in self.expected.items() if q != question and len(other[0]) > 2)
        ):
            self.count("crossed", question)
        elif got != wanted:
            self.count("differing", f"{question} {got[:1]}")

    def judge_fact(self, number: int, body: dict[str, Any], there: bool | None) -> None:
        """An answer about an article that comes and goes; `there`: whether it surely is, or surely is not."""
        identity, question, sentence = fact(number)
        cited = [c for c in body["citations"] if c["article_id"] == identity]
        if body["question"] != question:
            self.count("crossed", question)
        if any(c["quote"] != sentence for c in cited):
            self.count("misquoted", question)
        if (there is True and not cited) or (there is False and cited):
            self.count("stale", f"{question} there: {there}")


def ask(client: httpx.Client, tally: Tally, question: str, until: float) -> dict[str, Any] | None:
    """One answer; waits and asks again after a 429. `None` when the time is over or the server failed."""
    while True:
        began = time.monotonic()
        response = client.post("/v1/ask", json={"question": question})
        if response.status_code == 429:
            tally.count("refused")
            if time.monotonic() > until:
                return None
            time.sleep(float(response.headers["Retry-After"]))
            continue
        if response.status_code != 200:
            tally.count(
                "server_errors" if response.status_code >= 500 else "client_errors",
                f"{response.status_code} {response.text}",
            )
            return None
        with tally._lock:
            tally.milliseconds.append((time.monotonic() - began) * 1000)
        body: dict[str, Any] = response.json()
        return body


def client(url: str, tally: Tally, seed: int, until: float, coming: list[int]) -> None:
    """Ask until the time is over; every tenth question about an article that comes or goes just now."""
    dice = random.Random(seed)  # noqa: S311
    known = list(tally.expected)
    with httpx.Client(base_url=url, timeout=PATIENCE) as http:
        for turn in itertools.count(1):
            if time.monotonic() > until:
                return
            if turn % 10 == 0:
                number = coming[-1]
                if body := ask(http, tally, fact(number)[1], until):
                    tally.judge_fact(number, body, None)
            else:
                question = dice.choice(known)
                if body := ask(http, tally, question, until):
                    tally.judge(question, body)


def churn(url: str, tally: Tally, first: int, until: float, coming: list[int]) -> None:
    """Add an article, ask for it, remove it, ask again; until the time is over."""
    with httpx.Client(base_url=url, timeout=PATIENCE) as http:
        for number in itertools.count(first):
            if time.monotonic() > until:
                return
            identity, question, sentence = fact(number)
            coming.append(number)
            row = {"id": identity, "title": f"Lighthouse {number}", "text": f"{sentence} It was built of stone."}
            for step, there in (("add", True), ("remove", False)):
                changed = (
                    http.post("/v1/articles", json={"articles": [row]})
                    if step == "add"
                    else http.delete(f"/v1/articles/{identity}")
                )
                if changed.status_code not in (200, 204):
                    tally.count(
                        "server_errors" if changed.status_code >= 500 else "client_errors",
                        f"{step} {changed.status_code}",
                    )
                tally.count(f"articles_{step}")
                if body := ask(http, tally, question, until):
                    tally.judge_fact(number, body, there)


def run(server: Server, expected: dict[str, Answered], clients: int, seconds: int, seed: int) -> dict[str, Any]:
    """One number of clients for so long."""
    tally, until, coming = Tally(expected), time.monotonic() + seconds, [seed * 10_000]
    threads = [threading.Thread(target=churn, args=(server.url, tally, seed * 10_000, until, coming))]
    threads += [
        threading.Thread(target=client, args=(server.url, tally, seed * 100 + n, until, coming)) for n in range(clients)
    ]
    before = server.megabytes()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = tally.milliseconds
    failed = {
        name: tally.counts[name]
        for name in ("differing", "crossed", "misquoted", "stale", "server_errors", "client_errors")
    }
    return {
        "answers": len(taken), "a_second": round(len(taken) / seconds, 2), **failed, "refused_429": tally.counts["refused"],
        "articles_added": tally.counts["articles_add"], "articles_removed": tally.counts["articles_remove"],
        "median_ms": round(statistics.median(taken)), "p95_ms": round(percentile(taken, 0.95)), "p99_ms": round(percentile(taken, 0.99)),
        "memory_before_mb": before, "memory_after_mb": server.megabytes(), "samples": tally.samples,
    }  # fmt: skip


def alone(server: Server, asked: list[str]) -> dict[str, Answered]:
    """Each question once, one after another."""
    with httpx.Client(base_url=server.url, timeout=PATIENCE) as http:
        return {question: essence(http.post("/v1/ask", json={"question": question}).json()) for question in asked}


def prepared(data: Path, cache: Path | None, temporary: Path) -> Path:
    """A copy of the library, for this run alone."""
    made = cache or temporary / "made"
    engine = Citewire.open(load_settings(library=made))
    fill(engine, data, PASSAGES)
    engine.close()
    return Path(shutil.copytree(made, temporary / "library"))


def main() -> None:
    """Fill, serve, ask, write; fails when an answer was wrong or an error came."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, help="keep the library here for the next time")
    parser.add_argument("--clients", default="1,8,32")
    parser.add_argument("--seconds", type=int, default=120)
    options = parser.parse_args()
    asked = list(dict.fromkeys(map(str.strip, questions(options.data))))  # as the server takes them
    runs: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as temporary:
        with Server(prepared(options.data, options.cache, Path(temporary))) as server:
            alone(server, asked[:WARM])
            settled = server.megabytes()
            expected = alone(server, asked)
            for seed, clients in enumerate(map(int, options.clients.split(",")), start=1):
                runs[str(clients)] = run(server, expected, clients, options.seconds, seed)
                sys.stderr.write(f"{clients} clients: {runs[str(clients)]}\n")
            ended = server.megabytes()
        log = (Path(temporary) / "library" / "server.log").read_text(errors="replace")
    wrong = sum(
        one[name]
        for one in runs.values()
        for name in ("differing", "crossed", "misquoted", "stale", "server_errors", "client_errors")
    )
    total = WARM + len(asked) + sum(one["answers"] for one in runs.values())
    values = {
        "passages": PASSAGES, "threads": int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1)), "seconds_each": options.seconds,
        "questions": total, "wrong_or_failed": wrong, "memory_settled_mb": settled, "memory_ended_mb": ended,
        "memory_drift": round(ended / settled - 1, 3), "tracebacks_in_log": log.count("Traceback"), "clients": runs,
    }  # fmt: skip
    write_result("load", values, [options.data / file for file in FILES], f"--data FOLDER --seconds {options.seconds}")
    sys.exit(1 if wrong or "Traceback" in log else 0)


if __name__ == "__main__":
    main()
