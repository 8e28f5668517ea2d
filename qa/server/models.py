"""The bodies of responses, as pydantic models: responses are made by them, OpenAPI is made from them.

The answers' fields are those of the command line's JSON (`qa.serialize`); a test holds the two together.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from qa.server.examples import EXAMPLES


class _Out(BaseModel):
    """A response; its example, if there is one, is in the description."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core)
        if example := EXAMPLES.get(cls.__name__):
            handler.resolve_ref_schema(schema)["examples"] = [example]
        return schema


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
