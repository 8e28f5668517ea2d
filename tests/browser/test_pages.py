"""What the pages do in a real browser whatever the model: over the fake engine, which starts at once.

Every state that a page can be left in passes axe-core without a serious or critical violation, in light and in dark.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

pytestmark = pytest.mark.browser

QUESTION = "Who backs opposition groups, and when did the harvest begin?"
SLOW = 30_000  # ms that one step may take on a busy machine
Open = Callable[..., Page]


def ask(page: Page, question: str = QUESTION) -> None:
    turns = page.locator(".cw-question")
    before = turns.count()
    box = page.get_by_test_id("stChatInputTextArea")
    box.fill(question)
    box.press("Enter")
    expect(turns).to_have_count(before + 1, timeout=SLOW)
    expect(page.get_by_role("button", name="Try again")).to_be_visible(timeout=SLOW)
    expect(box).to_be_enabled(timeout=SLOW)


def start(page: Page, path: str = "/") -> Page:
    page.goto(path)
    expect(page.get_by_test_id("stChatInputTextArea")).to_be_visible(timeout=SLOW)
    return page


def check(page: Page, state: str) -> None:
    """Fail on any serious or critical violation that axe-core finds."""
    found = Axe().run(page).response["violations"]
    grave = [
        (v["id"], [(node["target"], node["any"][:1]) for node in v["nodes"][:3]])
        for v in found
        if v["impact"] in ("serious", "critical")
    ]
    assert not grave, (state, json.dumps(grave, indent=1))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_state_of_the_chat_page_is_accessible(browse: Open, scheme: str) -> None:
    page = start(browse(scheme=scheme, still=True))
    check(page, "home")
    ask(page)
    ask(page, "And the yields?")
    page.locator("details.cw-held summary").last.click()
    page.get_by_role("radio", name="Thumbs down").last.click()
    page.get_by_role("button", name="Comment").click()
    expect(page.get_by_label("What was good or wrong about it?")).to_be_visible()
    check(page, "answer, with what was withheld and a comment")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Edit how the question is understood").click()
    expect(page.get_by_label("Ask it as")).to_be_visible()
    check(page, "editing the question")
    page.keyboard.press("Escape")
    page.locator("a.cw-chip").first.click()
    expect(page.get_by_role("dialog").locator("mark").first).to_be_visible()
    check(page, "source")
    page.keyboard.press("Escape")
    page.goto(f"{page.url}&since=2023-01-01&publisher=Meridian%20Post")
    page.locator(".st-key-scope_menu button").click()
    expect(page.get_by_role("group", name="From")).to_be_visible()
    check(page, "scope")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keyboard").click()
    expect(page.get_by_role("table", name="Keyboard shortcuts")).to_be_visible()
    check(page, "keyboard")
    page.keyboard.press("Escape")
    for name in ("Rename", "Export"):
        page.get_by_role("button", name="Conversation menu").first.click()
        page.get_by_role("menuitem", name=name).click()
        expect(page.get_by_role("heading", name=f"{name} this conversation")).to_be_visible()
        check(page, name)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
    ask(page, "Who won the cup?")
    check(page, "abstention")
    page.get_by_test_id("stSidebar").get_by_role("link", name="Articles").click()
    expect(page.locator(".st-key-pager")).to_be_visible(timeout=SLOW)
    check(page, "articles")
    page.locator('[class*="st-key-read_"] button').first.click()
    expect(page.locator("article.cw-article")).to_be_visible(timeout=SLOW)
    check(page, "article")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_all_of_it_accessibly_within_its_width(browse: Open, scheme: str) -> None:
    page = start(browse(phone=True, scheme=scheme), "/?since=2023-01-01&until=2024-12-31&publisher=Meridian%20Post")
    check(page, "home")
    ask(page)
    ask(page, "And the yields, if anything is known about them?")
    page.locator("details.cw-held summary").last.tap()
    check(page, "answer")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    cut = page.evaluate(
        "[...document.querySelectorAll('.stMain .cw-asked, .stMain button, .stMain p:not(button p)')].filter((one) => {"
        "  const box = one.getBoundingClientRect(); return box.width && (box.left < 0 || box.right > innerWidth + 1); })"
        ".filter((one) => !one.closest('.cw-cards')).map((one) => one.outerHTML)"
    )
    assert cut == []


def test_an_edited_question_is_answered_as_it_was_written(browse: Open) -> None:
    page = start(browse())
    ask(page)
    ask(page, "And the <b>yields</b>?")
    line = page.locator(".cw-understood")
    expect(line).to_have_text(f"Understood as: {QUESTION} And the <b>yields</b>?")
    page.get_by_role("button", name="Edit how the question is understood").click()
    page.get_by_label("Ask it as").fill("Which powers have forces inside the country?")
    page.get_by_role("button", name="Ask again").click()
    expect(line).to_have_text("Understood as: Which powers have forces inside the country?", timeout=SLOW)
    expect(page.locator(".cw-question")).to_have_count(2)
    page.reload()
    expect(line).to_have_text("Understood as: Which powers have forces inside the country?", timeout=SLOW)


def test_withheld_sentences_are_folded_and_carry_no_citation(browse: Open) -> None:
    page = start(browse())
    ask(page)
    held = page.locator("details.cw-held")
    expect(held.locator("li")).not_to_be_visible()
    held.locator("summary").click()
    expect(held.locator("li")).to_have_text(re.compile("Not supported Not in any article.*It is not the sentence"))
    expect(held.locator("a")).to_have_count(0)
    page.get_by_role("radio", name="Thumbs up").click()
    expect(page.get_by_role("button", name="Comment")).to_be_visible()
    expect(held.locator("li")).to_be_visible()  # drawing the page again leaves it open


def test_a_citation_shows_its_quote_to_pointer_and_keyboard(browse: Open) -> None:
    page = start(browse())
    ask(page)
    preview, chip = page.get_by_role("tooltip"), page.locator("p.cw-sentence a.cw-chip").first
    quote = "Turkey backs armed opposition groups in the north with training and salaries, the officials said."
    chip.hover()
    expect(preview).to_contain_text(quote)
    expect(preview).to_contain_text("Meridian Post · 18 Oct 2023")
    page.mouse.move(2, 2)
    expect(preview).not_to_be_visible()
    page.locator(".cw-question").click()
    page.keyboard.press("Tab")
    while page.evaluate("!document.activeElement.matches('a.cw-chip')"):
        page.keyboard.press("Tab")
    expect(preview).to_contain_text(quote)
    assert chip.get_attribute("aria-description") == quote
    page.keyboard.press("Escape")
    expect(preview).not_to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_test_id("stChatInputTextArea")).to_be_focused()
    page.keyboard.press("/")  # while writing it is a letter
    expect(page.get_by_test_id("stChatInputTextArea")).to_have_value("/")


def test_sources_are_stepped_through_with_all_citations_of_the_article_marked(browse: Open) -> None:
    page = start(browse())
    ask(page, "How were the wheat yields of the harvest?")
    dialog = page.get_by_role("dialog")
    page.locator("a.cw-chip").first.click()
    quotes = page.locator("ol.cw-cards li q").all_inner_texts()
    assert len(quotes) == 2
    for here, there, key in ((0, 1, "ArrowRight"), (1, 0, "ArrowLeft")):
        expect(dialog.locator("mark")).to_have_text(quotes[here])
        expect(dialog.locator(".also")).to_have_text(quotes[there])
        expect(dialog.get_by_role("status")).to_have_text(f"Source {here + 1} of 2")
        page.keyboard.press(key)
    dialog.get_by_role("button", name="Copy quote").click()
    expect(dialog.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == f'“{quotes[0]}” ("Harvest begins early")'
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Copy as Markdown").click()
    expect(page.locator("a.cw-copy")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("**How were the wheat yields of the harvest?**")


def test_the_scope_is_chosen_seen_kept_and_cleared(browse: Open) -> None:
    page = start(browse())
    scope = page.locator(".st-key-scope_menu button")
    expect(scope).to_contain_text("All 3 articles")
    scope.click()
    page.get_by_role("combobox", name="Publishers").fill("Merid")
    page.get_by_role("option", name="Meridian Post").click()
    expect(scope).to_contain_text("Meridian Post · 1 article")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(r"[?&]publisher=Meridian(%20|\+)Post"))
    ask(page)
    expect(page.locator(".cw-asked")).to_have_text("Asked of: Meridian Post")
    expect(page.locator("p.cw-sentence")).to_have_count(1)
    page.reload()
    expect(scope).to_contain_text("Meridian Post · 1 article", timeout=SLOW)
    page.get_by_role("button", name="Ask all articles").click()
    expect(scope).to_contain_text("All 3 articles")
    expect(page).not_to_have_url(re.compile("publisher"))
    page.get_by_role("button", name="New question").click()
    page.get_by_test_id("stSidebar").get_by_role("link", name="Articles").click()
    page.get_by_role("button", name="Ask this article").first.click()
    expect(scope).to_contain_text("“What each outside power <script>alert(1)", timeout=SLOW)
    expect(page).to_have_url(re.compile(r"[?&]article="))
    expect(page.get_by_role("heading", name="Ask the news")).to_be_visible()


def test_a_conversation_is_downloaded_as_a_page_that_stands_alone(browse: Open, tmp_path: Path) -> None:
    page = start(browse())
    ask(page)
    page.get_by_role("button", name="Conversation menu").first.click()
    page.get_by_role("menuitem", name="Export").click()
    with page.expect_download() as given:
        page.get_by_role("button", name="HTML").click()
    file = tmp_path / given.value.suggested_filename
    given.value.save_as(file)
    assert file.name == "who-backs-opposition-groups-and-when-did-the-harvest-begin.html"
    exported = browse(scheme="dark", still=True)
    exported.set_content(file.read_text(encoding="utf-8"))
    expect(exported.get_by_role("heading", level=2)).to_have_text(QUESTION)
    expect(exported.locator("li q").first).to_contain_text("Turkey backs armed opposition groups")
    check(exported, "exported page")


def test_an_answer_is_shown_though_the_timer_that_follows_it_stopped(browse: Open) -> None:
    page = start(browse())
    page.evaluate("window.setInterval = () => 0")
    ask(page)
    expect(page.locator("p.cw-sentence").first).to_be_visible()


def test_people_who_ask_at_once_each_get_their_own_answer(browse: Open) -> None:
    asked = {
        "When did the harvest begin?": "The wheat harvest began on 3 May.",
        "Which outside powers have forces?": "Five outside powers have forces or proxies inside the country.",
        "Who pays them every month?": "We pay them every month.",
    }
    pages = [start(browse()) for _ in asked]
    for page, question in zip(pages, asked, strict=True):
        page.get_by_test_id("stChatInputTextArea").fill(question)
    for page in pages:
        page.get_by_test_id("stChatInputTextArea").press("Enter")
    for page, (question, answer) in zip(pages, asked.items(), strict=True):
        expect(page.get_by_role("button", name="Try again")).to_be_visible(timeout=SLOW)
        expect(page.locator(".cw-question")).to_have_text(f"You asked: {question}")
        expect(page.locator("p.cw-sentence").first).to_contain_text(answer)
    assert len({page.url for page in pages}) == len(pages)


def test_reduced_motion_moves_nothing(browse: Open) -> None:
    page = start(browse(still=True))
    ask(page)
    page.locator("a.cw-chip").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert dialog.evaluate("(one) => getComputedStyle(one).animationName") == "none"
    container = page.locator(".stAppViewContainer")
    assert container.evaluate("(one) => getComputedStyle(one).transitionDuration") == "0s"


def test_the_first_frame_needs_no_script_and_nothing_of_it_stays(browse: Open) -> None:
    page = browse()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/static/js/index*", hold)  # the scripts come only when they are let through
    page.goto("/", wait_until="commit")
    expect(page.locator(".cw-shell")).to_have_text("Citewire")
    expect(page).to_have_title("Citewire")
    for route in held:
        route.continue_()
    page.unroute("**/static/js/index*")
    expect(page.locator(".cw-hero")).to_be_visible()
    expect(page.locator(".cw-shell")).to_have_count(0)


def test_the_time_asked_about_is_a_chip_that_changes_the_question(browse: Open) -> None:
    page = start(browse(locale="en-US"))
    ask(page, "When did the wheat harvest begin in May 2023?")
    expect(page.locator(".cw-sentence")).not_to_have_count(0)
    page.get_by_role("button", name="Time: May 2023").click()
    page.get_by_role("button", name="Any time").click()
    expect(page.locator(".cw-understood")).to_have_text("Understood as: When did the wheat harvest begin?")
    page.goto("/")
    ask(page)
    expect(page.locator(".cw-where").first).to_have_text("Meridian Post · Oct 18, 2023")
    page.locator(".cw-question").click()
    page.keyboard.press("?")
    keys = page.get_by_role("table", name="Keyboard shortcuts")
    expect(keys).to_be_visible()
    check(page, "keys")
    page.get_by_text("Single keys").click()
    expect(page.get_by_role("switch", name="Single keys")).not_to_be_checked()
    page.keyboard.press("Escape")
    expect(keys).not_to_be_visible()
    for _ in range(30):  # the switch is drawn at once, and tells the page by way of the server
        page.locator(".cw-question").click()
        page.keyboard.press("/")
        if page.evaluate("document.activeElement.tagName") != "TEXTAREA":
            break
    expect(page.get_by_test_id("stChatInputTextArea")).not_to_be_focused()


def test_an_article_is_shown_as_it_stands_whatever_it_holds(browse: Open) -> None:
    title, arabic = "*Mill* :fire: $3.5bn and $2bn <script>x</script>", "قال عمر شريف إن المطحنة أغلقت يوم الاثنين."
    text = f"Omar Sharif closed the *mill* :fire: for $3.5bn and $2bn in Lisbon.\n\n{arabic}"
    page = browse()
    page.goto("/articles")
    page.get_by_text("Add articles").click()
    page.locator('input[type="file"]').set_input_files(
        {"name": "broken.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 broken"}
    )
    expect(page.get_by_text("broken.pdf")).to_be_visible()
    page.get_by_role("button", name="Add to the library").click()
    page.get_by_role("button", name="Try the failed one again").click()
    expect(page.get_by_role("table", name="Results")).to_contain_text("broken.pdf")
    page.get_by_role("button", name="Done").click()
    page.get_by_role("tab", name="Paste text").click()
    page.get_by_role("textbox", name="Text", exact=True).fill(text)
    page.get_by_role("textbox", name="Title (optional)").fill(title)
    page.get_by_role("button", name="Add text").click()
    expect(page.get_by_role("table", name="Results")).to_contain_text("added")
    page.get_by_role("button", name=title, exact=True).click()
    expect(page.locator("h1.cw-h1")).to_have_text(title)
    paragraphs = page.locator("article.cw-article p")
    expect(paragraphs).to_have_text(text.split("\n\n"))
    expect(paragraphs.last).to_have_css("direction", "rtl")
    check(page, "reader")
    page.get_by_role("link", name="Lisbon").click()
    expect(page.locator(".st-key-pager")).to_contain_text("1–1 of 1")
