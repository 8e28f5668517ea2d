"""Text of attackers in every field of every article, in a real browser: no script runs, no request leaves, all is text."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.browser.conftest import _browsing, _served

pytestmark = pytest.mark.browser

SLOW = 30_000  # ms that one step may take on a busy machine
NAME = "<img src=x onerror=window.owned=11>'\"![p](https:evil.example).txt"
TEXT = (
    b"Lighthouse reopens\n\nThe lighthouse of Lindholm opened again on Monday after two years of repairs, the port said. "
    b"<script>window.owned=12</script> was written on its door, and visitors may climb it on any day.\n"
)


@pytest.fixture(scope="module")
def hostile_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the pages over the hostile library."""
    with _served("tests/browser/hostile_app.py", tmp_path_factory.mktemp("hostile")) as url:
        yield url


@pytest.fixture
def page(chromium: Browser, hostile_url: str) -> Iterator[Page]:
    """A page of them; by its end it has asked no other host and raised no error."""
    with _browsing(chromium, hostile_url) as browse:
        page = browse()
        page.on("dialog", lambda dialog: pytest.fail(f"a script spoke: {dialog.message}"))
        yield page


def nothing_ran(page: Page, shown: str) -> None:
    """The text is there, as text; nothing of it was taken for markup."""
    expect(page.get_by_text(shown).first).to_be_visible(timeout=SLOW)
    expect(page.locator(".stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=SLOW)
    assert page.evaluate("window.owned") is None
    assert page.locator('img[src*="evil"], iframe[srcdoc], svg[onload], [onerror], [onmouseover]').count() == 0
    assert page.locator('a[href^="javascript:"], a[href^="data:"]').count() == 0
    for link in page.locator('a[target="_blank"]').all():
        assert "noopener" in (link.get_attribute("rel") or "")


def test_no_text_of_an_article_runs_or_asks_another_host(page: Page) -> None:
    page.goto("/")
    nothing_ran(page, "Ask the news.")
    box = page.get_by_test_id("stChatInputTextArea")
    box.fill("Which harbor opened piers? <img src=x onerror=window.owned=13>")
    box.press("Enter")
    expect(page.get_by_role("button", name="Try again")).to_be_visible(timeout=SLOW)
    nothing_ran(page, "The harbor opened")
    page.locator("a.cw-chip").first.hover()
    nothing_ran(page, "You asked: Which harbor")
    page.locator("a.cw-chip").first.click()
    expect(page.get_by_role("dialog").locator("mark").first).to_be_visible(timeout=SLOW)
    nothing_ran(page, "The harbor opened")
    page.goto("/articles")
    nothing_ran(page, "@import url")
    page.locator('[class*="st-key-read_"] button').first.click()
    expect(page.locator("article.cw-article")).to_be_visible(timeout=SLOW)
    nothing_ran(page, "was written on a wall")


def test_no_file_name_runs(page: Page) -> None:
    page.goto("/articles")
    page.get_by_text("Add articles").click()
    page.locator('input[type="file"]').set_input_files(FilePayload(name=NAME, mimeType="text/plain", buffer=TEXT))
    page.get_by_role("button", name="Add to the library").click()
    results = page.get_by_role("table", name="Results")
    expect(results).to_contain_text("added", timeout=SLOW)
    expect(results).to_contain_text("onerror=window.owned=11")
    nothing_ran(page, "Lighthouse reopens")
