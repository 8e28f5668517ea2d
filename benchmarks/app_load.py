"""Ten people ask twenty questions each, at once, in the running app: errors, answers to other people's questions, times.

    python -m benchmarks.app_load [--sessions 10] [--questions 20]

Each person is a browser context of its own, with one conversation. At any moment they ask different questions; each
answer must be, sentence for sentence, what the engine gives the same question when it is asked alone. A time is from
Enter to the answer complete on the page, as the page's clock has it, waiting for the others included.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright, expect
from playwright.async_api import Error as BrowserError

from benchmarks.report import write_result
from benchmarks.screenshots import ARGS, PATIENCE, ROOT, executable, served
from qa.engine import Citewire
from qa.evaluation.metrics import percentile
from qa.settings import load_settings
from qa.ui.chat import SHOWN

FILES = [ROOT / "tests" / "golden" / name for name in ("sample_questions.jsonl", "reader_questions.jsonl")]
STRIDE = 7  # questions between one person's and the next one's: no two ask the same at a time
# Resolves once the turn of this number is complete: to the milliseconds since Enter, the question and the sentences.
ANSWERED = """([number, question, SHOWN]) => new Promise((done, fail) => {
  const start = performance.now();
  const look = () => {
    if (performance.now() - start > 180000) return fail(new Error('no answer within three minutes'));
    const asked = [...document.querySelectorAll('.cw-question')];
    const turns = [...document.querySelectorAll('[class*="st-key-turn_"]')];
    const turn = turns[turns.length - 1];
    const drawn = document.querySelector('.stApp').dataset.testScriptState === 'notRunning';
    const again = turn && [...turn.querySelectorAll('button')].some((one) => one.textContent.includes('Try again'));
    const shown = Math.min(number, SHOWN);
    if (!drawn || asked.length < shown || turns.length < shown || !again || document.querySelector('.cw-working') ||
        !asked[asked.length - 1].innerText.endsWith(question)) return setTimeout(look, 30);
    done({ ms: performance.now() - start, sentences: [...turn.querySelectorAll('p.cw-sentence')].map((one) => [...one.querySelectorAll('.cw-text')].map((t) => t.textContent).join('')),
      refused: Boolean(turn.querySelector('.cw-abstain')), alert: Boolean(turn.querySelector('.cw-alert')) });
  };
  look();
})"""


def main() -> None:
    """Run it, write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--questions", type=int, default=20)
    options = parser.parse_args()
    rows = [json.loads(line) for file in FILES for line in file.read_text(encoding="utf-8").splitlines()]
    questions = list(dict.fromkeys(row["question"] for row in rows))
    with tempfile.TemporaryDirectory() as folder:
        expected = alone(Path(folder), questions)
        with served(ROOT / "app.py", Path(folder)) as url:
            values = asyncio.run(everybody(url, questions, expected, options.sessions, options.questions))
    write_result("app_load", values, FILES, "")


def alone(folder: Path, questions: list[str]) -> dict[str, list[str]]:
    """The sentences shown for each question that is asked by itself; fills the library with the sample."""
    engine = Citewire.open(load_settings().model_copy(update={"library": folder}))
    engine.warm()
    answers = {question: engine.ask(question) for question in questions}
    engine.close()
    return {q: [s.text for s in answer.sentences if s.status != "withheld"] for q, answer in answers.items()}


async def everybody(
    url: str, questions: list[str], expected: dict[str, list[str]], sessions: int, each: int
) -> dict[str, Any]:
    """All at once; what came of it."""
    before, start = os.getloadavg()[0], time.monotonic()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable(), args=ARGS)
        pages = [await opened(browser, url) for _ in range(sessions)]
        ready = time.monotonic()
        found = await asyncio.gather(
            *(person(page, number, questions, expected, each) for number, page in enumerate(pages))
        )
        seconds = time.monotonic() - ready
        await browser.close()
    outcomes = Counter(outcome for one in found for outcome, _ in one)
    times = [ms for one in found for outcome, ms in one if outcome != "error"]
    return {
        "sessions": sessions, "questions_each": each, "answers": len(times), "errors": outcomes["error"],
        "crossed": outcomes["crossed"], "otherwise_than_alone": outcomes["different"],
        "median_s": round(statistics.median(times) / 1000, 2), "p95_s": round(percentile(times, 0.95) / 1000, 2),
        "slowest_s": round(max(times) / 1000, 2), "answers_per_s": round(len(times) / seconds, 2),
        "all_pages_open_s": round(ready - start, 1), "load_average_before": round(before, 1),
    }  # fmt: skip


async def opened(browser: Browser, url: str) -> Page:
    """A person's page, with the model loaded."""
    context = await browser.new_context(base_url=url, viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    await page.goto("/")
    await expect(page.locator(".cw-hero")).to_be_visible(timeout=PATIENCE)
    await expect(page.locator(".cw-status")).to_have_count(0, timeout=PATIENCE)
    return page


async def person(
    page: Page, number: int, questions: list[str], expected: dict[str, list[str]], each: int
) -> list[tuple[str, float]]:
    """One person's questions, one after the other: "right", "crossed", "different" or "error", and the milliseconds."""
    found = []
    own = [questions[(number * STRIDE + i) % len(questions)] for i in range(each)]
    for count, question in enumerate(own, start=1):
        try:
            box = page.get_by_test_id("stChatInputTextArea")
            await box.fill(question)
            await box.press("Enter")
            given = await page.evaluate(ANSWERED, [count, question, SHOWN])
        except BrowserError:
            found.append(("error", 0.0))
            continue
        found.append((judged(given, question, expected), float(given["ms"])))
    return found


def judged(given: dict[str, Any], question: str, expected: dict[str, list[str]]) -> str:
    """What to make of what the page shows."""
    if given["alert"] or not (given["sentences"] or given["refused"]):
        return "error"
    if given["sentences"] == expected[question]:
        return "right"
    others = [sentences for other, sentences in expected.items() if other != question and sentences]
    return "crossed" if given["sentences"] in others else "different"


if __name__ == "__main__":
    main()
