"""Where quoted words stand in consecutive sentences, by their marks. Who says them is `qa.attribution`.

Knows typographic, straight and single marks and guillemets (also the German »…«). A quotation may run over several
sentences, each paragraph with a mark of its own at its start. Of quotations inside quotations only the outer is given.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus.types import Span

LONGEST = 12  # sentences: a mark that is not closed by then was a slip, and what follows is not quoted
UNSEEN = 3  # sentences: before the end of the text the mark may be closed in what is not given

_CLOSERS = {"“": "”“", "„": "“”", "«": "»", "»": "«", '"': '"”“', "‘": "’", "'": "'", "‚": "‘’", "‹": "›"}
_SINGLE = "‘'‚"
_END = r"(?=[\s.,;:!?)\]—–\"”’»]|$)"
_CLOSING_SINGLE = re.compile(rf"(?<=[.,!?…])[’'‘]{_END}|(?<=[\w)])[’'‘]{_END}")
_AFTER_STOP = re.compile(rf"(?<=[.,!?…])[’'‘]{_END}")


def quoted_spans(sentences: Sequence[str]) -> list[tuple[Span, ...]]:
    """Of each sentence the quoted stretches, marks included.

    >>> quoted_spans(["“We won.", "It is over,” she said."])
    [(Span(start=0, end=8),), (Span(start=0, end=12),)]
    """
    found: list[tuple[Span, ...]] = []
    mark = ""  # the one that the sentences before left open
    since = 0
    for i, text in enumerate(sentences):
        if mark and (i - since > LONGEST or not _is_closed(mark, sentences[i : i + LONGEST])):
            mark = ""
        spans, left = _in_sentence(text, mark)
        found.append(spans)
        if left and left != mark:
            since = i
        mark = left
    return found


def _in_sentence(text: str, mark: str) -> tuple[tuple[Span, ...], str]:
    """The quoted stretches, and the mark left open; `mark` is the one open before."""
    spans: list[Span] = []
    start = 0
    position = 0
    while position < len(text):
        if not mark:
            opening = next((i for i in range(position, len(text)) if _opens(text, i)), None)
            if opening is None:
                break
            mark, start, position = text[opening], opening, opening + 1
            continue
        end = _closing(text, mark, position)
        again = next((i for i in range(position, len(text)) if text[i] == mark and _opens(text, i)), None)
        carried = not spans and start == 0 and position == 0
        if carried and again is not None and (end is None or again < end):
            start, position = (again, again + 1)  # a paragraph's own mark, or a slip before it
            continue
        if end is None:
            if mark in "'‚" or (mark == "‘" and start > 0):
                mark, position = "", start + 1  # an apostrophe
                continue
            return (*spans, Span(start, len(text.rstrip()))), mark
        spans.append(Span(start, end + 1))
        mark, position = "", end + 1
    return tuple(spans), mark


def _opens(text: str, i: int) -> bool:
    """Whether a quotation begins with this character."""
    mark = text[i]
    if mark not in _CLOSERS:
        return False
    before, after = text[i - 1 : i], text[i + 1 : i + 2]
    if mark in "„«“" and after:
        return not (mark == "“" and before and not before.isspace() and before not in "([—–-")
    free = not before or before.isspace() or before in "([—–-\"“”‘’'„«¡¿"
    return free and bool(after) and not after.isspace() and (mark not in _SINGLE or after.isalnum() or after in '"“[')


def _closing(text: str, mark: str, position: int) -> int | None:
    """Where the mark that ends this quotation stands."""
    if mark in _SINGLE:
        ends = [match.start() for match in _CLOSING_SINGLE.finditer(text, position)]
        after_stop = _AFTER_STOP.search(text, position)
        if after_stop and not any(_opens(text, i) for i in range(position, after_stop.start()) if text[i] == mark):
            return after_stop.start()  # those before it are apostrophes: ‘the players’ union is strong,’
        return ends[0] if ends else None
    for i in range(position, len(text)):
        if text[i] in _CLOSERS[mark] and not (text[i] in '"“' and _opens(text, i)):
            return i
    return None


def _is_closed(mark: str, sentences: Sequence[str]) -> bool:
    """Whether a later sentence ends the quotation, or goes on with a mark of its own."""
    for text in sentences:
        end = _closing(text, mark, 0)
        again = next((i for i in range(len(text)) if text[i] == mark and _opens(text, i)), None)
        if again is not None and (end is None or again < end):
            return again == 0
        if end is not None:
            return True
    return len(sentences) < UNSEEN
