"""Who may use the app: on this machine anyone; beyond it, who has the token or was signed in by an OpenID provider.

ASGI middleware for the token, so that pages, uploads and the connection behind them are all closed without it; and what
the script asks before it draws anything when an OpenID provider is configured. Fails closed.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from html import escape
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

import streamlit as st
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config

from qa.guessing import Guesses, is_loopback

TOKEN, USERS = "CITEWIRE_APP_TOKEN", "CITEWIRE_APP_USERS"
COOKIE, LOGIN, HEALTH = "citewire_app", "/login", "/_stcore/health"
LEAST_TOKEN = 16  # characters
MOST_BODY = 4096  # bytes of a login
REFUSED = 1008  # WebSocket: policy violation


def refusal(host: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """Why the app must not listen on this host; `None` when it may."""
    token = environment.get(TOKEN, "")
    if token and len(token) < LEAST_TOKEN:
        return f"{TOKEN} must have at least {LEAST_TOKEN} characters."
    if is_loopback(host) or token:
        return None
    if not oidc():
        return (
            f"Others could reach {host!r}, and nobody is asked who they are. Set {TOKEN}, or configure an OpenID provider "
            "(docs/operations.md), or listen on 127.0.0.1."
        )
    if not environment.get(USERS):
        return (
            f"An OpenID provider is configured. Say in {USERS} whom it may let in: addresses, @domains, or * for all."
        )
    return None


def oidc() -> bool:
    """Whether an OpenID provider is configured, in the section `auth` of Streamlit's secrets.toml."""
    return st.secrets.load_if_toml_exists() and bool(st.secrets.get("auth"))


def admitted(user: Mapping[str, object], environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a signed-in user is among those that may enter. An address that its provider did not verify is none."""
    address = str(user.get("email") or "").lower()
    allowed = [name.strip().lower() for name in environment.get(USERS, "").split(",") if name.strip()]
    if "*" in allowed:
        return True
    if not address or user.get("email_verified") is False:
        return False
    return any(address == name or (name.startswith("@") and address.endswith(name)) for name in allowed)


def signed_in() -> bool:
    """Whether the page may be drawn. Where a provider is configured and nobody is signed in, offers to sign in."""
    if not oidc():
        return True
    known = st.user.get("is_logged_in") is True
    if known and admitted(st.user.to_dict()):
        return True
    if known:
        st.html('<p role="alert">This account may not use this library. Ask whoever runs it.</p>')
        st.button("Sign out", on_click=st.logout)
    else:
        st.html("<p>Sign in to ask this library.</p>")
        st.button("Sign in", type="primary", on_click=st.login)
    return False


class Gate:
    """ASGI middleware. Without a token set, it lets all pass that `refusal` lets pass; with one, whoever gave it once."""

    def __init__(self, app: ASGIApp, token: str | None = None, host: str | None = None) -> None:
        self._app, self._token, self._host = app, token, host
        self._guesses = Guesses()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass, or answer with the form, or refuse."""
        if scope["type"] not in ("http", "websocket") or scope["path"] == HEALTH:
            await self._app(scope, receive, send)
            return
        token = os.environ.get(TOKEN, "") if self._token is None else self._token
        host = str(config.get_option("server.address") or "") if self._host is None else self._host
        reason = refusal(host, {TOKEN: token, USERS: os.environ.get(USERS, "")})
        if reason is None and (not token or _knows(Headers(scope=scope), token)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": REFUSED})
        else:
            response = _page(reason, HTTPStatus.FORBIDDEN) if reason else await self._enter(scope, receive, token)
            await response(scope, receive, send)

    async def _enter(self, scope: Scope, receive: Receive, token: str) -> Response:
        """The form; or, when it was sent, the way in."""
        request = Request(scope, receive)
        if request.method != "POST" or request.url.path != LOGIN:
            return _page(None, HTTPStatus.UNAUTHORIZED)
        address = request.client.host if request.client else ""
        if wait := self._guesses.wait(address):
            return _page(f"Too many wrong tokens. Try again in {wait} seconds.", HTTPStatus.TOO_MANY_REQUESTS)
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > MOST_BODY:
                return _page("That is no token.", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        given = parse_qs(body.decode("utf-8", "replace")).get("token", [""])[0].strip()
        if not hmac.compare_digest(given.encode(), token.encode()):
            self._guesses.note(address)
            return _page("That is not the token.", HTTPStatus.UNAUTHORIZED)
        response = RedirectResponse("/", HTTPStatus.SEE_OTHER)
        secure = "https" in (request.url.scheme, request.headers.get("x-forwarded-proto"))
        response.set_cookie(COOKIE, _proof(token), httponly=True, samesite="lax", secure=secure)
        return response


def _proof(token: str) -> str:
    """What the cookie holds: proves that the token was known, and does not tell it."""
    return hmac.new(token.encode(), b"citewire app", hashlib.sha256).hexdigest()


def _knows(headers: Headers, token: str) -> bool:
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return False
    return cookie is not None and hmac.compare_digest(cookie.value.encode(), _proof(token).encode())


_STYLE = "body{font:1.1rem/1.6 system-ui,sans-serif;max-width:26rem;margin:20vh auto;padding:0 1rem}input{font:inherit}"


def _page(message: str | None, status: HTTPStatus) -> Response:
    """The form for the token, with what was wrong; without a form when no token would help."""
    alert = f'<p role="alert">{escape(message)}</p>' if message else ""
    form = (
        f'<form method="post" action="{LOGIN}"><p><label>Token of this library<br>'
        '<input type="password" name="token" autocomplete="current-password" autofocus required></label> '
        '<input type="submit" value="Enter"></p></form>'
    )
    body = alert + ("" if status == HTTPStatus.FORBIDDEN else form)
    return HTMLResponse(
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Citewire</title><style>{_STYLE}</style><main><h1>Citewire</h1>{body}</main></html>",
        status, {"Cache-Control": "no-store"},
    )  # fmt: skip
