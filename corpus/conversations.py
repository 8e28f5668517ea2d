"""Conversations, stored in the library: turns with their answers exactly as they were shown."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any, Literal

from corpus.iso import now
from corpus.library import Library

TurnStatus = Literal["running", "done", "stopped", "interrupted", "error"]
MAX_TITLE = 80


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation's id and title, the title being its first question."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """A question, how far its answer got, the answer as JSON, and the user's rating (1 up, 0 down)."""

    id: str
    question: str
    status: TurnStatus
    answer: dict[str, Any] | None
    rating: int | None


def start(library: Library, question: str) -> str:
    """Begin a conversation; returns its id."""
    key, moment = uuid.uuid4().hex[:12], now().isoformat()
    with library.write() as db:
        db.execute("INSERT INTO conversations VALUES (?, ?, ?, ?)", (key, question[:MAX_TITLE], moment, moment))
    return key


def recent(library: Library, limit: int = 30) -> list[Conversation]:
    """The conversations last spoken in, newest first."""
    with library.read() as db:
        rows = db.execute("SELECT id, title FROM conversations ORDER BY updated DESC, id LIMIT ?", (limit,)).fetchall()
    return [Conversation(row["id"], row["title"]) for row in rows]


def exists(library: Library, conversation_id: str) -> bool:
    """Whether there is such a conversation."""
    with library.read() as db:
        return db.execute("SELECT 1 FROM conversations WHERE id = ?", (conversation_id,)).fetchone() is not None


def delete(library: Library, conversation_id: str) -> None:
    """Delete a conversation and its turns."""
    with library.write() as db:
        db.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,))


def add_turn(library: Library, conversation_id: str, question: str) -> str:
    """Append a running turn; returns its id."""
    key, moment = uuid.uuid4().hex[:12], now().isoformat()
    with library.write() as db:
        db.execute(
            "INSERT INTO turns SELECT ?, ?, coalesce(max(position), -1) + 1, ?, 'running', NULL, NULL, NULL, ? "
            "FROM turns WHERE conversation_id = ?",
            (key, conversation_id, question, moment, conversation_id),
        )
        db.execute("UPDATE conversations SET updated = ? WHERE id = ?", (moment, conversation_id))
    return key


def finish_turn(library: Library, turn_id: str, status: TurnStatus, answer: dict[str, Any] | None) -> None:
    """Keep a turn's answer, as far as it got, and its status."""
    data = None if answer is None else json.dumps(answer, ensure_ascii=False)
    with library.write() as db:
        db.execute("UPDATE turns SET status = ?, answer = ? WHERE id = ?", (status, data, turn_id))


def rate_turn(library: Library, turn_id: str, rating: int | None) -> None:
    """Keep the user's verdict on an answer."""
    with library.write() as db:
        db.execute("UPDATE turns SET rating = ? WHERE id = ?", (rating, turn_id))


def delete_turn(library: Library, turn_id: str) -> None:
    """Delete one turn, to ask it again."""
    with library.write() as db:
        db.execute("DELETE FROM turns WHERE id = ?", (turn_id,))


def turns(library: Library, conversation_id: str) -> list[StoredTurn]:
    """The turns of a conversation, in order."""
    with library.read() as db:
        rows = db.execute(
            "SELECT id, question, status, answer, rating FROM turns WHERE conversation_id = ? ORDER BY position",
            (conversation_id,),
        ).fetchall()
    return [
        StoredTurn(r["id"], r["question"], r["status"], json.loads(r["answer"]) if r["answer"] else None, r["rating"])
        for r in rows
    ]
