"""Facts that stand on lines of their own in a document (bylines, dates, addresses, agencies), and what is left: the story.

For formats that give blocks in order (PDF, Word). Saved text and HTML have their own rules (`corpus.clean`, `corpus.html`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath

from corpus.boilerplate import byline, cut_credit, is_noise, sign_off, url_line
from corpus.dates import date_line
from corpus.normalize import normalize
from corpus.types import Block


@dataclass(slots=True)
class Facts:
    """What the lines outside the story have told so far; the first of a kind wins."""

    author: str | None = None
    publisher: str | None = None
    url: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    agencies: list[str] = field(default_factory=list)

    def take(self, line: str) -> None:
        """Keep what a line for which `is_fact` holds tells."""
        for part in _parts(line):
            if dated := date_line(part):
                kind, moment = dated
                if kind == "updated":
                    self.updated = self.updated or moment
                else:
                    self.published = self.published or moment
            elif written := byline(part):
                self.author = self.author or written.author
                self.publisher = self.publisher or written.outlet
            elif url := url_line(part):
                self.url = self.url or (url if url.lower().startswith("http") else f"https://{url}")


def _parts(line: str) -> list[str]:
    return [part.strip() for part in re.split(r"\s+[|•·]\s+", normalize(line)) if part.strip()]


def is_fact(line: str) -> bool:
    """Whether the line is nothing but bylines, dates and addresses: `By Jane Roe | May 4, 2022`."""
    return all(byline(part) or date_line(part) or url_line(part) for part in _parts(line))


def settle(blocks: Iterable[Block], facts: Facts, title: str | None = None) -> list[Block]:
    """The story: facts are taken, notices, rules and repeats of the title above it go, headings at the end too."""
    kept: list[Block] = []
    for block in blocks:
        text, credit = cut_credit(block.text)
        agencies = sign_off(text)
        if agencies is not None:
            facts.agencies += agencies
        elif is_fact(text):
            facts.take(text)
        elif any(char.isalnum() for char in text) and not is_noise(text) and (kept or text != title):
            kept.append(Block("caption" if credit else block.kind, text))
    while kept and kept[-1].kind == "heading":
        kept.pop()
    return kept


def title_from(text: str, source_file: str | None) -> str:
    """A title for a file that has none: its name, unless that is a number; else how its text begins."""
    if source_file and not re.fullmatch(r"[\W\d_a-f]+", stem := PurePath(source_file).stem):
        return re.sub(r"[_-]+", " ", stem).strip()
    return text if len(text) <= 80 else text[:80].rsplit(" ", 1)[0] + "…"
