"""Answers made in threads: nobody waits for ever, nobody gets another's answer, and stopping reaches the engine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.library import Library
from corpus.sources import Source
from corpus.types import Block, ParsedArticle
from qa.history import REMEMBERED, history_of
from qa.serialize import answer_from_json, answer_to_json
from qa.types import Answer
from qa.ui.answering import WORKERS
from qa.ui.state import Service
from tests.fakes import FakeEngine, fill

SECONDS = 20.0
TOWNS = ("Aldermoor", "Brackenford", "Caldbeck", "Dunmere", "Eastwick", "Fernhill", "Glenmore", "Hartwell", "Inverleith",
         "Kilnsea")  # fmt: skip


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    engine = FakeEngine(Library.open(tmp_path, create=True))
    fill(engine.library, [ParsedArticle(f"{t} votes", (Block("paragraph", f"{t} elected a mayor."),)) for t in TOWNS])
    service = Service(engine)
    service.warmed.set()
    yield service
    service.answering.close()


def test_ten_who_ask_at_once_all_get_their_own_answer(service: Service) -> None:
    together = threading.Barrier(len(TOWNS))
    jobs = {}

    def ask(town: str) -> None:
        question = f"Who was elected in {town}?"
        conversation = service.conversations.start(question)
        turn = service.conversations.ask(conversation.id, question)
        together.wait(SECONDS)
        service.answering.submit(
            conversation.id, turn.id, lambda cancelled: service.engine.stream(question, cancelled=cancelled)
        )
        jobs[town] = conversation.id

    threads = [threading.Thread(target=ask, args=(town,)) for town in TOWNS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    for town, conversation_id in jobs.items():
        if job := service.answering.job(conversation_id):
            assert job.ended.wait(SECONDS)
        (turn,) = service.conversations.turns(conversation_id)
        assert turn.status == "done"
        assert turn.answer is not None
        answer = answer_from_json(turn.answer)
        assert answer.question == f"Who was elected in {town}?"
        assert answer.citations[0].quote == f"{town} elected a mayor."
    assert set(jobs) == set(TOWNS)


def test_those_behind_are_told_how_many_are_ahead_and_stopping_frees_a_worker(service: Service) -> None:
    started = threading.Semaphore(0)

    def stream(cancelled: threading.Event) -> Iterator[Answer]:
        started.release()
        cancelled.wait(SECONDS)
        yield Answer("q", "q", "extractive", 0.0)  # comes too late to be shown

    jobs = []
    for number in range(WORKERS + 1):
        conversation = service.conversations.start(str(number))
        turn = service.conversations.ask(conversation.id, str(number))
        assert service.answering.submit(conversation.id, turn.id, stream)
        assert not service.answering.submit(conversation.id, turn.id, stream)
        job = service.answering.job(conversation.id)
        assert job is not None
        jobs.append((conversation.id, job))
    for _ in range(WORKERS):
        assert started.acquire(timeout=SECONDS)
    assert service.answering.ahead(jobs[-1][1]) == WORKERS
    jobs[0][1].cancel()
    assert started.acquire(timeout=SECONDS)  # the one that waited
    for conversation_id, job in jobs:
        job.cancel()
        assert job.ended.wait(SECONDS)
        (turn,) = service.conversations.turns(conversation_id)
        assert (turn.status, turn.answer) == ("stopped", None)


def test_a_failure_while_suggesting_leaves_the_answer_alone(service: Service) -> None:
    question = f"Who was elected in {TOWNS[0]}?"
    conversation = service.conversations.start(question)
    turn = service.conversations.ask(conversation.id, question)
    tried = threading.Event()

    def suggest(_: Answer) -> Iterator[str]:
        tried.set()
        yield "First?"
        raise ZeroDivisionError

    service.answering.submit(conversation.id, turn.id, lambda _: service.engine.stream(question), suggest)
    assert tried.wait(SECONDS)
    (stored,) = service.conversations.turns(conversation.id)
    assert (stored.status, stored.suggestions) == ("done", ())


def test_history_is_of_the_answered_turns_before(service: Service) -> None:
    conversation = service.conversations.start("q")
    for number in range(REMEMBERED + 3):
        turn = service.conversations.ask(conversation.id, f"Who was elected in {TOWNS[number % 10]}?")
        *_, answer = service.engine.stream(turn.question)
        service.conversations.finish(turn.id, "done", None if number == 4 else answer_to_json(answer))
    turns = service.conversations.turns(conversation.id)
    assert [turn.question for turn in history_of(turns, 6)] == [turns[n].question for n in (0, 1, 2, 3, 5)]
    assert len(history_of(turns, 99)) == REMEMBERED
    failed = replace(turns[0], status="error", answer={"error": "no"})
    assert history_of([failed], 99) == ()
    (one,) = history_of(turns[:1], 1)
    assert one.titles[0] == "Aldermoor votes"
    assert one.sentences[0] == "Aldermoor elected a mayor."


def test_adding_gives_way_while_a_question_is_under_way_and_what_failed_can_be_tried_again(service: Service) -> None:
    go, adding = threading.Event(), service.adding

    def stream(cancelled: threading.Event) -> Iterator[Answer]:
        assert go.wait(SECONDS)
        yield from service.engine.stream("Who was elected in Dunmere?", cancelled=cancelled)

    conversation = service.conversations.start("Q")
    turn = service.conversations.ask(conversation.id, "Q")
    service.answering.submit(conversation.id, turn.id, stream)
    assert not service.answering.idle.is_set()
    (job,) = [service.answering.job(conversation.id)]
    given = [Source("a.txt", data=b"Port reopens\n\nThe port of Aldermoor reopened on Monday after a week."),
             Source("b.pdf", data=b"%PDF-1.4 broken")]  # fmt: skip
    adding.submit(
        given, lambda inputs, note, cancelled: service.engine.add(inputs, on_progress=note, cancelled=cancelled)
    )
    assert adding.job
    assert adding.job.live  # the first article is stored, the second waits
    go.set()
    assert job
    assert job.ended.wait(SECONDS)
    assert service.answering.idle.wait(SECONDS)
    while adding.job.live:
        service.warmed.wait(0)
    assert [source.name for source in adding.job.failed] == ["b.pdf"]
