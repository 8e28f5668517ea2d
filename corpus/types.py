"""The nouns of the text layer: spans, blocks, articles, sentences, passages.

All are frozen and slotted. Offsets are half-open code-point positions into `Article.text`,
the stored, cleaned text. This module holds no behaviour beyond slicing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

BlockKind = Literal["paragraph", "heading", "caption", "quote", "list"]
Role = Literal["body", "caption", "quote-block"]


class Span(NamedTuple):
    """A half-open range `[start, end)` of code points. `Span(0, 5).of("hello world") == "hello"`."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The slice of `text` that this span covers."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Block:
    """One structural unit of a cleaned article: its kind and its text, free of line breaks."""

    kind: BlockKind
    text: str


@dataclass(frozen=True, slots=True)
class BlockSpan:
    """Where a block lies in `Article.text`."""

    kind: BlockKind
    span: Span


@dataclass(frozen=True, slots=True)
class ParsedArticle:
    """What a loader makes of one article in a source, before it has an identity.

    `id` is set only when the source names one (a JSONL row with `"id"`). `agencies` are wire services
    credited in a sign-off, in their order. `source_file` is a display name, never a secret path.
    """

    title: str
    blocks: tuple[Block, ...]
    publisher: str | None = None
    author: str | None = None
    url: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    language: str = "en"
    agencies: tuple[str, ...] = ()
    section: str | None = None
    source_file: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One version of an article, as stored. `text` is `"\\n\\n".join(block texts)`."""

    id: str
    version: int
    title: str
    text: str
    publisher: str | None = None
    author: str | None = None
    url: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    language: str = "en"
    agencies: tuple[str, ...] = ()
    section: str | None = None
    source_file: str | None = None
    added: datetime | None = None
    blocks: tuple[BlockSpan, ...] = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """One citable sentence: `text == article.text[span.start:span.end]`. `index` counts from 0 in its version."""

    article_id: str
    version: int
    index: int
    span: Span
    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """Whole consecutive sentences of one article, small enough for the embedder to read entirely.

    `embedding_text` is the title and the text of the sentences; it is what is embedded and is never cited.
    `token_count` is the length of `embedding_text` by the embedder's own tokenizer, special tokens included.
    """

    id: int
    article_id: str
    version: int
    title: str
    sentences: tuple[Sentence, ...]
    token_count: int

    @property
    def text(self) -> str:
        """The sentences joined by single spaces."""
        return " ".join(sentence.text for sentence in self.sentences)

    @property
    def embedding_text(self) -> str:
        """Title, a line break, then the text: what the embedder reads."""
        return f"{self.title}\n{self.text}" if self.title else self.text

    @property
    def span(self) -> Span:
        """From the first sentence's start to the last one's end."""
        return Span(self.sentences[0].span.start, self.sentences[-1].span.end)


@dataclass(frozen=True, slots=True)
class ArticleSummary:
    """A row of the article list: everything about the newest version but its text."""

    id: str
    version: int
    title: str
    publisher: str | None
    author: str | None
    url: str | None
    published: datetime | None
    added: datetime
    sentence_count: int


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles may be used: publication days `since <= day <= until` (ISO dates), publishers, article ids, tags.

    An article without a date passes only when neither date is set. Empty tuples and `None` mean "any".
    Publishers and tags compare without regard to case; one of the tags is enough.
    """

    since: str | None = None
    until: str | None = None
    publishers: tuple[str, ...] = ()
    article_ids: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.since or self.until or self.publishers or self.article_ids or self.tags)
