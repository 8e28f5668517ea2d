"""Feeds, sitemaps and lists: what is read of them, and that hostile ones stay inert. No network."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import LoadError
from corpus.feeds import Entry, feed_links, parse_feed, parse_sitemap, url_list
from corpus.sniff import MAX_UNPACKED, sniff
from tests.server import STORIES, Page, Site

CET = timezone(timedelta(hours=1))
BASE = "http://courier.test/news/feed"
ITEM = "<item><title>&big;</title><link>http://courier.test/a</link></item>"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10))


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site() as opened:
        yield opened


def body(site: Site, path: str) -> bytes:
    page = site.pages[path]
    assert isinstance(page, Page)
    return page.body if isinstance(page.body, bytes) else page.body.encode()


def rss(items: str, *, prolog: str = "", channel: str = "<title>Courier</title>") -> bytes:
    return f'<?xml version="1.0"?>{prolog}<rss version="2.0"><channel>{channel}{items}</channel></rss>'.encode()


def only(data: bytes) -> Entry:
    (entry,) = parse_feed(data, url=BASE).entries
    return entry


# ---- feeds


@pytest.mark.parametrize("path", ["/feed.rss", "/feed.atom", "/feed.json"])
def test_three_formats_say_the_same(site: Site, path: str) -> None:
    feed = parse_feed(body(site, path), url=site.url(path))
    assert (feed.title, feed.skipped, len(feed.entries)) == ("Harbor Courier", 0, 3)
    for entry, story in zip(feed.entries, STORIES, strict=True):
        assert entry.url == site.url(f"/{story.slug}.html")
        assert (entry.title, entry.author) == (story.title, story.author)
        assert entry.published == datetime.fromisoformat(story.published)
        assert entry.published.utcoffset() == timedelta(hours=1)  # the zone is kept
        assert story.paragraphs[0].split(",")[0] in (entry.content_html or entry.summary_html or "")
        assert entry.stamp


def test_a_zipped_feed(site: Site) -> None:
    assert parse_feed(gzip.compress(body(site, "/feed.rss")), url=BASE).title == "Harbor Courier"


def test_links_are_made_absolute_and_only_the_web_counts() -> None:
    assert only(rss("<item><link>../a.html</link></item>")).url == "http://courier.test/a.html"
    feed = parse_feed(rss("<item><link>javascript:alert(1)</link></item><item><title>no more</title></item>"))
    assert (feed.entries, feed.skipped) == ((), 2)


def test_an_entry_without_a_link_keeps_its_content() -> None:
    entry = only(rss("<item><description>Rain fell on Lindholm.</description></item>"))
    assert (entry.url, entry.summary_html) == (None, "Rain fell on Lindholm.")


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("Mon, 02 Mar 2026 07:30:00 +0100", datetime(2026, 3, 2, 7, 30, tzinfo=CET)),
        ("Mon, 02 Mar 2026 07:30:00 GMT", datetime(2026, 3, 2, 7, 30, tzinfo=UTC)),
        ("2026-03-02T07:30:00Z", datetime(2026, 3, 2, 7, 30, tzinfo=UTC)),
        ("2026-03-02", datetime(2026, 3, 2)),
        ("yesterday", None),
        ("Mon, 99 Foo 2026 25:61:61 +9999", None),
        ("0000-00-00", None),
    ],
)
def test_dates(written: str, moment: datetime | None) -> None:
    entry = only(rss(f"<item><link>/a</link><pubDate>{written}</pubDate></item>"))
    assert entry.published == moment
    assert entry.updated is None


def test_the_stamp_follows_the_article() -> None:
    first = rss("<item><link>/a</link><title>Old</title><pubDate>Mon, 02 Mar 2026 07:30:00 GMT</pubDate></item>")
    assert only(first).stamp == only(first).stamp
    assert only(first).stamp != only(first.replace(b"Old", b"New")).stamp
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><link href="/a"/>'
        "<updated>2026-03-02T07:30:00Z</updated></entry></feed>"
    )
    assert only(atom.encode()).stamp == "2026-03-02T07:30:00Z"


def test_titles_and_authors_are_text() -> None:
    entry = only(
        rss(
            "<item><link>/a</link><title>Law &amp;amp; &lt;b&gt;order&lt;/b&gt;</title><author>jo@x.test</author></item>"
        )
    )
    assert (entry.title, entry.author) == ("Law & order", None)


def test_an_ill_formed_feed_gives_what_can_be_read() -> None:
    broken = rss("<item><link>/a</link><title>R&D</title></item><item><link>/b</link><title>cut")[:-25]
    assert [entry.url for entry in parse_feed(broken, url=BASE).entries] == [
        "http://courier.test/a",
        "http://courier.test/b",
    ]


def test_a_feed_may_be_empty() -> None:
    assert parse_feed(rss("")).entries == ()


@pytest.mark.parametrize(
    "data",
    [b"", b"Just text.", b"<html><body><p>A page</p></body></html>", b"\x00\x01\x02", b"{}", b"[" * 100_000, b"{" * 9,
     b'{"version": "https://jsonfeed.org/version/1", "items": 3}', b"\x1f\x8b\x08broken", b"<rss", b"<" * 1000],
)  # fmt: skip
def test_what_is_no_feed(data: bytes) -> None:
    with pytest.raises(LoadError):
        parse_feed(data)


def test_a_json_feed_of_odd_types() -> None:
    items = [
        None,
        3,
        {"url": 5},
        {"url": "/a", "authors": "x", "id": 7, "title": ["no"]},
        {"external_url": "http://b.test/"},
    ]
    data = json.dumps({"version": "https://jsonfeed.org/version/1", "title": None, "items": items}).encode()
    feed = parse_feed(data, url=BASE)
    assert [(entry.url, entry.id) for entry in feed.entries] == [
        ("http://courier.test/a", "7"),
        ("http://b.test/", None),
    ]
    assert feed.skipped == 3


def test_half_surrogate_pairs_do_not_get_through() -> None:
    data = b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"url": "/\\ud800a", "title": "T\\udc00", "id": "\\ud800"}]}'
    entry = only(data)
    assert (entry.url, entry.title, entry.id) == ("http://courier.test/?a", "T?", "?")


def test_a_json_feed_of_plain_text_becomes_paragraphs() -> None:
    items = [{"url": "/a", "content_text": "One <b>.\n\nTwo & three."}]
    data = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}).encode()
    assert only(data).content_html == "<p>One &lt;b&gt;.</p><p>Two &amp; three.</p>"


# ---- hostile XML


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    "doctype",
    [
        f'<!DOCTYPE rss [{LAUGHS}<!ENTITY big "&l9;">]>',
        f'<!-- <a> --><?x <b> ?><!DOCTYPE rss [{LAUGHS}<!ENTITY big "&l9;">]>',
        '<!DOCTYPE rss [<!ENTITY big SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE rss SYSTEM "a>b[" [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
    ],
)
def test_documents_that_declare_entities_are_refused(doctype: str, encoding: str) -> None:
    feed = rss(ITEM, prolog=doctype).decode().encode(encoding)
    sitemap = f"<?xml version='1.0'?>{doctype}<urlset><url><loc>http://a.test/&big;</loc></url></urlset>".encode(
        encoding
    )
    for parse, data in ((parse_feed, feed), (parse_sitemap, sitemap)):
        with pytest.raises(LoadError, match="declares XML entities"):
            parse(data)


def test_entities_that_slip_by_are_not_expanded() -> None:
    for prolog in (f'junk<!DOCTYPE rss [{LAUGHS}<!ENTITY big "&l9;">]>', '<!DOCTYPE rss SYSTEM "file:///etc/passwd">'):
        assert len(only(rss(ITEM, prolog=prolog)).title or "") < 10
    pages = parse_sitemap(
        b'<!DOCTYPE urlset SYSTEM "file:///x"><urlset><url><loc>http://a.test/&b;</loc></url></urlset>'
    )
    assert len(pages.pages) == 1


def test_an_article_about_entities_is_read() -> None:
    entry = only(rss("<item><link>/a</link><description><![CDATA[Never write <!ENTITY x 'y'>.]]></description></item>"))
    assert "Never write" in (entry.summary_html or "")


@pytest.mark.parametrize(
    "data",
    [b"<rss><channel>" + b"<item>" * 100_000, b"<rss " + b" ".join(b"a%d=''" % n for n in range(50_000)) + b"/>"],
)
def test_shapes_that_take_minutes_are_refused(data: bytes) -> None:
    with pytest.raises(LoadError, match="nested deeper"):
        parse_feed(data)


def test_zipped_bombs_are_refused() -> None:
    bomb = gzip.compress(bytes(MAX_UNPACKED + 1))
    for parse in (parse_feed, parse_sitemap):
        with pytest.raises(LoadError, match="unpacks to more than 50 MB"):
            parse(bomb)
    assert sniff(bomb) == "binary"
    with pytest.raises(LoadError, match="more than 10 MB"):
        parse_feed(b"<rss>" + b" " * 10_000_001)


@given(st.binary(max_size=300) | st.text(alphabet="<>/&;!?[]\"'= arsdtiml\n", max_size=300).map(str.encode))
def test_nothing_but_load_errors(data: bytes) -> None:
    for wrapped in (data, b"<rss><channel><item>" + data, b"<urlset><url>" + data, b'{"version":' + data):
        sniff(wrapped, None, "x")
        feed_links(wrapped, BASE)
        for parse in (parse_feed, parse_sitemap):
            with suppress(LoadError):
                parse(wrapped)


# ---- sitemaps, lists, links


def test_a_news_sitemap(site: Site) -> None:
    for path in ("/news-sitemap.xml", "/news-sitemap.xml.gz"):
        found = parse_sitemap(body(site, path))
        assert (found.children, found.skipped) == ((), 0)
        for entry, story in zip(found.pages, STORIES, strict=True):
            assert (entry.url, entry.title) == (site.url(f"/{story.slug}.html"), story.title)
            assert (entry.publisher, entry.stamp) == ("Harbor Courier", story.published)
            assert entry.published == datetime.fromisoformat(story.published)


def test_an_index_of_sitemaps(site: Site) -> None:
    found = parse_sitemap(body(site, "/sitemap.xml"))
    assert (found.pages, found.children) == (
        (),
        (site.url("/news-sitemap.xml"), site.url("/news-sitemap.xml.gz")),
    )


def test_a_sitemap_in_text_and_pages_without_address(site: Site) -> None:
    assert [page.url for page in parse_sitemap(body(site, "/urls.txt")).pages] == [
        site.url(f"/{story.slug}.html") for story in STORIES
    ]
    odd = b"<urlset><url><loc> http://a.test/ </loc><lastmod>2026-03-02</lastmod></url><url/><url><loc>/b</loc></url>"
    found = parse_sitemap(odd)
    assert found.pages == (Entry("http://a.test/", updated=datetime(2026, 3, 2), stamp="2026-03-02"),)
    assert found.skipped == 2


@pytest.mark.parametrize(
    "data", [b"", b"text", b"<html></html>", b"<rss/>", b"<", b"<?xml version='1.0'?>", b"<a xmlns='&#xd800;'/>"]
)
def test_what_is_no_sitemap(data: bytes) -> None:
    with pytest.raises(LoadError):
        parse_sitemap(data)


def test_a_list_of_addresses() -> None:
    text = "\ufeff# news\nhttps://a.test/1\r\n\n  http://b.test/2  \nhttps://a.test/1\n"
    assert url_list(text) == ["https://a.test/1", "http://b.test/2"]
    for other in (
        "",
        "# nothing\n",
        "https://a.test/ is good",
        "https://a.test/\nBut then text.",
        "ftp://a.test/",
        "https://",
    ):
        assert url_list(other) is None


def test_feeds_that_a_page_names() -> None:
    page = (
        b'<html><head><base href="/en/"><link rel="alternate" type="application/rss+xml" href="feed.rss">'
        b'<link rel="Alternate feed" type="application/atom+xml; charset=utf-8" href="https://other.test/atom">'
        b'<link rel="alternate" hreflang="de" href="/de/"><link rel="stylesheet" type="application/rss+xml" href="x">'
        b'<link rel="alternate" type="application/rss+xml" href="feed.rss">'
        b'<link rel="alternate" type="application/feed+json" href="javascript:x"></head></html>'
    )
    assert feed_links(page, "http://courier.test/a/b") == ["http://courier.test/en/feed.rss", "https://other.test/atom"]
    assert feed_links(b"", "http://courier.test/") == []


# ---- what bytes hold


@pytest.mark.parametrize(
    ("data", "content_type", "name", "kind"),
    [
        (b'<?xml version="1.0"?>\n<!-- c --><rss version="2.0">', None, "", "feed"),
        (b"\xef\xbb\xbf\n <feed xmlns='http://www.w3.org/2005/Atom'>", "text/html", "", "feed"),
        ("<?xml version='1.0' encoding='utf-16'?><rss>".encode("utf-16"), None, "", "feed"),
        (b"<rdf:RDF xmlns:rdf='x'>", "text/xml", "", "feed"),
        (b"warning: x\n<rss version='2.0'>", "text/html; charset=utf-8", "", "feed"),
        (b"<a:urlset xmlns:a='x'>", None, "", "sitemap"),
        (b"<sitemapindex>", None, "", "sitemap"),
        (b"<!DOCTYPE html>\n<html>", "application/rss+xml", "", "html"),
        (b"<!doctype html><p>Hello", None, "", "html"),
        (b"<p>Hello", None, "x.html", "html"),
        (b"Hello <b>you</b>", "text/html", "", "html"),
        (b"<?xml version='1.0'?><nitf>", "text/xml", "story.xml", "xml"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": []}', None, "", "json_feed"),
        (b'{"a": 1}', None, "", "json"),
        (b'{"a": 1}\n{"a": 2}\n', None, "", "jsonl"),
        (b"[not json", None, "", "text"),
        (b"%PDF-1.7\n", None, "", "pdf"),
        (b"Plain words.", "text/plain", "a.txt", "text"),
        (b"\x89PNG\x00\x01", None, "", "binary"),
        (gzip.compress(b"<urlset>", mtime=0), "application/gzip", "a.xml.gz", "sitemap"),
        (gzip.compress(b"words", mtime=0), "application/gzip", "a.gz", "binary"),
        (b"\x1f\x8bno", None, "", "binary"),
        (b"", None, "", "text"),
    ],
)
def test_sniffing(data: bytes, content_type: str | None, name: str, kind: str) -> None:
    assert sniff(data, content_type, name) == kind
