"""Screenshots of every page, light and dark, wide and phone, into docs/images.

    python -m benchmarks.screenshots

Starts the app on a new library of the sample articles; needs Chromium (or CHROMIUM set to its path).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

PORT = 8598
URL = f"http://127.0.0.1:{PORT}"
OUT = Path("docs/images")
SIZES = {"desk": (1280, 800), "phone": (390, 844)}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]


def _ask(page: Page, question: str) -> None:
    box = page.get_by_test_id("stChatInputTextArea")
    box.fill(question)
    box.press("Enter")
    page.get_by_text(question).last.wait_for()
    page.get_by_role("button", name="Try again").wait_for(timeout=120_000)
    page.wait_for_timeout(1200)


def shoot(browser: Browser, size: str, scheme: str) -> None:
    """All pages in one size and color scheme."""
    width, height = SIZES[size]
    dark = scheme == "dark"
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light")
    page = context.new_page()

    def save(name: str) -> None:
        page.wait_for_timeout(800)
        page.screenshot(path=OUT / f"{size}_{scheme}_{name}.png")

    page.goto(URL)
    page.get_by_test_id("stChatInputTextArea").wait_for(timeout=60_000)
    page.get_by_text("Loading the language model").wait_for(state="hidden", timeout=120_000)
    save("home")
    _ask(page, "Who backs opposition groups in northwestern Syria?")
    save("answer")
    page.locator("a.cite").first.click()
    save("source")
    page.keyboard.press("Escape")
    _ask(page, "What did Angela Merkel say about nuclear power?")
    save("abstention")
    page.goto(f"{URL}/articles")
    page.locator(".arow").first.wait_for()
    save("articles")
    page.locator(".arow a").nth(3).click()
    page.locator("article.art").wait_for()
    save("article")
    context.close()


def main() -> None:
    """Serve, shoot, stop."""
    OUT.mkdir(parents=True, exist_ok=True)
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={PORT}"],
            env=os.environ | {"CITEWIRE_LIBRARY": folder}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            for _ in range(300):
                try:
                    urllib.request.urlopen(f"{URL}/_stcore/health", timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.2)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
                for size in SIZES:
                    for scheme in ("light", "dark"):
                        shoot(browser, size, scheme)
                browser.close()
        finally:
            server.terminate()
            server.wait(20)


if __name__ == "__main__":
    main()
