"""Sentence spans of one paragraph: sentencex's rules, plus rules for news where those err.

Lossless: spans are ordered, do not overlap, and everything outside them is white space. Quotation marks and
brackets are hidden from sentencex, which would otherwise take a quotation of several sentences for one; the rules
below then give each closing mark back to its sentence.
"""

from __future__ import annotations

import re

import sentencex

from corpus.types import Span

MAX_CHARACTERS = 1_000  # longer "sentences" are tables or broken text; split so that no embedder truncates them

_MARKS = '"“”„«»()[]'
_MASK = str.maketrans(_MARKS, " " * len(_MARKS))
_EDGE_APOSTROPHE = re.compile(r"(?<!\w)['‘’](?=\w)|(?<=[\w.,!?…])['’](?!\w)")
_CLOSERS = re.compile(r"[\"”’'»)\]]+")
_OPENS_NEXT = re.compile(r"[\"“‘«(\[]\S")

# Words that say a quotation goes on with its speaker: "Why?" Smith asked.
_SPEECH = (
    "said|says|asked|asks|added|adds|replied|told|wrote|writes|tweeted|shouted|cried|joked|wondered|"
    "insisted|warned|declared|continued|explained|argued|recalled|chanted"
)
_SPEAKER_FOLLOWS = re.compile(rf"\s*(?:[A-Z][\w.'’-]*\s+){{1,4}}(?:{_SPEECH})\b")

# A full stop after these, though a capital follows, ends no sentence.
_NEVER_ENDS = re.compile(
    r"(?:^|[\s(\"“‘—-])(?:Mr|Mrs|Ms|Messrs|Dr|Prof|Rev|Hon|Fr|Sr|Sra|St|Sen|Sens|Rep|Reps|Gov|Govs|Gen|Lt|Col|Maj|"
    r"Capt|Cmdr|Adm|Sgt|Cpl|Pvt|Det|Insp|Supt|Pres|Amb|Atty|Ald|Cllr|Mt|Ft|No|Nos|pp?|vs?|cf|c|ca|approx|est|"
    r"e\.g|i\.e|viz|al|Ed|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.$"
)
_NUMBER_AFTER = re.compile(r"\s*[\d$€£]")
_MONTH_OR_NUMBER_ABBREVIATION = re.compile(
    r"\b(?:No|Nos|pp?|c|ca|approx|est|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.$"
)
_INITIAL = re.compile(r"(?:^|[\s(\"“‘.-])[A-Z]\.$")
_NAME_AFTER = re.compile(r"\s*[A-Z][\w'’-]*|\s*[A-Z]\.")
_CLOCK = re.compile(r"\b\d{1,2}(?:[:.]\d\d)?\s*[ap]\.?\s?m\.$", re.IGNORECASE)
_TIME_GOES_ON = re.compile(
    r"\s*\(?(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|\s*\(?(?:Mon|Tues?|Wed|Thu|Thurs|Fri|Sat|Sun)\.|"
    r"\s*\(?(?:[ECMP][DS]?T|GMT|UTC|BST|CET|CEST|EST|IST|JST|Eastern|Pacific|Central|Mountain|Greenwich)\b|"
    r"\s*\(?(?:January|February|March|April|May|June|July|August|September|October|November|December)\s+\d"
)
_LIST_MARK = re.compile(r"(?<!\S)[•⁃*–-]?\s?(\d{1,2}|[a-z])(?:\.\)|[.)])(?=\s)")
_LOWER_WORD = re.compile(r"\s*[a-z]+(?![A-Za-z:/])")  # not "iPhone", not "https://"
_CITATION_FOLLOWS = re.compile(r"\s*\([^()]{1,40}\)\.")
_EMOTICON = re.compile(r"\s*[:;]-?[()DP](?=\s|$)")
# Inside one of sentencex's sentences: a stop, then a capital, where the word before is plainly no abbreviation.
_MISSED = re.compile(r"(?<=[a-z\d%]{2})[.!?…](?=\s+[A-Z][a-z]+)|(?<=[a-z]{3})[?!]+(?=\s+[A-Z])")


def split(text: str, language: str = "en") -> list[Span]:
    """Sentence spans of one paragraph.

    >>> split('He left at 5 p.m. Monday. "It is over. We won," she said.')
    [Span(start=0, end=25), Span(start=26, end=39), Span(start=40, end=57)]
    """
    masked = _EDGE_APOSTROPHE.sub(" ", text.translate(_MASK))
    marks = _list_marks(text)
    ends = sorted({_give_back(text, end) for end in _raw_ends(masked, language)} | {mark.start for mark in marks})
    spans, start = [], 0
    for end in ends:
        if any(mark.start < end <= mark.end for mark in marks):
            continue
        if end <= start or not text[start:end].strip() or _goes_on(text, masked, start, end):
            continue
        spans.append(Span(start, end))
        start = end
    if text[start:].strip():
        spans.append(Span(start, len(text)))
    stripped = [_strip(text, span) for span in spans]
    return [piece for span in stripped for piece in cut(text, span, MAX_CHARACTERS)]


def _list_marks(text: str) -> list[Span]:
    """Where the items of a list written in one line begin: `1. Tea 2. Milk`. Marks must count up from the first."""
    marks = list(_LIST_MARK.finditer(text))
    if len(marks) < 2 or marks[0].start() > 0:
        return []
    counted = [ord(m[1]) if m[1].isalpha() else int(m[1]) for m in marks]
    if counted != list(range(counted[0], counted[0] + len(counted))):
        return []
    return [Span(m.start(), m.end()) for m in marks]


def _raw_ends(masked: str, language: str) -> list[int]:
    """Where sentencex, and the stops it missed, end a sentence; before trailing white space."""
    ends, position = [], 0
    for piece in sentencex.segment(language, masked):
        ends.append(position + len(piece.rstrip()))
        position += len(piece)
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


def _goes_on(text: str, masked: str, start: int, end: int) -> bool:
    """Whether the boundary at `end`, of a sentence that began at `start`, is false."""
    before, after = text[start:end], masked[end : end + 80]
    plain = masked[max(start, end - 40) : end].rstrip()
    rest = after.lstrip()
    if not rest:
        return False
    if before.rstrip().endswith(". .") or (rest[0] == "." and len(before.strip()) < 2):
        return True
    if before.rstrip()[-1] in "\"”’'" and plain[-1:] in "?!," and _SPEAKER_FOLLOWS.match(text, end):
        return True
    if _LOWER_WORD.match(text, end) and plain.endswith("."):
        return True
    if rest[0].islower() and before.rstrip()[-1] in "\"”’')]":
        return True
    if plain.endswith("]") or (before.rstrip()[-1] in '"”' and _CITATION_FOLLOWS.match(text, end)):
        return True
    if _CLOCK.search(plain):
        return bool(_TIME_GOES_ON.match(after))
    if _MONTH_OR_NUMBER_ABBREVIATION.search(plain):
        return bool(_NUMBER_AFTER.match(after))
    if _NEVER_ENDS.search(plain):
        return True
    return bool(_INITIAL.search(plain) and _NAME_AFTER.match(after) and _is_initial(plain))


def _is_initial(plain: str) -> bool:
    """`J. K.` and `George W.` are initials; `Plan B.` and `U.S.` may end a sentence."""
    tokens = plain.split()
    if len(tokens) < 2:
        return bool(re.fullmatch(r"(?:[A-Z]\.)", tokens[-1])) if tokens else False
    return bool(re.fullmatch(r"[A-Z]\.", tokens[-1]) and re.fullmatch(r"[A-Z][a-z]+|(?:[A-Z]\.)+", tokens[-2])
                and tokens[-2] not in {"Plan", "Vitamin", "Group", "Hepatitis", "Class", "Grade", "Section"})  # fmt: skip


def _strip(text: str, span: Span) -> Span:
    piece = span.of(text)
    start = span.start + len(piece) - len(piece.lstrip())
    return Span(start, start + len(piece.strip()))


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
