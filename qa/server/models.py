"""What goes over the wire, as pydantic models: requests are checked against them, OpenAPI is made from them.

The answers' fields are those of the command line's JSON (`qa.serialize`); a test holds the two together.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from corpus.types import Filters
from qa.pipeline import MAX_QUESTION
from qa.server.examples import EXAMPLES
from qa.types import Turn


class _Out(BaseModel):
    """A response; its example, if there is one, is in the description."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core)
        if example := EXAMPLES.get(cls.__name__):
            handler.resolve_ref_schema(schema)["examples"] = [example]
        return schema


QUESTION = "Who backs opposition groups in northwestern Syria?"
MOST_ARTICLES = 1000  # in one request
MOST_TURNS = 50
MOST_EVALUATED = 200  # questions in one request: they are answered while it waits
MAX_URL = 2000  # characters; what servers and caches take


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

    text: str = Field(min_length=1, examples=["The ferry Tamar ran aground off Hvar on 7 May."])
    id: str | None = Field(None, min_length=1, max_length=200, examples=["ferry-1"])
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


class ConversationIn(_In):
    """A conversation's title."""

    title: str = Field(min_length=1, max_length=200, pattern=r"\S", examples=["The Suez Canal"])


class TurnAskIn(_In):
    """A question in a conversation; what was asked before is known."""

    question: str = Field(min_length=1, max_length=MAX_QUESTION, examples=[QUESTION])
    filters: FiltersIn = Field(default_factory=FiltersIn)


class FeedIn(_In):
    """The address of a feed, sitemap or page."""

    source: str = Field(pattern=r"^https?://[^\s/]+\S*$", max_length=MAX_URL, examples=["https://example.org/news.rss"])


class SyncIn(_In):
    """What to poll: what is due, or all."""

    all: bool = Field(False, examples=[True])


class EvalQuestionIn(_In):
    """A question and what a right answer has. With `answerable` false, or nothing expected, no article answers it."""

    question: str = Field(min_length=1, max_length=MAX_QUESTION, examples=[QUESTION])
    id: str | None = None
    article: str | None = Field(None, description="its id, address or title")
    sentence: str | None = Field(None, description="the text of the sentence that answers")
    answer: str | None = Field(None, description="words that an answer must hold", examples=["Turkey"])
    answerable: bool | None = None


class EvalIn(_In):
    """Questions to measure with."""

    questions: list[EvalQuestionIn] = Field(min_length=1, max_length=MOST_EVALUATED)


class SentenceOut(_Out):
    """A sentence of the answer. A `withheld` one was drafted and must not be shown as an answer; `reason` says why."""

    text: str
    citations: list[int]
    support: float = Field(ge=0, le=1)
    status: Literal["supported", "weak", "withheld"]
    reason: str | None = None
    checks: list[tuple[str, bool, str]] | None = Field(None, description="name, passed, what was found")
    day: str | None = Field(None, description="in a course of events, the day that the sentence tells of")
    emphasis: tuple[int, int] | None = Field(None, description="the stretch of `text` that is the answer itself")


class DatedOut(_Out):
    """Words of the quote that name a day as seen from the article's own, and that day, in ISO 8601."""

    start: int
    end: int
    day: str


class CitationOut(_Out):
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


class PassageOut(_Out):
    """A passage that was considered."""

    id: int
    article_id: str
    version: int
    start: int
    end: int
    score: float
    stage: str


class AbstentionOut(_Out):
    """Why there is no answer, and the nearest sentences."""

    reason: Literal["no_hits", "low_relevance", "unsupported"]
    message: str
    nearest: list[CitationOut]


class NoteOut(_Out):
    """A remark about the answer."""

    kind: str
    text: str
    citations: list[int]


class AnswerOut(_Out):
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


class MessageOut(_Out):
    """An answer in another program's form, as the request's `citations` chose; see that program's documentation."""

    model_config = ConfigDict(extra="allow")


class HitOut(_Out):
    """A ranked sentence or passage."""

    rank: int
    article_id: str
    version: int
    start: int
    end: int
    text: str
    title: str
    score: float


class HitsOut(_Out):
    """What a search found."""

    query: str
    hits: list[HitOut]


class SummaryOut(_Out):
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


class ArticlesOut(_Out):
    """A page of the list, newest publication first. `next` is the `cursor` of the next page, if there is one."""

    articles: list[SummaryOut]
    total: int
    next: str | None


class VersionOut(_Out):
    """One stored version of an article."""

    version: int
    title: str
    published: str | None
    updated: str | None
    added: str | None
    sentences: int


class VersionsOut(_Out):
    """The versions of an article, oldest first."""

    id: str
    versions: list[VersionOut]


class ChangeOut(_Out):
    """A sentence that was added (`old` is null), removed (`new` is null) or changed."""

    kind: Literal["added", "removed", "changed"]
    old: str | None
    new: str | None


class DiffOut(_Out):
    """What changed between two versions; `same` sentences stayed."""

    model_config = ConfigDict(serialize_by_alias=True)

    id: str
    version: int
    since: int = Field(alias="from")
    same: int
    changes: list[ChangeOut]


class SpanOut(_Out):
    """A citable sentence."""

    start: int
    end: int
    role: str


class ArticleOut(_Out):
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


class InputOut(_Out):
    """What became of one input."""

    source: str
    status: Literal["added", "updated", "unchanged", "duplicate", "failed"]
    article_ids: list[str]
    reason: str | None = None


class ReportOut(_Out):
    """What became of everything that was to be added."""

    inputs: list[InputOut]
    totals: dict[str, int]
    skipped: dict[str, int]
    passages: int
    interrupted: bool


class FeedOut(_Out):
    """A subscription. `failures` counts those in a row, `error` is the last one's."""

    source: str
    title: str | None
    added: str
    checked: str | None
    due: str | None
    failures: int
    error: str | None


class FeedsOut(_Out):
    """The subscriptions; `folders` of the server that are polled, too, are counted and not named."""

    feeds: list[FeedOut]
    folders: int


class TurnFiltersOut(_Out):
    """The articles that a question was asked of."""

    since: str | None
    until: str | None
    publishers: list[str]
    article_ids: list[str]


class StoredTurnOut(_Out):
    """A question of a conversation and its answer; one that failed has an `error` instead."""

    id: str
    question: str
    standalone_question: str | None = Field(description="what the user wanted searched instead")
    status: Literal["running", "done", "stopped", "interrupted", "error"]
    asked_at: str
    reader: str | None
    rating: int | None
    comment: str | None
    filters: TurnFiltersOut
    answer: AnswerOut | None
    error: str | None


class ConversationRowOut(_Out):
    """A row of the list of conversations."""

    id: str
    title: str
    created: str
    updated: str


class ConversationsOut(_Out):
    """A page of the list, the one last asked in first. `next` is the `cursor` of the next page, if there is one."""

    conversations: list[ConversationRowOut]
    next: str | None


class ConversationOut(ConversationRowOut):
    """A conversation and its turns, first to last."""

    turns: list[StoredTurnOut]


class EvalOut(_Out):
    """The measures by section, as `citewire eval --json` gives them; null where the questions say nothing about one."""

    sections: dict[str, dict[str, Any]]


class StatsOut(_Out):
    """Counts over the library."""

    articles: int
    versions: int
    sentences: int
    passages: int
    pending: int
    publishers: int
    earliest: str | None
    latest: str | None


class HealthOut(_Out):
    """Whether the server runs, or can answer."""

    status: Literal["ok", "starting", "failed"]
    detail: str = ""


class MessageIn(BaseModel):
    """A chat message; parts other than text are refused."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[dict[str, Any]] = Field(max_length=100_000)


class ChatIn(BaseModel):
    """An OpenAI chat completion request, as far as it matters here; other fields are accepted and ignored."""

    messages: list[MessageIn] = Field(
        min_length=1, max_length=2 * MOST_TURNS, examples=[[{"role": "user", "content": QUESTION}]]
    )
    model: str = "citewire"
    stream: bool = False
