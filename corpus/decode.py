"""Bytes to text: the encoding found, binary data and oversize refused. Parses no markup, reads only its declaration.

In this order: a mark (BOM), escape sequences (ISO-2022), the zeros of UTF-16 and UTF-32, UTF-8 if it is valid, the
encoding that the markup or the server declares, and last the guess of `corpus.legacy`. Valid UTF-8 goes before a
declaration: text of another encoding is hardly ever valid UTF-8, and a declaration is often wrong.
"""

from __future__ import annotations

import codecs
import re

from corpus.errors import LoadError
from corpus.legacy import guess_encoding

MAX_CHARACTERS = 2_000_000  # one article; the longest books have about as many
MAX_MARKUP = 64 * 1024 * 1024  # characters of a page, most of them scripts; the loader allows as many bytes
_MARKS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_ESCAPES = (
    (b"\x1b$)C", "iso2022_kr"), (b"\x1b$B", "iso2022_jp_ext"), (b"\x1b$@", "iso2022_jp_ext"),
    (b"\x1b(J", "iso2022_jp_ext"), (b"\x1b$(D", "iso2022_jp_ext"), (b"\x1b(I", "iso2022_jp_ext"),
)  # fmt: skip
_SAMPLE = 4096  # bytes that show a pattern of zeros, and that hold a declaration (HTML standard: in the first 1024)
_DECLARED = re.compile(
    rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["'](?P<xml>[\w.:-]{2,40})|<meta[^>]{0,300}?charset\s*=\s*["']?\s*(?P<meta>[\w.:-]{2,40})""",
    re.IGNORECASE,
)
_SUPERSETS = {  # what a label means on the web (WHATWG Encoding Standard, 4.2), where Python takes it more narrowly
    "iso8859-1": "cp1252", "latin-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030",
    "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "tis-620": "cp874", "iso8859-11": "cp874",
}  # fmt: skip
_ALIASES = {"x-sjis": "cp932", "x-euc-jp": "euc_jp", "x-gbk": "gb18030", "x-x-big5": "big5hkscs", "windows-874": "cp874",
            "dos-874": "cp874", "x-cp1250": "cp1250", "x-cp1251": "cp1251", "x-cp1252": "cp1252", "koi8": "koi8_r",
            "unicode-1-1-utf-8": "utf-8", "x-mac-cyrillic": "mac_cyrillic", "logical": "iso8859_8"}  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
MAX_BROKEN = 0.005  # share of characters that may be broken in text of a declared encoding: copied pages have some


def decode(data: bytes, *, declared: str | None = None) -> str:
    """Text from bytes. `declared` is the label that a server gave, if any.

    Raises:
        LoadError: the bytes are no text, or too much of it.
    """
    text = _text(data, declared)
    if len(text) > MAX_CHARACTERS:
        raise LoadError(
            f"holds {len(text):,} characters; one article may have {MAX_CHARACTERS:,}. "
            "Split it, or give many articles as JSONL."
        )
    return text


def decode_markup(data: bytes, *, declared: str | None = None) -> str:
    """The source of a page or feed from bytes, without an XML declaration, which would contradict the text.

    Raises:
        LoadError: the bytes are no text, or too much of it.
    """
    text = _text(data, declared)
    if len(text) > MAX_MARKUP:
        raise LoadError(f"holds {len(text):,} characters of markup; a page may have {MAX_MARKUP:,}.")
    return re.sub(r"^\s*<\?xml[^>]{0,300}\?>", "", text, count=1)


def _text(data: bytes, declared: str | None) -> str:
    text = next((data.decode(name, errors="replace") for mark, name in _MARKS if data.startswith(mark)), None)
    text = text if text is not None else _escaped(data) or _wide(data) or _utf8(data) or _as_declared(data, declared)
    if text is None:
        name = guess_encoding(data)
        if name is None:
            raise LoadError("is not text in any encoding that can be recognized.")
        text = data.decode(name, errors="replace")
    text = text.removeprefix("\ufeff")
    head = text[:100_000]
    controls = len(_CONTROL.findall(head))
    if "\x00" in head or controls * 50 > len(head):
        raise LoadError("is not text: it holds binary data.")
    return text


def _utf8(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _escaped(data: bytes) -> str | None:
    """ISO-2022: ASCII bytes that shift to another alphabet by escape sequences."""
    for escape, name in _ESCAPES:
        if escape in data:
            try:
                return data.decode(name)
            except UnicodeDecodeError:
                continue
    return None


def _wide(data: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark: the high bytes of spaces, digits and Latin letters are zeros."""
    head = data[: _SAMPLE - _SAMPLE % 4]
    if b"\x00" not in head or len(data) % 2:
        return None
    share = [head[i::4].count(0) / max(len(head[i::4]), 1) for i in range(4)]
    names = {
        "utf-32-be": share[0] > 0.99 and share[1] > 0.9 and len(data) % 4 == 0,
        "utf-32-le": share[3] > 0.99 and share[2] > 0.9 and len(data) % 4 == 0,
        "utf-16-be": min(share[0], share[2]) > 0.05 + 3 * max(share[1], share[3]),
        "utf-16-le": min(share[1], share[3]) > 0.05 + 3 * max(share[0], share[2]),
    }
    for name in [name for name, fits in names.items() if fits]:
        try:
            return data.decode(name)
        except UnicodeDecodeError:
            continue
    return None


def _as_declared(data: bytes, declared: str | None) -> str | None:
    """The text in the encoding that the markup, or else the server, declares, when it fits but for a few bytes."""
    match = _DECLARED.search(data[:_SAMPLE]) if data.lstrip()[:1] == b"<" else None
    inside = (match["xml"] or match["meta"]).decode("ascii") if match else None
    for label in (declared, inside):  # a server's label first, as in the HTML standard, 13.2.3.2
        try:
            key = label.strip().lower() if label else ""
            name = codecs.lookup(_ALIASES.get(key, key)).name if key else ""
        except LookupError:
            continue
        name = _SUPERSETS.get(name, name)
        if not name or name.startswith(("utf", "idna", "punycode")):
            continue
        try:
            text = data.decode(name, errors="replace")
        except (LookupError, ValueError):  # a codec that is no encoding of text
            continue
        if text.count("\ufffd") <= MAX_BROKEN * len(text) + 1:
            return text
    return None
