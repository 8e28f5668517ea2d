"""Bytes to text: the encoding found, binary data and oversize refused. Reads no markup."""

from __future__ import annotations

from charset_normalizer import from_bytes

from corpus.errors import LoadError

MAX_CHARACTERS = 2_000_000  # one article; the longest books have about as many


def decode(data: bytes) -> str:
    """Text from bytes: UTF-8 or UTF-16 by their marks, else the encoding that charset-normalizer finds.

    Raises:
        LoadError: the bytes are no text, or too much of it.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", errors="replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            best = from_bytes(data[:200_000]).best()
            if best is None:
                raise LoadError("is not text in any encoding that can be recognized.") from None
            text = data.decode(best.encoding, errors="replace")
    controls = sum(ord(char) < 32 and char not in "\t\n\r\f\v" for char in text[:100_000])
    if "\x00" in text[:100_000] or controls * 50 > len(text[:100_000]):
        raise LoadError("is not text: it holds binary data.")
    if len(text) > MAX_CHARACTERS:
        raise LoadError(
            f"holds {len(text):,} characters; one article may have {MAX_CHARACTERS:,}. "
            "Split it, or give many articles as JSONL."
        )
    return text


def decode_markup(data: bytes) -> str:
    """x"""
    return data.decode("utf-8", errors="replace")
