"""Mails as articles: newsletters and forwarded stories in `.eml` files, and the mails of an `.mbox` file.

Reads the best text part of a mail, HTML before plain text; attachments are counted and not read. Answers quoted below
and the notices of mailing lists go. Fetches nothing, and follows no link.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime
from typing import Any, BinaryIO

from lxml import html as lxml_html
from lxml.etree import ParserError

from corpus.clean import parse_saved_text
from corpus.decode import MAX_CHARACTERS, decode
from corpus.errors import LoadError
from corpus.html import parse_html
from corpus.normalize import normalize
from corpus.sources import MAX_BYTES
from corpus.types import Block, ParsedArticle

_FOOTER = re.compile(
    r"^(?:(?:.{0,80}[|·•–-]\s*)?unsubscribe\b.*|.*\bunsubscribe (?:here|now|from (?:this|our|all)|at any ?time)\b.*|"
    r".*\b(?:click (?:here )?to|to|can) unsubscribe\b.*|.*\b(?:view|read|open|see) (?:this )?(?:email|e-mail|mail|newsletter|message|it)?\s*(?:in|on) "
    r"(?:your|a|the) (?:web )?browser\b.*|(?:trouble|having trouble|problems) (?:viewing|reading) this\b.*|"
    r"(?:view|read) (?:online|web version|in browser)\W*|.*\b(?:manage|update|change|edit) (?:your )?(?:e-?mail )?"
    r"(?:preferences|subscriptions?|settings)\b.*|(?:you (?:are|were|have been)|you're|you've) (?:receiving|received|getting|sent|"
    r"subscribed|signed)\b.*|you (?:received|get) this (?:e-?mail|newsletter|message)\b.*|this (?:e-?mail|newsletter|message) was "
    r"sent (?:to|by)\b.*|(?:was this (?:e-?mail|newsletter) )?forwarded (?:to you|this e-?mail)\W.*|add us to your address book\W*|"
    r"our mailing address is\W*|sent (?:from|via) my \w+.*|no longer (?:want|wish) to receive\b.*|"
    r"(?:share|tweet|forward)(?: to a friend)?|powered by \w+)$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"^(?=.{0,160}$)(?:[^!?,]*,)+\s*(?:[A-Z]{2}\s+\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[\dA-Z]? ?\d[A-Z]{2}|\d{4,5}\s+[A-Z]\w+)(?:,\s*[A-Z][\w. ]+)?\.?$")  # fmt: skip
_MAX_FOOTER = 300  # characters; a paragraph of a story that speaks of unsubscribing is longer or is an accident
_ANSWERED = re.compile(r"^(?:On .{6,120} wrote:|-{2,}\s*Original Message\s*-{2,})$", re.IGNORECASE)
_FORWARDED = re.compile(
    r"-{2,}\s*Forwarded message\s*-{2,}|Begin forwarded message:", re.IGNORECASE
)  # the story itself
_FORWARD_HEADER = re.compile(r"^(?:From|Date|Sent|Subject|To|Cc|Reply-To): ")
_SIGNATURE = re.compile(r"^-- ?$")
_SPLIT_NAME = re.compile(r"^(?P<person>.+?)\s+(?:from|via|at)\s+(?P<outlet>.+)$|^(?P<p2>[^|,]+?)\s*[|,]\s*(?P<o2>.+)$")
_SUBJECT_MARK = re.compile(r"^(?:(?:re|fwd?|aw|wg|tr)\s*:\s*|\[[^\]]{1,40}\]\s*)+", re.IGNORECASE)
_PERSON = re.compile(r"^[A-Z][\w.'’-]+(?:\s+(?:van|von|de|del|da|la|bin|al|el))*(?:\s+[A-Z][\w.'’-]*){1,2}$")


@dataclass(frozen=True, slots=True)
class MailParts:
    """The texts of a mail and the number of attachments that were not read."""

    html: str | None
    text: str | None
    attachments: int


def parse_mail(data: bytes, *, source_file: str | None = None) -> ParsedArticle:
    """One article from a mail (RFC 5322): title from the subject, publisher or author from the sender.

    Raises:
        LoadError: the mail holds no text that can be read, or the bytes are no mail.
    """
    message = read_message(data)
    try:
        parts = mail_parts(message)
    except RecursionError as error:  # mails within mails, a thousand deep
        raise LoadError("is a mail with parts nested too deeply to be read.") from error
    subject = _SUBJECT_MARK.sub("", _header(message, "Subject")).strip()
    article = _best(parts, subject, source_file)
    blocks = without_notices(article.blocks)
    if not any(block.kind != "heading" for block in blocks):
        raise LoadError("is a mail without a story: nothing is left after quoted mails and list notices are cut.")
    author, publisher = sender(_header(message, "From"))
    return replace(
        article,
        title=subject or article.title,
        blocks=tuple(block for k, block in enumerate(blocks) if k or block.text not in (subject, publisher)),
        author=author or article.author,
        publisher=publisher or article.publisher,
        published=_date(_header(message, "Date")) or article.published,
        url=article.url if article.url and article.url.startswith("http") else None,
        source_file=source_file,
    )


def read_message(data: bytes) -> EmailMessage:
    """The message of the bytes, for mail and for web archives.

    Raises:
        LoadError: the bytes hold no header at all.
    """
    try:
        message = message_from_bytes(data.lstrip(b"\r\n \t\xef\xbb\xbf"), policy=policy.default)
        known = any(message.get_all(name) for name in ("From", "Subject", "Date", "Content-Type", "MIME-Version"))
    except Exception as error:  # the standard library's parser raises whatever broken headers make of it
        raise LoadError("is a mail so damaged that its headers cannot be read. Save it again.") from error
    if not isinstance(message, EmailMessage) or not known:
        raise LoadError("is no mail: it has no headers. Save the mail with its headers (as .eml).")
    return message


def _header(message: EmailMessage, name: str) -> str:
    """A header's text, decoded; empty when it is missing or cannot be decoded."""
    try:
        return normalize(str(message.get(name, ""))).replace("\n", " ").strip()
    except Exception:  # the standard library raises IndexError and more on broken addresses (bpo-30681 and others)
        raw = next((value for key, value in message._headers if key.lower() == name.lower()), "")  # type: ignore[attr-defined]
        return normalize(str(raw)).replace("\n", " ").strip()


def mail_parts(message: EmailMessage) -> MailParts:
    """The longest HTML part, the plain texts in order, and a count of what else there is."""
    pages: list[str] = []
    texts: list[str] = []
    attachments = 0
    for part in message.walk():
        if part.is_multipart():
            continue
        try:
            kind, place = part.get_content_type(), part.get_content_disposition()
        except Exception:  # the standard library raises IndexError and others on broken headers
            kind, place = "application/octet-stream", "attachment"
        if place == "attachment" or kind not in ("text/html", "text/plain"):
            attachments += 1
        elif text := part_text(part):
            (pages if kind == "text/html" else texts).append(text)
    return MailParts(max(pages, key=len, default=None), "\n\n".join(texts) or None, attachments)


def part_text(part: EmailMessage | object) -> str:
    """The text of a part in its own charset; a wrong or unknown charset is recognized from the bytes."""
    payload = part.get_payload(decode=True) if isinstance(part, EmailMessage) else None
    if not isinstance(payload, bytes) or not payload.strip():
        return ""
    charset = part.get_content_charset() if isinstance(part, EmailMessage) else None
    try:
        return payload.decode(charset or "utf-8")
    except (LookupError, UnicodeDecodeError, ValueError):
        try:
            return decode(payload)
        except LoadError:
            return payload.decode("latin-1")


def _best(parts: MailParts, subject: str, source_file: str | None) -> ParsedArticle:
    """The article of the HTML part, or of the plain text when the HTML holds none."""
    for text in (parts.html, parts.text):
        if text is not None and len(text) > 8 * MAX_CHARACTERS:
            raise LoadError(f"is a mail with a text of {len(text):,} characters, too much for one article.")
    if parts.html:
        page = _without_quotes(parts.html)
        for read in (parse_html, lambda page: parse_saved_text(_titled(_own_text(_every_line(page)), subject))):
            with suppress(LoadError):
                return read(page)
    if parts.text:
        return parse_saved_text(_titled(_own_text(parts.text), subject), source_file=source_file)
    there = f" It has {parts.attachments} attachments, which are not read: save them." if parts.attachments else ""
    raise LoadError(f"is a mail without text.{there}")


def _titled(text: str, subject: str) -> str:
    """The text below its subject, so that no line of the story is taken for the title."""
    return f"{subject}\n\n{text}"


def _every_line(page: str) -> str:
    """All text of a page in which extraction finds no story."""
    try:
        tree: Any = lxml_html.fromstring(page)
    except (ParserError, ValueError) as error:
        raise LoadError("holds no HTML that can be read.") from error
    for element in list(tree.iter("style", "script", "head", "title")):
        if element.getparent() is not None:
            element.drop_tree()
    for element in tree.iter("p", "div", "td", "li", "h1", "h2", "h3", "h4", "br", "blockquote"):
        element.tail = "\n\n" + (element.tail or "")
    return str(tree.text_content())


def _without_quotes(page: str) -> str:
    """The page without tables, hidden previews and the mail it answers (Gmail's, Apple's and Thunderbird's marks)."""
    try:
        tree: Any = lxml_html.fromstring(
            page.encode("utf-8", errors="replace"), parser=lxml_html.HTMLParser(encoding="utf-8")
        )
    except (ParserError, ValueError):
        return page
    for path in (
        './/blockquote[@type="cite"]',
        './/*[contains(@class, "gmail_quote") or contains(@class, "moz-cite-prefix")]',
        './/*[contains(translate(@style, " ", ""), "display:none")]',
    ):
        for element in tree.xpath(path):
            if element.getparent() is not None and not _FORWARDED.search(element.text_content()[:200]):
                element.drop_tree()
    for element in tree.iter("table", "tbody", "thead", "tr", "td", "th", "center"):  # the layout of mails, not data
        element.tag = "div"
    return str(lxml_html.tostring(tree, encoding="unicode"))


def _own_text(text: str) -> str:
    """Plain text up to the answered mail or the signature, without quoted lines."""
    lines: list[str] = []
    forwarded = False
    for line in text.replace("\r\n", "\n").split("\n"):
        if _FORWARDED.search(line) or (forwarded and _FORWARD_HEADER.match(line)):
            forwarded = True
            continue
        if lines and any(kept.strip() for kept in lines) and (_ANSWERED.match(line.strip()) or _SIGNATURE.match(line)):
            break
        if not line.startswith(">"):
            lines.append(line)
    return "\n".join(lines)


def without_notices(blocks: tuple[Block, ...]) -> list[Block]:
    """The blocks that are no list notice, postal address of the sender, or heading without text below it."""
    kept = [
        block
        for block in blocks
        if not (len(block.text) <= _MAX_FOOTER and (_FOOTER.match(block.text) or _ADDRESS.match(block.text)))
    ]
    while kept and kept[-1].kind == "heading":
        kept.pop()
    return kept


def sender(header: str) -> tuple[str | None, str | None]:
    """Author and publisher of a From header.

    >>> sender('"Jane Doe from The Harbor Times" <news@harbor.example>')
    ('Jane Doe', 'The Harbor Times')
    >>> sender("Morning Briefing <brief@harbor.example>")
    (None, 'Morning Briefing')
    """
    name, address = parseaddr(header)
    name = normalize(name).strip("\"' ")
    if not name:
        domain = address.rpartition("@")[2]
        return None, domain or None
    if (match := _SPLIT_NAME.match(name)) and _PERSON.match(person := match["person"] or match["p2"]):
        return person, match["outlet"] or match["o2"]
    return None, name


def _date(header: str) -> datetime | None:
    try:
        return parsedate_to_datetime(header)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def messages(stream: BinaryIO, *, max_bytes: int = MAX_BYTES) -> Iterator[bytes]:
    """The mails of an mbox (RFC 4155) one by one, `>From ` restored; read by the line, so that a large one is no burden.

    A mail larger than `max_bytes` comes cut to that size: its text stands before its attachments.
    """
    lines: list[bytes] = []
    size, begun, blank = 0, False, True
    while line := stream.readline(max_bytes):
        if line.startswith(b"From ") and blank:
            if begun:
                yield b"".join(lines)
            lines, size, begun = [], 0, True
        elif begun or line.strip():
            begun = True
            restored = line[1:] if re.match(rb">+From ", line) else line
            if size + len(restored) <= max_bytes:
                lines.append(restored)
            size += len(restored)
        blank = not line.strip()
    if begun:
        yield b"".join(lines)
