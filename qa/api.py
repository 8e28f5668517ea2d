"""The Python API: one class over the engine, for programs that use Citewire as a library (docs/python.md).

Opens, adds, asks. Shows no progress, indexes no sample, and reads settings only where it is opened.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from corpus.sources import Source, sources
from corpus.types import Article, Filters
from qa.add_report import AddReport
from qa.contextualize import turn_of
from qa.engine import Citewire as Engine
from qa.errors import QuestionError
from qa.settings import Settings, load_settings
from qa.types import Answer, Level, SentenceHit


class Citewire:
    """A library of articles and everything needed to ask it. Thread-safe; use it in a `with` statement, or `close` it.

    >>> with Citewire.open("news") as library:
    ...     report = library.add("articles/", "https://example.org/story.html")
    ...     answer = library.ask("Who backs opposition groups in northwestern Syria?")
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(
        cls, library: str | Path | None = None, *, settings: Settings | None = None, create: bool = True
    ) -> Citewire:
        """Open the library in this folder, making it first if `create`. Loads no model: the first question does.

        Args:
            library: the folder; by default the settings' own (`citewire.toml`, `CITEWIRE_LIBRARY`, the user's data folder).
            settings: how to answer; by default those of `citewire.toml` and the environment.
            create: whether to make the library if there is none.

        Raises:
            CitewireError: it cannot be opened, or does not exist and `create` is false; or a setting is unusable.
        """
        chosen = settings or load_settings()
        if library is not None:
            chosen = chosen.model_copy(update={"library": Path(library)})
        return cls(Engine.open(chosen, create=create))

    def close(self) -> None:
        """Close the library. Answers, citations and articles in hand stay usable."""
        self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- articles

    def add(self, *inputs: str | Path, allow_private: bool = False) -> AddReport:
        """Add files, folders, patterns, or addresses of pages, feeds and sitemaps; what is known and unchanged costs little.

        Args:
            inputs: each as `citewire add` takes it.
            allow_private: whether addresses of private networks may be fetched.

        Returns:
            What became of each input. One that fails is in the report with its reason; it stops nothing.
        """
        return self._engine.add(sources([str(given) for given in inputs]), allow_private=allow_private)

    def add_records(self, records: Iterable[Mapping[str, str]]) -> AddReport:
        """Add articles that are at hand: each with "text", and as known "id", "title", "url", "publisher", "author",
        "published", "updated", "language".

        >>> library.add_records([{"text": "The bridge reopened on 4 May.", "title": "Bridge", "published": "2022-05-04"}])
        """
        rows = [json.dumps(dict(record), ensure_ascii=False) for record in records]
        return self._engine.add([Source("records.jsonl", data="\n".join(rows).encode("utf-8", "replace"))])

    def article(self, article_id: str, version: int | None = None) -> Article:
        """One version of an article, the newest by default: what a citation points into.

        Raises:
            CitewireError: there is none with that id or version.
        """
        return self._engine.library.article(article_id, version)

    def remove(self, article_id: str) -> None:
        """Delete an article with all its versions, passages and vectors.

        Raises:
            CitewireError: there is none with that id.
        """
        self._engine.remove(article_id)

    # ---- questions

    def ask(self, question: str, *, filters: Filters = Filters(), history: Sequence[Answer] = ()) -> Answer:
        """Answer with cited sentences, or with an `abstention` that says why there is no answer.

        Args:
            question: in English; "Why?" and the like are understood with a `history`.
            filters: which articles may be used.
            history: the answers before, oldest first.

        Raises:
            CitewireError: the question cannot be asked: it has no word, or is too long.
        """
        return self._engine.ask(question, filters=filters, history=[turn_of(answer) for answer in history])

    def stream(
        self, question: str, *, filters: Filters = Filters(), history: Sequence[Answer] = ()
    ) -> Iterator[Answer]:
        """The same as it grows, a checked sentence at a time; the last answer is the whole one."""
        return self._engine.stream(question, filters=filters, history=[turn_of(answer) for answer in history])

    def search(
        self, query: str, *, level: Level = "sentence", k: int = 10, filters: Filters = Filters()
    ) -> list[SentenceHit]:
        """The `k` best sentences for a query, or the best sentence of each of the `k` best passages or articles."""
        return self._engine.search(query, level=level, k=k, filters=filters)

    def timeline(self, topic: str, *, filters: Filters = Filters()) -> Answer:
        """The course of events on a topic: dated sentences, oldest first, each cited.

        Raises:
            CitewireError: no article tells of it.
        """
        answer = self._engine.timeline(topic, filters=filters)
        if answer is None:
            raise QuestionError(f"No article tells of {topic!r}.")
        return answer
