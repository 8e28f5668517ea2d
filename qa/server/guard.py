"""What every request passes before a route sees it: its id, its host, its size; and the headers of every response.

Plain ASGI, so that a streamed answer streams. CORS stays closed: no header ever allows another origin.
"""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable, Collection
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa import logs
from qa.server.problems import problem

log = logging.getLogger(__name__)

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_PORT = re.compile(r":\d*$")
ID_LENGTH = 64  # of a request id that a client chose; a longer one is replaced


class Guard:
    """ASGI middleware. `hosts`: names under which the server may be addressed; empty allows any. `note` gets each
    response's route and status.

    A page of another site that makes its own name resolve to this machine is refused by its `Host` header.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str], max_body: int, note: Callable[[str, int], None]) -> None:
        self._app, self._hosts, self._max_body, self._note = app, frozenset(hosts), max_body, note

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with a problem."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = _request_id(headers.get("x-request-id"))
        scope.setdefault("state", {})["request_id"] = request_id

        token, started = logs.request_id.set(request_id), time.perf_counter()

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS | {"X-Request-ID": request_id})
                self._responded(scope, message["status"], started)
            await send(message)

        try:
            if (refusal := self._refusal(headers)) is not None:
                await problem(Request(scope), *refusal)(scope, receive, send_with_headers)
            else:
                await self._app(scope, self._limited(receive), send_with_headers)
        finally:
            logs.request_id.reset(token)

    def _responded(self, scope: Scope, status: int, started: float) -> None:
        """Count and log a response by its route: a path may hold an id, and a query anything."""
        route = getattr(scope.get("route"), "path_format", "none")
        self._note(route, status)
        milliseconds = round((time.perf_counter() - started) * 1000, 1)
        log.info(
            "request",
            extra={"method": scope["method"], "route": route, "status": status, "first_byte_ms": milliseconds},
        )

    def _limited(self, receive: Receive) -> Receive:
        """The body, as long as it is not too large."""
        seen = 0

        async def limited() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._max_body:
                raise HTTPException(*self._too_large())  # which the framework turns into our problem
            return message

        return limited

    def _refusal(self, headers: Headers) -> tuple[int, str] | None:
        host = _PORT.sub("", headers.get("host", ""))
        if self._hosts and host.lower() not in self._hosts:
            return HTTPStatus.MISDIRECTED_REQUEST, f"This server does not go by the name {host!r}."
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length) > self._max_body:
            return self._too_large()
        return None

    def _too_large(self) -> tuple[int, str]:
        return (
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"A request may have at most {self._max_body:,} bytes. Send less at a time.",
        )


def _request_id(given: str | None) -> str:
    usable = given and len(given) <= ID_LENGTH and given.isascii() and given.replace("-", "").replace("_", "").isalnum()
    return given if given and usable else uuid.uuid4().hex
