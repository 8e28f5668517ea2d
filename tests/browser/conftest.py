"""The real app with the real engine over a new library, the same pages over a fake engine, and a browser that may not
ask any other host."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
DESK = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=390, height=844)
Scheme = Literal["light", "dark"]
PATIENCE = 30_000  # ms that one step may take on a busy machine
expect.set_options(timeout=PATIENCE)
TRIES = 120  # half a second each: a slow machine starts the server within a minute


@pytest.fixture(scope="session")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `streamlit run app.py`, whose library is a new folder and whose log must stay free of errors."""
    with _served("app.py", tmp_path_factory.mktemp("app")) as url:
        yield url


@pytest.fixture(scope="session")
def fake_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the same pages over the fake engine: for what does not depend on the model."""
    with _served("tests/browser/fake_app.py", tmp_path_factory.mktemp("fake")) as url:
        yield url


@contextmanager
def _served(script: str, folder: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (folder / "server.log").open("w+")
    environment = {
        **os.environ, "CITEWIRE_LIBRARY": str(folder / "library"), "HOME": str(folder),
        "HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1",
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", script, f"--server.port={port}"],
        cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        _wait_until_healthy(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.seek(0)
        text = log.read()
        log.close()
    assert "Traceback" not in text, text[-4000:]


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(TRIES):
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
                return
        except (urllib.error.URLError, TimeoutError):
            try:
                process.wait(0.5)
            except subprocess.TimeoutExpired:
                continue
            pytest.fail(f"streamlit ended with code {process.returncode}")
    pytest.fail("streamlit did not start")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests."""
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not executable:
        pytest.fail("No Chromium. Install it (apt-get install chromium), or set CHROMIUM to its path.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, headless=True, args=ARGS)
        yield browser
        browser.close()


class Browse(Protocol):
    """Opens a page of its own, as another person would."""

    def __call__(
        self, *, phone: bool = False, scheme: Scheme = "light", still: bool = False, locale: str = "en-GB"
    ) -> Page:
        """A new browser context; `still` asks for reduced motion."""


@contextmanager
def _browsing(chromium: Browser, url: str) -> Iterator[Browse]:
    """Pages that have asked nobody but the app, and raised nothing, by the end."""
    errors: list[str] = []
    foreign: list[str] = []
    contexts: list[BrowserContext] = []

    def browse(*, phone: bool = False, scheme: Scheme = "light", still: bool = False, locale: str = "en-GB") -> Page:
        context = chromium.new_context(
            base_url=url, viewport=PHONE if phone else DESK, has_touch=phone, color_scheme=scheme,
            reduced_motion="reduce" if still else "no-preference", locale=locale,
        )  # fmt: skip
        contexts.append(context)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = context.new_page()
        page.set_default_timeout(2 * PATIENCE)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda r: None if r.url.startswith((url, "data:", "blob:")) else foreign.append(r.url))
        return page

    yield browse
    for context in contexts:
        context.close()
    assert not errors, errors
    assert not foreign, f"The page asked another host: {foreign}"


@pytest.fixture
def page(chromium: Browser, app_url: str) -> Iterator[Page]:
    """A desktop page of the real app."""
    with _browsing(chromium, app_url) as browse:
        yield browse()


@pytest.fixture
def phone(chromium: Browser, app_url: str) -> Iterator[Page]:
    """The same on a phone."""
    with _browsing(chromium, app_url) as browse:
        yield browse(phone=True)


@pytest.fixture
def browse(chromium: Browser, fake_url: str) -> Iterator[Browse]:
    """Pages over the fake engine."""
    with _browsing(chromium, fake_url) as browse:
        yield browse
