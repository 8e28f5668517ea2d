"""One address to its bytes, politely and safely. Reads no content: that is for `corpus.feeds` and the loaders.

Redirects are followed here, each hop checked like the first: http or https, a public address, robots.txt, a pause
between requests to one host. Time, size and redirects are bounded. Nothing of the environment is used but the
certificates (`SSL_CERT_FILE`): no proxy, no `.netrc`. No cookie is kept, no script is run, no meta refresh followed.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from types import TracebackType
from typing import Self

import httpx2
from protego import Protego

from corpus.errors import FetchError
from corpus.network import (
    Budget,
    Clock,
    GuardedTransport,
    Permit,
    Resolve,
    is_public,
    is_public_or_private,
    resolve_host,
)

TOTAL_SECONDS = 30.0  # one article page over a slow phone line; pauses of ours not counted
MAX_BYTES = 20_000_000  # decoded; the longest news pages have 5 MB, sitemaps may have 50 MB but come gzip'ed below 20
MAX_REDIRECTS = 10  # browsers stop at 20, RFC 9309 asks for at least 5
HOST_PAUSE = 0.5  # seconds between requests to one public host: two a second is below what any site blocks
MAX_CRAWL_DELAY = 10.0  # a longer Crawl-delay is cut to this, so that a feed of 50 articles takes minutes, not hours
ROBOTS_BYTES = 512_000  # RFC 9309, 2.5: at least 500 KiB must be read; the rest is passed over
ROBOTS_SECONDS = 10.0  # a site whose robots.txt takes longer counts as unreachable
ROBOTS_KEPT = 24 * 3600.0  # RFC 9309, 2.4: not longer than a day
ROBOTS_FAILED_KEPT = 60.0  # a site that is down is not asked again for each of its pages
AGENT = "Citewire"  # the name that robots.txt may use

_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,application/feed+json,application/json;q=0.8,*/*;q=0.5"
_TYPES = ("text/html", "text/plain", "text/xml", "text/markdown", "application/xml", "application/json",
          "application/pdf", "application/gzip", "application/x-gzip")  # fmt: skip
_SUFFIXES = (".xml", ".rss", ".atom", ".json", ".pdf", ".txt", ".html", ".htm", ".md", ".gz")
_REDIRECTS = (301, 302, 303, 307, 308)
_ADVICE = {
    401: "it wants a login. Save the page from a browser and add the file",
    402: "it wants payment. Save the page from a browser and add the file",
    403: "it does not serve programs. Save the page from a browser and add the file",
    410: "the page was taken down for good",
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address gave. `url` is where the redirects led, without a fragment; `content` is decoded, at most `MAX_BYTES`.

    With `not_modified` the content is empty: what the validators stand for is still current.
    `content_type` has no parameters, lower case; `charset` is the one that it named.
    """

    url: str
    requested_url: str
    status: int
    content: bytes
    content_type: str | None
    etag: str | None
    last_modified: str | None
    not_modified: bool = False
    charset: str | None = None


@dataclass(frozen=True, slots=True)
class _Robots:
    """A site's rules, or why they could not be had; kept until `until`."""

    rules: Protego | FetchError
    until: float


class Fetcher:
    """Fetches for one run: robots.txt and the pause between requests are remembered while it is open. Thread-safe.

    `permit` says which addresses may be connected to; by default public ones, with `allow_private` also
    loopback and private networks, without a pause. `resolve`, `clock` and `sleep` are there to be replaced in tests.

    >>> with Fetcher() as fetcher:
    ...     page = fetcher.get("https://example.org/story")
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        timeout: float = TOTAL_SECONDS,
        max_bytes: int = MAX_BYTES,
        pause: float | None = None,
        permit: Permit | None = None,
        resolve: Resolve = resolve_host,
        tls: ssl.SSLContext | None = None,
        clock: Clock = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._timeout, self._max_bytes = timeout, max_bytes
        self._pause = pause if pause is not None else 0.0 if allow_private else HOST_PAUSE
        self._clock, self._sleep = clock, sleep
        permit = permit or (is_public_or_private if allow_private else is_public)
        self._transport = GuardedTransport(permit=permit, resolve=resolve, tls=tls)
        self._headers = {"User-Agent": user_agent(), "Accept": _ACCEPT, "Accept-Encoding": "gzip, deflate"}
        self._robots: dict[str, _Robots] = {}
        self._next: dict[str, float] = {}  # when each host may be asked again
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def get(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        """The content of an address; with validators of an earlier answer, only if it changed since.

        Raises:
            FetchError: it cannot be had, or must not be; the message continues a sentence that names the address.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {
            name: value for name, value in conditions.items() if value and value.isascii() and value.isprintable()
        }
        budget = Budget(self._timeout, self._max_bytes, self._clock)
        with self._open(url, budget, headers, polite=True) as response:
            if response.status_code == HTTPStatus.NOT_MODIFIED and headers:
                return _result(response, url, b"", not_modified=True)
            if response.status_code not in (HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION):
                raise _refusal(response)
            _check_type(response)
            content = b"".join(self._body(response, self._max_bytes))
            return _result(response, url, content)

    @contextmanager
    def _open(self, url: str, budget: Budget, headers: dict[str, str], *, polite: bool) -> Iterator[httpx2.Response]:
        """The response at the end of the redirects; errors on the way and in the caller's block name the hop."""
        hops = [_checked(url)]
        try:
            while True:
                if polite:
                    budget.wait(self._admit(hops[-1]))
                request = httpx2.Request("GET", hops[-1], headers=self._headers | headers)
                response = self._transport.send(request, budget)
                try:
                    if response.status_code not in _REDIRECTS:
                        yield response
                        return
                    following = _location(response)
                finally:
                    response.close()
                if following in hops:
                    raise FetchError("redirects in a circle; the site may want cookies, which are not kept.")
                if len(hops) > MAX_REDIRECTS:
                    raise FetchError(f"redirects more than {MAX_REDIRECTS} times.")
                hops.append(following)
        except FetchError as error:
            if len(hops) == 1 or str(error).startswith("redirects"):
                raise
            message = f"redirects to {str(hops[-1])!r}, which {error}"
            raise FetchError(message, status=error.status, retry_after=error.retry_after) from error

    def _body(self, response: httpx2.Response, limit: int) -> Iterator[bytes]:
        """The decoded body in pieces, refused once it is over the limit."""
        coding = response.headers.get("content-encoding", "identity").strip().lower()
        if coding not in ("identity", "gzip", "deflate", ""):  # never two in a row: each multiplies a bomb by 1,000
            raise FetchError(f"is compressed in a way that was not asked for ({coding[:40]!r}).")
        size = 0
        try:
            for part in response.iter_bytes():
                size += len(part)
                if size > limit:
                    raise FetchError(f"is larger than {limit / 1_000_000:g} MB.")
                yield part
        except httpx2.DecodingError as error:
            raise FetchError(f"cannot be decompressed ({error}). Try again later.") from error

    # ---- politeness

    def _admit(self, target: httpx2.URL) -> float:
        """Wait for our turn at a host; the seconds that this took. Raises `FetchError` when robots.txt disallows."""
        begun = self._clock()
        rules = self._rules(target)
        if not rules.can_fetch(str(target), AGENT):
            raise FetchError("is disallowed by the site's robots.txt. Save the page from a browser and add the file.")
        delay = max(self._pause, min(rules.crawl_delay(AGENT) or 0.0, MAX_CRAWL_DELAY))
        with self._lock:
            current = self._clock()
            turn = max(current, self._next.get(target.host, current))
            self._next[target.host] = turn + delay
        if turn > current:
            self._sleep(turn - current)
        return self._clock() - begun

    def _rules(self, target: httpx2.URL) -> Protego:
        """The site's robots.txt. Raises `FetchError` when it cannot be had, which means keep out (RFC 9309, 2.3.1.4)."""
        origin = f"{target.scheme}://{target.netloc.decode()}"
        known = self._robots.get(origin)
        if known is None or self._clock() >= known.until:
            known = self._robots[origin] = self._read_robots(origin)
        if isinstance(known.rules, FetchError):
            raise FetchError(str(known.rules), status=known.rules.status, retry_after=known.rules.retry_after)
        return known.rules

    def _read_robots(self, origin: str) -> _Robots:
        budget = Budget(ROBOTS_SECONDS, self._max_bytes, self._clock)
        text = b""
        try:
            with self._open(f"{origin}/robots.txt", budget, {}, polite=False) as response:
                status = response.status_code
                if status == HTTPStatus.OK:
                    for part in self._body(response, self._max_bytes):
                        text += part
                        if len(text) > ROBOTS_BYTES:
                            break
                elif not 400 <= status < 500 or status == HTTPStatus.TOO_MANY_REQUESTS:  # other 4xx: there are no rules
                    raise _refusal(response)
        except FetchError as error:
            until = self._clock() + ROBOTS_FAILED_KEPT
            if error.status is None and not str(error).startswith("redirects"):
                return _Robots(error, until)  # true of the whole site, so of the page as well
            message = f"has a robots.txt that {error}"
            return _Robots(FetchError(message, status=error.status, retry_after=error.retry_after), until)
        rules = Protego.parse(text[:ROBOTS_BYTES].decode("utf-8", "replace"))
        return _Robots(rules, self._clock() + ROBOTS_KEPT)


def user_agent() -> str:
    """How we introduce ourselves: `Citewire/0.1.0 (+news reader; respects robots.txt)`."""
    try:
        number = version("citewire")
    except PackageNotFoundError:  # run from a source tree that was not installed
        number = "0"
    return f"{AGENT}/{number} (+news reader; respects robots.txt)"


def _checked(url: str) -> httpx2.URL:
    """A URL that may be asked for, without its fragment. Its text is not in the messages: it may hold a password."""
    try:
        target = httpx2.URL(url.strip()).copy_with(fragment=None)
        authority = target.netloc.decode()
        str(target).encode()
    except (httpx2.InvalidURL, ValueError) as error:  # ValueError: letters that are left in odd hosts
        raise FetchError("is no address that can be read. Check it for typing errors.") from error
    if target.scheme not in ("http", "https"):
        raise FetchError("is no http or https address.")
    if target.userinfo or "@" in authority:
        raise FetchError("holds a user name or password, which would be stored with the article. Remove it.")
    if not target.host:
        raise FetchError("names no host. Check it for typing errors.")
    return target


def _location(response: httpx2.Response) -> httpx2.URL:
    """Where a redirect leads."""
    location = response.headers.get("location", "").strip()
    if not location:
        raise FetchError(f"answers {response.status_code} without saying where to.", status=response.status_code)
    try:
        target = response.request.url.join(location)
    except (httpx2.InvalidURL, ValueError) as error:
        raise FetchError("redirects to something that is no address.") from error
    try:
        return _checked(str(target))
    except FetchError as error:
        raise FetchError(f"redirects to a {target.scheme!r} address that {error}") from error


def _refusal(response: httpx2.Response) -> FetchError:
    """What to say of a status that brings no page: `answers 404 (not found).`"""
    status = response.status_code
    try:
        phrase = HTTPStatus(status).phrase.lower()
    except ValueError:
        phrase = "a status that is no standard"
    after = _retry_after(response)
    if after is not None:
        advice = f"; try again after {after} s"
    elif status == HTTPStatus.TOO_MANY_REQUESTS or status >= 500:
        advice = "; try again later"
    else:
        advice = f": {_ADVICE[status]}" if status in _ADVICE else ""
    return FetchError(f"answers {status} ({phrase}){advice}.", status=status, retry_after=after)


def _retry_after(response: httpx2.Response) -> int | None:
    """Seconds, from a number or a moment (RFC 9110, 10.2.3)."""
    value = response.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return int(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0, round((moment - datetime.now(UTC)).total_seconds()))


def _check_type(response: httpx2.Response) -> None:
    """Raises `FetchError` when the headers announce what no loader reads."""
    kind, path = _content_type(response), response.request.url.path.lower()
    if (
        kind is None
        or kind in _TYPES
        or (kind.endswith(("+xml", "+json")) and not kind.startswith("image/"))
        or (kind.endswith("/octet-stream") and path.endswith(_SUFFIXES))
    ):
        return
    raise FetchError(f"is of the type {kind[:60]!r}, not a page, feed, PDF or text.")


def _content_type(response: httpx2.Response) -> str | None:
    return response.headers.get("content-type", "").partition(";")[0].strip().lower() or None


def _result(response: httpx2.Response, url: str, content: bytes, *, not_modified: bool = False) -> Fetched:
    asked, given = response.request.headers, response.headers
    return Fetched(
        url=str(response.request.url),
        requested_url=url,
        status=response.status_code,
        content=content,
        content_type=_content_type(response),
        etag=given.get("etag") or (asked.get("if-none-match") if not_modified else None),
        last_modified=given.get("last-modified") or (asked.get("if-modified-since") if not_modified else None),
        not_modified=not_modified,
        charset=response.charset_encoding,
    )
