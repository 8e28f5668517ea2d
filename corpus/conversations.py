"""Conversations and their turns, in the library's own file. Holds answers as JSON and does not look inside them.

A turn's `answer` is what `qa.serialize` made of the answer; of a turn with status `error` it is `{"error": message}`.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from corpus.database import as_stored
from corpus.library import Library
from corpus.types import Filters

TurnStatus = Literal["running", "done", "stopped", "interrupted", "error"]
TITLE_LENGTH = 80  # characters of the first question kept as the title; lists cut it off sooner


@dataclass(frozen=True, slots=True)
class Conversation:
    """A row of the list of conversations."""

    id: str
    title: str
    created: datetime
    updated: datetime


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """One question of a conversation, how it was asked, and what became of it.

    `filters`: the articles it was asked of. `standalone`: what the user wants searched instead of the question.
    `reader`: the one chosen, `None` for the settings' own. `rating` is 1 (good), 0 (bad) or `None`.
    """

    id: str
    conversation_id: str
    position: int
    question: str
    status: TurnStatus
    answer: dict[str, Any] | None
    rating: int | None
    comment: str | None
    asked_at: datetime
    filters: Filters = field(default_factory=Filters)
    standalone: str | None = None
    reader: str | None = None
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversations:
    """The conversations of one library. Thread-safe, as the library is."""

    library: Library

    def start(self, question: str) -> Conversation:
        """A new, empty conversation, named by the question that it is about to hold."""
        title = " ".join(question.split())[:TITLE_LENGTH]
        identity, moment = uuid.uuid4().hex, _now()
        with self.library.write() as db:
            db.execute("INSERT INTO conversations VALUES (?, ?, ?, ?)", (identity, title, moment, moment))
        return Conversation(identity, title, datetime.fromisoformat(moment), datetime.fromisoformat(moment))

    def find(self, conversation_id: str) -> Conversation | None:
        """The conversation with this id, if there is one."""
        with self.library.read() as db:
            row = db.execute("SELECT * FROM conversations WHERE id = ?", (conversation_id,)).fetchone()
        return None if row is None else _conversation(row)

    def recent(self, limit: int = 30, text: str = "") -> tuple[Conversation, ...]:
        """The conversations last asked in, newest first. `text` must occur in the title or in a question."""
        with self.library.read() as db:
            rows = db.execute(
                "SELECT * FROM conversations c WHERE instr(casefold(c.title), ?) > 0 OR EXISTS (SELECT 1 FROM turns t "
                "WHERE t.conversation_id = c.id AND instr(casefold(t.question), ?) > 0) "
                "ORDER BY updated DESC, id LIMIT ?",
                (text.casefold(), text.casefold(), limit),
            ).fetchall()
        return tuple(_conversation(row) for row in rows)

    def count(self) -> int:
        """How many conversations there are."""
        with self.library.read() as db:
            return int(db.execute("SELECT count(*) FROM conversations").fetchone()[0])

    def rename(self, conversation_id: str, title: str) -> None:
        """Give a conversation another title; one without a word, or a conversation that is gone, changes nothing."""
        if title := " ".join(title.split())[:TITLE_LENGTH]:
            with self.library.write() as db:
                db.execute("UPDATE conversations SET title = ? WHERE id = ?", (title, conversation_id))

    def delete(self, conversation_id: str) -> None:
        """Delete a conversation and its turns; nothing happens when there is none."""
        with self.library.write() as db:
            db.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,))

    def ask(
        self, conversation_id: str, question: str, filters: Filters = Filters(), reader: str | None = None
    ) -> StoredTurn:
        """A new running turn at the conversation's end."""
        identity, moment = uuid.uuid4().hex, _now()
        with self.library.write() as db:
            (position,) = db.execute(
                "SELECT coalesce(max(position) + 1, 0) FROM turns WHERE conversation_id = ?", (conversation_id,)
            ).fetchone()
            db.execute(
                "INSERT INTO turns (id, conversation_id, position, question, status, asked_at, filters, reader) "
                "VALUES (?, ?, ?, ?, 'running', ?, ?, ?)",
                (identity, conversation_id, position, question, moment, _filters_json(filters), reader),
            )
            db.execute("UPDATE conversations SET updated = ? WHERE id = ?", (moment, conversation_id))
        asked_at = datetime.fromisoformat(moment)
        return StoredTurn(
            identity, conversation_id, position, question, "running", None, None, None, asked_at, filters, None, reader
        )

    def ask_again(self, turn: StoredTurn) -> None:
        """Set a turn back to running, asked as given; its answer, rating and suggestions are forgotten."""
        with self.library.write() as db:
            db.execute(
                "UPDATE turns SET status = 'running', answer = NULL, rating = NULL, comment = NULL, suggestions = NULL, "
                "filters = ?, standalone = ?, reader = ? WHERE id = ?",
                (_filters_json(turn.filters), turn.standalone, turn.reader, turn.id),
            )

    def finish(self, turn_id: str, status: TurnStatus, answer: dict[str, Any] | None) -> None:
        """Keep what became of a turn. A turn deleted meanwhile stays deleted."""
        text = None if answer is None else json.dumps(answer, ensure_ascii=False)
        with self.library.write() as db:
            db.execute("UPDATE turns SET status = ?, answer = ? WHERE id = ?", (status, text, turn_id))

    def suggest(self, turn_id: str, questions: tuple[str, ...]) -> None:
        """Keep what can be asked next."""
        with self.library.write() as db:
            db.execute("UPDATE turns SET suggestions = ? WHERE id = ?", (json.dumps(questions), turn_id))

    def rate(self, turn_id: str, rating: int | None, comment: str | None = None) -> None:
        """Keep the reader's opinion of an answer; `None` takes it back."""
        with self.library.write() as db:
            db.execute("UPDATE turns SET rating = ?, comment = ? WHERE id = ?", (rating, comment, turn_id))

    def turns(self, conversation_id: str) -> tuple[StoredTurn, ...]:
        """The turns of a conversation, first to last; empty when there is no such conversation."""
        with self.library.read() as db:
            rows = db.execute(
                "SELECT * FROM turns WHERE conversation_id = ? ORDER BY position", (conversation_id,)
            ).fetchall()
        return tuple(_turn(row) for row in rows)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")  # finer than `iso.now`: it orders the list


def _conversation(row: Any) -> Conversation:
    with as_stored("A conversation"):
        return Conversation(
            row["id"], row["title"], datetime.fromisoformat(row["created"]), datetime.fromisoformat(row["updated"])
        )


def _turn(row: Any) -> StoredTurn:
    with as_stored("A question"):
        return StoredTurn(
            row["id"], row["conversation_id"], row["position"], row["question"], row["status"],
            None if row["answer"] is None else json.loads(row["answer"]),
            row["rating"], row["comment"], datetime.fromisoformat(row["asked_at"]),
            _filters(row["filters"]), row["standalone"], row["reader"], tuple(json.loads(row["suggestions"] or "[]")),
        )  # fmt: skip


def _filters_json(filters: Filters) -> str | None:
    return json.dumps(asdict(filters)) if filters else None


def _filters(text: str | None) -> Filters:
    if text is None:
        return Filters()
    data = json.loads(text)
    lists = (tuple(data.get(name, ())) for name in ("publishers", "article_ids", "tags"))  # older turns know no tags
    return Filters(data["since"], data["until"], *lists)
