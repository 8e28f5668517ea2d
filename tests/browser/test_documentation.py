"""The built documentation, opened as files: it can be searched, and it asks nobody for anything."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("site")
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(folder)],
        cwd=ROOT, check=True, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    return folder


def test_search_works_in_files_and_nothing_is_fetched(chromium: Browser, site: Path) -> None:
    asked: list[str] = []
    errors: list[str] = []
    page = chromium.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((site / "index.html").as_uri())
    page.get_by_role("textbox", name="Search").click()
    expect(page.locator(".md-search-result__meta")).to_have_text(
        "Type to start searching", timeout=30_000
    )  # it is ready
    page.keyboard.type("link-local")
    results = page.locator(".md-search-result__item")
    expect(results.filter(has_text="Fetching safely")).to_have_count(1, timeout=30_000)
    page.goto((site / "architecture.html").as_uri())
    picture = page.get_by_role("img", name="Adding fills one SQLite file")
    assert picture.evaluate("image => image.naturalWidth") > 0
    page.close()
    assert errors == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
