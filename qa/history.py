"""What a follow-up may refer to: the turns before it, as they are stored. Reads no library."""

from __future__ import annotations

from collections.abc import Iterable

from corpus.conversations import StoredTurn
from qa.contextualize import turn_of
from qa.serialize import answer_from_json
from qa.types import Turn

REMEMBERED = 8  # turns: what was said before them is out of mind, and out of sight


def history_of(turns: Iterable[StoredTurn], before: int | None = None) -> tuple[Turn, ...]:
    """The answered turns before this position, all by default, oldest first. A turn without an answer is none to refer to."""
    earlier = [turn for turn in turns if before is None or turn.position < before]
    answered = [turn.answer for turn in earlier if turn.answer and turn.status != "error"]
    return tuple(turn_of(answer_from_json(answer)) for answer in answered[-REMEMBERED:])
