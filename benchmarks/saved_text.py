"""Pages saved as text: what a browser shows of real news pages, through the reader of `.txt` files, against gold.

    python -m benchmarks.saved_text --data FOLDER

FOLDER as for `benchmarks.extraction`, whose metric and gold are used. Each page is opened in Chromium, without scripts and
without a network, and its visible text is taken (`innerText`: what "select all, copy" gives), menus and comments included.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.extraction import GOLD, day_of, f1, precision_recall, title_digest
from benchmarks.report import write_result
from corpus.clean import parse_saved_text
from corpus.errors import LoadError
from corpus.types import ParsedArticle


def visible_texts(files: list[Path]) -> Iterator[tuple[str, str]]:
    """Id and visible text of each page."""
    browser = (
        os.environ.get("CHROMIUM")
        or subprocess.run(
            ["sh", "tests/browser/find_chromium.sh"], capture_output=True, text=True, check=True
        ).stdout.strip()
    )
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        context = chromium.new_context(java_script_enabled=False, offline=True)
        context.route(
            "**/*", lambda route: route.continue_() if route.request.url.startswith("file:") else route.abort()
        )
        for file in files:
            copy = Path(folder) / "page.html"
            copy.write_bytes(gzip.decompress(file.read_bytes()))
            page = context.new_page()
            page.goto(copy.as_uri(), wait_until="domcontentloaded")
            yield file.name.partition(".")[0], page.evaluate("document.body ? document.body.innerText : ''")
            page.close()
        chromium.close()


def read(text: str) -> ParsedArticle | None:
    """Our article, or nothing when the text is refused."""
    try:
        return parse_saved_text(text, source_file="page.txt")
    except LoadError:
        return None


def main() -> None:
    """Measure and keep the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data / "article_extraction_benchmark"
    gold = json.loads(gzip.decompress((folder / "ground-truth.json.gz").read_bytes()))
    facts = json.loads(GOLD.read_text())
    files = sorted((folder / "html").glob("*.html.gz"))
    ours, whole, titles, days = [], [], 0, 0
    for key, text in visible_texts(files):
        article = read(text)
        body = "\n".join(block.text for block in article.blocks if block.kind != "caption") if article else ""
        ours.append(precision_recall(gold[key]["articleBody"], body))
        whole.append(precision_recall(gold[key]["articleBody"], text))
        titles += article is not None and title_digest(article.title) == facts[key]["title_sha256"]
        days += day_of(article) == facts[key]["published"]
    values = {
        "pages": len(ours),
        "citewire_F1": round(f1(ours), 4),
        "whole_text_F1": round(f1(whole), 4),
        "right_title": titles,
        "right_day": days,
    }
    write_result("saved_text", values, files)


if __name__ == "__main__":
    main()
