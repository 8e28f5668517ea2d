"""Conversations over a real library file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.conversations import Conversations
from corpus.library import Library


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library.open(tmp_path, create=True)
    yield library
    library.close()


@pytest.fixture
def conversations(library: Library) -> Conversations:
    return Conversations(library)


def test_a_turn_comes_back_as_it_was_stored(conversations: Conversations) -> None:
    started = conversations.start("Who  backs\nwhom?")
    assert (started.title, conversations.find(started.id)) == ("Who backs whom?", started)
    turn = conversations.ask(started.id, "Who  backs\nwhom?")
    assert conversations.turns(started.id) == (turn,)
    assert (turn.status, turn.position, turn.question) == ("running", 0, "Who  backs\nwhom?")
    answer = {"sentences": [{"text": "“$3.5bn” – \U0001f69a"}]}
    conversations.finish(turn.id, "done", answer)
    conversations.rate(turn.id, 1, "good")
    (stored,) = conversations.turns(started.id)
    assert (stored.status, stored.answer, stored.rating, stored.comment) == ("done", answer, 1, "good")


def test_the_order_of_turns_and_conversations(conversations: Conversations) -> None:
    first, second = conversations.start("first"), conversations.start("second")
    for question in ("a", "b", "c"):
        conversations.ask(second.id, question)
    assert [turn.question for turn in conversations.turns(second.id)] == ["a", "b", "c"]
    conversations.ask(first.id, "asked last")
    assert [one.title for one in conversations.recent()] == ["first", "second"]
    assert [one.title for one in conversations.recent(limit=1)] == ["first"]


def test_asking_again_forgets_answer_and_rating(conversations: Conversations) -> None:
    conversation = conversations.start("q")
    turn = conversations.ask(conversation.id, "q")
    conversations.finish(turn.id, "stopped", {"sentences": []})
    conversations.rate(turn.id, 0)
    conversations.ask_again(turn.id)
    assert conversations.turns(conversation.id) == (turn,)


def test_deleting_takes_the_turns_along(conversations: Conversations, library: Library) -> None:
    conversation = conversations.start("q")
    turn = conversations.ask(conversation.id, "q")
    conversations.delete(conversation.id)
    assert conversations.find(conversation.id) is None
    conversations.finish(turn.id, "done", None)  # its job may end later
    with library.read() as db:
        assert db.execute("SELECT count(*) FROM turns").fetchone()[0] == 0
    conversations.delete("never was")


def test_turns_asked_at_once_get_different_positions(conversations: Conversations) -> None:
    conversation = conversations.start("q")
    threads = [threading.Thread(target=conversations.ask, args=(conversation.id, str(n))) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [turn.position for turn in conversations.turns(conversation.id)] == list(range(8))


def test_a_reopened_library_has_them_still(tmp_path: Path) -> None:
    library = Library.open(tmp_path, create=True)
    started = Conversations(library).start("Kept?")
    library.close()
    again = Library.open(tmp_path)
    assert Conversations(again).recent() == (started,)
    again.close()
