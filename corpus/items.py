"""What loading yields: articles as they were found, and what became of everything that is none."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from corpus.inputs import PageStamp
from corpus.sources import LoadFailure, Skipped, Source
from corpus.types import ParsedArticle

_READERS = ",".join(version(name) for name in ("trafilatura", "sentencex", "pypdfium2", "python-docx", "feedparser"))


@dataclass(frozen=True, slots=True)
class RawArticle:
    """One article as it was found, not yet read. `digest` tells whether it changed: of its bytes and its name.

    `parse()` reads it, and raises `LoadError` when that fails.
    """

    name: str
    digest: bytes
    parse: Callable[[], ParsedArticle]
    page: PageStamp | None = None


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A page that need not be fetched or read again, and the article that it gave; none for a feed as a whole."""

    name: str
    article_id: str | None = None


Item = RawArticle | Unchanged | LoadFailure | Skipped | Source
"""What a source holds. A `Source` is an address to be fetched: a line of a URL list, an entry of a feed."""


def raw(
    name: str,
    suffix: str,
    data: bytes,
    parse: Callable[[], ParsedArticle],
    *,
    file: str | None = None,
    page: PageStamp | None = None,
) -> RawArticle:
    """A raw article with its digest: over the reading rules in force, its type, its file's name and its bytes."""
    head = f"{reading_rules()}\0{suffix}\0{Path(file or name).name}\0".encode(errors="replace")
    return RawArticle(name, hashlib.sha256(head + data).digest()[:16], parse, page)


@cache
def reading_rules() -> str:
    """Changes whenever an unchanged file might be read differently: with our code, and with the libraries that read."""
    code = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        code.update(file.read_bytes())
    return code.hexdigest() + _READERS
