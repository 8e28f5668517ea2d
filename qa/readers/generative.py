"""The generative reader: a chat model writes the answer from numbered evidence, sentence by sentence.

It asks for JSON and learns when a server has none. What the model writes is a draft: whether a sentence is shown is for
the verifier to say. Neither talks HTTP nor checks claims.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Protocol

from qa.chat_failures import nothing_fits, wrote_nothing
from qa.chat_model import MAX_TOKENS, Message
from qa.errors import ContextOverflow, CutOff, RequestRefused
from qa.packing import Articles, Packed, pack, token_counter
from qa.prompts import boundary, one_line, prompt
from qa.readers.drafts import SCHEMA, Claim, NotJson, from_json, from_text, without_thoughts
from qa.types import DraftSentence, Evidence

NAME = "llm"
EVIDENCE_TOKENS = 2_000  # forty news sentences are about 1,500; with prompt and answer it fits into Ollama's 4,096
FEWEST_TOKENS = 150  # evidence below that is a sentence or two: another reader does better
MAX_SENTENCES = 8  # three are asked for
MAX_REPEATS = 3  # a small model that repeats itself does not stop

_NOT_WORDS = re.compile(r"\W+")


class Model(Protocol):
    """What writes. See `qa.chat_model.ChatModel`, whose errors it raises."""

    @property
    def name(self) -> str:
        """What it is called; empty when that is the server's choice."""

    @property
    def base_url(self) -> str:
        """Where it is, for messages."""

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        schema: Mapping[str, Any] | None,
        cancelled: threading.Event | None,
    ) -> Iterator[str]:
        """The answer in pieces as they come."""


@dataclass(frozen=True, slots=True)
class GenerativeReader:
    """Drafts with a chat model. Thread-safe. `articles` gives the article of a sentence, for its publisher and date."""

    model: Model
    articles: Articles
    evidence_tokens: int = EVIDENCE_TOKENS
    max_tokens: int = MAX_TOKENS
    _no_json: threading.Event = field(default_factory=threading.Event, repr=False, compare=False)
    """Set once the server has shown that it cannot write JSON by a schema."""

    @property
    def name(self) -> str:
        """`llm`, with the model's name if one was chosen."""
        return f"{NAME}:{self.model.name}" if self.model.name else NAME

    def read(
        self, question: str, evidence: Evidence, cancelled: threading.Event | None = None
    ) -> Iterator[DraftSentence]:
        """Draft sentences, each as soon as it is complete; none when the model says that the evidence does not answer.

        Raises:
            ReaderError: the server fails, or the model does not come to an end. What was drafted before stands.
        """
        cancelled = cancelled or threading.Event()
        count = token_counter(self.model.name)
        seen: dict[str, int] = {}
        budget = self.evidence_tokens
        while True:
            packed = pack(evidence.hits, self.articles, budget, count)
            if not packed.positions:
                if evidence.hits:
                    raise nothing_fits(budget)
                return
            try:
                yield from self._drafts(question, packed, seen, cancelled)
            except ContextOverflow:
                budget = packed.tokens // 2
                if budget < FEWEST_TOKENS or seen:
                    raise
            else:
                return

    def _drafts(
        self, question: str, packed: Packed, seen: dict[str, int], cancelled: threading.Event
    ) -> Iterator[DraftSentence]:
        """The claims as drafts: repeated ones once, and no more than a few."""
        for claim in self._claims(question, packed, cancelled):
            if claim.declines:
                return
            key = _NOT_WORDS.sub(" ", claim.text).strip().lower()
            seen[key] = seen.get(key, 0) + 1
            if not key or seen[key] > 1:
                if max(seen.values()) > MAX_REPEATS:
                    return
                continue
            yield DraftSentence(claim.text, packed.at(claim.numbers))
            if len(seen) >= MAX_SENTENCES:
                return

    def _claims(self, question: str, packed: Packed, cancelled: threading.Event) -> Iterator[Claim]:
        """From JSON where the server can write it, else from text."""
        if not self._no_json.is_set():
            try:
                yield from self._from_json(question, packed, cancelled)
                return
            except RequestRefused:
                pass  # for the schema, most likely; if not, the plain request is refused as well
        written = False
        for claim in from_text(self._stream(question, packed, cancelled, json=False)):
            if cancelled.is_set():
                return  # what the model was at is no whole sentence
            written = True
            self._no_json.set()  # text is what it can write
            yield claim
        if not written and not cancelled.is_set():
            raise wrote_nothing(self.model.base_url)

    def _from_json(self, question: str, packed: Packed, cancelled: threading.Event) -> Iterator[Claim]:
        """Raises `RequestRefused` when nothing usable came."""
        pieces = self._stream(question, packed, cancelled, json=True)
        claims = 0
        try:
            for claim in from_json(pieces):
                claims += 1
                yield claim
        except CutOff as error:
            if claims:
                raise
            self._no_json.set()  # a model that fills its room with nothing, as small ones do under a schema
            raise RequestRefused(str(error)) from error
        except NotJson as error:
            if cancelled.is_set():
                return
            if error.prose:
                for claim in from_text(chain([error.text], pieces)):
                    if cancelled.is_set():
                        return
                    claims += 1
                    yield claim
            if error.text.strip():
                self._no_json.set()
            if not claims:
                raise RequestRefused("The model wrote no JSON.") from error

    def _stream(self, question: str, packed: Packed, cancelled: threading.Event, *, json: bool) -> Iterator[str]:
        messages = answer_messages(question, packed, json=json)
        schema = SCHEMA if json else None
        pieces = self.model.stream(messages, max_tokens=self.max_tokens, schema=schema, cancelled=cancelled)
        return without_thoughts(pieces)


def answer_messages(question: str, packed: Packed, *, json: bool) -> list[Message]:
    """The prompt: the rules, then the evidence between two marks that no article can know, then the question."""
    mark = boundary()
    rules = prompt("answer", boundary=mark, format=prompt("format_json" if json else "format_text"))
    asked = prompt("evidence", boundary=mark, evidence=packed.text, question=one_line(question))
    return [{"role": "system", "content": rules}, {"role": "user", "content": asked}]
