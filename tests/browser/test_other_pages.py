"""Articles, Insight, Evaluation and Settings in a real browser over the real engine, each through its main job.

Every state passed on the way has no serious or critical violation by axe-core.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

LOADING = 180_000  # ms: the model loads and the sample is indexed behind the first page
SLOW = 30_000  # ms that one step may take on a busy machine
PAGES = ("articles", "insight", "evaluation", "settings")


def check(page: Page, where: str) -> None:
    """Fail on any serious or critical violation that axe-core finds, once the page is drawn to its end."""
    expect(page.locator(".stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=SLOW)
    found = Axe().run(page).response["violations"]
    grave = [(v["id"], v["nodes"][:3]) for v in found if v["impact"] in ("serious", "critical")]
    assert not grave, (where, json.dumps(grave, indent=1))


def go(page: Page, path: str) -> None:
    page.goto(f"/{path}")
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=SLOW)


def sample(page: Page) -> None:
    """Wait until the sample is indexed."""
    page.goto("/")
    expect(page.locator(".cw-hero")).to_contain_text("6 publishers", timeout=LOADING)
    expect(page.locator("p.cw-status")).to_have_count(0, timeout=LOADING)


def test_an_article_is_found_tagged_deleted_and_brought_back(page: Page) -> None:
    sample(page)
    go(page, "articles")
    expect(page.locator(".st-key-pager")).to_contain_text("1–20 of", timeout=SLOW)
    box = page.get_by_label("Search articles")
    box.fill("wheat suez cana")
    box.press("Enter")
    expect(page.get_by_text("No article matches.")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Show all articles").click()
    expect(page.locator(".st-key-pager")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Filters").click()
    expect(page.get_by_role("group", name="From")).to_be_visible(timeout=SLOW)
    check(page, "filters")
    page.keyboard.press("Escape")
    box.fill("ship blocks suez can")
    box.press("Enter")
    title = page.locator('[class*="st-key-read_"] button').filter(has_text="Container ship blocks the Suez Canal")
    expect(page.locator(".st-key-pager")).to_contain_text("1–2 of 2", timeout=SLOW)
    title.click()
    expect(page.locator("article.cw-article")).to_be_visible(timeout=SLOW)
    tags = page.get_by_role("combobox", name="Tags")
    tags.press_sequentially("shipping")
    expect(page.get_by_role("option", name="Add: shipping")).to_be_visible(timeout=SLOW)
    tags.press("Enter")
    expect(page.get_by_label("shipping", exact=True)).to_be_visible(timeout=SLOW)
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)
    check(page, "reader")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator(".st-key-undo")).to_contain_text("Deleted “Container ship blocks the Suez Canal”", timeout=SLOW)
    check(page, "undo")
    page.get_by_role("button", name="Undo").click()
    expect(title).to_be_visible(timeout=SLOW)
    expect(page.locator(".cw-tag", has_text="shipping")).to_be_visible()


def test_a_click_on_the_map_opens_the_article(page: Page) -> None:
    sample(page)
    go(page, "insight")
    plot = page.locator('[class*="st-key-plot_map_"]')
    expect(plot.locator("svg").first).to_be_visible(timeout=LOADING)
    expect(page.locator("ol.cw-timeline li").first).to_be_visible()
    check(page, "insight")
    plot.locator(".mark-symbol.role-mark path").first.click()
    expect(page.locator("article.cw-article")).to_be_visible(timeout=SLOW)
    assert "article=" in page.url


def test_own_questions_are_evaluated(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text(
        '{"question": "How long did the Ever Given block the Suez Canal?", "article": "Ever Given is freed after six days"}\n'
        '{"question": "Who won the 2022 World Cup?", "answerable": false}\n'
    )
    sample(page)
    go(page, "evaluation")
    page.locator('input[type="file"]').set_input_files(file)
    expect(page.get_by_text("questions.jsonl")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Evaluate", exact=True).click()
    expect(page.get_by_text("questions from questions.jsonl went right")).to_be_visible(timeout=LOADING)
    check(page, "evaluation")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as JSON").click()
    assert json.loads(download.value.path().read_text())["questions"] == 2


def test_the_articles_are_exported_and_deleting_all_wants_to_be_typed(page: Page) -> None:
    sample(page)
    go(page, "settings")
    page.get_by_role("tab", name="Data").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Articles (JSONL)").click()
    assert len(download.value.path().read_text().splitlines()) > 30
    page.get_by_role("button", name="Delete everything").click()
    expect(page.get_by_text("Nothing was deleted.")).to_be_visible(timeout=SLOW)


def test_colors_are_chosen_and_kept_on_every_page(page: Page) -> None:
    sample(page)
    page.goto("/settings")
    page.get_by_role("tab", name="Appearance").click()
    page.get_by_role("radio", name="Dark").click()
    app = page.locator(".stApp")
    expect(app).to_have_css("background-color", "rgb(20, 18, 15)")
    page.goto("/articles")
    expect(app).to_have_css("background-color", "rgb(20, 18, 15)")
    expect(page.locator(".st-key-pager")).to_be_visible()
    page.goto("/settings")
    page.get_by_role("tab", name="Appearance").click()
    expect(page.get_by_role("radio", name="Dark")).to_be_checked()


def test_every_page_is_accessible_and_fits_a_phone_in_the_dark(phone: Page) -> None:
    phone.emulate_media(color_scheme="dark")
    sample(phone)
    expect(phone.locator(".st-key-tour button").first).to_be_visible(timeout=SLOW)
    check(phone, "home with the tour")
    for path in PAGES:
        go(phone, path)
        phone.wait_for_load_state("networkidle")
        check(phone, path)
        overflow = phone.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth - window.innerWidth")
        assert overflow <= 0, (path, overflow)
