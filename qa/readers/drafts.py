"""What a model writes, taken apart while it is still writing: sentences, each with the numbers it names.

Two forms: JSON, where a sentence ends with its object, and plain text with `[1]` behind each sentence. Forgives what
models do to either; checks no claim.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from corpus.split import split

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "sentences": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string"},
                    "sources": {"type": "array", "items": {"type": "integer"}},
                },
                "required": ["text", "sources"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["sentences"],
    "additionalProperties": False,
}

_LIST = re.compile(r'"sentences"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")
_LABELS = re.compile(r"\s*[\[【]\s*(?:(?:lines?|sources?|evidence)\s*)?(\d[\d\s,;–-]*)[\]】]", re.IGNORECASE)
_LEADING_LABELS = re.compile(rf"(?:{_LABELS.pattern})+", re.IGNORECASE)
_RANGE = re.compile(r"(?<!\d)(\d{1,4})(?!\d)(?:\s*[–-]\s*(\d{1,4})(?!\d))?")
_BULLET = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+")
_THINKS, _THOUGHT = "<think>", "</think>"  # reasoning models think aloud where the server does not hide it
_BEGUN = re.compile(r"[^\s\[【]\S*\s")  # a whole word, which is no label: where the sentence before ends is sure now
_DECLINES = re.compile(
    r"^\W*(?:sorry\W+|unfortunately\W+)?(?:the )?(?:provided |given )?(?:articles?|evidence|texts?|sentences|sources?|lines)"
    r"(?: provided| given| above)? (?:do|does)(?: not|n['’]t) (?:answer|say|mention|contain|provide|tell|state|give)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence and the numbers of the lines it is said to rest on."""

    text: str
    numbers: tuple[int, ...]

    @property
    def declines(self) -> bool:
        """Whether it only says that the evidence does not answer."""
        return not self.numbers and _DECLINES.match(self.text) is not None


class NotJson(Exception):
    """The answer was to be JSON and is not; `text` is what has come of it; `prose` when it is plain from its start."""

    def __init__(self, text: str, *, prose: bool) -> None:
        super().__init__(text)
        self.text, self.prose = text, prose


def without_thoughts(pieces: Iterator[str]) -> Iterator[str]:
    """The answer without the thinking that some models put before it."""
    text = ""
    for piece in pieces:
        text += piece
        start = text.lstrip()
        if start.startswith(_THINKS):
            if _THOUGHT not in start:
                continue
            text = start.split(_THOUGHT, 1)[1]
        elif _THINKS.startswith(start):
            continue
        yield text
        yield from pieces
        return
    if not text.lstrip().startswith(_THINKS):
        yield text


def from_json(pieces: Iterator[str]) -> Iterator[Claim]:
    """A claim as soon as its object is closed. What is unfinished at the end is dropped.

    Raises:
        NotJson: the text is no JSON, as soon as that is plain; or it ended before any list of sentences was closed
            and without a claim.
    """
    text, position, claims = "", -1, 0
    for piece in pieces:
        text += piece
        if position < 0:
            if _is_prose(text):
                raise NotJson(text, prose=True)
            if not (match := _LIST.search(text)):
                continue
            position = match.end()
        elif not ("}" in piece or "]" in piece):
            continue
        while (item := _object(text, position)) is not None:
            value, position = item
            claims += 1
            yield value
        if position < len(text) and text.startswith("]", _skip(text, position)):
            return
    if not claims:
        raise NotJson(text, prose=False)


def from_text(pieces: Iterator[str]) -> Iterator[Claim]:
    """A claim as soon as the next sentence, or a line break, has begun; the last one at the end."""
    buffer = ""
    for piece in chain(pieces, ["\n"]):
        *lines, buffer = (buffer + piece).split("\n")
        for line in lines:
            yield from _claims(_sentences(_BULLET.sub("", line)))
        sentences = _sentences(_BULLET.sub("", buffer))
        if len(sentences) > 1 and _BEGUN.match(sentences[-1]):
            yield from _claims(sentences[:-1])
            buffer = sentences[-1]


# ---- JSON


def _is_prose(text: str) -> bool:
    """Whether this begins as no JSON does, in a fence or not."""
    start = text.lstrip()
    fenced = start.startswith("```") or "```".startswith(start)
    return bool(start) and start[0] != "{" and not fenced


def _skip(text: str, position: int) -> int:
    match = _BETWEEN.match(text, position)
    return match.end() if match else position


def _object(text: str, position: int) -> tuple[Claim, int] | None:
    """The next object of the list and where it ends; `None` while it is not closed."""
    start = _skip(text, position)
    if not text.startswith("{", start):
        return None
    try:
        value, end = json.JSONDecoder().raw_decode(text, start)
    except (json.JSONDecodeError, RecursionError):
        return None
    return _claim(value), end


def _claim(value: dict[str, Any]) -> Claim:
    """Of whatever the object holds, the text and the whole numbers. Numbers in the text count as well."""
    said = _labeled(value["text"]) if isinstance(value.get("text"), str) else Claim("", ())
    sources = value.get("sources")
    given = [_number(source) for source in sources] if isinstance(sources, list) else []
    numbers = [number for number in given if number is not None]
    return Claim(said.text, tuple(dict.fromkeys([*numbers, *said.numbers])))


def _number(value: Any) -> int | None:
    if isinstance(value, str) and value.strip(" []").isdecimal():
        return int(value.strip(" []")[:9])
    return value if isinstance(value, int) and not isinstance(value, bool) else None


# ---- text


def _sentences(line: str) -> list[str]:
    """The sentences of a line; labels that stand behind a sentence's stop belong to it."""
    found: list[str] = []
    start = 0
    for span in split(line):
        piece = line[start : span.end]
        start = span.end
        if found and (labels := _LEADING_LABELS.match(piece)):
            found[-1] += labels.group()
            piece = piece[labels.end() :]
        if piece.strip():
            found.append(piece)
    if line[start:] and found:
        found[-1] += line[start:]  # the space behind the last word tells that it is whole
    return [piece.lstrip() for piece in found]


def _claims(sentences: list[str]) -> Iterator[Claim]:
    for sentence in sentences:
        claim = _labeled(sentence.replace("**", ""))
        if any(char.isalnum() for char in claim.text):
            yield claim


def _labeled(text: str) -> Claim:
    """A sentence without its labels, and their numbers. `_labeled("It rained [1, 3].")`: `"It rained."`, `(1, 3)`."""
    numbers = [number for match in _LABELS.finditer(text) for number in _listed(match[1])]
    return Claim(" ".join(_LABELS.sub("", text).split()), tuple(dict.fromkeys(numbers)))


def _listed(text: str) -> Iterator[int]:
    """`"1, 3-5"` gives 1, 3, 4, 5."""
    for match in _RANGE.finditer(text):
        first, last = int(match[1]), int(match[2] or match[1])
        yield from range(first, min(last, first + 20) + 1)
