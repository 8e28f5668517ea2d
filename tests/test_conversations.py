"""Conversations over a real library file."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.conversations import Conversations
from corpus.library import FILE_NAME, Library
from corpus.schema import APPLICATION_ID, MIGRATIONS
from corpus.types import Filters

SCOPE = Filters("2023-12-01", None, ("DW",), ("a1", "a2"))


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
    conversations.rate(turn.id, 0, "wrong year")
    conversations.suggest(turn.id, ("And then?",))
    conversations.ask_again(turn)
    assert conversations.turns(conversation.id) == (turn,)


def test_a_turn_keeps_how_it_was_asked(conversations: Conversations) -> None:
    conversation = conversations.start("q")
    turn = conversations.ask(conversation.id, "And in the north?", SCOPE, "llm")
    assert conversations.turns(conversation.id) == (turn,)
    assert (turn.filters, turn.standalone, turn.reader) == (SCOPE, None, "llm")
    edited = replace(turn, standalone="Who governs the north?", filters=Filters(), reader=None)
    conversations.ask_again(edited)
    conversations.suggest(turn.id, ("Who “governs” it?", "Why?"))
    assert conversations.turns(conversation.id) == (replace(edited, suggestions=("Who “governs” it?", "Why?")),)


def test_conversations_are_found_by_title_and_question_whatever_the_case(conversations: Conversations) -> None:
    first, second = conversations.start("Élections in 100 towns"), conversations.start("Harvest")
    conversations.ask(first.id, "Who won?")
    conversations.ask(second.id, "How MUCH wheat_was cut?")
    for text, found in {"éLECTIONS": [first.id], "much WHEAT_": [second.id], "100%": [], "wheat was": []}.items():
        assert [one.id for one in conversations.recent(text=text)] == found
    assert [one.id for one in conversations.recent()] == [second.id, first.id]
    assert conversations.count() == 2


def test_a_conversation_is_renamed_but_never_to_nothing(conversations: Conversations) -> None:
    one = conversations.start("Who?")
    conversations.rename(one.id, "  Syria,\n day by day ")
    conversations.rename(one.id, " \n ")
    conversations.rename("never was", "x")
    assert conversations.recent() == (replace(one, title="Syria, day by day"),)


def test_a_library_of_the_version_before_keeps_its_turns(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE_NAME) as db:
        db.executescript(
            f"{''.join(MIGRATIONS[:2])} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 2;"
        )
        moment = "2026-01-02T03:04:05.000000+00:00"
        db.execute("INSERT INTO conversations VALUES ('c', 'Old', ?, ?)", (moment, moment))
        db.execute("INSERT INTO turns VALUES ('t', 'c', 0, 'Who?', 'done', '{}', 1, 'good', ?)", (moment,))
    db.close()
    library = Library.open(tmp_path)
    (turn,) = Conversations(library).turns("c")
    assert (turn.question, turn.answer, turn.comment, turn.asked_at.isoformat(timespec="microseconds")) == (
        "Who?", {}, "good", moment,
    )  # fmt: skip
    assert (turn.filters, turn.standalone, turn.reader, turn.suggestions) == (Filters(), None, None, ())
    library.close()


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
