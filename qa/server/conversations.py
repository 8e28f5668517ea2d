"""The routes of conversations: list, start, read, rename, delete, and ask in one, with what was said before."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from corpus.conversations import Conversation, Conversations, StoredTurn
from corpus.errors import CitewireError
from qa.engine import Citewire
from qa.history import history_of
from qa.journal import Journal
from qa.serialize import answer_to_json
from qa.server import bodies, models
from qa.server.problems import Refused
from qa.server.roles import Roles
from qa.types import Answer

Json = dict[str, Any]
PAGE = 30
ConversationId = Annotated[str, Path(examples=["0f8c2b6d5e3a4c7f9b1d2e3f4a5b6c7d"])]


def conversation_to_json(conversation: Conversation) -> Json:
    """A row of the list."""
    return {
        "id": conversation.id, "title": conversation.title, "created": conversation.created.isoformat(),
        "updated": conversation.updated.isoformat(),
    }  # fmt: skip


def turn_to_json(turn: StoredTurn) -> Json:
    """A question of a conversation and what became of it; a failed one has an `error` instead of an answer."""
    failed = turn.status == "error" or (turn.answer is not None and "error" in turn.answer)
    filters = turn.filters
    return {
        "id": turn.id, "question": turn.question, "standalone_question": turn.standalone, "status": turn.status,
        "asked_at": turn.asked_at.isoformat(), "reader": turn.reader, "rating": turn.rating, "comment": turn.comment,
        "filters": {"since": filters.since, "until": filters.until, "publishers": list(filters.publishers),
                    "article_ids": list(filters.article_ids)},
        "answer": None if failed else turn.answer,
        "error": str((turn.answer or {}).get("error", "")) if failed else None,
    }  # fmt: skip


def conversation_routes(
    engine: Citewire, roles: Roles, journal: Journal, answered: Callable[[Callable[[], Answer]], Answer]
) -> APIRouter:
    """The conversations of the library: those of the app, too. `answered` runs a question when its turn has come."""
    router = APIRouter(prefix="/v1/conversations", tags=["conversations"])
    kept = Conversations(engine.library)

    def gone(identity: str) -> Refused:
        return Refused(HTTPStatus.NOT_FOUND, f"There is no conversation {identity!r}.")

    def found(identity: str) -> Conversation:
        if (conversation := kept.find(identity)) is None:
            raise gone(identity)
        return conversation

    @router.get("", response_model=models.ConversationsOut, dependencies=[roles.reader])
    def list_conversations(
        text: Annotated[str, Query(max_length=200, description="must occur in the title or in a question")] = "",
        limit: Annotated[int, Query(ge=1, le=200)] = PAGE,
        cursor: Annotated[str, Query(pattern=r"^[0-9]{0,9}$", description="`next` of the page before")] = "",
    ) -> Json:
        """List the conversations, the one last asked in first."""
        start = int(cursor or 0)
        rows = kept.recent(start + limit + 1, text)[start:]
        following = str(start + limit) if len(rows) > limit else None
        return {"conversations": [conversation_to_json(row) for row in rows[:limit]], "next": following}

    @router.post("", response_model=models.ConversationOut, status_code=201, dependencies=[roles.reader])
    def start_conversation(body: bodies.ConversationIn) -> Json:
        """Start an empty conversation."""
        return conversation_to_json(kept.start(body.title)) | {"turns": []}

    @router.get("/{conversation_id}", response_model=models.ConversationOut, dependencies=[roles.reader])
    def get_conversation(conversation_id: ConversationId) -> Json:
        """A conversation and its turns, first to last."""
        turns = [turn_to_json(turn) for turn in kept.turns(conversation_id)]
        return conversation_to_json(found(conversation_id)) | {"turns": turns}

    @router.patch("/{conversation_id}", response_model=models.ConversationOut)
    def rename_conversation(
        conversation_id: ConversationId, body: bodies.ConversationIn, who: str = roles.editor
    ) -> Json:
        """Give a conversation another title."""
        found(conversation_id)
        kept.rename(conversation_id, body.title)
        journal.note(who, "rest", "rename", [conversation_id])
        return get_conversation(conversation_id)

    @router.delete("/{conversation_id}", status_code=204)
    def delete_conversation(conversation_id: ConversationId, who: str = roles.editor) -> None:
        """Delete a conversation and its turns."""
        found(conversation_id)
        kept.delete(conversation_id)
        journal.note(who, "rest", "remove", [], conversation=conversation_id)

    @router.post("/{conversation_id}/turns", response_model=models.StoredTurnOut, dependencies=[roles.reader])
    def ask_in_conversation(conversation_id: ConversationId, body: bodies.TurnAskIn) -> Json:
        """Ask with the turns before as history, and keep the answer. A follow-up like "Why?" is understood."""
        found(conversation_id)
        filters = body.filters.to_filters()
        history = history_of(kept.turns(conversation_id))
        try:
            turn = kept.ask(conversation_id, body.question, filters)
        except sqlite3.IntegrityError as error:  # deleted since it was found
            raise gone(conversation_id) from error
        try:
            answer = answered(lambda: engine.ask(body.question, filters=filters, history=history))
        except Exception as error:
            known = isinstance(error, CitewireError | Refused)
            kept.finish(turn.id, "error", {"error": str(error) if known else "Something went wrong."})
            raise
        kept.finish(turn.id, "done", answer_to_json(answer))
        for one in kept.turns(conversation_id):
            if one.id == turn.id:
                return turn_to_json(one)
        raise gone(conversation_id)

    return router
