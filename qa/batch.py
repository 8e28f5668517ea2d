"""Rows of a batch file: one JSON object a line, `{"id", "question" or "query", "filters"?}`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from corpus.types import Filters
from qa.errors import QuestionError


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One question or query with its id (any JSON value) and filters."""

    id: Any
    text: str
    filters: Filters


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
    return QuestionRow(data.get("id"), data[key], filters)
