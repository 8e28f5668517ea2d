"""What goes over the wire, as pydantic models: requests are checked against them, OpenAPI is made from them.

The answers' fields are those of the command line's JSON (`qa.serialize`); a test holds the two together.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from corpus.types import Filters
from qa.pipeline import MAX_QUESTION
from qa.types import Turn

QUESTION = "Who backs opposition groups in northwestern Syria?"
MOST_ARTICLES = 1000  # in one request
MOST_TURNS = 50


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class FiltersIn(_In):
    """Which articles may be used. Days are inclusive; an article without a date passes only when neither is set."""

    since: date | None = None
    until: date | None = None
    publishers: list[str] = Field(default_factory=list, max_length=100)
    article_ids: list[str] = Field(default_factory=list, max_length=10_000)

    def to_filters(self) -> Filters:
        """As the library takes them."""
        since, until = (day.isoformat() if day else None for day in (self.since, self.until))
        return Filters(since, until, tuple(self.publishers), tuple(self.article_ids))


class TurnIn(_In):
    """An earlier turn of the conversation."""

    question: str = Field(max_length=MAX_QUESTION)
    answer: str = ""
    standalone_question: str | None = Field(None, max_length=MAX_QUESTION)

    def to_turn(self) -> Turn:
        """As the pipeline takes it."""
        return Turn(self.question, self.standalone_question or self.question, (self.answer,) if self.answer else ())


class AskIn(_In):
    """A question. With `stream`, the answer comes as server-sent events: `sentence` for each, then `answer`."""

    question: str = Field(min_length=1, max_length=MAX_QUESTION, examples=[QUESTION])
    standalone_question: str | None = Field(None, max_length=MAX_QUESTION, description="search this instead")
    history: list[TurnIn] = Field(default_factory=list, max_length=MOST_TURNS)
    filters: FiltersIn = Field(default_factory=FiltersIn)
    stream: bool = False
    citations: Literal["citewire", "anthropic", "cohere"] = Field(
        "citewire", description="form of the answer: ours, Anthropic's char_location blocks, or Cohere's spans"
    )


class SearchIn(_In):
    """A query for ranked articles, passages or sentences."""

    query: str = Field(min_length=1, max_length=MAX_QUESTION, examples=["heat shield"])
    level: Literal["article", "passage", "sentence"] = "sentence"
    k: int = Field(10, ge=1, le=1000)
    filters: FiltersIn = Field(default_factory=FiltersIn)


class ArticleIn(BaseModel):
    """An article to add. An `id` that is given is kept; the same id with other text is a new version."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1)
    id: str | None = Field(None, min_length=1, max_length=200)
    title: str | None = None
    url: str | None = None
    publisher: str | None = None
    author: str | None = None
    published: str | None = Field(None, description="ISO 8601", examples=["2023-03-15"])
    updated: str | None = None
    language: str | None = None


class ArticlesIn(_In):
    """Articles to add."""

    articles: list[ArticleIn] = Field(min_length=1, max_length=MOST_ARTICLES)


class SentenceOut(BaseModel):
    """A sentence of the answer. A `withheld` one was drafted and must not be shown as an answer; `reason` says why."""

    text: str
    citations: list[int]
    support: float = Field(ge=0, le=1)
    status: Literal["supported", "weak", "withheld"]
    reason: str | None = None
    checks: list[tuple[str, bool, str]] | None = Field(None, description="name, passed, what was found")
    day: str | None = Field(None, description="in a course of events, the day that the sentence tells of")
    emphasis: tuple[int, int] | None = Field(None, description="the stretch of `text` that is the answer itself")


class DatedOut(BaseModel):
    """Words of the quote that name a day as seen from the article's own, and that day, in ISO 8601."""

    start: int
    end: int
    day: str


class CitationOut(BaseModel):
    """A numbered pointer to one stored sentence. `quote` is the article's text from `start` to `end`, code points."""

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
    published: str | None
    url: str | None
    support: float
    speaker: str | None = Field(description="whose words or claim it gives; null when it is the outlet's own statement")
    hedged: bool
    dated: list[DatedOut]


class PassageOut(BaseModel):
    """A passage that was considered."""

    id: int
    article_id: str
    version: int
    start: int
    end: int
    score: float
    stage: str


class AbstentionOut(BaseModel):
    """Why there is no answer, and the nearest sentences."""

    reason: Literal["no_hits", "low_relevance", "unsupported"]
    message: str
    nearest: list[CitationOut]


class NoteOut(BaseModel):
    """A remark about the answer."""

    kind: str
    text: str
    citations: list[int]


class AnswerOut(BaseModel):
    """An answer, or an abstention."""

    question: str
    standalone_question: str
    answered: bool
    reader: str
    confidence: float = Field(ge=0, le=1)
    sentences: list[SentenceOut]
    citations: list[CitationOut]
    passages: list[PassageOut]
    abstention: AbstentionOut | None
    notes: list[NoteOut]
    timings_ms: dict[str, float]


class MessageOut(BaseModel):
    """An answer in another program's form, as the request's `citations` chose; see that program's documentation."""

    model_config = ConfigDict(extra="allow")


class HitOut(BaseModel):
    """A ranked sentence or passage."""

    rank: int
    article_id: str
    version: int
    start: int
    end: int
    text: str
    title: str
    score: float


class HitsOut(BaseModel):
    """What a search found."""

    query: str
    hits: list[HitOut]


class SummaryOut(BaseModel):
    """A row of the list of articles."""

    id: str
    version: int
    title: str
    publisher: str | None
    author: str | None
    url: str | None
    published: str | None
    added: str | None
    sentences: int


class ArticlesOut(BaseModel):
    """A page of the list, newest publication first. `next` is the `cursor` of the next page, if there is one."""

    articles: list[SummaryOut]
    total: int
    next: str | None


class SpanOut(BaseModel):
    """A citable sentence."""

    start: int
    end: int
    role: str


class ArticleOut(BaseModel):
    """One version of an article, as it is stored. `copies`: ids of the same text elsewhere."""

    id: str
    version: int
    title: str
    publisher: str | None
    author: str | None
    url: str | None
    published: str | None
    updated: str | None
    language: str
    agencies: list[str]
    section: str | None
    source_file: str | None
    added: str | None
    text: str
    copies: list[str]
    sentences: list[SpanOut]


class InputOut(BaseModel):
    """What became of one input."""

    source: str
    status: Literal["added", "updated", "unchanged", "duplicate", "failed"]
    article_ids: list[str]
    reason: str | None = None


class ReportOut(BaseModel):
    """What became of everything that was to be added."""

    inputs: list[InputOut]
    totals: dict[str, int]
    skipped: dict[str, int]
    passages: int
    interrupted: bool


class StatsOut(BaseModel):
    """Counts over the library."""

    articles: int
    versions: int
    sentences: int
    passages: int
    pending: int
    publishers: int
    earliest: str | None
    latest: str | None


class HealthOut(BaseModel):
    """Whether the server runs, or can answer."""

    status: Literal["ok", "starting", "failed"]
    detail: str = ""


class MessageIn(BaseModel):
    """A chat message; parts other than text are refused."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[dict[str, Any]] = Field(max_length=100_000)


class ChatIn(BaseModel):
    """An OpenAI chat completion request, as far as it matters here; other fields are accepted and ignored."""

    messages: list[MessageIn] = Field(min_length=1, max_length=2 * MOST_TURNS)
    model: str = "citewire"
    stream: bool = False
