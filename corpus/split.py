"""Sentence spans of one paragraph: sentencex's rules, plus rules for news where those err.

Lossless: spans are ordered, do not overlap, and everything outside them is white space. Quotation marks and
brackets are hidden from sentencex, which would otherwise take a quotation of several sentences for one; the rules
below then give each closing mark back to its sentence. Abbreviations are judged for English only; elsewhere
sentencex's own list decides. Linear in time: text goes through in windows. Does not mend the text.
"""

from __future__ import annotations

import re

import sentencex

from corpus.types import Span

MAX_CHARACTERS = 1_000  # longer "sentences" are tables or broken text; split so that no embedder truncates them
_WINDOW = 20_000  # sentencex takes quadratic time on some hostile texts; no news paragraph is nearly this long

_MASK: dict[int, str] = dict.fromkeys(range(0xD800, 0xE000), " ")  # lone surrogates, which sentencex cannot take
_MASK |= dict.fromkeys(map(ord, '"“”„«»‹›()[]'), " ")
_EDGE_APOSTROPHE = re.compile(r"(?<!\w)['‘’]|['‘’](?!\w)")
_CLOSERS = re.compile(r"[\"”’'»›)\]」』】）]+")
_OPENS_NEXT = re.compile(r"[\"“‘«(\['’]\S")
_SPACE = re.compile(r"\s*")

# Words that say a quotation goes on with its speaker: "Why?" Smith asked.
_SPEECH = (
    "said|says|asked|asks|added|adds|replied|told|wrote|writes|tweeted|shouted|cried|joked|wondered|"
    "insisted|warned|declared|continued|explained|argued|recalled|chanted"
)
_SPEAKER_FOLLOWS = re.compile(rf"\s?(?:[A-Z][\w.'’-]*\s){{1,4}}(?:{_SPEECH})\b")

# A capital after these abbreviations begins no sentence. Titles: always ("Dr. He" is a person).
_TITLE = re.compile(
    r"(?:^|[\s(\"“‘—–-])(?:Mr|Mrs|Ms|Messrs|Dr|Drs|Prof|Rev|Hon|Fr|Sra|Sen|Sens|Rep|Reps|Gov|Govs|Gen|Lt|Col|Maj|"
    r"Capt|Cmdr|Cdr|Adm|Brig|Sgt|Cpl|Pvt|Det|Insp|Supt|Pres|Amb|Atty|Ald|Cllr|v|vs|cf|viz|[Ee]\.g|[Ii]\.e)\.$"
)
# Others: unless a word that opens sentences follows ("on Main St. The fire").
_NAME_PART = re.compile(r"(?:^|[\s(\"“‘—–-])(?:St|Ste|Sr|Jr|Mt|Ft|Pt|al|Ed|approx|est|ca?)\.$")
_BEFORE_NUMBER = re.compile(
    r"\b(?:No|Nos|pp?|ca?|approx|est|Art|Arts|Sec|Secs|Ch|Vol|Vols|Fig|Figs|Para|Op|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.$"
)
_COMPANY = re.compile(r"\b(?:Inc|Corp|Co|Ltd|Cos|Bros|Plc|LLC)\.$")
_OFFICE = re.compile(r"\s?(?:Chief|C[EFOT]O|President|Chair(?:man|woman)?|Executive|Vice|Director|Founder|Spokes\w+)\b")
_OPENER = (
    r"(?:The|This|That|These|Those|It|Its|He|She|They|We|You|His|Her|Their|Our|My|But|And|Or|So|In|On|At|By|For|From|"
    r"After|Before|When|While|Although|Though|If|As|With|There|Then|Here|How|What|Who|Why|Where|Some|Many|Most|Both|"
    r"Such|However|Meanwhile|No|Not|Did|Does|Is|Was|Were|An|A(?=\s[a-z]))(?=['’,]?[\w]*\s)"
)
_OPENER_FOLLOWS = re.compile(rf"\s?{_OPENER}")
_NUMBER_AFTER = re.compile(r"\s?[\d$€£]")
_INITIAL = re.compile(r"(?:^|[\s(\"“‘.-])[A-Z]\.$")
_INITIAL_OF_NAME = re.compile(r"(?:^|\s)(?:[A-Z][a-z]+|(?:[A-Z]\.)+)\s[A-Z]\.$|^\s*[A-Z]\.$")
_LABELED = re.compile(r"\b(?:Plan|Vitamin|Group|Hepatitis|Class|Grade|Section|Type|Category)\s[A-Z]\.$")
_NAME_AFTER = re.compile(r"\s?[A-Z]")

_CLOCK = re.compile(r"\b\d{1,2}(?:[:.]\d\d)?\s?[ap]\.?\s?m\.$", re.IGNORECASE)
_TIME_GOES_ON = re.compile(
    r"\s?\(?(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|(?:Mon|Tues?|Wed|Thu|Thurs|Fri|Sat|Sun)\.|"
    r"(?:[ECMP][DS]?T|GMT|UTC|BST|CET|CEST|EST|EET|IST|JST|Eastern|Pacific|Central|Mountain|Greenwich|Moscow)\b|"
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December)\s\d|"
    r"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.\s\d)|\s?\(\d"
)
_LIST_MARK = re.compile(r"(?<!\S)[•⁃*–-]?\s?(\d{1,2}|[a-z])(?:\.\)|[.)])(?=\s)")
_LOWER_WORD = re.compile(r"\s?[a-z]+(?![A-Za-z:/])")  # not "iPhone", not "https://"
_ORDINARY_WORD = re.compile(
    r"(?<![\w.'’@/-])(?!(?:approx|dept|depts|govt|misc|assoc|corp|bros|prof|capt|sept|univ|intl|natl|incl|excl|figs|vols|tbsp)\.)"
    r"[a-z]{4,}\.$"
)
_CITATION_FOLLOWS = re.compile(r"\s?\([^()]{1,40}\)\.")
_EMOTICON = re.compile(r"\s?[:;]-?[()DP](?=\s|$)")
_DASH_FOLLOWS = re.compile(r"\s?(?:—|–|--?)\s?[a-z]")
# Inside one of sentencex's sentences: a stop after a plain word or number, then a capital, or, where a word of
# four letters stands before, a lower-case word; or a sentence-opening word stuck to the stop ("ended.The").
_MISSED = re.compile(
    r"(?<=[a-z\d%]{2})[.!?…](?=\s+[A-Z][a-z]+)|(?<=[a-z]{3})[?!]+(?=\s+[A-Z])|(?<=[a-z]{4})\.(?=\s+[a-z][a-z’']*[\s,])|"
    rf"(?<=[a-z]{{2}})[.?!][”]?(?={_OPENER})"
)


def split(text: str, language: str = "en") -> list[Span]:
    """Sentence spans of one paragraph, each of at most `MAX_CHARACTERS`; never raises.

    >>> split('He left at 5 p.m. Monday. "It is over. We won," she said.')
    [Span(start=0, end=25), Span(start=26, end=38), Span(start=39, end=57)]
    """
    spans, start = [], 0
    while start < len(text):
        window = text[start : start + _WINDOW]
        found = [piece for span in _sentences(window, language) for piece in cut(window, span, MAX_CHARACTERS)]
        step = len(window)
        if start + step < len(text) and len(found) > 1:
            step = found.pop().start  # the window may end within its last sentence
        spans += [Span(start + span.start, start + span.end) for span in found]
        start += step
    return spans


def _sentences(text: str, language: str) -> list[Span]:
    masked = _EDGE_APOSTROPHE.sub(" ", text.translate(_MASK))
    english = language.lower().startswith("en")
    marks = _list_marks(text)
    ends = {_give_back(text, end) for end in _raw_ends(masked, language, english)} | {mark.start for mark in marks}
    ends = {end for end in ends if not any(mark.start < end <= mark.end for mark in marks)}
    spans, start = [], _skip(text, 0)
    for end in [*sorted(ends), len(text)]:
        if end > start and not (end < len(text) and _goes_on(text, masked, Span(start, end), english)):
            spans.append(Span(start, start + len(text[start:end].rstrip())))
            start = _skip(text, end)
    return spans


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _list_marks(text: str) -> list[Span]:
    """Where the items of a list written in one line begin: `1. Tea 2. Milk`. Marks must count up from the first."""
    if not _LIST_MARK.match(text):
        return []
    marks = list(_LIST_MARK.finditer(text))
    counted = [ord(m[1]) if m[1].isalpha() else int(m[1]) for m in marks]
    if len(marks) < 2 or counted != list(range(counted[0], counted[0] + len(counted))):
        return []
    return [Span(m.start(), m.end()) for m in marks]


def _raw_ends(masked: str, language: str, english: bool) -> list[int]:
    """Where sentencex, and the stops it missed, end a sentence; before trailing white space."""
    ends, position = [], 0
    for piece in sentencex.segment(language, masked):
        ends.append(position + len(piece.rstrip()))
        position += len(piece)
    if english:
        ends += [match.end() for match in _MISSED.finditer(masked)]
    return ends


def _give_back(text: str, end: int) -> int:
    """Move an end over the closing marks that were hidden: `.` then `"` belong together."""
    while end < len(text) and (match := _CLOSERS.match(text, end)):
        if _OPENS_NEXT.match(text, end) and (end == 0 or text[end - 1].isspace()):
            break
        end = match.end()
    if match := _EMOTICON.match(text, end):
        end = match.end()
    return end


def _goes_on(text: str, masked: str, span: Span, english: bool) -> bool:
    """Whether the boundary at the end of `span` is false. Looks at no more than 120 characters on either side."""
    start, end = max(span.start, span.end - 120), span.end
    before, plain = text[start:end].rstrip(), masked[start:end].rstrip()
    after = masked[end : end + 120]
    rest = after.lstrip()
    if not rest:
        return False
    if before.endswith(". .") or (rest[0] == "." and len(before) < 2):
        return True
    return _quotation_goes_on(before, plain, text[end : end + 120], rest) or (
        english and _abbreviation_goes_on(plain, text[end : end + 120])
    )


def _quotation_goes_on(before: str, plain: str, after: str, rest: str) -> bool:
    """`"Why?" she asked.` and other sentences that a stop does not end."""
    closed = before[-1] in "\"”’'»)]"
    if _LOWER_WORD.match(after) and plain.endswith("."):
        return (
            closed or after.lstrip()[1:2] == ")" or not _ORDINARY_WORD.search(plain)
        )  # "b) ..." is no sentence's start
    if (closed and rest[0].islower()) or (plain[-1:] in ("?", "!") and _DASH_FOLLOWS.match(after)):
        return True
    if before[-1] in "\"”’'»" and plain[-1:] in ("?", "!", ",") and _SPEAKER_FOLLOWS.match(after):
        return True
    return plain.endswith("]") or (before[-1] in '"”' and _CITATION_FOLLOWS.match(after) is not None)


def _abbreviation_goes_on(plain: str, after: str) -> bool:
    """Whether the last full stop belongs to an abbreviation and the sentence goes on."""
    if not plain.endswith("."):
        return False
    if _CLOCK.search(plain):
        return _TIME_GOES_ON.match(after) is not None
    if _BEFORE_NUMBER.search(plain):
        return _NUMBER_AFTER.match(after) is not None
    if _TITLE.search(plain):
        return True
    if _OPENER_FOLLOWS.match(after):
        return False
    if _NAME_PART.search(plain):
        return True
    if _COMPANY.search(plain):
        return _OFFICE.match(after) is not None
    if not (_INITIAL.search(plain) and _NAME_AFTER.match(after)):
        return False
    return _INITIAL_OF_NAME.search(plain) is not None and not _LABELED.search(plain)


def cut(text: str, span: Span, limit: int) -> list[Span]:
    """Cut a span into pieces of at most `limit` characters: at clause marks, else at white space, else anywhere."""
    pieces, start = [], span.start
    while span.end - start > limit:
        window = text[start : start + limit]
        half = limit // 2
        size = max(window.rfind(mark, half) + 1 for mark in (";", ",", ":", "—", "|"))
        size = size or window.rfind(" ", half) + 1 or limit
        pieces.append(_strip(text, Span(start, start + size)))
        start += size
    pieces.append(_strip(text, Span(start, span.end)))
    return [piece for piece in pieces if piece.start < piece.end]


def _strip(text: str, span: Span) -> Span:
    piece = span.of(text)
    start = span.start + len(piece) - len(piece.lstrip())
    return Span(start, start + len(piece.strip()))
