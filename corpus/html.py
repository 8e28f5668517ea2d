"""Web pages as articles: trafilatura finds the story on a tree made plain; the page itself gives the facts.

Fetches nothing. What is cut before is `corpus.page_tree`, the facts are `corpus.page_facts`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from lxml.etree import ParserError
from trafilatura import bare_extraction, load_html
from trafilatura.metadata import extract_metadata
from trafilatura.settings import Document

from corpus.boilerplate import byline, cut_credit, ends_sentence, is_noise, sign_off, url_line
from corpus.dates import date_line
from corpus.decode import decode_markup
from corpus.errors import LoadError
from corpus.normalize import normalize
from corpus.page_facts import page_facts, titles
from corpus.page_tree import letters, prepare
from corpus.types import Block, BlockKind, ParsedArticle

_KINDS: dict[str, BlockKind] = {
    "p": "paragraph",
    "head": "heading",
    "quote": "quote",
    "item": "list",
    "row": "list",
    "ab": "paragraph",
}
_NO_TEXT = "holds no article text. If the page is built by scripts, open it in a browser and save its text."
MAX_CAPTIONS = 100  # a page with more is a gallery
MIN_REPEAT = 60  # characters; a shorter paragraph may be said twice


def parse_html(data: bytes | str, *, url: str | None = None, source_file: str | None = None) -> ParsedArticle:
    """One article from a page.

    Raises:
        LoadError: the page is empty, no HTML, or holds no article text (it may be built by scripts).
    """
    markup = decode_markup(data) if isinstance(data, bytes) else data
    try:
        tree: Any = load_html(markup)
    except (ParserError, ValueError) as error:
        raise LoadError(f"is not HTML that can be read ({error}).") from error
    if tree is None:
        raise LoadError("is not HTML that can be read.")
    guess = extract_metadata(tree, url)
    facts = page_facts(tree, guess, url)
    known = titles(tree) | {letters(facts.title)}
    captions = [normalize(c.text_content()) for c in islice(tree.iter("figcaption"), MAX_CAPTIONS)]
    prepare(tree)
    document = bare_extraction(
        tree, url=url, with_metadata=False, include_comments=False, include_tables=True, include_formatting=False
    )
    if not isinstance(document, Document) or document.body is None:
        raise LoadError(_NO_TEXT)
    blocks, agencies = _clean(_blocks(document.body), known)
    blocks = _with_captions(_once(blocks), captions)
    if not any(block.kind != "heading" for block in blocks):
        raise LoadError(_NO_TEXT)
    return ParsedArticle(
        title=facts.title,
        blocks=tuple(blocks),
        publisher=facts.publisher,
        author=facts.author,
        url=facts.url,
        published=facts.published,
        updated=facts.updated,
        language=(guess.language or tree.get("lang") or "en").split("-")[0].lower(),
        agencies=agencies,
        section=facts.section,
        source_file=source_file,
    )


def _blocks(body: Any) -> Iterator[Block]:
    """trafilatura's elements as blocks, in order, line breaks as paragraph ends; loose text between them too."""
    yield from _lines("paragraph", body.text)
    for element in body.iterdescendants():
        if any(ancestor.tag in _KINDS for ancestor in element.iterancestors()):
            continue
        if element.tag in _KINDS:
            for line_break in element.iter("lb"):
                line_break.tail = "\n" + (line_break.tail or "")
            for cell in element.iter("cell"):
                cell.tail = " " + (cell.tail or "")
            yield from _lines(_KINDS[element.tag], "".join(element.itertext()))
        else:
            yield from _lines("paragraph", element.text)
        yield from _lines("paragraph", element.tail)


def _lines(kind: BlockKind, text: str | None) -> Iterator[Block]:
    yield from (Block(kind, line) for line in normalize(text or "").split("\n") if line)


def _clean(blocks: Iterator[Block], titles: frozenset[str] | set[str]) -> tuple[list[Block], tuple[str, ...]]:
    """Drop noise, credits, bylines, the title and headings over nothing; collect the agencies of a sign-off."""
    kept: list[Block] = []
    agencies: list[str] = []
    for block in blocks:
        text, credit = cut_credit(block.text)
        if (names := sign_off(text)) is not None:
            agencies += names
        elif (
            is_noise(text)
            or url_line(text)
            or date_line(text)
            or (byline(text) and len(kept) < 3)
            or not text
            or letters(text) in titles
            or (block.kind == "heading" and not kept)  # the headline's deck or the site's name: no part of the story
        ):
            continue
        else:
            kept.append(Block("caption" if credit else block.kind, text))
    while kept and kept[-1].kind == "heading":
        kept.pop()
    return kept, tuple(dict.fromkeys(agencies))


def _once(blocks: list[Block]) -> list[Block]:
    """The story once, where the page prints it again for another screen: a repeat of its first paragraphs and on."""
    first = {block.text for block in [block for block in blocks if len(block.text) >= MIN_REPEAT][:3]}
    kept: list[Block] = []
    seen: set[str] = set()
    again = False
    for block in blocks:
        again = block.text in seen and (again or block.text in first)
        if not again:
            seen.add(block.text)
            kept.append(block)
    return kept


def _with_captions(blocks: list[Block], captions: list[str]) -> list[Block]:
    """Mark blocks that are captions; full-sentence captions that were left out go after the first paragraph."""
    cut = [text for caption in captions if (text := cut_credit(caption.replace("\n", " "))[0]) and ends_sentence(text)]
    marked = [
        Block("caption", block.text) if any(block.text in c or c in block.text for c in cut) else block
        for block in blocks
    ]
    have = {block.text for block in marked}
    missing = [Block("caption", text) for text in dict.fromkeys(cut) if text not in have and len(text) < 600]
    return [*marked[:1], *missing, *marked[1:]] if len(missing) <= 6 else marked
