"""How long after a model has written its first sentence that sentence is shown, checked and cited.

    python -m benchmarks.llm_latency [--first 0.5] [--rate 50]

A server on loopback sends its first token after `--first` seconds and then `--rate` tokens a second: as JSON, a stored
sentence with its label, then a second one. For each golden question of the sample:

- `before_ms`: from the question to the server's having the request: retrieval, ranking, packing, connecting
- `after_ms`: from the sentence's last token being sent to the sentence being shown, checks and citation included
- `checks_ms`: the part of `after_ms` that the verifier took
- `overhead_ms`: before and after: what is on top of the model's own first token and sentence
- `extractive_ms`: until the first sentence of an extractive answer to the same question, for comparison
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from benchmarks.injection import SAMPLE
from benchmarks.report import write_result
from corpus.sources import sources
from qa.chat_model import ChatModel
from qa.engine import Citewire
from qa.pipeline import Pipeline
from qa.readers.generative import GenerativeReader
from qa.settings import load_settings

GOLDEN = Path("tests/golden/sample_questions.jsonl")
TOKEN = 4  # characters, about what English has
CHECKING = 150  # milliseconds that checking may take


@dataclass
class Paced:
    """The server, and when the request came and the first sentence was out (`time.perf_counter`)."""

    first: float
    rate: float
    asked: float = 0.0
    written: float = 0.0
    stop: threading.Event = field(default_factory=threading.Event)

    def serve(self) -> ThreadingHTTPServer:
        """Started, on a free port."""
        paced = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                with suppress(BrokenPipeError, ConnectionResetError):  # the second sentence is not waited for
                    self._reply()

            def _reply(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                paced.asked = time.perf_counter()
                line = next(line for line in request["messages"][-1]["content"].splitlines() if line.startswith("[1]"))
                sentence = json.dumps({"text": line[4:], "sources": [1]})
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                paced.stop.wait(paced.first)
                self._write(f'{{"sentences": [{sentence}')
                paced.written = time.perf_counter()
                self._write(f", {sentence}]}}")
                self._event({}, "stop")

            def _write(self, text: str) -> None:
                for start in range(0, len(text), TOKEN):
                    self._event({"content": text[start : start + TOKEN]}, None)
                    if start + TOKEN < len(text):
                        paced.stop.wait(1 / paced.rate)

            def _event(self, delta: dict[str, Any], reason: str | None) -> None:
                choice = {"index": 0, "delta": delta, "finish_reason": reason}
                self.wfile.write(f"data: {json.dumps({'id': '1', 'choices': [choice]})}\n\n".encode())
                self.wfile.flush()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
                """Nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server


def first_shown(pipeline: Pipeline, question: str) -> float | None:
    """When the first sentence was there; nothing when none was."""
    for answer in pipeline.stream(question):
        if answer.citations:
            return time.perf_counter()
    return None


def measure(pipeline: Pipeline, question: str, paced: Paced) -> dict[str, float] | None:
    """Milliseconds of one question; nothing when it got no answer from the model."""
    start = time.perf_counter()
    shown = first_shown(pipeline, question)
    if shown is None:
        return None
    before, after = paced.asked - start, shown - paced.written
    return {"before_ms": before * 1e3, "after_ms": after * 1e3, "overhead_ms": (before + after) * 1e3}


@dataclass(frozen=True, slots=True)
class Timed:
    """A verifier that notes how long its last check took."""

    verifier: Any
    took: list[float]

    def verify(self, draft: Any, evidence: Any) -> Any:
        """As the verifier does."""
        start = time.perf_counter()
        try:
            return self.verifier.verify(draft, evidence)
        finally:
            self.took.append((time.perf_counter() - start) * 1e3)


def main() -> None:
    """Measure and keep the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="not needed: the sample is asked")
    parser.add_argument("--first", type=float, default=0.5)
    parser.add_argument("--rate", type=float, default=50.0)
    args = parser.parse_args()
    paced, took = Paced(args.first, args.rate), list[float]()
    server = paced.serve()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        engine = Citewire.open(load_settings(library=Path(folder)))
        engine.add(sources([SAMPLE]))
        model = ChatModel(f"http://127.0.0.1:{server.server_address[1]}/v1", "paced")
        verifier: Any = Timed(engine.pipeline.verifier, took)
        reader = GenerativeReader(model, engine.library.article)
        pipeline = replace(engine.pipeline, readers=[reader], verifier=verifier)
        questions = [json.loads(line)["question"] for line in GOLDEN.read_text().splitlines()]
        for question in [questions[0], *questions]:  # the first one also loads the models
            took.clear()
            start = time.perf_counter()
            extractive = first_shown(engine.pipeline, question)
            row = measure(pipeline, question, paced)
            if row is not None and extractive is not None:
                rows.append(row | {"checks_ms": took[0], "extractive_ms": (extractive - start) * 1e3})
        engine.close()
    server.shutdown()
    server.server_close()
    warm = rows[1:]
    values: dict[str, Any] = {"questions": len(warm), "first_s": args.first, "tokens_a_second": args.rate}
    for name in warm[0]:
        ordered = sorted(row[name] for row in warm)
        values[name] = {
            "median": round(statistics.median(ordered), 1), "p95": round(ordered[int(0.95 * (len(ordered) - 1))], 1)
        }  # fmt: skip
    values["checks_within_bar"] = sum(row["checks_ms"] <= CHECKING for row in warm) / len(warm)
    write_result("llm_latency", values, [GOLDEN])


if __name__ == "__main__":
    main()
