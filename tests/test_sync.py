"""Addresses of a real local site through the library: pages, feeds with each article, sitemaps; polling again costs little."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from corpus.fetch import Fetcher
from corpus.iso import now
from corpus.sources import sources
from corpus.subscriptions import Subscriptions
from corpus.web import Web
from qa.add_report import AddReport
from qa.engine import Citewire
from qa.settings import load_settings
from qa.sync import sync
from tests.server import RSS, STORIES, Page, Site, Write


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        yield site


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Citewire]:
    engine = Citewire.open(load_settings(library=tmp_path / "lib"))
    yield engine
    engine.close()


def add(engine: Citewire, *addresses: str) -> AddReport:
    with Fetcher(allow_private=True, pause=0) as fetcher:
        return engine.add(sources(addresses), web=Web(fetcher, engine.library))


def poll(engine: Citewire, *, every: bool = True) -> AddReport:
    return sync(engine, every=every, fetcher=Fetcher(allow_private=True, pause=0))


def counted(report: AddReport) -> dict[str, int]:
    return {status: count for status, count in report.totals.items() if count}


@pytest.mark.parametrize("path", ["/feed.rss", "/feed.atom", "/feed.json", "/news-sitemap.xml", "/urls.txt"])
def test_each_article_of_a_feed_is_fetched_once(engine: Citewire, site: Site, path: str) -> None:
    assert counted(add(engine, site.url(path))) == {"added": 3}
    articles = [engine.library.article(summary.id) for summary in engine.library.summaries()]
    by_title = {article.title: article for article in articles}
    for story in STORIES:
        article = by_title[story.title]
        assert article.text == "\n\n".join(story.paragraphs)
        assert article.published is not None
        assert article.published.isoformat() == story.published
        assert (article.publisher, article.author) == ("Harbor Courier", story.author)
        assert article.url == site.url(f"/{story.slug}.html")
    again = counted(add(engine, site.url(path)))
    assert again == {"unchanged": 3}
    pages = [site.counts[f"/{story.slug}.html"] for story in STORIES]
    assert pages == [1, 1, 1] if path != "/urls.txt" else [2, 2, 2]  # a list tells nothing of changes
    answer = engine.ask("How much will the extra ferry crossings cost a year?")
    assert "2.4 million euros" in answer.sentences[0].text


def test_a_sitemap_index_names_each_page_once(engine: Citewire, site: Site) -> None:
    assert counted(add(engine, site.url("/sitemap.xml"))) == {"added": 3, "unchanged": 3}
    assert engine.library.count_articles() == 3


def test_a_page_that_cannot_be_had_is_taken_from_its_feed(engine: Citewire, site: Site) -> None:
    site.pages["/bridge.html"] = Page("gone", status=410)
    site.pages["/herring.html"] = Page(status=302, headers=(("Location", "http://169.254.169.254/"),))
    report = add(engine, site.url("/feed.atom"))
    assert counted(report)["added"] + counted(report).get("failed", 0) == 3
    titles = {summary.title for summary in engine.library.summaries()}
    assert STORIES[0].title in titles
    for result in report.inputs:
        if result.status == "failed":
            assert "410" in (result.reason or "") or "169.254.169.254" in (result.reason or "")


def test_what_cannot_be_fetched_is_named(engine: Citewire, site: Site) -> None:
    paths = ["/private/page.html", "/loop-a", "/to-metadata", "/no-such-page", "/", "/to-file"]
    report = add(engine, *(site.url(path) for path in paths))
    reasons = {result.source.removeprefix(site.url("")): result.reason or "" for result in report.inputs}
    assert counted(report) == {"failed": len(paths)}
    assert "robots.txt" in reasons["/private/page.html"]
    assert "404" in reasons["/no-such-page"]
    assert "feed.atom" in reasons["/"]  # the home page holds no article, and names its feed
    plain = engine.add(sources([site.url("/ferry.html")]))
    assert "--allow-private" in (plain.inputs[0].reason or "")


def test_sync_takes_in_what_is_new_and_asks_politely(engine: Citewire, site: Site) -> None:
    etag = '"feed-1"'
    feed = site.pages["/feed.rss"]
    assert isinstance(feed, Page)
    site.pages["/feed.rss"] = conditional(feed, etag)
    subscriptions = Subscriptions(engine.library)
    subscriptions.add(site.url("/feed.rss"))
    assert counted(poll(engine)) == {"added": 3}
    (kept,) = subscriptions.all()
    assert (kept.title, kept.etag, kept.failures, kept.error) == ("Harbor Courier", etag, 0, None)
    assert not poll(engine, every=False).inputs  # not due yet
    assert counted(poll(engine)) == {"unchanged": 1}  # 304 for the feed: no page is asked for
    assert [site.counts[f"/{story.slug}.html"] for story in STORIES] == [1, 1, 1]
    body = str(feed.body).replace("2026 07:30", "2026 09:30")  # one entry says that it changed
    site.pages["/feed.rss"] = Page(body, RSS)
    site.pages["/ferry.html"] = Page(STORIES[0].html().replace("2.4 million", "2.9 million"))
    assert counted(poll(engine)) == {"updated": 1, "unchanged": 2}
    assert site.counts["/bridge.html"] == 1
    assert "2.9 million" in engine.ask("How much will the extra ferry crossings cost a year?").sentences[0].text
    ferry = next(s for s in engine.library.summaries() if s.title == STORIES[0].title)
    assert ferry.version == 2
    assert "2.4 million" in engine.library.article(ferry.id, 1).text


def test_a_feed_that_fails_is_asked_less_often(engine: Citewire, site: Site, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("Harbor notes\n\nThe harbor was quiet on Monday, the master said.\n")
    subscriptions = Subscriptions(engine.library)
    site.pages["/busy"] = Page(status=429, headers=(("Retry-After", "7200"),))
    for source in (site.url("/busy"), str(tmp_path / "in")):
        subscriptions.add(source)
    assert counted(poll(engine)) == {"failed": 1, "added": 1}
    busy, folder = (subscriptions.find(source) for source in (site.url("/busy"), str(tmp_path / "in")))
    assert busy is not None
    assert busy.due is not None
    assert folder is not None
    assert "429" in (busy.error or "")
    assert busy.due - now() > timedelta(hours=1.9)
    assert folder.error is None
    assert counted(poll(engine)) == {"failed": 1, "unchanged": 1}


def test_a_removed_article_comes_back(engine: Citewire, site: Site) -> None:
    add(engine, site.url("/feed.rss"))
    for summary in engine.library.summaries():
        engine.remove(summary.id)
    assert counted(add(engine, site.url("/feed.rss"))) == {"added": 3}


def conditional(page: Page, etag: str) -> Write:
    """The page with an ETag, or 304 for whoever has it."""

    def answer(handler: object) -> None:
        fresh = handler.headers.get("If-None-Match") != etag  # type: ignore[attr-defined]
        headers = (("ETag", etag),)
        handler.answer(  # type: ignore[attr-defined]
            Page(page.body, page.content_type, 200, headers) if fresh else Page(b"", None, 304, headers)
        )

    return answer
