"""The main job in a real browser: ask, click a citation, read the cited sentence in its article."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

QUESTION = "Who backs opposition groups in northwestern Syria?"
UNANSWERABLE = "Who won the 2022 World Cup?"
LOADING = 180_000  # ms: the model loads and the sample is indexed behind the first question


def ask(page: Page, question: str = QUESTION) -> None:
    page.goto("/")
    box = page.get_by_test_id("stChatInputTextArea")
    box.fill(question)
    box.press("Enter")
    expect(page.get_by_role("button", name="Try again")).to_be_visible(timeout=LOADING)


def chip(page: Page, number: int = 1) -> Locator:
    return page.locator("p.cw-sentence a.cw-chip", has_text=re.compile(f"^{number}$")).first


def quote_of(page: Page, number: int = 1) -> str:
    """The cited quote, as the card of that source gives it."""
    return page.locator("ol.cw-cards").first.locator("li q").nth(number - 1).inner_text()


def marked(dialog: Locator) -> str:
    return "".join(dialog.locator("mark").all_inner_texts())


def test_a_click_on_a_citation_opens_its_sentence_in_the_article(page: Page) -> None:
    ask(page)
    expect(page.locator("p.cw-sentence").first).to_contain_text("Turkey")
    address, quote = page.url, quote_of(page)
    chip(page).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert marked(dialog) == quote
    expect(dialog.locator("mark").first).to_be_in_viewport()
    expect(page.locator("p.cw-sentence").first).to_contain_text(quote)
    expect(dialog.get_by_role("heading", level=2)).to_be_focused()
    assert page.url == address
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    expect(chip(page)).to_be_focused()


def test_the_keyboard_is_enough(page: Page) -> None:
    ask(page)
    chip(page).focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("status")).to_contain_text("Source 1 of")
    sources = page.locator("ol.cw-cards li").count()
    page.keyboard.press("ArrowRight")
    expect(dialog.get_by_role("status")).to_contain_text(f"Source {min(2, sources)} of {sources}")
    page.keyboard.press("ArrowLeft")
    dialog.get_by_role("button", name="Copy quote").focus()
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="Copied")).to_be_visible()
    assert f"“{quote_of(page)}”" in page.evaluate("navigator.clipboard.readText()")
    page.keyboard.press("Escape")
    expect(chip(page)).to_be_focused()


def test_the_viewer_leads_to_the_full_article_at_the_sentence(page: Page) -> None:
    ask(page)
    quote = quote_of(page)
    chip(page).click()
    with page.expect_popup() as opened:
        page.get_by_role("dialog").get_by_role("link", name="Open full article").click()
    reader = opened.value
    expect(reader.locator("article mark").first).to_be_in_viewport()
    assert "".join(reader.locator("article mark").all_inner_texts()) == quote


def test_a_phone_shows_the_source_in_a_sheet(phone: Page) -> None:
    ask(phone)
    chip(phone).tap()
    dialog = phone.get_by_role("dialog")
    expect(dialog.locator("mark").first).to_be_in_viewport()
    box = dialog.bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, 390)
    assert box["y"] > 60  # the answer is seen behind it
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    dialog.get_by_role("button", name="Close source").tap()
    expect(dialog).not_to_be_visible()


def test_a_reload_keeps_the_conversation(page: Page) -> None:
    ask(page)
    sentences = page.locator("p.cw-sentence").all_inner_texts()
    page.reload()
    expect(page.locator("p.cw-sentence")).to_have_text(sentences)
    expect(page.locator(".cw-question")).to_contain_text(QUESTION)
    chip(page).click()
    expect(page.get_by_role("dialog").locator("mark").first).to_be_visible()


def test_a_follow_up_is_understood_from_the_turn_before(page: Page) -> None:
    ask(page, "How long did the Ever Given block the Suez Canal?")
    box = page.get_by_test_id("stChatInputTextArea")
    box.fill("Who owned it?")
    box.press("Enter")
    expect(page.locator(".cw-understood")).to_have_text("Understood as: Who owned the Ever Given?", timeout=LOADING)
    expect(page.locator("p.cw-sentence", has_text="Shoei Kisen").first).to_be_visible()


def test_another_page_and_back_keeps_the_conversation(page: Page) -> None:
    ask(page)
    sentences = page.locator("p.cw-sentence").all_inner_texts()
    page.get_by_test_id("stSidebar").get_by_role("link", name="Articles").click()
    expect(page.get_by_role("heading", name="Articles")).to_be_visible()
    page.get_by_test_id("stSidebar").get_by_role("link", name="Ask").click()
    expect(page.locator("p.cw-sentence")).to_have_text(sentences)
    page.get_by_role("button", name="New question").click()
    expect(page.get_by_role("heading", name="Ask the news")).to_be_visible()


def test_a_question_without_an_answer_gets_none(page: Page) -> None:
    ask(page, UNANSWERABLE)
    expect(page.get_by_text("The articles don't answer that.")).to_be_visible()
    expect(page.locator("p.cw-sentence")).to_have_count(0)
    expect(page.locator(".cw-abstain")).to_contain_text(re.compile(r"The library holds \d+ articles, \d+ publishers"))
    quote = quote_of(page)
    page.get_by_role("list", name="Closest passages").get_by_role("link").first.click()
    assert marked(page.get_by_role("dialog")) == quote


def test_pasted_text_is_added_and_can_be_asked_about_as_it_stands(page: Page) -> None:
    page.goto("/articles")
    page.get_by_text("Add articles").click()
    page.get_by_role("tab", name="Paste text").click()
    text = (
        "The Zubrowka mill cost $3.5bn and $2bn *more* <script>document.title='x'</script> than its owner had planned."
    )
    page.get_by_role("textbox", name="Text", exact=True).fill(text)
    page.get_by_role("textbox", name="Title (optional)").fill("Mill runs over")
    page.get_by_role("button", name="Add text").click()
    expect(page.get_by_role("table", name="Results")).to_contain_text("added", timeout=LOADING)
    ask(page, "How much did the Zubrowka mill cost?")
    assert page.locator("p.cw-sentence .cw-text").all_inner_texts()[0] in text
    chip(page).click()
    assert marked(page.get_by_role("dialog")) == text
    assert page.title() == "Citewire"
