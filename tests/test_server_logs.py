"""What the servers tell about themselves: logs without questions, traces by stage, to a real collector on the loopback."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2 as httpx
import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from qa import logs
from qa.engine import Citewire
from qa.errors import SettingsError
from qa.server.access import Access
from qa.server.app import create_app
from qa.telemetry import Traces, traces_from
from tests.test_server import QUESTION, Server


@pytest.fixture
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)
    for ours in ("qa", "corpus", "embeddings"):
        logging.getLogger(ours).setLevel(logging.NOTSET)


@pytest.mark.usefixtures("restored_logging")
@pytest.mark.parametrize("level", ["info", "debug"])
def test_a_question_is_logged_at_debug_alone(level: str, sample: Citewire) -> None:
    stream = io.StringIO()
    logs.start(level, stream)
    body = {"question": QUESTION, "history": [{"question": "Which canal was it?"}]}
    with Server(sample, Access()) as server, httpx.Client(base_url=server.url, timeout=60) as client:
        client.post("/v1/ask?note=secret", json=body, headers={"X-Request-ID": "mine-1"})
        client.get("/v1/articles/an-id-that-is-nobodys/versions")
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    answered = next(line for line in lines if line["message"] == "answered")
    assert answered["request_id"] == "mine-1"
    assert answered["timings_ms"]["total"] > 0
    served = [line for line in lines if line["message"] == "request"]
    assert [(line["route"], line["status"]) for line in served] == [
        ("/v1/ask", 200), ("/v1/articles/{article_id}/versions", 404),
    ]  # fmt: skip
    assert "secret" not in stream.getvalue()
    assert "an-id-that" not in "".join(json.dumps(line) for line in served)
    assert ("Ever Given" in stream.getvalue()) == (level == "debug")
    assert ("Which canal" in stream.getvalue()) is False


@pytest.mark.usefixtures("restored_logging")
def test_a_line_cannot_be_forged() -> None:
    stream = io.StringIO()
    logs.start("info", stream)
    logging.getLogger("qa.test").info('bad\n{"level": "error"}\x1b[31m')
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["message"].startswith("bad\n")
    assert "\x1b" not in line


def test_an_answer_is_a_span_with_its_stages_inside(sample: Citewire) -> None:
    exporter = InMemorySpanExporter()
    traces = Traces(exporter)
    app = create_app(sample, Access(), hosts=("127.0.0.1",), traces=traces)
    with Server(sample, Access(), app) as server, httpx.Client(base_url=server.url, timeout=60) as client:
        answer = client.post("/v1/ask", json={"question": QUESTION}, headers={"X-Request-ID": "mine-2"}).json()
    traces.close()
    *stages, whole = sorted(exporter.get_finished_spans(), key=lambda span: span.name == "answer")
    assert whole.attributes["citewire.request_id"] == "mine-2"
    assert whole.attributes["citewire.citations"] == len(answer["citations"])
    assert {span.name for span in stages} == set(answer["timings_ms"]) - {"total"}
    for span in stages:
        assert span.parent.span_id == whole.context.span_id
        assert whole.start_time <= span.start_time <= span.end_time <= whole.end_time
        took = (span.end_time - span.start_time) / 1e6
        assert took == pytest.approx(answer["timings_ms"][span.name], abs=0.1)
    assert "Ever Given" not in "".join(span.to_json() for span in exporter.get_finished_spans())


def test_a_collector_gets_them_over_http(sample: Citewire) -> None:
    got: list[ExportTraceServiceRequest] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = ExportTraceServiceRequest()
            request.ParseFromString(self.rfile.read(int(self.headers["content-length"])))
            got.append(request)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        traces = Traces(OTLPSpanExporter(f"http://127.0.0.1:{server.server_port}/v1/traces"))
        traces.answered(sample.ask(QUESTION))
        traces.close()
        server.shutdown()
    names = {span.name for request in got for r in request.resource_spans for s in r.scope_spans for span in s.spans}
    assert {"answer", "encode", "read"} <= names


def test_nothing_is_traced_unless_an_endpoint_is_named() -> None:
    assert traces_from({}) is None
    assert issubclass(SettingsError, Exception)
