"""Stable ids and fingerprints: which texts are the same article, and whether it changed.

Does not compare texts for likeness: near-duplicates are another module's work.
"""

from __future__ import annotations

import hashlib
import json

from courlan import normalize_url

from corpus.types import ParsedArticle

ID_LENGTH = 16  # hex digits: 64 bits, so a clash among a million articles has odds of about 1 in 37 million


def canonical_url(url: str) -> str:
    """The URL without fragment, tracking parameters and such (courlan's rules), its scheme and host lower case."""
    return normalize_url(url.strip().partition("#")[0], strict=False).rstrip("/")


def digest(*parts: str) -> str:
    """SHA-256 over the parts, each length-prefixed so that no two lists collide by joining."""
    joined = b"".join(b"%d:%b" % (len(data), data) for data in (part.encode() for part in parts))
    return hashlib.sha256(joined).hexdigest()


def article_id(parsed: ParsedArticle, text: str) -> str:
    """The id the source gave, else a hash of the canonical URL, else of title, publisher and date, else of the text."""
    if parsed.id:
        return parsed.id
    if parsed.url:
        return digest("url", canonical_url(parsed.url))[:ID_LENGTH]
    if parsed.title and (parsed.publisher or parsed.published):
        published = parsed.published.date().isoformat() if parsed.published else ""
        return digest("title", parsed.title, parsed.publisher or "", published)[:ID_LENGTH]
    return digest("text", text)[:ID_LENGTH]


def fingerprint(parsed: ParsedArticle, text: str) -> str:
    """Changes when anything a reader can see changes; not with the file it came from."""
    facts = [
        parsed.title, parsed.publisher, parsed.author, parsed.url, str(parsed.published), str(parsed.updated),
        parsed.language, parsed.agencies, parsed.section, [block.kind for block in parsed.blocks],
    ]  # fmt: skip
    return digest(json.dumps(facts, ensure_ascii=False), text)
