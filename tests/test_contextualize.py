"""Follow-ups: whole conversations on the real engine, each kind of reference once, and what must not be changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qa.contextualize import contextualize, turn_of
from qa.engine import Citewire
from qa.noun_phrases import noun_phrases
from qa.types import AnswerSentence, Turn

GOLDEN = Path(__file__).parent / "golden" / "conversations.jsonl"
CONVERSATIONS = [json.loads(line) for line in GOLDEN.read_text().splitlines()]

ZAPPA = Turn(
    "Where did Frank Zappa live?", "Where did Frank Zappa live?",
    ("Zappa lived in Los Angeles with his wife Gail.",), ("Frank Zappa",),
)  # fmt: skip
BACKING = Turn(
    "Who backs opposition groups in northwestern Syria?", "Who backs opposition groups in northwestern Syria?",
    ("Armed groups that oppose Assad still hold part of the northwest, and they are backed by Turkey.",),
    ("Assad travels to Moscow as Syria marks 12 years of conflict",),
)  # fmt: skip
FIRE = Turn(
    "Were there victims of the fire in Lyon in 2019?", "Were there victims of the fire in Lyon in 2019?",
    ("Ten people died.",), ("Fire kills ten in Lyon",),
)  # fmt: skip


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda c: c["name"])
def test_a_conversation_reads_as_a_person_would_write_it(sample: Citewire, conversation: dict[str, Any]) -> None:
    history: list[Turn] = []
    for turn in conversation["turns"]:
        answer = sample.ask(turn["question"], history=history)
        standalone = answer.standalone_question
        assert standalone == turn.get("standalone", standalone)
        assert [part for part in turn.get("holds", ()) if part not in standalone] == [], standalone
        assert [part for part in turn.get("lacks", ()) if part in standalone] == [], standalone
        if "cites" in turn:
            assert answer.citations
            assert answer.citations[0].quote == turn["cites"]
        if "cites_second" in turn:  # a known miss: a sentence with the full name, and no kiss, comes first
            assert answer.citations[1].quote == turn["cites_second"]
        history.append(turn_of(answer))


@pytest.mark.parametrize(
    ("turn", "question", "standalone"),
    [
        (ZAPPA, "How long did he live there?", "How long did Frank Zappa live in Los Angeles?"),
        (ZAPPA, "What about Berlin?", "Where did Frank Zappa live (Berlin)?"),
        (ZAPPA, "Any awards?", "Any awards (Frank Zappa)?"),
        (ZAPPA, "Anything else?", "What else is known about Frank Zappa?"),
        (BACKING, "What about Turkey?", "Who backs opposition groups in Turkey?"),
        (BACKING, "Who leads them?", "Who leads opposition groups in northwestern Syria?"),
        (BACKING, "Who else?", "Who else backs opposition groups in northwestern Syria?"),
        (FIRE, "How many?", "How many victims of the fire in Lyon were there?"),
        (FIRE, "And in 2023?", "Were there victims of the fire in Lyon in 2023?"),
        (FIRE, "Why?", "Why were there victims of the fire in Lyon in 2019?"),
        (FIRE, "What else happened that year?", "What else happened in 2019 (Lyon)?"),
    ],
)
def test_references_are_resolved(turn: Turn, question: str, standalone: str) -> None:
    resolved = contextualize(question, [turn])
    assert (resolved.text, resolved.how) == (standalone, "rules")


@pytest.mark.parametrize(
    "question",
    [
        "What did Truss say when she resigned?",
        "Is it true that Iran supports Damascus?",
        "Were there protests in Cairo in 2011?",
        "How do you boil an egg?",
        "What is primatology?",
        "When did Turkey change its constitution?",
        "What happens in London this week?",
        "How much did it cost?",
    ],
)
def test_what_stands_alone_is_left_as_asked(question: str) -> None:
    history = [] if question == "How much did it cost?" else [ZAPPA]
    resolved = contextualize(question, history)
    assert (resolved.text, resolved.how) == (question, "asked")


def test_a_new_topic_is_not_mixed_with_the_old_one() -> None:
    switched = Turn("When did Angela Merkel retire?", "When did Angela Merkel retire?", ("Merkel left in 2021.",))
    assert contextualize("Did she write a book?", [ZAPPA, switched]).text == "Did Angela Merkel write a book?"
    assert contextualize("Any awards?", [ZAPPA, ZAPPA, switched]).text == "Any awards (Angela Merkel)?"
    assert contextualize("Where was he born?", [ZAPPA, switched]).text == "Where was Frank Zappa born?"


def test_noun_phrases_keep_what_qualifies_them() -> None:
    found = {
        "Who backs opposition groups in northwestern Syria?": ["opposition groups in northwestern Syria"],
        "When did the spire of Notre-Dame fall?": ["the spire of Notre-Dame"],
        "How long did the ship block the canal?": ["the ship", "the canal"],
        "Which group led the offensive that toppled Assad?": ["the offensive that toppled Assad"],
    }
    assert {question: [m.text for m in noun_phrases(question)] for question in found} == found


def test_a_turn_holds_what_was_shown(sample: Citewire) -> None:
    answer = sample.ask("When did Liz Truss resign?")
    turn = turn_of(answer)
    assert turn.sentences == tuple(s.text for s in answer.sentences if s.status != "withheld")
    assert turn.titles[0] == "Liz Truss resigns after 45 days"
    withheld = AnswerSentence("Not shown.", (), 0.0, "withheld")
    abstained = sample.ask("What is the capital of Peru?")
    assert turn_of(abstained) == Turn(abstained.question, abstained.standalone_question)
    assert "Not shown." not in turn_of(type(answer)("q", "q", "r", 1.0, (withheld,))).sentences


WORDS = st.sampled_from(
    """and what about why how many who the it they he her there then that this other else of in Turkey Assad's Syria 2020
    group did was backs ? ( ) . 's ' - U.N. É 北京 , : the  IT""".split()
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=12).map(" ".join))


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.lists(st.tuples(TEXTS, TEXTS, TEXTS), max_size=3))
@example("WHY", [("", "", "")])
def test_any_text_is_taken(question: str, turns: list[tuple[str, str, str]]) -> None:
    history = [Turn(asked, asked, (sentence,), (title,)) for asked, sentence, title in turns]
    resolved = contextualize(question, history)
    assert (resolved.text == question) == (resolved.how == "asked")
    assert resolved == contextualize(question, history)
    assert len(resolved.text) <= 4 * (len(question) + sum(len(part) for turn in turns for part in turn) + 40)
