"""How fast the app feels, timed inside a real browser: first paint, first answer, a citation opened, long conversations.

    python -m benchmarks.app_times [--listed FOLDER]

Starts the app over a new library of the sample articles and drives it with Chromium. Times are taken by the page's own
clock, from the event (a key, a click) to the frame in which the result is drawn. FOLDER is a library of 50,000 articles
as `benchmarks.listing --library FOLDER` leaves it; the list of articles is then timed too, by the same pages over an
engine that answers nothing, since a list asks no model.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from benchmarks.listing import articles
from benchmarks.report import write_result
from benchmarks.screenshots import PATIENCE, ROOT, chromium, served
from corpus.conversations import Conversations
from corpus.library import Library
from qa.ui.chat import SHOWN

VISITS = 9
TURNS = 100
ADDED = 300  # articles of the add under which typing and asking are timed: it lasts longer than they do
TYPED = "Which of the powers named in these articles keep troops there?"
GOLDEN = ROOT / "tests" / "golden" / "sample_questions.jsonl"
TARGETS_MS = {
    "first_paint": 1000,
    "first_answer": 3000,
    "citation": 150,
    "conversation_of_100": 2000,
    "list_of_50000": 1500,
}
# Resolves to the milliseconds from the event to the frame after the test first holds.
WATCH = """([event, test]) => { const holds = new Function('return ' + test); window.cwTime = new Promise((done) => {
  addEventListener(event, (given) => { const start = given.timeStamp;
    const look = () => requestAnimationFrame(() => holds() ? requestAnimationFrame(() => done(performance.now() - start)) : look());
    look(); }, { once: true, capture: true }); }); }"""
# The same from the start of the visit.
DRAWN = """(test) => new Promise((done) => { const holds = new Function('return ' + test);
  const look = () => holds() ? done(performance.now()) : requestAnimationFrame(look); look(); })"""
PAINTED = """() => new Promise((done) => new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (entry.name === 'first-contentful-paint') done(entry.startTime);
}).observe({ type: 'paint', buffered: true }))"""
KEYS = """() => { if (window.cwKeys) { window.cwKeys.length = 0; return; } window.cwKeys = []; addEventListener('keydown', (event) => requestAnimationFrame(() => requestAnimationFrame(
  () => window.cwKeys.push(performance.now() - event.timeStamp))), true); }"""
PRESSED = """(count) => new Promise((done) => {
  const look = () => cwKeys.length < count ? requestAnimationFrame(look) : done(cwKeys.slice()); look(); })"""
VIEWER = (
    "[...document.querySelectorAll('.st-key-viewer, .st-key-viewer *')].map((one) => one.shadowRoot).find((one) => one)"
)
MARK_SEEN = (
    f"(() => {{ const root = {VIEWER}; const dialog = root && root.querySelector('dialog'); "
    "const mark = dialog && dialog.open && root.querySelector('mark'); const box = mark && mark.getBoundingClientRect(); "
    "return box && box.height > 0 && box.top >= 0 && box.top < innerHeight; })()"
)


def main() -> None:
    """Measure, write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listed", type=Path, help="a library of 50,000 articles")
    options = parser.parse_args()
    values: dict[str, Any] = {"targets_ms": TARGETS_MS, "load_average_before": os.getloadavg()[0]}
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = chromium(playwright)
        library = Path(folder) / "library"
        values["cold_start_new_library"] = cold_start(browser, library, None)
        values["cold_start"] = cold_start(browser, library, values)
        if options.listed:
            values["list_of_50000"] = listing(browser, options.listed)
        browser.close()
    values["load_average_after"] = os.getloadavg()[0]
    write_result("app_times", values, [GOLDEN], "--listed FOLDER" if options.listed else "")


def cold_start(browser: Browser, library: Path, values: dict[str, Any] | None) -> dict[str, float]:
    """Seconds from the command to the page and to a loaded model; `values`, if given, gets all the rest."""
    start = time.monotonic()
    with served(ROOT / "app.py", library) as url:
        found = {"server_s": time.monotonic() - start}
        with visit(browser, url) as page:
            page.goto("/")
            expect(page.get_by_role("heading", name="Ask the news")).to_be_visible(timeout=PATIENCE)
            found["page_s"] = time.monotonic() - start
            expect(page.locator(".cw-status")).to_have_count(0, timeout=PATIENCE)
            found["model_loaded_s"] = time.monotonic() - start
        if values is not None:
            measure(browser, url, library, values)
    return {name: round(seconds, 2) for name, seconds in found.items()}


def measure(browser: Browser, url: str, library: Path, values: dict[str, Any]) -> None:
    """Everything that is timed with the model loaded."""
    values["first_paint"] = spread(first_paint(browser, url))
    values["page_drawn"] = spread(page_drawn(browser, url))
    answered, opened = answers(browser, url)
    values["first_answer"], values["citation"] = spread(answered), spread(opened)
    values["conversation_of_100"] = spread(long_conversation(browser, url, library))
    values |= while_adding(browser, url)


@contextmanager
def visit(browser: Browser, url: str) -> Iterator[Page]:
    """A page in a browser context of its own: nothing is in its cache."""
    context: BrowserContext = browser.new_context(base_url=url, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    yield page
    context.close()


def spread(times: Sequence[float]) -> dict[str, float]:
    """Median, slowest and number, in milliseconds."""
    return {"median_ms": round(statistics.median(times), 1), "slowest_ms": round(max(times), 1), "times": len(times)}


def first_paint(browser: Browser, url: str) -> list[float]:
    """First contentful paint, each with an empty cache."""
    times = []
    for _ in range(VISITS):
        with visit(browser, url) as page:
            page.goto("/")
            times.append(float(page.evaluate(PAINTED)))
    return times


def page_drawn(browser: Browser, url: str) -> list[float]:
    """Until the page can be used: the headline and the input are there. Returning visits, as after the first of a day."""
    times = []
    with visit(browser, url) as page:
        for _ in range(VISITS + 1):
            page.goto("/")
            ready = (
                "document.querySelector('.cw-hero h1') && document.querySelector('[data-testid=stChatInputTextArea]')"
            )
            times.append(float(page.evaluate(DRAWN, ready)))
    return times[1:]


def answers(browser: Browser, url: str) -> tuple[list[float], list[float]]:
    """From Enter to the first sentence, each in a new conversation; and from the click on its citation to the mark."""
    rows = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
    questions = [row["question"] for row in rows if row.get("sentence")]
    answered, opened = [], []
    with visit(browser, url) as page:
        for question in questions[: 2 * VISITS]:
            page.goto("/")
            answered.append(asked(page, question))
            expect(page.get_by_role("button", name="Try again")).to_be_visible()
            chip = page.locator("p.cw-sentence a.cw-chip").first
            page.evaluate(WATCH, ["click", MARK_SEEN])
            chip.click()
            opened.append(float(page.evaluate("cwTime")))
    return answered, opened


def asked(page: Page, question: str) -> float:
    """Ask; the milliseconds from Enter to the first sentence of the answer."""
    box = page.get_by_test_id("stChatInputTextArea")
    box.fill(question)
    seen = page.locator("p.cw-sentence").count()
    page.evaluate(WATCH, ["keydown", f"document.querySelectorAll('p.cw-sentence').length > {seen}"])
    box.press("Enter")
    return float(page.evaluate("cwTime"))


def long_conversation(browser: Browser, url: str, folder: Path) -> list[float]:
    """Until a conversation of 100 turns, made of the answers just given, is open: its last ones drawn, the rest offered."""
    library = Library.open(folder)
    conversations = Conversations(library)
    given = [t for one in conversations.recent(-1) for t in conversations.turns(one.id) if t.answer]
    made = conversations.start("A hundred questions")
    for number in range(TURNS):
        turn = given[number % len(given)]
        conversations.finish(conversations.ask(made.id, turn.question).id, "done", turn.answer)
    library.close()
    times = []
    ready = (
        f"document.querySelectorAll('.cw-question').length === {SHOWN} && "
        "[...document.querySelectorAll('.stMain button')].some((one) => one.textContent.includes('Try again'))"
    )
    with visit(browser, url) as page:
        page.goto("/")
        expect(page.get_by_role("heading", name="Ask the news")).to_be_visible()
        for _ in range(5):
            page.goto(f"/?c={made.id}")
            times.append(float(page.evaluate(DRAWN, ready)))
    return times


def while_adding(browser: Browser, url: str) -> dict[str, Any]:
    """From a key to the frame with its letter, and from Enter to an answer: at rest, and while an add runs."""
    rows = [
        {"title": a.title, "text": "\n\n".join(block.text for block in a.blocks), "url": a.url} for a in articles(ADDED)
    ]
    lines = "\n".join(map(json.dumps, rows)).encode()
    with visit(browser, url) as page, visit(browser, url) as other:
        page.goto("/")
        still = typed(page)
        other.goto("/articles")
        other.get_by_text("Add articles").click()
        other.locator("input[type=file]").set_input_files(
            {"name": "many.jsonl", "mimeType": "application/jsonl", "buffer": lines}
        )
        other.get_by_role("button", name="Add to the library").click()
        expect(other.get_by_role("button", name="Stop adding")).to_be_visible()
        busy = typed(page)
        answered = [
            asked(page, question) for question in ("Who won the Women's World Cup?", "Who resigned after 45 days?")
        ]
        running = other.get_by_role("button", name="Stop adding").is_visible()
        if running:
            other.get_by_role("button", name="Stop adding").click()
            expect(other.get_by_role("button", name="Done")).to_be_visible()
    return {
        "key_to_letter": spread(still), "key_to_letter_while_adding": spread(busy),
        "answer_while_adding": spread(answered), "add_still_running_at_the_end": running,
    }  # fmt: skip


def typed(page: Page) -> list[float]:
    """Milliseconds from each key to its frame."""
    page.get_by_test_id("stChatInputTextArea").click()
    page.evaluate(KEYS)
    page.keyboard.type(TYPED, delay=40)
    times = [float(one) for one in page.evaluate(PRESSED, len(TYPED))]
    page.get_by_test_id("stChatInputTextArea").fill("")
    return times


def listing(browser: Browser, library: Path) -> dict[str, Any]:
    """The page of articles over a library of 50,000: opened, turned to the next page, and searched."""
    shown = "document.querySelectorAll('[class*=\"st-key-read_\"] button').length >= 20 && document.querySelector('.st-key-pager')"
    opened, turned, found = [], [], []
    with served(ROOT / "benchmarks" / "pages_app.py", library) as url, visit(browser, url) as page:
        for _ in range(VISITS):
            page.goto("/articles")
            opened.append(float(page.evaluate(DRAWN, shown)))
            place = page.locator(".st-key-pager .cw-meta").inner_text()
            page.evaluate(
                WATCH, ["click", f"document.querySelector('.st-key-pager .cw-meta').textContent !== {place!r}"]
            )
            page.get_by_role("button", name="Next").click()
            turned.append(float(page.evaluate("cwTime")))
            box = page.get_by_role("textbox", name="Search articles")
            box.fill("stadium district 77")
            place = page.locator(".st-key-pager .cw-meta").inner_text()
            page.evaluate(
                WATCH, ["keydown", f"document.querySelector('.st-key-pager .cw-meta').textContent !== {place!r}"]
            )
            box.press("Enter")
            found.append(float(page.evaluate("cwTime")))
    return {"opened": spread(opened[1:]), "first_opened_ms": round(opened[0], 1), "next_page": spread(turned),
            "searched": spread(found)}  # fmt: skip


if __name__ == "__main__":
    main()
