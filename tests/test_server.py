"""The REST API: over HTTP, by a real server in a thread, on the sample articles with the real model."""

from __future__ import annotations

import json
import os
import re
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.routing import APIRoute
from openai import OpenAI

from benchmarks.api_fuzz import fuzz
from corpus.sources import sources
from corpus.subscriptions import Subscriptions
from qa.engine import Citewire
from qa.guessing import FAILURES, is_loopback
from qa.journal import Journal
from qa.serialize import answer_to_json
from qa.server import forms, models
from qa.server.access import Access
from qa.server.app import create_app
from qa.server.examples import EXAMPLES
from qa.server.models import AnswerOut
from qa.settings import load_settings
from tests.conftest import SAMPLE
from tests.fakes import FakeEngine
from tests.test_cli import run

QUESTION = "How long did the Ever Given block the Suez Canal?"
READER, EDITOR = "reader-token-0123456789", "editor-token-0123456789"


class Server:
    """A uvicorn server in a thread, on a free port of the loopback."""

    def __init__(self, engine: Citewire, access: Access, app: FastAPI | None = None) -> None:
        app = app or create_app(engine, access, hosts=("127.0.0.1",))
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen()  # whoever connects before the server accepts waits
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.socket]})

    def __enter__(self) -> Server:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join()
        self.socket.close()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Citewire]:
    engine = Citewire.open(load_settings(library=tmp_path_factory.mktemp("server")))
    engine.add(sources([SAMPLE]))
    engine.warm()
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def url(engine: Citewire) -> Iterator[str]:
    with Server(engine, Access()) as server:
        yield server.url


@pytest.fixture
def client(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=60) as client:
        yield client


def test_an_answer_is_the_command_lines(client: httpx.Client, engine: Citewire) -> None:
    answer = client.post("/v1/ask", json={"question": QUESTION}).json()
    expected = answer_to_json(engine.ask(QUESTION))
    assert {**answer, "timings_ms": 0} == {**expected, "timings_ms": 0}
    assert AnswerOut.model_validate(answer)
    citation = answer["citations"][0]
    article = client.get(f"/v1/articles/{citation['article_id']}").json()
    assert article["text"][citation["start"] : citation["end"]] == citation["quote"]


def test_sentences_are_streamed_before_the_answer(client: httpx.Client) -> None:
    with client.stream("POST", "/v1/ask", json={"question": QUESTION, "stream": True}) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        events = re.findall(r"event: (\w+)\ndata: (.+)\n\n", "".join(response.iter_text()))
    *sentences, (last, data) = events
    assert last == "answer"
    assert [name for name, _ in sentences] == ["sentence"] * len(json.loads(data)["sentences"])
    first = json.loads(sentences[0][1])
    assert first["citations"][0]["quote"] == first["sentence"]["text"]


def test_follow_ups_filters_and_abstentions(client: httpx.Client) -> None:
    edited = client.post("/v1/ask", json={"question": "And then?", "standalone_question": QUESTION}).json()
    assert (edited["question"], edited["standalone_question"]) == ("And then?", QUESTION)
    none = client.post("/v1/ask", json={"question": QUESTION, "filters": {"until": "2000-01-01"}}).json()
    assert (none["answered"], none["abstention"]["reason"]) == (False, "no_hits")
    turns = [{"question": QUESTION, "answer": "Six days."}]
    assert client.post("/v1/ask", json={"question": "Why?", "history": turns}).status_code == 200


def test_other_citation_forms_hold_exact_quotes(client: httpx.Client) -> None:
    ours = client.post("/v1/ask", json={"question": QUESTION}).json()
    anthropic = client.post("/v1/ask", json={"question": QUESTION, "citations": "anthropic"}).json()
    location = anthropic["content"][0]["citations"][0]
    citation = ours["citations"][0]
    assert location["type"] == "char_location"
    assert (location["cited_text"], location["start_char_index"], location["end_char_index"]) == (
        citation["quote"], citation["start"], citation["end"],
    )  # fmt: skip
    cohere = client.post("/v1/ask", json={"question": QUESTION, "citations": "cohere"}).json()["message"]
    text, span = cohere["content"][0]["text"], cohere["citations"][0]
    assert text[span["start"] : span["end"]] == span["text"] == citation["quote"]
    assert span["sources"][0]["document"]["snippet"] == citation["quote"]


def test_no_form_links_to_anything_but_a_web_page(tmp_path: Path) -> None:
    fake = FakeEngine.over(tmp_path)  # with an article whose address is a script
    *_, answer = fake.stream("Which outside powers have forces or proxies?")
    assert any(citation.url == "javascript:alert(1)" for citation in answer.citations)
    for form in (forms.anthropic(answer), forms.cohere(answer), forms.completion(answer, "citewire")):
        assert "javascript:" not in json.dumps(form)
    fake.library.close()


def test_the_official_openai_client_works(url: str) -> None:
    with OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client:
        assert [model.id for model in client.models.list()] == ["citewire"]
        done = client.chat.completions.create(model="citewire", messages=[{"role": "user", "content": QUESTION}])
        message = done.choices[0].message
        assert message.content
        assert message.annotations
        mark = message.annotations[0].url_citation
        assert message.content[mark.start_index : mark.end_index] == "[1]"
        stream = client.chat.completions.create(
            model="citewire", stream=True, messages=[{"role": "user", "content": QUESTION}]
        )
        pieces = [chunk.choices[0].delta.content or "" for chunk in stream]
        assert "".join(pieces) == message.content


def test_articles_are_added_once_changed_listed_and_removed(client: httpx.Client) -> None:
    article = {"id": "ferry-1", "title": "Ferry aground", "text": "The ferry Tamar ran aground off Hvar on 7 May."}
    body, key = {"articles": [article]}, {"Idempotency-Key": "k-1"}
    first = client.post("/v1/articles", json=body, headers=key).json()
    assert first["totals"]["added"] == 1
    assert client.post("/v1/articles", json=body, headers=key).json() == first
    assert client.post("/v1/articles", json=body).json()["totals"]["unchanged"] == 1
    other = {"articles": [article | {"text": "The ferry Tamar ran aground off Hvar on 8 May."}]}
    assert client.post("/v1/articles", json=other, headers=key).status_code == 409
    assert client.post("/v1/articles", json=other).json()["totals"]["updated"] == 1
    assert "8 May" in client.post("/v1/ask", json={"question": "When did the ferry Tamar run aground?"}).text
    assert "7 May" in client.get("/v1/articles/ferry-1", params={"version": 1}).json()["text"]
    found = client.get("/v1/articles", params={"text": "ferry"}).json()
    assert [row["id"] for row in found["articles"]] == ["ferry-1"]
    assert client.delete("/v1/articles/ferry-1").status_code == 204
    assert client.get("/v1/articles/ferry-1").status_code == 404
    assert client.delete("/v1/articles/ferry-1").status_code == 404


def test_the_list_is_paged_without_gaps(client: httpx.Client) -> None:
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = client.get("/v1/articles", params={"limit": 7, "cursor": cursor}).json()
        seen += [row["id"] for row in page["articles"]]
        cursor = page["next"]
    assert len(seen) == len(set(seen)) == page["total"]


def test_errors_are_problems(client: httpx.Client) -> None:
    for response, status in (
        (client.post("/v1/ask", json={"question": "???"}), 422),
        (client.post("/v1/ask", json={"question": "x" * 3000}), 422),
        (client.post("/v1/ask", json={"question": QUESTION, "nonsense": 1}), 422),
        (client.post("/v1/ask", content=b"{", headers={"content-type": "application/json"}), 422),
        (client.post("/v1/ask", json={"question": "???", "stream": True}), 422),
        (client.get("/v1/articles/none"), 404),
        (client.get("/nowhere"), 404),
        (client.put("/v1/ask"), 405),
        (client.post("/v1/articles", content=b" " * (33 << 20)), 413),
        (client.get("/health/live", headers={"Host": "evil.example"}), 421),
        (client.post("/v1/chat/completions", json={"messages": [{"role": "system", "content": "x"}]}), 422),
    ):
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "application/problem+json"
        problem = response.json()
        assert (problem["status"], problem["request_id"]) == (status, response.headers["x-request-id"])
        assert problem["detail"]
        assert "Traceback" not in response.text


def test_a_body_without_a_length_is_limited_too(client: httpx.Client) -> None:
    response = client.post(
        "/v1/articles", content=(b" " * (1 << 20) for _ in range(34)), headers={"content-type": "application/json"}
    )
    assert response.status_code == 413


def test_headers_close_what_can_be_closed(client: httpx.Client) -> None:
    response = client.get("/health/live", headers={"Origin": "https://evil.example", "X-Request-ID": "mine-1"})
    assert response.headers["x-request-id"] == "mine-1"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in response.headers
    assert "server" not in response.headers or "uvicorn" in response.headers["server"]
    preflight = client.options(
        "/v1/ask", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    )
    assert preflight.status_code == 405


def test_metrics_and_health(client: httpx.Client) -> None:
    client.post("/v1/ask", json={"question": QUESTION})
    text = client.get("/metrics").text
    assert 'citewire_requests_total{route="/v1/ask",status="200"}' in text
    assert 'citewire_stage_seconds_bucket{le="0.01",stage="encode"}' in text
    assert "citewire_questions_running 0.0" in text
    assert QUESTION not in text
    assert client.get("/health/ready").json()["status"] == "ok"
    assert client.get("/v1/stats").json()["articles"] > 30


def test_every_route_asks_for_the_right_token(engine: Citewire) -> None:
    """Made from the route table, so that a new route cannot be forgotten: whatever changes something is an editor's."""
    open_to_all = {"/health/live", "/health/ready", "/openapi.json"}
    asking = {
        "/v1/ask",
        "/v1/search",
        "/v1/chat/completions",
        "/v1/conversations",
        "/v1/conversations/{conversation_id}/turns",
    }
    access = Access(READER, EDITOR)
    app = create_app(engine, access, hosts=("127.0.0.1",))
    routes = {(method.upper(), path) for path, item in app.openapi()["paths"].items() for method in item}
    assert {route.path.replace(":path", "") for route in every_route(app)} - open_to_all <= {path for _, path in routes}
    assert len(routes) >= 24
    with Server(engine, access) as server, httpx.Client(base_url=server.url, timeout=60) as client:
        for method, path in sorted(routes):
            if path in open_to_all:
                continue
            target = re.sub(r"\{\w+\}", "none", path)
            access.guesses.forget()
            assert client.request(method, target).status_code == 401
            wrong = client.request(method, target, headers={"Authorization": "Bearer wrong-token-0123456789"})
            assert (wrong.status_code, wrong.headers["www-authenticate"]) == (401, "Bearer")
            basic = client.request(method, target, headers={"Authorization": f"Basic {EDITOR}"})
            assert basic.status_code == 401
            as_reader = client.request(method, target, headers={"Authorization": f"Bearer {READER}"}).status_code
            as_editor = client.request(method, target, headers={"Authorization": f"Bearer {EDITOR}"}).status_code
            assert (as_reader == 403) == (method != "GET" and path not in asking), (method, path)
            assert as_editor not in (401, 403)


def every_route(app: FastAPI) -> Iterator[APIRoute]:
    """The routes as the framework knows them, whether the description shows them or not."""
    pending = list(app.routes)
    while pending:
        route = pending.pop()
        if isinstance(route, APIRoute):
            yield route
        pending += getattr(route, "routes", None) or getattr(getattr(route, "original_router", None), "routes", [])


def test_every_operation_has_an_example_that_holds(engine: Citewire) -> None:
    description = create_app(engine, Access()).openapi()
    for path, item in description["paths"].items():
        for method, operation in item.items():
            assert operation.get("description"), (method, path)
            assert '"example' in json.dumps(resolved(operation, description)), (method, path)
    for name, example in EXAMPLES.items():
        assert getattr(models, name).model_validate(example)


def resolved(node: Any, description: dict[str, Any], depth: int = 0) -> Any:
    """A part of the description with its references looked up, some levels deep."""
    if isinstance(node, list):
        return [resolved(part, description, depth) for part in node]
    if not isinstance(node, dict) or depth > 6:
        return node
    if "$ref" in node:
        return resolved(description["components"]["schemas"][node["$ref"].rsplit("/", 1)[1]], description, depth + 1)
    return {key: resolved(value, description, depth) for key, value in node.items() if not str(key).startswith("4")}


def test_versions_and_what_changed(client: httpx.Client) -> None:
    old, new = "The ferry Mira left at nine. It was full.", "The ferry Mira left at ten. It was full."
    for text in (old, new):
        client.post("/v1/articles", json={"articles": [{"id": "wire/mira", "title": "Mira", "text": text}]})
    found = client.get("/v1/articles/wire%2Fmira/versions").json()
    assert [row["version"] for row in found["versions"]] == [1, 2]
    diff = client.get("/v1/articles/wire/mira/diff").json()
    assert (diff["from"], diff["version"], diff["same"]) == (1, 2, 1)
    (change,) = diff["changes"]
    assert (change["old"], change["new"]) == ("The ferry Mira left at nine.", "The ferry Mira left at ten.")
    assert client.get("/v1/articles/wire/mira?version=1").json()["text"] == old
    assert client.get("/v1/articles/none/versions").status_code == 404
    assert client.get("/v1/articles/wire/mira/diff?version=1").status_code == 404
    assert client.delete("/v1/articles/wire/mira").status_code == 204


def test_conversations_are_kept_and_follow_ups_understood(client: httpx.Client) -> None:
    made = client.post("/v1/conversations", json={"title": "The canal"})
    assert made.status_code == 201
    path = f"/v1/conversations/{made.json()['id']}"
    first = client.post(f"{path}/turns", json={"question": QUESTION}).json()
    assert (first["status"], first["answer"]["answered"]) == ("done", True)
    then = client.post(f"{path}/turns", json={"question": "Who owned it?"}).json()
    assert "Ever Given" in then["answer"]["standalone_question"]
    assert client.post(f"{path}/turns", json={"question": "???"}).status_code == 422
    whole = client.get(path).json()
    assert [turn["status"] for turn in whole["turns"]] == ["done", "done", "error"]
    assert whole["turns"][2]["error"]
    assert client.patch(path, json={"title": " Suez "}).json()["title"] == "Suez"
    client.post("/v1/conversations", json={"title": "Another"})
    newest = client.get("/v1/conversations?limit=1").json()
    rest = client.get(f"/v1/conversations?limit=1&cursor={newest['next']}").json()
    assert len({row["id"] for row in newest["conversations"] + rest["conversations"]}) == 2
    assert [row["title"] for row in client.get("/v1/conversations?text=suez").json()["conversations"]] == ["Suez"]
    assert client.delete(path).status_code == 204
    for refused in (client.get(path), client.delete(path), client.post(f"{path}/turns", json={"question": "Why?"})):
        assert refused.status_code == 404


def test_feeds_are_subscribed_by_address_and_never_by_path(
    client: httpx.Client, engine: Citewire, tmp_path: Path
) -> None:
    source = "http://127.0.0.1:9/feed.rss"  # of this machine: subscribed, but refused when it is fetched
    assert client.post("/v1/feeds", json={"source": source}).status_code == 201
    assert client.post("/v1/feeds", json={"source": source}).status_code == 200
    for path in ("/etc/passwd", "file:///etc/passwd", "ftp://example.org/x"):
        assert client.post("/v1/feeds", json={"source": path}).status_code == 422
    (failed,) = client.post("/v1/feeds/sync", json={"all": True}).json()["inputs"]
    assert failed["status"] == "failed"
    Subscriptions(engine.library).add(str(tmp_path))
    listed = client.get("/v1/feeds").json()
    Subscriptions(engine.library).remove(str(tmp_path))
    assert (listed["folders"], str(tmp_path) in json.dumps(listed)) == (1, False)
    (row,) = listed["feeds"]
    assert row["failures"] == 1
    assert "private" in row["error"]
    assert client.delete("/v1/feeds", params={"source": source}).status_code == 204
    assert client.delete("/v1/feeds", params={"source": source}).status_code == 404


def test_own_questions_are_measured(client: httpx.Client) -> None:
    questions = [{"question": QUESTION, "answer": "six days"}, {"question": "Who won the 2031 chess final in Oslo?"}]
    sections = client.post("/v1/eval", json={"questions": questions}).json()["sections"]
    assert sections
    wrong = client.post("/v1/eval", json={"questions": [{"question": "Who?", "article": "none"}]})
    assert wrong.status_code == 422


def test_what_changes_the_library_is_in_the_audit_log(engine: Citewire) -> None:
    article = {"id": "log-1", "title": "Log", "text": "The log was opened on 3 June."}
    known = {"Authorization": f"Bearer {EDITOR}"}
    with Server(engine, Access(READER, EDITOR)) as server, httpx.Client(base_url=server.url, headers=known) as client:
        client.post("/v1/articles", json={"articles": [article]})
        client.delete("/v1/articles/log-1")
        client.delete("/v1/articles/log-1")
    lines = Journal(engine.library).file.read_text().splitlines()
    added, removed = (json.loads(line) for line in lines[-2:])
    assert (added["who"], added["through"], added["action"], added["ids"]) == ("editor", "rest", "add", ["log-1"])
    assert (removed["action"], removed["ids"], removed["count"]) == ("remove", ["log-1"], 1)
    assert not any(secret in "".join(lines) for secret in (EDITOR, "was opened"))


def test_guessing_tokens_is_slowed(engine: Citewire) -> None:
    with Server(engine, Access(READER, EDITOR)) as server, httpx.Client(base_url=server.url) as client:
        for _ in range(FAILURES):
            assert client.get("/v1/stats", headers={"Authorization": "Bearer guess"}).status_code == 401
        refused = client.get("/v1/stats", headers={"Authorization": f"Bearer {EDITOR}"})
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0


def test_questions_at_once_are_answered_and_not_crossed(url: str, engine: Citewire) -> None:
    lines = (Path(__file__).parent / "golden" / "sample_questions.jsonl").read_text().splitlines()
    golden = [json.loads(line) for line in lines][:24]
    expected = {row["question"]: answer_to_json(engine.ask(row["question"]))["citations"] for row in golden}

    def ask(question: str) -> tuple[str, list[object]]:
        return question, httpx.post(f"{url}/v1/ask", json={"question": question}, timeout=120).json()["citations"]

    with ThreadPoolExecutor(8) as pool:
        assert dict(pool.map(ask, expected)) == expected


def test_a_server_that_others_can_reach_needs_a_token(tmp_path: Path) -> None:
    for host, local in (
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("10.0.0.7", False),
    ):
        assert is_loopback(host) == local
    refused = run("serve", "--host", "0.0.0.0", "--library", str(tmp_path))
    assert refused.returncode == 2
    assert "no token is set" in refused.stderr
    with pytest.raises(ValueError, match="at least 16"):
        Access("short")
    assert "CITEWIRE_READER_TOKEN" not in os.environ


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the generator's own dependencies
def test_generated_requests_get_what_the_description_promises(engine: Citewire) -> None:
    statuses = fuzz(engine, cases=4)
    assert len(statuses) >= 24
    assert all(status < 500 for seen in statuses.values() for status in seen)
