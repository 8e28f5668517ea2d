"""What bytes hold, told by their beginning, and their outer shell taken off safely. Reads no content.

The shell is gzip (unpacked up to a limit), a byte order mark, and XML's prolog (refused when it declares entities).
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from typing import Any, Literal

from corpus.errors import LoadError

Kind = Literal["feed", "json_feed", "sitemap", "html", "xml", "json", "jsonl", "pdf", "text", "binary"]

MAX_UNPACKED = 52_428_800  # sitemaps.org: a sitemap has at most 50 MB unpacked
_HEAD = 4096  # bytes looked at to tell text from binary, and for the root of an ill-formed feed

_GZIP, _PDF = b"\x1f\x8b", b"%PDF-"
_SKIPPED = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_DOCTYPE = re.compile(rb"<!DOCTYPE(?:[^\[>\"']|\"[^\"]*\"|'[^']*')*", re.IGNORECASE)
_ROOT = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)")
_FEED_ROOT = re.compile(rb"<(?:rss|feed|rdf:RDF)[\s>]", re.IGNORECASE)
_ROOTS: dict[str, Kind] = {"rss": "feed", "rdf": "feed", "feed": "feed", "urlset": "sitemap", "sitemapindex": "sitemap",
                           "html": "html"}  # fmt: skip
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/x-rss+xml")
_HTML_TYPES = ("text/html", "application/xhtml+xml")
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def sniff(data: bytes, content_type: str | None = None, name: str = "") -> Kind:
    """What bytes hold, by their beginning; `content_type` and the file name or address decide where that is not enough.

    >>> sniff(b'<?xml version="1.0"?><rss version="2.0">')
    'feed'
    """
    if data.startswith(_GZIP):
        try:
            inner = sniff(unpacked(data), content_type, name.removesuffix(".gz"))
        except LoadError:
            return "binary"
        return inner if inner in ("feed", "sitemap", "json_feed") else "binary"
    if _PDF in data[:1024]:
        return "pdf"
    data = utf8(data)
    if b"\x00" in data[:_HEAD]:
        return "binary"
    begin = data.lstrip()[:1]
    if begin == b"<":
        return _sniff_markup(data, content_type, name)
    if begin in (b"{", b"["):
        return _sniff_json(data)
    if content_type in _HTML_TYPES:
        return "html"
    return "feed" if content_type in _FEED_TYPES or _FEED_ROOT.search(data[:_HEAD]) else "text"


def _sniff_markup(data: bytes, content_type: str | None, name: str) -> Kind:
    match = _ROOT.match(data, _after_prolog(data)[0])
    if match and (kind := _ROOTS.get(match[1].decode().lower())):
        return kind
    if content_type in _FEED_TYPES:
        return "feed"
    return "xml" if data.lstrip().startswith(b"<?xml") and not name.lower().endswith((".html", ".htm")) else "html"


def _sniff_json(data: bytes) -> Kind:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        try:
            json.loads(data.strip().partition(b"\n")[0])
        except (ValueError, RecursionError):
            return "text"
        return "jsonl"
    return "json_feed" if is_json_feed(value) else "json"


def is_json_feed(value: Any) -> bool:
    """Whether a JSON document says that it is a JSON Feed."""
    return isinstance(value, dict) and "jsonfeed.org/version/" in str(value.get("version"))


def utf8(data: bytes) -> bytes:
    """Without its byte order mark, UTF-16 as UTF-8."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, "replace").lstrip("\ufeff").encode("utf-8", "replace")
    return data


def unpacked(data: bytes) -> bytes:
    """What a gzip file holds; other bytes as they are."""
    if not data.startswith(_GZIP):
        return data
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            content = stream.read(MAX_UNPACKED + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise LoadError(f"is a damaged gzip file ({error}).") from error
    if len(content) > MAX_UNPACKED:
        raise LoadError(f"unpacks to more than {MAX_UNPACKED // 1024 // 1024} MB.")
    return content


def _after_prolog(data: bytes) -> tuple[int, bool]:
    """Where the root element begins, and whether the document type has declarations of its own."""
    position, declares = 0, False
    while True:
        if match := _SKIPPED.match(data, position):
            position = match.end()
        elif match := _DOCTYPE.match(data, position):
            position = match.end()
            if data[position : position + 1] == b"[":
                declares = True
                position = max(data.find(b"]", position), position)
            end = data.find(b">", position)
            position = len(data) if end < 0 else end + 1
        else:
            return position, declares


def inert(data: bytes) -> bytes:
    """XML that cannot blow up. No feed or sitemap needs entities of its own.

    Raises:
        LoadError: the document declares entities.
    """
    plain = data.replace(b"\x00", b"")  # UTF-16 and UTF-32 as well
    for mark, _ in _BOMS:
        plain = plain.removeprefix(mark)
    if _after_prolog(plain)[1] and re.search(rb"<!ENTITY", plain, re.IGNORECASE):
        raise LoadError("declares XML entities, which no feed needs and which can be an attack. It was not read.")
    return data
