"""Web archives (MHTML: `.mht`, `.mhtml`), as browsers save pages: the page itself is read, by `corpus.html`.

Pictures, frames and styles in the archive are not read; nothing is fetched.
"""

from __future__ import annotations

import re
from email.message import EmailMessage

from corpus.errors import LoadError
from corpus.html import parse_html
from corpus.mail import part_text, read_message
from corpus.normalize import normalize
from corpus.types import ParsedArticle

_HTML = ("text/html", "application/xhtml+xml")


def parse_mhtml(data: bytes, *, source_file: str | None = None) -> ParsedArticle:
    """One article from a web archive (RFC 2557); its address is the one that the page was saved from.

    Raises:
        LoadError: the bytes are no web archive, or its page holds no article text.
    """
    message = read_message(data)
    root = _root(message)
    if root is None:
        raise LoadError("is no web archive: it holds no page. Save the page again, or as HTML.")
    page = re.sub(r"^\s*<\?xml[^>]*\?>", "", part_text(root))  # the declared encoding no longer holds
    if not page:
        raise LoadError("is a web archive whose page is empty. Save the page again.")
    url = next(
        filter(None, (_location(message, "Snapshot-Content-Location"), _location(root), _location(message))), None
    )
    return parse_html(page, url=url, source_file=source_file)


def _root(message: EmailMessage) -> EmailMessage | None:
    """The part that `start` names (RFC 2387), else the first page."""
    try:
        pages = [part for part in message.walk() if isinstance(part, EmailMessage) and part.get_content_type() in _HTML]
    except (AttributeError, IndexError, RecursionError, ValueError) as error:
        raise LoadError("is a web archive so damaged that its parts cannot be told apart. Save it again.") from error
    try:
        start = message["Content-Type"].params.get("start") if message["Content-Type"] else None
    except (AttributeError, IndexError, ValueError):  # a header that the standard library cannot read
        start = None
    named = (part for part in pages if start and str(part.get("Content-ID", "")).strip() == str(start).strip())
    return next(named, pages[0] if pages else None)


def _location(part: EmailMessage, name: str = "Content-Location") -> str | None:
    location = normalize(str(part.get(name, ""))).replace("\n", "")
    return location if location.startswith(("http://", "https://")) else None
