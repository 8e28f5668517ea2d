"""Ask, click, read: what a person does, in a real browser, on the sample articles."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
QUESTION = "Who backs opposition groups in northwestern Syria?"
SENTENCE = (
    "Armed groups that oppose Assad still hold part of the northwest, and they are backed by Turkey, which keeps troops "
    "of its own in the area."
)


def ask(page: Page, question: str) -> None:
    page.goto("/")
    box = page.get_by_test_id("stChatInputTextArea")
    box.fill(question)
    box.press("Enter")
    expect(page.get_by_role("button", name="Try again")).to_be_visible(timeout=120_000)


def test_citation_opens_the_sentence(page: Page) -> None:
    ask(page, QUESTION)
    url = page.url
    expect(page.locator(".answer").first).to_contain_text(SENTENCE)
    page.locator("a.cite").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("mark.cited")).to_have_text(SENTENCE)
    expect(dialog.locator("mark.cited")).to_be_in_viewport()
    expect(dialog).to_contain_text("Northline News")
    expect(dialog).to_contain_text("15 Mar 2023")
    assert page.url == url
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    expect(page.locator("a.cite").first).to_be_focused()


def test_keyboard_and_reload(page: Page) -> None:
    ask(page, QUESTION)
    page.reload()
    expect(page.locator(".answer").first).to_contain_text(SENTENCE, timeout=30_000)
    page.locator("a.cite").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").locator("mark.cited")).to_have_text(SENTENCE)


@pytest.mark.parametrize("page", [(390, 844)], indirect=True)
def test_phone_sheet(page: Page) -> None:
    ask(page, QUESTION)
    page.locator("a.cite").first.click()
    expect(page.get_by_role("dialog").locator("mark.cited")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_abstention(page: Page) -> None:
    ask(page, "Who designed the Eiffel Tower?")
    expect(page.locator(".abstain")).to_contain_text("The articles don't answer that.")
    page.locator("a.src").first.click()
    expect(page.get_by_role("dialog").locator("mark.cited")).to_be_in_viewport()


def test_add_pasted_text_then_ask(page: Page) -> None:
    page.goto("/articles")
    page.get_by_text("Add articles").click()
    page.get_by_role("tab", name="Paste text").click()
    page.get_by_role("textbox", name="Title on the first line").fill(
        "Quokka census on Rottnest\n\nRangers counted 11,407 quokkas on Rottnest Island in May, <b>a record</b>."
    )
    page.get_by_role("textbox", name="Title on the first line").press("Control+Enter")
    page.get_by_role("button", name="Add text").click()
    expect(page.get_by_text("Done:")).to_be_visible(timeout=120_000)
    ask(page, "How many quokkas were counted on Rottnest Island?")
    expect(page.locator(".answer").first).to_contain_text("11,407 quokkas on Rottnest Island in May, <b>a record</b>.")
