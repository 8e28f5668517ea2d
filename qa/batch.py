"""Rows of a batch file: one JSON object a line, `{"id", "question" or "query", "filters"?, "history"?}`.

`history` lists the turns before, oldest first: `{"question", "answer"?, "standalone_question"?}` each, or the question alone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from corpus.types import Filters
from qa.contextualize import turn_of
from qa.errors import QuestionError
from qa.serialize import answer_from_json
from qa.types import Turn


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One question or query with its id (any JSON value), filters, and the turns before it."""

    id: Any
    text: str
    filters: Filters
    history: tuple[Turn, ...] = ()


def read_rows(file: str, key: str) -> Iterator[QuestionRow | str]:
    """The rows of a file, `-` for standard input; a bad row gives a message that names its line.

    Raises:
        QuestionError: the file cannot be opened.
    """
    try:
        stream = nullcontext(sys.stdin) if file == "-" else open(file, encoding="utf-8", errors="replace")  # noqa: SIM115
    except OSError as error:
        raise QuestionError(f"The batch file {file!r} cannot be read: {error.strerror}.") from error
    with stream as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield _row(line, number, key)


def _row(line: str, number: int, key: str) -> QuestionRow | str:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"Line {number} is not JSON: {error}"
    if not isinstance(data, dict) or not isinstance(data.get(key), str):
        return f'Line {number} has no "{key}" string.'
    given = data.get("filters") or {}
    known = {"since", "until", "publishers", "article_ids"}
    if not isinstance(given, dict) or not set(given) <= known:
        return f"Line {number} has unknown filters; known: {', '.join(sorted(known))}."
    filters = Filters(
        given.get("since"),
        given.get("until"),
        tuple(given.get("publishers") or ()),
        tuple(given.get("article_ids") or ()),
    )
    turns = [_turn(item) for item in _list(data.get("history"))]
    history = tuple(turn for turn in turns if turn)
    if len(history) < len(turns):
        return f'Line {number} has a history that cannot be read; each turn is {{"question", "answer"?}}.'
    return QuestionRow(data.get("id"), data[key], filters, history)


def _list(value: Any) -> list[Any]:
    """A list as it is; nothing as an empty one; anything else as a list that holds it, to be refused."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _turn(item: Any) -> Turn | None:
    """An earlier turn: its question alone, or an object. An answer is a text, or what `ask --json` printed."""
    given = {"question": item} if isinstance(item, str) else item
    if not isinstance(given, dict) or not isinstance(given.get("question"), str):
        return None
    question = given["question"]
    standalone = given.get("standalone_question") or question
    answer = given.get("answer")
    try:
        if isinstance(answer, dict):
            return turn_of(answer_from_json(answer))
        return Turn(question, str(standalone), (answer,) if isinstance(answer, str) else ())
    except (KeyError, TypeError, ValueError):
        return None
