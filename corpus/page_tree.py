"""What leaves a page's tree before the story is looked for, and what is made plain in it.

Changes the tree in place; judges by structure and by names in `class` and `id`, never by site. Finds no story
itself: that is trafilatura's, which is wrong more rarely on a tree without related links, forms and repeats.
"""

from __future__ import annotations

import re
from itertools import islice, pairwise
from typing import Any

from lxml.etree import XPath

_TEXT = XPath("normalize-space()", smart_strings=False)
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_LETTERS = re.compile(r"[\W_]+")
_ASIDE = frozenset({
    "related", "recommended", "recommendations", "recirc", "newsletter", "newsletters", "signup", "trending", "taboola",
    "outbrain", "promo", "promos", "promoted", "modal", "scrim", "reprint", "reprints", "disqus", "cta",
})  # fmt: skip
_ASIDE_PAIRS = frozenset({
    "most read", "most popular", "most viewed", "read more", "read next", "see also", "more on", "more stories",
    "latest news", "up next", "print footer", "recent news", "top stories", "author bio", "about author", "sign up",
})  # fmt: skip
_POPUP = frozenset({"rollover", "tooltip", "popup", "popover", "hovercard", "dropdown"})
_BLOCKS = ("div", "section", "aside", "ul", "ol", "table", "form", "p")
_SUBHEAD = re.compile(r"sub-?_?head|cross-?head|subtitle|interti", re.IGNORECASE)
_TEASER = re.compile(r"[.!?…:;,][\"”’')\]]*$")
_RELATED = re.compile(
    r"(?:related(?: \w+)?|recommended(?: for you)?|you (?:may|might) (?:also )?(?:like|be interested in)|read (?:more|next|also)|"
    r"don['’]t miss|more (?:from|on) .{2,40}|most (?:read|popular)|top stories|up next|see also|also read|"
    r"voc[êe] pode gostar|leia (?:também|mais)|lea también|te puede interesar|lire aussi|à lire aussi|"
    r"leggi anche|potrebbe interessarti|mehr zum thema|lesen sie (?:auch|mehr)|das könnte sie auch interessieren|"
    r"lees ook|читайте также|おすすめ|関連記事|관련기사)\W*$",
    re.IGNORECASE,
)
_FACTS = re.compile(r"\b(?:datePublished|dateModified|dateCreated|author|keywords|articleSection|publisher)\b")
MAX_RELATED = 40  # elements under one heading; a bound, so that a hostile page takes no time square to its length
MAX_SUBHEAD = 120  # characters; headings of sections are shorter
MAX_LABEL = 160  # characters; a longer element under such a name holds more than the fact
MAX_ASIDE = 0.3  # of the page's text in paragraphs; a box with more may be the story under an unlucky name
MIN_PROSE = 500  # characters in paragraphs; a page with less does not mark its paragraphs, and all its text counts
MIN_PARAGRAPH = 80  # characters; a shorter one says little about where the story is


def prepare(tree: Any) -> None:
    """Cut what is no story, mend what hides it: forms, related links, nested teasers, quoted posts, split bodies."""
    _drop_asides(tree)
    _drop_labels(tree)
    _drop_related(tree)
    _free_layout_tables(tree)
    _drop_link_lines(tree)
    _free_quoted_posts(tree)
    _mark_subheads(tree)
    _join_split_body(tree)


def text_of(element: Any) -> str:
    """The element's text, white space as single spaces."""
    return str(_TEXT(element)) if isinstance(element.tag, str) else ""


def letters(text: str) -> str:
    """Letters and digits only, without case: what remains the same when punctuation and links are set otherwise."""
    return _LETTERS.sub("", text).casefold()


def _names(element: Any) -> list[str]:
    return [word.lower() for word in _WORD.findall(f"{element.get('class') or ''} | {element.get('id') or ''}")]


def _is_aside(element: Any) -> bool:
    names = _names(element)
    return not _ASIDE.isdisjoint(names) or any(f"{a} {b}" in _ASIDE_PAIRS for a, b in pairwise(names))


def _drop_asides(tree: Any) -> None:
    """Boxes named for related stories, newsletters or sales; small forms; pop-ups inside a paragraph."""
    for script in list(tree.iter("script", "style", "template")):
        if script.get("type") != "application/ld+json" and script.getparent() is not None:
            _drop(script)
    total = _prose(tree)
    by_paragraphs = total >= MIN_PROSE
    total = total if by_paragraphs else len(text_of(tree))
    for element in list(tree.iter(*_BLOCKS, "span")):
        if element.getparent() is None or element.tag == "body":
            continue
        if element.tag == "span":
            if not _POPUP.isdisjoint(_names(element)) and element.find(".//img") is not None:
                _drop(element)
        elif (
            (element.tag == "form" or _is_aside(element))
            and element.find(".//h1") is None
            and (_prose(element) if by_paragraphs else len(text_of(element))) <= MAX_ASIDE * total
        ):
            _drop(element)


def _prose(element: Any) -> int:
    return sum(len(text_of(p)) for p in element.iter("p"))


def _drop_related(tree: Any) -> None:
    """What stands under a heading that says "related", in the languages of many pages: lists, teasers, link boxes."""
    for heading in list(tree.iter("h2", "h3", "h4", "h5", "p", "div", "strong")):
        if len(heading) > 1 or any(child.tag in _BLOCKS for child in heading) or heading.getparent() is None:
            continue
        if not _RELATED.match(text_of(heading)):
            continue
        for sibling in list(islice(heading.itersiblings(), MAX_RELATED)):
            if sibling.tag in ("p", "h1", "h2", "h3", "h4") and not _is_link_line(sibling):
                break
            if sibling.tag in ("ul", "ol", "article", "aside") or _is_link_line(sibling):
                _drop(sibling)
        _drop(heading)


def _drop_labels(tree: Any) -> None:
    """Short elements marked as a date, an author or keywords: facts of the page, read before this."""
    for element in list(tree.iterfind(".//*[@itemprop]")):
        inside = element.getparent() is not None and element.tag != "body"
        fact = _FACTS.search(element.get("itemprop")) and element.find(".//p") is None
        if inside and fact and len(text_of(element)) <= MAX_LABEL:
            _drop(element)


def _free_layout_tables(tree: Any) -> None:
    """A table with paragraphs or another table in a cell is no table of facts but the page's frame."""
    for table in list(tree.iter("table")):
        if any(
            cell.find(".//table") is not None or sum(len(text_of(p)) >= MIN_PARAGRAPH for p in cell.iter("p")) >= 2
            for cell in table.iter("td")
        ):
            for part in [table, *table.iter("tbody", "tr", "td")]:
                if next(part.iterancestors("table"), table) is table:
                    part.tag = "div"


def _drop_link_lines(tree: Any) -> None:
    """Paragraphs that are nothing but links, and lists of such items: teasers for other pages."""
    for element in list(tree.iter("ul", "ol")):
        items = [item for item in element if item.tag == "li" and text_of(item)]
        if items and all(_is_link_line(item) for item in items):
            _drop(element)
    for element in list(tree.iter("p")):
        if element.getparent() is not None and _is_link_line(element) and not _TEASER.search(text_of(element)):
            _drop(element)


def _is_link_line(element: Any) -> bool:
    if element.find(".//a") is None:
        return False
    text, links = letters(text_of(element)), letters(" ".join(text_of(link) for link in element.iter("a")))
    return bool(links) and len(text) - len(links) <= 12 and len(links) >= 0.75 * len(text)


def _free_quoted_posts(tree: Any) -> None:
    """A post quoted from a social network is a quotation: its frames, named "embed", would have it cut."""
    for quote in list(tree.iter("blockquote")):
        if not re.search(r"twitter|instagram|tweet|facebook", quote.get("class") or ""):
            continue
        length = len(text_of(quote))
        element = quote
        while element is not None and element.tag != "body" and len(text_of(element)) <= length + 20:
            for name in ("class", "id"):
                element.attrib.pop(name, None)
            element = element.getparent()


def _mark_subheads(tree: Any) -> None:
    """A short line between paragraphs, named as a subhead, is a heading whatever its tag."""
    for element in list(tree.iter("div", "p")):
        short = len(element) == 0 and 2 < len(text_of(element)) <= MAX_SUBHEAD
        following = element.getnext()
        if short and following is not None and following.tag == "p" and _SUBHEAD.search(element.get("class") or ""):
            element.tag = "h3"
            element.attrib.pop("class")


def _join_split_body(tree: Any) -> None:
    """Bodies cut up by advertisements: boxes of one tag and class, each of long paragraphs, become one.

    Not when a box has a heading of its own rank or a time: then each is an article, or a comment, of its own.
    """
    groups: dict[tuple[str, str], list[Any]] = {}
    for box in tree.iter("div", "section"):
        name = box.get("class")
        long = [child for child in box if child.tag == "p" and len(text_of(child)) >= MIN_PARAGRAPH]
        if name and len(long) >= 2:
            groups.setdefault((box.tag, name), []).append(box)
    for boxes in groups.values():
        if len(boxes) < 2 or any(box.find(".//h1") is not None or box.find(".//time") is not None for box in boxes):
            continue
        first, *rest = boxes
        if any(first in box.iterancestors() or box in first.iterancestors() for box in rest):
            continue
        if re.search(r"comment|reply|card|teaser", first.get("class")):
            continue
        for box in rest:
            for child in list(box):
                first.append(child)  # lxml moves it, with its tail


def _drop(element: Any) -> None:
    """Take the element out and leave the text after it."""
    element.drop_tree()
