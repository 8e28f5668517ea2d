"""A small news site on loopback for tests: feeds, articles, sitemaps, and every way in which a server can misbehave.

`Site.pages` maps paths to `Page`s or to functions that write the answer themselves; tests add their own.
Requests are counted by path, their headers kept.
"""

from __future__ import annotations

import gzip
import json
import ssl
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

# Made for these tests alone: a certificate of public.test, signed by itself, and its key. Valid from 2020 to 2120.
CERTIFICATE = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg3ixD6m3HYo5loHjc
3I2TZvxWddlVzyIzuOOUjctwt6qhRANCAASSxqDSnvpeHE6yulzC2PDnh+3MaNlz
d/RKaIm9OoDKwKrPRLHlJjgX8oTWfiQhHIxBc3V0b2hhJI4G8hYuNwfk
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBRjCB7qADAgECAgEBMAoGCCqGSM49BAMCMBYxFDASBgNVBAMMC3B1YmxpYy50
ZXN0MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAWMRQwEgYDVQQD
DAtwdWJsaWMudGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJLGoNKe+l4c
TrK6XMLY8OeH7cxo2XN39Epoib06gMrAqs9EseUmOBfyhNZ+JCEcjEFzdXRvaGEk
jgbyFi43B+SjKzApMBYGA1UdEQQPMA2CC3B1YmxpYy50ZXN0MA8GA1UdEwEB/wQF
MAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgZimr936kvX4fx+aJjyb9SObxS7xY9ENS
E+TrVnPpSusCIBubG9mS4/kTaxMx1Ti+ZKraI2zU3YWpfhxahUj7w96m
-----END CERTIFICATE-----
"""

HTML, RSS, ATOM = "text/html; charset=utf-8", "application/rss+xml", "application/atom+xml"
XML, JSON = "application/xml", "application/feed+json"


@dataclass(frozen=True, slots=True)
class Story:
    """An article of the site."""

    slug: str
    title: str
    author: str
    published: str
    published_rfc: str
    paragraphs: tuple[str, ...]

    def html(self) -> str:
        """The page, with its facts as JSON-LD, a menu and a footer around it."""
        facts = {
            "@context": "https://schema.org", "@type": "NewsArticle", "headline": self.title,
            "datePublished": self.published, "author": {"@type": "Person", "name": self.author},
            "publisher": {"@type": "Organization", "name": "Harbor Courier"},
        }  # fmt: skip
        body = "\n".join(f"<p>{escape(text)}</p>" for text in self.paragraphs)
        return (
            f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(self.title)}</title>'
            f'<link rel="alternate" type="application/rss+xml" href="/feed.rss">'
            f'<script type="application/ld+json">{json.dumps(facts)}</script></head><body>'
            f'<nav><a href="/">Home</a> <a href="/sport">Sport</a></nav>'
            f"<main><article><h1>{escape(self.title)}</h1>{body}</article></main>"
            f"<footer>Harbor Courier. All rights reserved.</footer></body></html>"
        )


STORIES = (
    Story("ferry", "Ferry to Lindholm to run all night from May", "Ada Brenner", "2026-03-02T07:30:00+01:00",
          "Mon, 02 Mar 2026 07:30:00 +0100", (
        "The ferry between the old harbor and Lindholm will run through the night from the first of May, the port authority said on Monday.",
        "Boats will leave every forty minutes between midnight and five in the morning, a service that residents of the island had asked for since 2019.",
        "“We counted eleven thousand signatures, and we listened,” said Marit Sand, who heads the authority. The extra crossings will cost 2.4 million euros a year.",
        "The city pays two thirds of the sum. The rest is to come from a rise of the single fare from 3.20 to 3.50 euros.")),
    Story("bridge", "Cracks found in two cables of the Norder bridge", "Jonas Wieck", "2026-03-03T15:05:00+01:00",
          "Tue, 03 Mar 2026 15:05:00 +0100", (
        "Engineers have found cracks in two of the sixty-four cables that hold up the Norder bridge, the transport ministry said on Tuesday.",
        "Trucks of more than 7.5 tonnes may not use the bridge until the cables have been replaced, which is expected to take nine weeks.",
        "The cracks were discovered during an inspection that takes place every six years. Sensors had reported nothing unusual.",
        "A spokeswoman for the hauliers’ association, Petra Lindqvist, called the detour of 48 kilometers a heavy burden for small firms.")),
    Story("herring", "Herring quota halved after weak spring count", "Ada Brenner", "2026-03-04T06:00:00+01:00",
          "Wed, 04 Mar 2026 06:00:00 +0100", (
        "Fishers in the western Baltic may land only 390 tonnes of herring this year, half of what they were allowed in 2025.",
        "The fisheries council followed the advice of marine biologists, whose spring count found the smallest stock since records began in 1991.",
        "Cutter owners in the harbor said that the decision threatens the last nine boats of the fleet. The state promised help of 600,000 euros.",
        "Biologist Hanne Dahl said that warmer winters make the larvae hatch before there is enough plankton for them to eat.")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    """An answer: the body is sent as it is, with its length."""

    body: bytes | str = b""
    content_type: str | None = HTML
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


Write = Callable[["_Handler"], None]


@dataclass
class Site:
    """The running site. `host` is the name in the addresses that its feeds name."""

    host: str = "127.0.0.1"
    tls: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    requests: list[tuple[str, Message]] = field(default_factory=list)
    pages: dict[str, Page | Write] = field(default_factory=dict)
    stopping: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        site = self

        class Handler(_Handler):
            pass

        Handler.site = site
        self._server = _Server(("127.0.0.1", 0), Handler)
        if self.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "test.pem"
                file.write_text(CERTIFICATE)
                context.load_cert_chain(file)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.pages = _pages(self) | self.pages
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()  # waits for the requests at work

    @property
    def port(self) -> int:
        """The port that the system gave."""
        return int(self._server.server_address[1])

    def url(self, path: str = "/", host: str | None = None) -> str:
        """The address of a path."""
        return f"http{'s' if self.tls else ''}://{host or self.host}:{self.port}{path}"

    def redirect(self, path: str, target: str, status: int = 302) -> str:
        """Make a path redirect; its address."""
        self.pages[path] = Page(status=status, headers=(("Location", target),))
        return self.url(path)


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up, or does not trust our certificate, is what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    site: Site
    protocol_version = "HTTP/1.1"
    timeout = 5  # seconds; a test that forgets to close its connection ends all the same

    def do_GET(self) -> None:
        path = self.path
        self.site.counts[path] += 1
        self.site.requests.append((path, self.headers))
        page = self.site.pages.get(path, Page("<h1>Not found</h1>", status=404))
        try:
            if isinstance(page, Page):
                self.answer(page)
            else:
                page(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def answer(self, page: Page) -> None:
        """Send a page whole."""
        body = page.body.encode() if isinstance(page.body, str) else page.body
        self.head(page.status, page.content_type, (*page.headers, ("Content-Length", str(len(body)))))
        self.wfile.write(body)

    def head(self, status: int, content_type: str | None, headers: tuple[tuple[str, str], ...]) -> None:
        """Send the status and the headers."""
        self.send_response(status)
        if content_type:
            self.send_header("Content-Type", content_type)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Nothing: tests look at `Site.requests`."""


# ---- what the site serves


def _pages(site: Site) -> dict[str, Page | Write]:
    pages: dict[str, Page | Write] = {f"/{story.slug}.html": Page(story.html()) for story in STORIES}
    pages |= _announcements(site) | _misbehavior(site)
    loop, chain = (("Location", "/loop-b"),), [f"/chain/{n}" for n in range(12)]
    pages |= {
        "/": Page('<html><head><link rel="alternate" type="application/atom+xml" href="feed.atom"></head></html>'),
        "/robots.txt": Page("User-agent: *\nDisallow: /private/\n", "text/plain"),
        "/private/page.html": Page(STORIES[0].html()),
        "/old.html": Page(status=301, headers=(("Location", "/ferry.html"),)),
        "/loop-a": Page(status=302, headers=loop),
        "/loop-b": Page(status=302, headers=(("Location", "/loop-a"),)),
        "/nowhere": Page(status=302),
        "/to-metadata": Page(status=302, headers=(("Location", "http://169.254.169.254/latest/meta-data/"),)),
        "/to-file": Page(status=302, headers=(("Location", "file:///etc/passwd"),)),
        "/to-login": Page(status=302, headers=(("Location", "http://jo:secret@public.test/"),)),
        "/to-private": Page(status=302, headers=(("Location", "/private/page.html"),)),
        "/etag": _conditional("ETag", '"v1"', "If-None-Match"),
        "/dated": _conditional("Last-Modified", "Mon, 02 Mar 2026 06:30:00 GMT", "If-Modified-Since"),
        "/cookie": Page("<p>A cookie.</p>", headers=(("Set-Cookie", "id=1234; Path=/"),)),
    }
    for here, there in zip(chain, [*chain[1:], "/ferry.html"], strict=True):
        pages[here] = Page(status=302, headers=(("Location", there),))
    return pages


def _announcements(site: Site) -> dict[str, Page | Write]:
    """The feeds and the sitemaps."""
    address = {story.slug: site.url(f"/{story.slug}.html") for story in STORIES}
    rss = "".join(
        f"<item><title>{escape(s.title)}</title><link>/{s.slug}.html</link><guid isPermaLink='false'>{s.slug}</guid>"
        f"<pubDate>{s.published_rfc}</pubDate><author>desk@courier.test ({s.author})</author>"
        f"<description>{escape('<p>' + s.paragraphs[0] + '</p>')}</description></item>"
        for s in STORIES
    )
    atom = "".join(
        f'<entry><title type="html">{escape(escape(s.title))}</title><link href="{address[s.slug]}"/><id>tag:{s.slug}</id>'
        f"<updated>{s.published}</updated><published>{s.published}</published><author><name>{s.author}</name></author>"
        f'<content type="html">{escape("".join(f"<p>{p}</p>" for p in s.paragraphs))}</content></entry>'
        for s in STORIES
    )
    items = [
        {"id": s.slug, "url": address[s.slug], "title": s.title, "content_text": "\n\n".join(s.paragraphs),
         "date_published": s.published, "authors": [{"name": s.author}]} for s in STORIES
    ]  # fmt: skip
    news = "".join(
        f"<url><loc>{address[s.slug]}</loc><news:news><news:publication><news:name>Harbor Courier</news:name>"
        f"<news:language>en</news:language></news:publication><news:publication_date>{s.published}</news:publication_date>"
        f"<news:title>{escape(s.title)}</news:title></news:news></url>"
        for s in STORIES
    )
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
    sitemap = (
        f'{declaration}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{news}</urlset>'
    )
    index = (
        f'{declaration}<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"<sitemap><loc>{site.url('/news-sitemap.xml')}</loc></sitemap>"
        f"<sitemap><loc>{site.url('/news-sitemap.xml.gz')}</loc></sitemap></sitemapindex>"
    )
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Harbor Courier", "items": items}
    return {
        "/feed.rss": Page(
            f'{declaration}<rss version="2.0"><channel><title>Harbor Courier</title>{rss}</channel></rss>', RSS
        ),
        "/feed.atom": Page(
            f'{declaration}<feed xmlns="http://www.w3.org/2005/Atom"><title>Harbor Courier</title>{atom}</feed>', ATOM
        ),
        "/feed.json": Page(json.dumps(feed), JSON),
        "/news-sitemap.xml": Page(sitemap, XML),
        "/news-sitemap.xml.gz": Page(gzip.compress(sitemap.encode()), "application/octet-stream"),
        "/sitemap.xml": Page(index, XML),
        "/urls.txt": Page("# our articles\n" + "\n".join(address.values()) + "\n", "text/plain"),
    }


def _misbehavior(site: Site) -> dict[str, Page | Write]:
    packed = (("Content-Encoding", "gzip"),)
    bomb = gzip.compress(bytes(30_000_000))  # 29 kB on the wire

    def endless(handler: _Handler) -> None:
        handler.close_connection = True
        handler.head(200, HTML, ())
        while not site.stopping.is_set():
            handler.wfile.write(b"<p>more</p>" * 1000)

    def drip(handler: _Handler) -> None:
        handler.close_connection = True
        handler.head(200, HTML, ())
        while not site.stopping.wait(0.02):
            handler.wfile.write(b".")

    def drip_headers(handler: _Handler) -> None:
        handler.close_connection = True
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not site.stopping.wait(0.02):
            handler.wfile.write(b".")

    def cut(handler: _Handler) -> None:
        handler.close_connection = True
        handler.head(200, HTML, (("Content-Length", "1000"),))
        handler.wfile.write(b"<p>only this")

    def mail(handler: _Handler) -> None:
        handler.close_connection = True
        handler.wfile.write(b"220 mail.test ESMTP\r\n")

    return {
        "/gzip": Page(gzip.compress(STORIES[0].html().encode()), headers=packed),
        "/gzip-bomb": Page(bomb, headers=packed),
        "/gzip-broken": Page(b"this is no gzip", headers=packed),
        "/gzip-tail": Page(gzip.compress(b"<p>short</p>") + bytes(3_000_000), headers=packed),
        "/gzip-twice": Page(gzip.compress(bomb), headers=(("Content-Encoding", "gzip, gzip"),)),
        "/slow": drip,
        "/slow-headers": drip_headers,
        "/endless": endless,
        "/cut": cut,
        "/no-http": mail,
        "/huge": Page(bytes(3_000_000), "text/plain"),
        "/huge-header": Page(headers=(("X-Huge", "x" * 200_000),)),
        "/gone": Page(status=410),
        "/login": Page(status=401),
        "/forbidden": Page(status=403),
        "/busy": Page(status=429, headers=(("Retry-After", "120"),)),
        "/busy-until": Page(status=503, headers=(("Retry-After", "Fri, 31 Dec 2100 23:59:59 GMT"),)),
        "/error": Page(status=500),
        "/odd": Page(status=299),
        "/unasked-304": Page(status=304),
        "/image": Page(b"\x89PNG", "image/png"),
        "/video": Page(b"...", "video/mp4"),
        "/svg": Page(b"<svg/>", "image/svg+xml"),
        "/download": Page(b"\x00\x01", "application/octet-stream"),
        "/report.pdf": Page(b"%PDF-1.7", "application/octet-stream"),
        "/untyped": Page(STORIES[0].html(), None),
    }


def _conditional(name: str, value: str, asked: str) -> Write:
    def write(handler: _Handler) -> None:
        if handler.headers.get(asked) == value:
            handler.head(304, None, ((name, value),))
        else:
            handler.answer(Page(STORIES[0].html(), headers=((name, value),)))

    return write
