"""A follow-up made a question that stands alone by a chat model, within bounds; by the rules when it leaves them.

A rewrite drifts when it drops a content word of the question, brings in one that neither the question nor the turns
before hold, is more than one question, or is long. Never answers; never raises for what the model does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from corpus.lexical import STOP_WORDS, words
from qa.chat_model import ChatModel, Message, Timeouts
from qa.errors import ReaderError
from qa.prompts import boundary, one_line, prompt
from qa.stem import stems
from qa.types import StandaloneQuestion, Turn

TURNS = 3  # what a follow-up refers to is hardly ever further back
SENTENCES = 2  # of each answer
MAX_TOKENS = 80
LONGEST = 300  # characters; the longest of 3,430 human rewrites in CANARD's development set has 260
PATIENCE = Timeouts(connect=1.0, first=4.0, between=2.0, whole=6.0)  # the user sees nothing yet: the rules take no time

_REFERS = re.compile(
    r"\b(?:he|she|it|they|him|her|them|his|hers|its|their|theirs|this|that|these|those|there|then|here|one|ones|else|"
    r"other|others|another|same|such|former|latter|first|second|next|also|too|again|so|did so|more)\b|"
    r"^\W*(?:and|but|or|so|then|what about|how about|why|how|when|where|who|really)\W*(?:\?|$)|^\W*(?:and|but|or)\b",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"^(?:(?:standalone|rewritten|last|new)\s+)?question\s*:\s*", re.IGNORECASE)
_THOUGHT = re.compile(r"^\s*<think>.*?</think>", re.DOTALL)

Rules = Callable[[str, Sequence[Turn]], StandaloneQuestion]


@dataclass(frozen=True, slots=True)
class ModelContextualizer:
    """Called like the rules, which it falls back to. Thread-safe."""

    model: ChatModel
    rules: Rules
    timeouts: Timeouts = PATIENCE

    def __call__(self, question: str, history: Sequence[Turn]) -> StandaloneQuestion:
        """The question as it is to be searched. Without turns before it, and on a new topic, no model is asked."""
        if not history:
            return self.rules(question, history)
        known = _known(history)
        if _new_topic(question, known):
            return StandaloneQuestion(question)
        try:
            written = self.model.complete(
                rewrite_messages(question, history), max_tokens=MAX_TOKENS, timeouts=self.timeouts, retries=0
            )
        except ReaderError:
            return self.rules(question, history)
        rewrite = _PREFIX.sub("", _THOUGHT.sub("", written).strip()).strip(" \n\"'“”")
        if drifts(rewrite, question, known):
            return self.rules(question, history)
        same = words(rewrite) == words(question)
        return StandaloneQuestion(question) if same else StandaloneQuestion(rewrite, "model")


def rewrite_messages(question: str, history: Sequence[Turn]) -> list[Message]:
    """The prompt: the rules, then the last turns between two marks that no article can know, then the question."""
    mark = boundary()
    lines = []
    for turn in history[-TURNS:]:
        lines.append(f"Question: {one_line(turn.standalone_question)}")
        lines.append(f"Answer: {one_line(' '.join(turn.sentences[:SENTENCES])) or 'none'}")
    asked = prompt("conversation", boundary=mark, conversation="\n".join(lines), question=one_line(question))
    return [{"role": "system", "content": prompt("contextualize", boundary=mark)}, {"role": "user", "content": asked}]


def drifts(rewrite: str, question: str, known: frozenset[str]) -> bool:
    """Whether a rewrite is not the question asked, made whole from what was said. `known`: stems of the turns before."""
    marks = rewrite.count("?")
    if not words(rewrite) or len(rewrite) > LONGEST or "\n" in rewrite or marks > 1:
        return True
    if question.rstrip().endswith("?") and not rewrite.endswith("?"):
        return True  # it answers
    own, new = stems(question), stems(rewrite)
    return not own <= new or not new <= own | known


def _known(history: Sequence[Turn]) -> frozenset[str]:
    texts = [
        text for turn in history for text in (turn.question, turn.standalone_question, *turn.sentences, *turn.titles)
    ]
    return frozenset[str]().union(*map(stems, texts))


def _new_topic(question: str, known: frozenset[str]) -> bool:
    """Whether the question refers to nothing before: no word that points back, and a name or number of its own."""
    if _REFERS.search(question):
        return False
    tokens = re.findall(r"\w[\w'’-]*", question)
    names = [token for token in tokens[1:] if token[0].isupper() or token[0].isdigit()]
    own = [token for token in names if token.lower() not in STOP_WORDS]
    return bool(own) and not any(stems(token) & known for token in own)
