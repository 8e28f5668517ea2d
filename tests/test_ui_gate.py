"""The app's gate: open on this machine, closed beyond it without a token or a provider; a real server behind it."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from corpus.library import Library
from qa.cli import app
from qa.errors import SettingsError
from qa.guessing import FAILURES
from qa.ui import SCRIPT, state
from qa.ui.gate import COOKIE, HEALTH, LOGIN, Gate, admitted, refusal
from tests.fakes import FakeEngine, fill
from tests.test_cli import ROOT

APP = "app-token-0123456789"


async def behind(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
    else:
        await PlainTextResponse("the app")(scope, receive, send)


def talk(gate: Gate, *requests: tuple[str, str, dict[str, Any]]) -> list[httpx.Response]:
    async def all_of_them() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=gate)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return [await client.request(method, path, **more) for method, path, more in requests]

    return asyncio.run(all_of_them())


def socket_answer(gate: Gate, cookie: str = "") -> str:
    sent: list[str] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    scope = {"type": "websocket", "path": "/_stcore/stream", "headers": [(b"cookie", cookie.encode())]}
    asyncio.run(gate(scope, receive, send))
    return sent[0]


def test_on_this_machine_it_is_open_and_beyond_closed() -> None:
    assert talk(Gate(behind, "", "127.0.0.1"), ("GET", "/", {}))[0].text == "the app"
    closed = Gate(behind, "", "0.0.0.0")
    page, health = talk(closed, ("GET", "/", {}), ("GET", HEALTH, {}))
    assert page.status_code == 403
    assert "nobody is asked who they are" in page.text
    assert "<form" not in page.text
    assert health.status_code == 200  # says that it runs, and no more
    assert socket_answer(closed) == "websocket.close"


def test_with_a_token_everything_waits_for_it() -> None:
    gate = Gate(behind, APP, "0.0.0.0")
    asked, wrong, other, right, inside = talk(
        gate,
        ("GET", "/media/x.png", {}),
        ("POST", LOGIN, {"data": {"token": "<b>guess</b>"}}),
        ("POST", "/upload", {"data": {"token": APP}}),
        ("POST", LOGIN, {"data": {"token": APP}, "headers": {"X-Forwarded-Proto": "https"}}),
        ("GET", "/", {}),
    )
    assert [r.status_code for r in (asked, wrong, other, right)] == [401, 401, 401, 303]
    assert "<b>" not in wrong.text
    cookie = right.headers["set-cookie"]
    assert APP not in cookie
    assert all(word in cookie for word in ("HttpOnly", "SameSite=lax", "Secure"))
    assert inside.status_code == 401  # a cookie for https is not sent over http
    value = cookie.split(";")[0]
    assert talk(gate, ("GET", "/", {"headers": {"Cookie": value}}))[0].text == "the app"
    assert talk(gate, ("GET", "/", {"headers": {"Cookie": f"{COOKIE}=forged"}}))[0].status_code == 401
    assert socket_answer(gate) == "websocket.close"
    assert socket_answer(gate, value) == "websocket.accept"


def test_guessing_is_slowed_and_bodies_are_bounded() -> None:
    gate = Gate(behind, APP, "0.0.0.0")
    tries = [("POST", LOGIN, {"data": {"token": "guess"}})] * FAILURES
    *_, last = talk(gate, *tries, ("POST", LOGIN, {"data": {"token": APP}}))
    assert last.status_code == 429
    assert talk(Gate(behind, APP, "::"), ("POST", LOGIN, {"content": b"x" * 5000}))[0].status_code == 413


def test_where_it_may_listen_and_whom_a_provider_lets_in() -> None:
    assert refusal("127.0.0.1", {}) is None
    assert refusal("0.0.0.0", {"CITEWIRE_APP_TOKEN": APP}) is None
    assert "at least 16" in (refusal("127.0.0.1", {"CITEWIRE_APP_TOKEN": "short"}) or "")
    assert "CITEWIRE_APP_TOKEN" in (refusal("10.0.0.7", {}) or "")
    users = {"CITEWIRE_APP_USERS": "ann@vale.example, @post.example"}
    for address, verified, expected in (
        ("ann@vale.example", True, True), ("Bo@Post.example", True, True), ("bo@vale.example", True, False),
        ("bo@evil-post.example", True, False), ("ann@vale.example", False, False), ("", True, False),
    ):  # fmt: skip
        assert admitted({"email": address, "email_verified": verified}, users) == expected
    assert not admitted({"email": "ann@vale.example"}, {})
    assert admitted({"email": "x@y.example"}, {"CITEWIRE_APP_USERS": "*"})


def test_the_command_refuses_and_starts(tmp_path: Path) -> None:
    refused = CliRunner().invoke(app, ["ui", "--host", "0.0.0.0", "--library", str(tmp_path / "lib")])
    assert isinstance(refused.exception, SettingsError)
    assert "nobody is asked" in str(refused.exception)
    library = Library.open(tmp_path / "lib", create=True)
    fill(library)  # else the sample would be indexed
    library.close()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", "from qa.cli import main; main()", "ui", "--host", "0.0.0.0", "--port", str(port),
         "--name", "news.example", "--library", str(tmp_path / "lib")],
        cwd=ROOT, env=os.environ | {"CITEWIRE_APP_TOKEN": APP}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        until_it_runs(url + HEALTH, process)
        with httpx.Client(base_url=url, follow_redirects=True) as client:
            assert client.get("/").status_code == 401
            inside = client.post(LOGIN, data={"token": APP})
            assert inside.status_code == 200
            assert "streamlit" in inside.text.lower()
    finally:
        process.terminate()
        process.wait(timeout=30)


def until_it_runs(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 100
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail("The app did not start.")


def test_where_a_provider_is_configured_nothing_is_drawn_before_the_sign_in(tmp_path: Path) -> None:
    state.use_engine(FakeEngine.over(tmp_path))
    try:
        page = AppTest.from_file(str(SCRIPT), default_timeout=60)
        page.secrets["auth"] = {"redirect_uri": "http://localhost/oauth2callback", "cookie_secret": "x" * 32}
        page.run()
        assert not page.exception
        assert [button.label for button in page.button] == ["Sign in"]
        assert len(page.sidebar) == 0
    finally:
        state.close()
