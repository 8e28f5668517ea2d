"""The nouns of the answer layer: questions in, cited answers out.

All are frozen and slotted. `support` and `confidence` lie in [0, 1]; `score` is unbounded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from corpus.iso import to_iso
from corpus.types import Passage, Sentence, Span

Level = Literal["article", "passage", "sentence"]
Stage = Literal["dense", "lexical", "fused", "reranked"]
Status = Literal["supported", "weak", "withheld"]
AbstentionReason = Literal["no_hits", "low_relevance", "unsupported"]
CheckName = Literal[
    "labels", "quotation", "numbers", "dates", "units", "names", "negation", "modality", "speaker", "support"
]


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
class Check:
    """One test of a drafted sentence against the sentences it rests on: what was tested, and what was found."""

    name: CheckName
    passed: bool
    detail: str = ""
    """In words for the user; of a failed check, the reason why the sentence is not shown."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a drafted sentence. `labels` are the positions in `Evidence.hits` that support it.

    They may be others than the reader gave: better ones are looked for before a sentence is withheld.
    """

    text: str
    labels: tuple[int, ...]
    support: float
    status: Status
    checks: tuple[Check, ...] = ()

    @property
    def reason(self) -> str | None:
        """Why the sentence is withheld or weak: the first failed check."""
        return next((check.detail for check in self.checks if not check.passed), None)


@dataclass(frozen=True, slots=True)
class Dated:
    """Words of a quote that name a day as seen from the article's own ("on Wednesday"), and that day, in ISO 8601."""

    start: int
    end: int
    day: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered pointer to one stored sentence. `quote == article.text[start:end]` of that version.

    `speaker`: whose words or claim the sentence gives, `None` when it is the outlet's own statement. `hedged`: whether the
    outlet keeps its distance ("reportedly"). `dated`: what its words for days mean.
    """

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
    speaker: str | None = None
    hedged: bool = False
    dated: tuple[Dated, ...] = ()

    @property
    def source(self) -> str:
        """Where the quote is from, on one line: title, publisher, author, day, address, as far as known."""
        day = (to_iso(self.published) or "")[:10]
        facts = (f"“{self.title}”", self.publisher, self.author, day, self.url)
        return ", ".join(fact for fact in facts if fact)


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """One checked sentence of an answer and the numbers of the citations that support it."""

    text: str
    citations: tuple[int, ...]
    support: float
    status: Status
    reason: str | None = None
    checks: tuple[Check, ...] = ()
    emphasis: Span | None = None
    """The stretch of `text` that is the answer itself, where the question tells: a moment or a number."""
    day: str | None = None
    """In a course of events, the day, month or year that the sentence tells of, in ISO 8601."""


SEARCHED = " Searched: "


@dataclass(frozen=True, slots=True)
class Abstention:
    """Why no answer is given, in words for the user, and the nearest sentences found.

    `message` ends with `SEARCHED` and what was searched, when it is told.
    """

    reason: AbstentionReason
    message: str
    nearest: tuple[Citation, ...] = ()


POINTING = frozenset({"conflict", "update", "confirmed", "corrected"})  # notes that cite what else was found


@dataclass(frozen=True, slots=True)
class Note:
    """A remark about an answer (single source, pending vectors, ...) with the citations it concerns."""

    kind: str
    text: str
    citations: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole result of a question. With an `abstention` no sentence is shown; withheld ones may be there."""

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
    evidence: tuple[SentenceHit, ...] = ()
    """What the reader was given, best first; not kept with the answer."""

    @property
    def answered(self) -> bool:
        """Whether at least one sentence is shown."""
        return self.abstention is None


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of a conversation and what a follow-up may refer to.

    `sentences`: those shown in answer, first the one that answers. `titles`: of the articles they cite.
    """

    question: str
    standalone_question: str
    sentences: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StandaloneQuestion:
    """A question that can be understood alone.

    `how`: "asked" when it could be before, "edited" by the user, "rules" or "model" when a follow-up was resolved.
    """

    text: str
    how: Literal["asked", "edited", "rules", "model"] = "asked"
