"""The bodies of requests, as pydantic models: requests are checked against them, OpenAPI is made from them."""

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
