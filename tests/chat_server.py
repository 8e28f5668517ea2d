"""An OpenAI-compatible server on loopback whose every answer is scripted, for tests.

`ChatServer(reply, reply, ...)`: each request gets the next reply; the last one is repeated. Requests are kept.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

LINE = re.compile(r"^\[(\d+)\] (.*)$", re.MULTILINE)


class ChatServer:
    """The running server; `url` is its base URL, `models` the names it lists, `asked` set by its first request."""

    def __init__(
        self, *replies: Callable[[Chat], None], models: tuple[str, ...] = ("text-embedding-small", "scripted")
    ):
        self.replies, self.models = replies, models
        self.requests: list[dict[str, Any]] = []
        self.headers: list[Message] = []
        self.stopping, self.asked = threading.Event(), threading.Event()

    def __enter__(self) -> Self:
        server = self

        class Handler(Chat):
            pass

        Handler.server_of = server
        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()  # waits for the requests at work

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what the tests are about."""


class Chat(BaseHTTPRequestHandler):
    """One request, and the words for a reply."""

    server_of: ChatServer
    timeout = 5  # seconds; a client that never hangs up ends all the same
    request_json: dict[str, Any]

    def do_GET(self) -> None:
        if self.path != "/v1/models":
            self.fail(404)
            return
        rows = [{"id": name, "object": "model", "created": 0, "owned_by": "test"} for name in self.server_of.models]
        self.fail(200, {"object": "list", "data": rows})

    def do_POST(self) -> None:
        self.request_json = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server = self.server_of
        server.requests.append(self.request_json)
        server.headers.append(self.headers)
        server.asked.set()
        reply = server.replies[min(len(server.requests), len(server.replies)) - 1]
        try:
            reply(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    @property
    def lines(self) -> dict[int, str]:
        """The evidence in the prompt, by number."""
        prompt = self.request_json["messages"][-1]["content"]
        return {int(number): text for number, text in LINE.findall(prompt)}

    def fail(self, status: int, body: Any = None, **headers: str) -> None:
        """A whole answer, with its status: JSON, or HTML when the body is text."""
        html = isinstance(body, str)
        data = body.encode() if html else json.dumps(body or {"error": {"message": "scripted", "code": None}}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if html else "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def start(self, length: int | None = None) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        self.event({"role": "assistant", "content": None})

    def say(self, text: str) -> None:
        self.event({"content": text})

    def done(self, reason: str = "stop") -> None:
        self.event({}, reason)
        self.wfile.write(b"data: [DONE]\n\n")

    def event(self, delta: dict[str, Any], reason: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        self.raw(json.dumps({"id": "1", "object": "chat.completion.chunk", "model": "scripted", "choices": [choice]}))

    def raw(self, data: str) -> None:
        self.wfile.write(f"data: {data}\n\n".encode())
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Nothing: tests look at `ChatServer.requests`."""


Reply = Callable[[Chat], None]


def says(*pieces: str, reason: str = "stop") -> Reply:
    """A stream of these pieces."""

    def reply(chat: Chat) -> None:
        chat.start()
        for piece in pieces:
            chat.say(piece)
        chat.done(reason)

    return reply


def fails(status: int, body: Any = None, **headers: str) -> Reply:
    """An answer with this status, body and headers."""
    return lambda chat: chat.fail(status, body, **headers)


def stalls(*pieces: str) -> Reply:
    """Says these pieces, then nothing, and keeps the connection open."""

    def reply(chat: Chat) -> None:
        if pieces:
            chat.start()
        for piece in pieces:
            chat.say(piece)
        chat.server_of.stopping.wait()

    return reply


def quotes(phrase: str, *more: str) -> Reply:
    """As JSON, the line of the evidence that holds the phrase, word for word, then `more` that cite it as well."""

    def reply(chat: Chat) -> None:
        number, text = next((n, text) for n, text in chat.lines.items() if phrase in text)
        chat.start()
        sentences = [{"text": said, "sources": [number]} for said in (text, *more)]
        whole = json.dumps({"sentences": sentences})
        for start in range(0, len(whole), 7):
            chat.say(whole[start : start + 7])
        chat.done()

    return reply
