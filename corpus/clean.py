"""Text files as articles: pages saved as text from a news site, and plain text.

Finds the story among navigation, credits and sign-offs; facts go into fields, noise goes, the story's words stay
as they were written. HTML is `corpus.html`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from courlan import extract_domain

from corpus.boilerplate import (
    byline,
    cut_credit,
    ends_sentence,
    is_noise,
    looks_like_heading,
    sign_off,
    site_name,
    url_line,
)
from corpus.dates import date_line, find_dates
from corpus.errors import LoadError
from corpus.facts import title_from
from corpus.normalize import normalize
from corpus.story_text import Story, find_story
from corpus.types import Block, ParsedArticle

FACT_REACH = 30  # lines above a story that tell about it; menus and other stories are above them
MAX_DATED = 120  # characters of a line whose date is the page's, not part of a sentence
MAX_TITLE = 200  # a longer first line is the first paragraph
WRAP = range(50, 101)  # widths at which mail and old editors wrap text
_LIST_ITEM = re.compile(r"^(?:[•*–-]|\d{1,2}[.)])\s+")
_TITLE_SUFFIX = re.compile(r"\s+[|–—-]\s+(?P<site>[A-Z][\w&.'’ ]{1,40})$")


@dataclass(slots=True)
class _Facts:
    """What the lines outside the story have told so far."""

    title: str | None = None
    publisher: str | None = None
    site: str | None = None
    author: str | None = None
    url: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    agencies: list[str] = field(default_factory=list)


def parse_saved_text(text: str, *, source_file: str | None = None) -> ParsedArticle:
    """One article from the text of a saved page or a plain text file.

    Raises:
        LoadError: nothing of a story is left after cleaning.
    """
    facts, blocks = _Facts(), list[Block]()
    groups = _groups(normalize(text))
    if story := find_story([line for group in groups for line in group]):
        _take_surroundings(story, facts)
        groups = [[line] for line in story.lines]
    for group in groups:
        for i, line in enumerate(group):
            if not _take_fact(line, facts, begun=bool(blocks)):
                _take_line(line, group, i, facts, blocks)
    blocks = _settle(blocks)
    if not blocks:
        raise LoadError("holds no article text: nothing is left after navigation and notices are cut.")
    return ParsedArticle(
        title=facts.title or title_from(blocks[0].text, source_file),
        blocks=tuple(blocks),
        publisher=facts.publisher or facts.site or (extract_domain(facts.url) if facts.url else None),
        author=facts.author, url=facts.url, published=facts.published, updated=facts.updated,
        agencies=tuple(dict.fromkeys(facts.agencies)), source_file=source_file,
    )  # fmt: skip


def _take_surroundings(story: Story, facts: _Facts) -> None:
    """Facts from what stands above a story found in a saved page: headline, address, byline, day."""
    near = story.before[-FACT_REACH:]
    facts.title = story.title
    for line in near:
        _take_fact(line, facts, begun=False)
    if facts.published is None:
        dated = (line for line in [*reversed(near), *story.lines[:2]] if len(line) <= MAX_DATED)
        days = (moment for line in dated for moment, _ in find_dates(line))
        facts.published = next(days, None)


def _groups(text: str) -> list[list[str]]:
    """Blank-line separated groups of lines; hard-wrapped lines joined to one."""
    groups = [[line for line in group.split("\n") if line] for group in text.split("\n\n")]
    return [[" ".join(group)] if _is_wrapped(group) else group for group in groups if group]


def _is_wrapped(lines: list[str]) -> bool:
    if len(lines) < 2 or any(_LIST_ITEM.match(line) or url_line(line) or date_line(line) for line in lines):
        return False
    body = lines[:-1]
    broken = sum(not ends_sentence(line) for line in body)
    return all(len(line) in WRAP for line in body) and len(lines[-1]) <= WRAP.stop and broken * 2 >= len(body)


def _take_fact(line: str, facts: _Facts, *, begun: bool) -> bool:
    """Whether the line is no part of the story; what it tells is kept."""
    if name := site_name(line):
        facts.site = facts.site or name
        return True
    if is_noise(line):
        return True
    if url := url_line(line):
        facts.url = facts.url or (url if url.lower().startswith("http") else f"https://{url}")
        return True
    if facts.title and (dated := date_line(line)):
        kind, moment = dated
        if kind == "updated":
            facts.updated = facts.updated or moment
        elif facts.published is None:
            facts.published = moment
        return True
    if facts.title and not begun and (written := byline(line)):
        facts.author = facts.author or written.author
        facts.publisher = facts.publisher or written.outlet
        return True
    if begun and (agencies := sign_off(line)) is not None:
        facts.agencies += agencies
        return True
    return False


def _take_line(line: str, group: list[str], i: int, facts: _Facts, blocks: list[Block]) -> None:
    if facts.title is None and len(line) <= MAX_TITLE and not (ends_sentence(line) and len(line) > 90):
        title = line.removeprefix("# ").strip()
        if suffix := _TITLE_SUFFIX.search(title):
            facts.publisher, title = suffix["site"], title[: suffix.start()]
        facts.title = title
        return
    if facts.title == line and not blocks:
        return
    rest, credit = cut_credit(line)
    if credit is not None:
        if rest:
            blocks.append(Block("caption", rest))
        return
    followed_by_credit = i + 1 < len(group) and cut_credit(group[i + 1])[1] is not None
    if followed_by_credit:
        blocks.append(Block("caption", line))
    elif _LIST_ITEM.match(line):
        blocks.append(Block("list", _LIST_ITEM.sub("", line)))
    elif len(group) == 1 and looks_like_heading(line):
        blocks.append(Block("heading", line))
    else:
        blocks.append(Block("paragraph", line))


def _settle(blocks: list[Block]) -> list[Block]:
    """A heading with nothing below it heads nothing: at the end it is noise, before another heading a paragraph."""
    kept = list(blocks)
    while kept and kept[-1].kind == "heading":
        kept.pop()
    return kept if any(block.kind != "heading" for block in kept) else []
