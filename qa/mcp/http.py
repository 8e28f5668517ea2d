"""The MCP server over streamable HTTP: behind the same guard and tokens as the REST API. `http_app(server, ...)`.

Sessions are not kept: every request stands alone, so nothing is lost when the server starts anew.
"""

from __future__ import annotations

from collections.abc import Collection
from http import HTTPStatus

from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from qa.server.access import Access, Role
from qa.server.guard import Guard
from qa.server.problems import Refused, problem

PATH = "/mcp"
MAX_BODY = 1024 * 1024  # bytes: a question and its history


class Bearer:
    """ASGI middleware: a token of a reader, when the server has tokens; and never a page of another site.

    A browser names the site that a request comes from; other programs don't, and no site is allowed.
    """

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with a problem."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, client = Headers(scope=scope), scope.get("client")
        try:
            if "origin" in headers:
                raise Refused(HTTPStatus.FORBIDDEN, "No web page may use this server.")
            self._access.require(Role.reader, headers.get("authorization"), client[0] if client else "")
        except Refused as refused:
            answer = problem(Request(scope), refused.status, refused.detail, retry_after=refused.retry_after)
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)


def http_app(server: MCPServer[None], access: Access, *, hosts: Collection[str]) -> Starlette:
    """The server as an ASGI app at `/mcp`. `hosts`: the names it answers to; empty allows any (behind a proxy)."""
    app = server.streamable_http_app(
        streamable_http_path=PATH, stateless_http=True, max_request_body_size=MAX_BODY,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),  # the guard does it
    )  # fmt: skip
    app.user_middleware[:0] = [
        Middleware(Guard, hosts=hosts, max_body=MAX_BODY, note=lambda _route, _status: None),
        Middleware(Bearer, access=access),
    ]
    return app
