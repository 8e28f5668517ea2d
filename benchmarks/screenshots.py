"""Pictures of the running app for the documentation: `python -m benchmarks.screenshots` rewrites `docs/images/*.png`.

Starts the app over a new library of the sample articles, on a free port, and drives it with Chromium. Each picture is
named by width (desk, phone), color scheme and page.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, Playwright, ViewportSize, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
QUESTION = "Who backs opposition groups in northwestern Syria?"
TIMED = "Who resigned in October 2022?"
UNANSWERABLE = "What did Angela Merkel say about nuclear power?"
SIZES: dict[str, ViewportSize] = {"desk": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
]
PATIENCE = 180_000  # ms for the model to load and the sample to be indexed on a slow machine
SETTLE = 400  # ms for the viewer's motion and the page's scrolling to end


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--app", type=Path, default=ROOT / "app.py", help="the app to run")
    parser.add_argument("--only", default="", help="sizes and schemes to take, as in desk_light,phone_dark")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images", help="folder for the pictures")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as library,
        served(options.app, Path(library)) as url,
        sync_playwright() as playwright,
    ):
        browser = chromium(playwright)
        for size in SIZES:
            for scheme in SCHEMES:
                if options.only and f"{size}_{scheme}" not in options.only.split(","):
                    continue
                take(browser, url, size, scheme, options.out)
        browser.close()


def chromium(playwright: Playwright) -> Browser:
    """The browser, started."""
    return playwright.chromium.launch(executable_path=executable(), args=ARGS)


def executable() -> str | None:
    """Where Chromium is; `None` leaves it to Playwright."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def served(app: Path, library: Path) -> Iterator[str]:
    """The address of the app, served over this library until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(app), f"--server.port={port}"],
        cwd=ROOT, env={**os.environ, "CITEWIRE_LIBRARY": str(library)}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield _when_healthy(f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:  # a model that is loading does not listen
            process.kill()
            process.wait()


def _when_healthy(url: str, process: subprocess.Popen[bytes]) -> str:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SystemExit(f"The app ended with code {process.returncode}.")
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
                return url
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.1)
    raise SystemExit("The app did not start within a minute.")


def kept(picture: bytes, file: Path) -> None:
    """Write a picture with a palette of 256 colors: half the size, and no difference to be seen on these pages."""
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)


def take(browser: Browser, url: str, size: str, scheme: Literal["light", "dark"], out: Path) -> None:
    """Every page in one size and color scheme."""
    context = browser.new_context(
        base_url=url,
        locale="en-GB",
        viewport=SIZES[size],
        color_scheme=scheme,
        has_touch=size == "phone",
        device_scale_factor=1.5,
    )
    page = context.new_page()

    def shoot(name: str) -> None:
        expect(page.locator(".stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=PATIENCE)
        expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=PATIENCE)
        page.wait_for_timeout(SETTLE)
        kept(page.screenshot(), out / f"{size}_{scheme}_{name}.png")

    page.goto("/")
    expect(page.get_by_role("heading", name="Ask the news")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("status")).to_have_count(0, timeout=PATIENCE)
    skip = page.get_by_role("button", name="Skip the tour")
    if skip.is_visible():  # the first time alone: the library remembers
        shoot("tour")
        skip.click()
        expect(skip).to_have_count(0)
    shoot("home")
    _ask(page, QUESTION)
    expect(page.locator(".st-key-next_questions")).to_be_visible(timeout=PATIENCE)
    shoot("answer")
    page.locator("a.cw-chip").first.click()
    expect(page.get_by_role("dialog").locator("mark").first).to_be_visible()
    shoot("source")
    page.keyboard.press("Escape")
    _ask(page, UNANSWERABLE, "Closest passages")
    shoot("abstention")
    page.goto("/")
    _ask(page, TIMED)
    page.locator('[class*="st-key-when_"] button').click()
    expect(page.get_by_role("button", name="Any time")).to_be_visible()
    shoot("time")
    page.goto("/articles")
    expect(page.locator(".st-key-pager")).to_be_visible(timeout=PATIENCE)
    shoot("articles")
    page.locator('[class*="st-key-read_"] button').first.click()
    expect(page.locator("article.cw-article")).to_be_visible(timeout=PATIENCE)
    shoot("article")
    page.goto("/insight")
    expect(page.locator('[class*="st-key-plot_map_"] svg.marks')).to_be_visible(timeout=PATIENCE)
    shoot("insight")
    page.locator('[class*="st-key-plot_map_"]').scroll_into_view_if_needed()
    shoot("map")
    page.locator("ol.cw-timeline").scroll_into_view_if_needed()
    shoot("timeline")
    page.goto("/evaluation")
    page.get_by_role("tab", name="Public question sets").click()
    expect(page.locator("svg.marks").first).to_be_visible(timeout=PATIENCE)
    shoot("evaluation")
    page.goto("/settings")
    expect(page.get_by_role("button", name="Apply", exact=True)).to_be_visible()
    shoot("settings")
    page.get_by_role("tab", name="Appearance").click()
    expect(page.get_by_role("radio", name="Dark")).to_be_visible(timeout=PATIENCE)
    shoot("appearance")
    context.close()


def _ask(page: Page, question: str, then: str = "confidence") -> None:
    box = page.get_by_test_id("stChatInputTextArea")
    box.fill(question)
    box.press("Enter")
    expect(page.get_by_text(then).last).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("button", name="Try again")).to_be_visible(timeout=PATIENCE)


if __name__ == "__main__":
    main()
