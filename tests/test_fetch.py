"""Fetching over real connections to a server on loopback; which addresses count as public enters by constructor."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from corpus.errors import FetchError, LoadError
from corpus.fetch import MAX_CRAWL_DELAY, Fetched, Fetcher, user_agent
from corpus.network import is_public, is_public_or_private, resolve_host
from tests.server import CERTIFICATE, HTML, STORIES, Page, Site

MakeFetcher = Callable[..., Fetcher]


class FakeTime:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.now += seconds


@pytest.fixture(scope="module")
def shared() -> Iterator[Site]:
    with Site(host="public.test") as site:
        yield site


@pytest.fixture
def site(shared: Site) -> Site:
    """The site, on the port that counts as public."""
    shared.counts.clear()
    shared.requests.clear()
    return shared


@pytest.fixture
def internal() -> Iterator[Site]:
    """A server of the local network, which nothing may reach."""
    with Site() as site:
        yield site


@pytest.fixture
def make(site: Site) -> Iterator[MakeFetcher]:
    """Fetchers for which `*.test` and the site's own port are public, and everything else is what it is."""
    made: list[Fetcher] = []

    def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"] if host.endswith(".test") else resolve_host(host, port)

    def permit(address: str, port: int) -> bool:
        return port == site.port or is_public(address, port)

    def fetcher(**options: object) -> Fetcher:
        made.append(Fetcher(**({"permit": permit, "resolve": resolve, "pause": 0.0} | options)))  # type: ignore[arg-type]
        return made[-1]

    yield fetcher
    for one in made:
        one.close()


@pytest.fixture
def fetcher(make: MakeFetcher) -> Fetcher:
    return make()


def failure(fetcher: Fetcher, url: str) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetcher.get(url)
    return caught.value


# ---- what arrives


def test_a_page_arrives_with_its_facts(site: Site, fetcher: Fetcher) -> None:
    url = site.url("/ferry.html")
    page = fetcher.get(url + "#comments")
    assert page == Fetched(
        url, url + "#comments", 200, STORIES[0].html().encode(), "text/html", None, None, False, "utf-8"
    )
    (_, headers) = site.requests[-1]
    assert headers["User-Agent"] == user_agent()
    assert headers["Host"] == f"public.test:{site.port}"
    assert headers["Accept-Encoding"] == "gzip, deflate"


def test_a_fetch_error_is_a_load_error() -> None:
    error = FetchError("answers 404 (not found).", status=404, retry_after=3)
    assert isinstance(error, LoadError)
    assert (str(error), error.status, error.retry_after) == ("answers 404 (not found).", 404, 3)


def test_a_redirect_is_followed_and_named(site: Site, fetcher: Fetcher) -> None:
    page = fetcher.get(site.url("/old.html"))
    assert (page.url, page.requested_url) == (site.url("/ferry.html"), site.url("/old.html"))


@pytest.mark.parametrize(
    "path", ["/gzip", "/untyped", "/report.pdf", "/feed.rss", "/feed.json", "/news-sitemap.xml.gz"]
)
def test_what_is_read_is_accepted(site: Site, fetcher: Fetcher, path: str) -> None:
    page = fetcher.get(site.url(path))
    assert page.content
    if path == "/gzip":
        assert page.content == STORIES[0].html().encode()


@pytest.mark.parametrize("path", ["/image", "/video", "/svg", "/download"])
def test_what_no_loader_reads_is_refused(site: Site, fetcher: Fetcher, path: str) -> None:
    assert "not a page, feed, PDF or text" in str(failure(fetcher, site.url(path)))


@pytest.mark.parametrize("path", ["/etag", "/dated"])
def test_validators_spare_the_body(site: Site, fetcher: Fetcher, path: str) -> None:
    first = fetcher.get(site.url(path))
    assert (first.status, first.not_modified) == (200, False)
    second = fetcher.get(site.url(path), etag=first.etag, last_modified=first.last_modified)
    assert (second.status, second.not_modified, second.content) == (304, True, b"")
    assert (second.etag, second.last_modified) == (first.etag, first.last_modified)
    assert fetcher.get(site.url(path), etag='"other"', last_modified="never").content == first.content
    assert fetcher.get(site.url(path), etag="line\r\nX-Injected: 1").content == first.content


def test_no_cookie_is_kept(site: Site, fetcher: Fetcher) -> None:
    fetcher.get(site.url("/cookie"))
    fetcher.get(site.url("/cookie"))
    assert all("Cookie" not in headers for _, headers in site.requests)


def test_the_environment_names_no_proxy(site: Site, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert fetcher.get(site.url("/ferry.html")).status == 200


# ---- where a fetch may go


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200",
        "0.0.0.0", "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1", "224.0.0.1", "240.0.0.1",
        "255.255.255.255", "168.63.129.16", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::169.254.169.254", "64:ff9b:1::1", "2002:7f00:1::",
        "2001::1", "2001:db8::1", "3fff::1", "100::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0",
        "fec0::1", "ff02::1", "ff0e::1", "localhost", "",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["9.9.9.9", "2606:4700::1111", "::ffff:9.9.9.9", "64:ff9b::9.9.9.9"])
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(address)
    assert is_public_or_private(address)


def test_private_networks_can_be_allowed_but_not_metadata() -> None:
    assert all(is_public_or_private(address) for address in ("127.0.0.1", "10.1.2.3", "::1", "fd12::1"))
    refused = ("169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "224.0.0.1", "0.0.0.0", "::")
    assert not any(is_public_or_private(address) for address in refused)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0x7f.1", "127.1", "017700000001", "[::1]",
     "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "[::]", "127.0.0.1.", "①②⑦.⓪.⓪.①"],
)  # fmt: skip
def test_the_machine_itself_is_refused_under_every_name(internal: Site, host: str) -> None:
    with Fetcher(pause=0.0) as fetcher:
        error = failure(fetcher, f"http://{host}:{internal.port}/")
    assert any(text in str(error) for text in ("private address", "reserved address", "no address", "no host"))
    assert not internal.requests


def test_the_message_says_how_to_allow_it(internal: Site) -> None:
    with Fetcher() as fetcher:
        error = failure(fetcher, internal.url("/"))
    assert str(error) == "is at the private address 127.0.0.1; allow it with --allow-private."


def test_private_addresses_when_allowed(internal: Site) -> None:
    with Fetcher(allow_private=True) as fetcher:
        assert fetcher.get(internal.url("/ferry.html")).status == 200
        assert "never fetched" in str(failure(fetcher, "http://169.254.169.254/latest/meta-data/"))


@pytest.mark.parametrize(
    "url",
    ["http://public.test@127.0.0.1:{port}/", "http://jo:secret@public.test/", "http://127.0.0.1:{port}\\@public.test/",
     "http://public.test#@127.0.0.1:{port}/", "http://@127.0.0.1:{port}/"],
)  # fmt: skip
def test_user_names_lead_nowhere_and_are_not_repeated(internal: Site, fetcher: Fetcher, url: str) -> None:
    assert "secret" not in str(failure(fetcher, url.format(port=internal.port)))
    assert not internal.requests


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://public.test/", "javascript:alert(1)", "data:text/html,x", "public.test/page", "",
     "http://", "http:///path", "http://[::1", "http://public.test:99999/", "//public.test/", "http://a b/", "gopher://x",
     "http://[::1①]/", "http://a\x00b/", "http://a/\udc80"],
)  # fmt: skip
def test_what_is_no_web_address(fetcher: Fetcher, url: str) -> None:
    assert isinstance(failure(fetcher, url), FetchError)


def test_redirects_to_private_addresses_are_refused(site: Site, internal: Site, fetcher: Fetcher) -> None:
    url = site.redirect("/to-loopback", internal.url("/ferry.html"))
    assert str(failure(fetcher, url)) == (
        f"redirects to {internal.url('/ferry.html')!r}, which is at the private address 127.0.0.1; "
        "allow it with --allow-private."
    )
    assert not internal.requests
    assert "reserved address 169.254.169.254" in str(failure(fetcher, site.url("/to-metadata")))


def test_redirects_to_other_schemes_and_to_passwords_are_refused(site: Site, fetcher: Fetcher) -> None:
    assert str(failure(fetcher, site.url("/to-file"))) == (
        "redirects to a 'file' address that is no http or https address."
    )
    assert "secret" not in str(failure(fetcher, site.url("/to-login")))


def test_a_name_that_changes_its_address_gains_nothing(site: Site, internal: Site) -> None:
    """DNS rebinding: the first look-up gives a permitted address, each later one the machine itself."""
    answers = iter(["127.0.0.1"])
    asked: list[tuple[str, int]] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return [next(answers, "127.0.0.2")]

    with Fetcher(permit=lambda address, _: address == "127.0.0.1", resolve=resolve, pause=0.0) as fetcher:
        assert fetcher.get(site.url("/ferry.html")).status == 200  # robots.txt and page over one connection
        assert asked == [("public.test", site.port)]
        site.pages["/closing"] = Page("<p>x</p>", headers=(("Connection", "close"),))
        fetcher.get(site.url("/closing"))
        assert "private address 127.0.0.2" in str(failure(fetcher, site.url("/bridge.html")))
        assert "private address 127.0.0.2" in str(failure(fetcher, internal.url("/", host="public.test")))
    assert site.counts["/bridge.html"] == 0
    assert not internal.requests


def test_of_several_addresses_only_permitted_ones_are_tried(site: Site) -> None:
    tried: list[str] = []

    def permit(address: str, port: int) -> bool:
        tried.append(address)
        return address.startswith("127.0.0.") and address != "127.0.0.9" and port == site.port

    def resolve(host: str, port: int) -> list[str]:  # noqa: ARG001
        return ["10.0.0.1", "127.0.0.9", "127.0.0.3", "127.0.0.1"]  # nothing listens on the third

    with Fetcher(permit=permit, resolve=resolve, pause=0.0) as fetcher:
        assert fetcher.get(site.url("/ferry.html")).status == 200
    assert tried == ["10.0.0.1", "127.0.0.9", "127.0.0.3", "127.0.0.1"]


def test_names_that_do_not_exist(site: Site) -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise OSError(f"no {host}:{port}")

    with Fetcher(resolve=resolve) as fetcher:
        assert "there is no host 'public.test'" in str(failure(fetcher, site.url("/")))


def test_nothing_listens(make: MakeFetcher) -> None:
    with Site() as gone:
        url = gone.url("/", host="public.test")
    assert "cannot be reached" in str(failure(make(permit=lambda *_: True), url))


def test_certificates_are_checked_against_the_name(make: MakeFetcher) -> None:
    with Site(host="public.test", tls=True) as secure, Site() as private:
        trusting = ssl.create_default_context(cadata=CERTIFICATE[CERTIFICATE.index("-----BEGIN CERT") :])
        fetcher = make(tls=trusting, permit=lambda _, port: port == secure.port)
        assert fetcher.get(secure.url("/ferry.html")).url == secure.url("/ferry.html")
        for other in (
            failure(fetcher, secure.url("/", host="other.test")),
            failure(fetcher, secure.url("/", host="127.0.0.1")),
        ):
            assert "no trustworthy certificate" in str(other)
        assert "private address" in str(failure(fetcher, secure.redirect("/down", private.url("/"))))
        assert "no trustworthy certificate" in str(failure(make(permit=lambda *_: True), secure.url("/ferry.html")))
        assert not private.requests


# ---- bounds


def test_circles_and_long_chains(site: Site, fetcher: Fetcher) -> None:
    assert "in a circle" in str(failure(fetcher, site.url("/loop-a")))
    assert str(failure(fetcher, site.url("/chain/0"))) == "redirects more than 10 times."
    assert site.counts["/chain/10"] == 1
    assert site.counts["/chain/11"] == 0
    assert fetcher.get(site.url("/chain/2")).url == site.url("/ferry.html")  # ten redirects
    assert "without saying where to" in str(failure(fetcher, site.url("/nowhere")))


@pytest.mark.parametrize("path", ["/slow", "/slow-headers"])
def test_a_dripping_answer_is_cut(site: Site, make: MakeFetcher, path: str) -> None:
    begun = time.monotonic()
    assert str(failure(make(timeout=0.3), site.url(path))) == "took longer than 0.3 s. Try again later."
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize("path", ["/endless", "/gzip-bomb", "/huge", "/gzip-tail"])
def test_too_much_is_cut(site: Site, make: MakeFetcher, path: str) -> None:
    assert str(failure(make(max_bytes=500_000), site.url(path))) == "is larger than 0.5 MB."


def test_broken_answers(site: Site, fetcher: Fetcher) -> None:
    assert "broke off or does not speak HTTP" in str(failure(fetcher, site.url("/cut")))
    assert "broke off or does not speak HTTP" in str(failure(fetcher, site.url("/no-http")))
    assert "broke off or does not speak HTTP" in str(failure(fetcher, site.url("/huge-header")))
    assert "cannot be decompressed" in str(failure(fetcher, site.url("/gzip-broken")))
    assert "not asked for ('gzip, gzip')" in str(failure(fetcher, site.url("/gzip-twice")))


@pytest.mark.parametrize(
    ("path", "message", "status"),
    [
        ("/missing", "answers 404 (not found).", 404),
        ("/gone", "answers 410 (gone): the page was taken down for good.", 410),
        ("/login", "answers 401 (unauthorized): it wants a login. Save the page from a browser and add the file.", 401),
        ("/error", "answers 500 (internal server error); try again later.", 500),
        ("/busy", "answers 429 (too many requests); try again after 120 s.", 429),
        ("/odd", "answers 299 (a status that is no standard).", 299),
        ("/unasked-304", "answers 304 (not modified).", 304),
    ],
)
def test_statuses_that_bring_no_page(site: Site, fetcher: Fetcher, path: str, message: str, status: int) -> None:
    error = failure(fetcher, site.url(path))
    assert (str(error), error.status) == (message, status)
    assert error.retry_after == (120 if path == "/busy" else None)


def test_retry_after_as_a_moment(site: Site, fetcher: Fetcher) -> None:
    error = failure(fetcher, site.url("/busy-until"))
    assert error.retry_after is not None
    assert error.retry_after > 10**8


def test_the_status_after_a_redirect_is_kept(site: Site, fetcher: Fetcher) -> None:
    error = failure(fetcher, site.redirect("/to-busy", "/busy"))
    assert str(error).startswith(f"redirects to {site.url('/busy')!r}, which answers 429")
    assert (error.status, error.retry_after) == (429, 120)


# ---- politeness


def test_robots_txt_is_obeyed_on_every_hop_and_asked_for_once(site: Site, fetcher: Fetcher) -> None:
    for path in ("/private/page.html", "/to-private"):
        assert "is disallowed by the site's robots.txt" in str(failure(fetcher, site.url(path)))
    fetcher.get(site.url("/ferry.html"))
    assert site.counts == {"/robots.txt": 1, "/to-private": 1, "/ferry.html": 1}


@pytest.mark.parametrize(
    ("robots", "message"),
    [
        (Page(status=404), None),
        (Page(status=403), None),
        (Page("<html>not rules</html>"), None),
        (Page("User-agent: citewire\nDisallow: /\n\nUser-agent: *\nAllow: /\n", "text/plain"), "disallowed"),
        (Page("User-agent: *\nDisallow: /\n\nUser-agent: Citewire\nAllow: /\n", "text/plain"), None),
        (Page(b"#" * 600_000 + b"\nUser-agent: *\nDisallow: /\n", "text/plain"), None),  # beyond the first 500 kB
        (Page(status=503), "has a robots.txt that answers 503 (service unavailable); try again later."),
        (Page(status=429), "has a robots.txt that answers 429"),
        (Page(status=302, headers=(("Location", "http://169.254.169.254/"),)), "has a robots.txt that redirects to"),
        (Page(status=302, headers=(("Location", "/ferry.html"),)), None),
    ],
)
def test_what_robots_txt_may_be(robots: Page, message: str | None) -> None:
    with (
        Site(pages={"/robots.txt": robots}) as site,
        Fetcher(permit=lambda _, port: port == site.port, pause=0.0) as fetcher,
    ):
        if message is None:
            assert fetcher.get(site.url("/bridge.html")).status == 200
        else:
            assert message in str(failure(fetcher, site.url("/bridge.html")))
            assert message in str(failure(fetcher, site.url("/ferry.html")))
            assert site.counts == {"/robots.txt": 1}


def test_a_pause_between_requests_to_one_host(site: Site, make: MakeFetcher) -> None:
    fake = FakeTime()
    fetcher = make(pause=None, clock=fake.clock, sleep=fake.sleep)
    for path in ("/ferry.html", "/bridge.html", "/old.html"):
        fetcher.get(site.url(path))
    assert fake.slept == [0.5, 0.5, 0.5]  # the last one redirects
    fetcher.get(site.url("/ferry.html", host="elsewhere.test"))
    assert len(fake.slept) == 3


@pytest.mark.parametrize(("delay", "slept"), [("2", 2.0), ("3600", MAX_CRAWL_DELAY), ("inf", 0.5), ("nan", 0.5),
                                              ("-5", 0.5), ("soon", 0.5)])  # fmt: skip
def test_crawl_delay_is_honored_up_to_a_cap(delay: str, slept: float) -> None:
    fake = FakeTime()
    with Site() as site:
        site.pages["/robots.txt"] = Page(f"User-agent: *\nCrawl-delay: {delay}\n", "text/plain")
        with Fetcher(permit=lambda *_: True, clock=fake.clock, sleep=fake.sleep) as fetcher:
            fetcher.get(site.url("/ferry.html"))
            fetcher.get(site.url("/bridge.html"))
    assert fake.slept == [slept]


def test_our_own_pauses_do_not_use_up_the_time(site: Site, make: MakeFetcher) -> None:
    fake = FakeTime()
    fetcher = make(pause=40.0, clock=fake.clock, sleep=fake.sleep)
    fetcher.get(site.url("/ferry.html"))
    assert fetcher.get(site.url("/old.html")).status == 200
    assert fake.slept == [40.0, 40.0]


def test_robots_txt_is_asked_for_again_after_a_day(site: Site, make: MakeFetcher) -> None:
    fake = FakeTime()
    fetcher = make(clock=fake.clock, sleep=fake.sleep)
    for wait in (0, 23 * 3600, 3600):
        fake.now += wait
        fetcher.get(site.url("/ferry.html"))
    assert site.counts["/robots.txt"] == 2


def test_threads_share_a_fetcher(site: Site, fetcher: Fetcher) -> None:
    pages: list[Fetched] = []

    def fetch(story: int) -> None:
        pages.append(fetcher.get(site.url(f"/{STORIES[story % 3].slug}.html")))

    threads = [threading.Thread(target=fetch, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pages) == 12
    assert all(page.content_type == HTML.partition(";")[0] for page in pages)
