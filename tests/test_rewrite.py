"""Follow-ups made whole by a model: within bounds, else by the rules."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from chat_server import ChatServer, fails, says, stalls

from qa.chat_model import ChatModel, Timeouts
from qa.rewrite import ModelContextualizer
from qa.types import StandaloneQuestion, Turn

HISTORY = [
    Turn(
        "Who freed the Ever Given?", "Who freed the Ever Given?",
        ("Tugs and dredgers refloated the Ever Given on Monday.",), ("Ever Given is freed after six days",),
    )
]  # fmt: skip
BY_RULES = StandaloneQuestion("by the rules", "rules")


def rules(question: str, history: Sequence[Turn]) -> StandaloneQuestion:
    return BY_RULES if history else StandaloneQuestion(question)


def ask(server: ChatServer, question: str, history: Sequence[Turn] = HISTORY) -> StandaloneQuestion:
    limits = Timeouts(connect=1, first=0.3, between=0.3, whole=0.6) if server.replies[0] in STALLED else Timeouts()
    return ModelContextualizer(ChatModel(server.url), rules, limits)(question, history)


STALLED = [stalls(), stalls("When")]


@pytest.mark.parametrize("written", ["When was the Ever Given freed?", 'Question: "When was the Ever Given freed?"',
                                     "<think>Ever Given.</think>\nWhen was the Ever Given freed?\n"])  # fmt: skip
def test_a_follow_up_is_made_whole(written: str) -> None:
    with ChatServer(says(*written)) as server:
        assert ask(server, "When was it freed?") == StandaloneQuestion("When was the Ever Given freed?", "model")
    prompt = server.requests[0]["messages"][1]["content"]
    assert "Tugs and dredgers refloated" in prompt
    assert prompt.endswith("Last question: When was it freed?")


@pytest.mark.parametrize(
    "drift",
    ["", "?", "When was the Titanic freed?", "When was the Ever Given built?", "Tugs freed the Ever Given on Monday.",
     "When was it freed? Who freed the Ever Given?", "When was\nthe Ever Given freed?",
     "When was the Ever Given freed " + "on Monday " * 40 + "?"],
)  # fmt: skip
def test_a_drifting_rewrite_is_the_rules(drift: str) -> None:
    with ChatServer(says(drift)) as server:
        assert ask(server, "When was it freed?") == BY_RULES


@pytest.mark.parametrize("reply", [fails(500), fails(401), *STALLED])
def test_a_failing_model_is_the_rules(reply: object) -> None:
    with ChatServer(reply) as server:  # type: ignore[arg-type]
        assert ask(server, "When was it freed?") == BY_RULES
    assert len(server.requests) == 1  # no second try: the user waits


def test_no_model_is_asked_without_turns_or_on_a_new_topic() -> None:
    with ChatServer(fails(500)) as server:
        assert ask(server, "When was it freed?", []) == StandaloneQuestion("When was it freed?")
        assert ask(server, "Who won the World Cup in 2018?") == StandaloneQuestion("Who won the World Cup in 2018?")
    assert server.requests == []


def test_a_question_that_stands_alone_stays_as_it_is() -> None:
    with ChatServer(says("When was it freed")) as server:
        assert ask(server, "When was it freed") == StandaloneQuestion("When was it freed")
