"""The nouns of the answer layer: questions in, cited answers out.

All are frozen and slotted. `support` and `confidence` lie in [0, 1]; `score` is unbounded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from corpus.types import Passage, Sentence, Span

Stage = Literal["dense", "lexical", "fused", "reranked"]
Status = Literal["supported", "weak", "withheld"]
AbstentionReason = Literal["no_hits", "low_relevance", "unsupported"]


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved passage and the score of the stage that ranked it."""

    passage: Passage
    score: float
    stage: Stage


@dataclass(frozen=True, slots=True)
class Features:
    """What a sentence's score, and the confidence in it, are made of; each in about [0, 1]."""

    sentence: float
    """Late interaction with the sentence."""
    passage: float
    """Late interaction with the whole passage."""
    pooled: float
    """Cosine of the question's vector and the mean of the sentence's token states."""
    words: float
    """Weighted share of the question's content words that are in the sentence."""
    context_words: float
    """The same, in the sentence, its neighbors and the title."""
    kind: float
    """1 when the sentence holds a thing of the kind asked for, 0.5 a number of other things than asked, else 0."""
    weakest_word: float
    """Late interaction of the content word that the sentence matches least."""
    weakest_in_passage: float
    """The same over the whole passage."""
    passage_words: float
    """The weighted share of content words that are in the passage or its title."""
    names: float
    """Share of the question's names and numbers in the passage or its title; 1 when it has none."""
    reach: float
    """Late interaction with the sentence helped out by its title and, the farther the less, by what precedes it."""
    asked: float
    """Best match of the question word ("who", "what") among the sentence's tokens."""
    lead: float
    """Weighted share of question tokens that match no sentence of the passage better than this one."""


@dataclass(frozen=True, slots=True)
class SentenceHit:
    """A ranked sentence, the passage it was scored in, its score and what it is made of."""

    sentence: Sentence
    passage: Passage
    score: float
    features: Features


@dataclass(frozen=True, slots=True)
class Evidence:
    """The sentences a reader may use, best first. A reader names them by position, never by id."""

    hits: tuple[SentenceHit, ...]
    confidence: float
    """Calibrated probability that these sentences answer the question."""


@dataclass(frozen=True, slots=True)
class DraftSentence:
    """What a reader claims: a text and the positions in `Evidence.hits` it rests on."""

    text: str
    labels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered pointer to one stored sentence. `quote == article.text[start:end]` of that version."""

    number: int
    article_id: str
    version: int
    sentence: int
    start: int
    end: int
    quote: str
    title: str
    publisher: str | None
    author: str | None
    published: datetime | None
    url: str | None
    support: float


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """One checked sentence of an answer and the numbers of the citations that support it."""

    text: str
    citations: tuple[int, ...]
    support: float
    status: Status
    reason: str | None = None
    emphasis: Span | None = None
    """The stretch of `text` that is the answer itself, where the question tells: a moment or a number."""


@dataclass(frozen=True, slots=True)
class Abstention:
    """Why no answer is given, in words for the user, and the nearest sentences found."""

    reason: AbstentionReason
    message: str
    nearest: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """A remark about an answer (single source, pending vectors, ...) with the citations it concerns."""

    kind: str
    text: str
    citations: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole result of a question. `sentences` is empty exactly when `abstention` is set."""

    question: str
    standalone_question: str
    reader: str
    confidence: float
    sentences: tuple[AnswerSentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    hits: tuple[Hit, ...] = ()
    abstention: Abstention | None = None
    notes: tuple[Note, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict)

    @property
    def answered(self) -> bool:
        """Whether at least one sentence is shown."""
        return self.abstention is None


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its answer in a conversation."""

    question: str
    answer: Answer
    asked_at: datetime
