"""The composition root: one object that opens a library, loads the model, adds articles and answers questions.

Thread-safe; used alike by the command line and the app. Knows no page and no argument parsing.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import as_file, files
from typing import Literal

from corpus.errors import CorpusError
from corpus.ingest import Chunker, build
from corpus.library import AddStatus, Library
from corpus.loaders import LoadFailure, Source, load, sources
from corpus.types import Filters, ParsedArticle
from embeddings.errors import EmbeddingError
from embeddings.faiss_store import FaissStore
from embeddings.job import embed_pending
from embeddings.sentence_transformer import SentenceTransformerEmbedder
from qa.pipeline import Pipeline
from qa.readers.extractive import ExtractiveReader
from qa.retrieve import Retriever
from qa.settings import Settings
from qa.types import Answer, SentenceHit

InputStatus = Literal["added", "updated", "unchanged", "duplicate", "failed"]
Level = Literal["article", "passage", "sentence"]
SAMPLE_KEY = "sample_indexed"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an `add` is. `total` is None while the number of articles is not known."""

    stage: Literal["store", "embed"]
    done: int
    total: int | None
    label: str


@dataclass(frozen=True, slots=True)
class InputResult:
    """What became of one input, or of those of its articles that share a status."""

    source: str
    status: InputStatus
    article_ids: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class AddReport:
    """Every input's result, in order. `totals` counts articles by status, and failures."""

    inputs: tuple[InputResult, ...]
    interrupted: bool = False

    @property
    def totals(self) -> dict[str, int]:
        """Articles by status; failed inputs under `failed`."""
        counts: Counter[str] = Counter(dict.fromkeys(("added", "updated", "unchanged", "duplicate", "failed"), 0))
        for result in self.inputs:
            counts[result.status] += max(len(result.article_ids), 1)
        return dict(counts)


OnProgress = Callable[[Progress], None]


@dataclass
class Citewire:
    """A library with everything needed to ask it. Open with `Citewire.open(settings)`."""

    settings: Settings
    library: Library
    ready: bool = False
    warm_error: str | None = None
    activity: str = "Starting"
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _add_lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def open(cls, settings: Settings, *, create: bool = True) -> Citewire:
        """Open the library that the settings name; loads no model.

        Raises:
            LibraryError: it cannot be opened, or does not exist and `create` is false.
        """
        return cls(settings, Library.open(settings.library, create=create))

    def close(self) -> None:
        """Close the library."""
        self.library.close()

    @cached_property
    def embedder(self) -> SentenceTransformerEmbedder:
        """The embedder of the settings; its weights load on first use."""
        return SentenceTransformerEmbedder(
            self.settings.model, self.settings.query_prefix, self.settings.passage_prefix
        )

    @cached_property
    def store(self) -> FaissStore:
        """The vector index over the library."""
        return FaissStore(self.library, self.embedder.fingerprint)

    @cached_property
    def pipeline(self) -> Pipeline:
        """The line from question to answer."""
        retriever = Retriever(self.library, self.store, self.settings.candidates, self.settings.rescored)
        reader = ExtractiveReader(self.settings.max_sentences)
        return Pipeline(self.library, self.embedder, retriever, reader, self.settings.threshold)

    def warm(self) -> None:
        """Load the model and the index, index the sample in a new library, finish what an interrupted add left.

        Takes seconds; call it from a background thread. Errors are kept in `warm_error`, not raised.
        """
        with self._lock:
            if self.ready:
                return
            try:
                self.activity = "Loading the language model"
                self.embedder.load()
                self.activity = "Reading the library"
                self.index_sample(self._note_activity)
                self._embed(self._note_activity, None)
                self.pipeline.answer("Who said what?")  # the first pass through the model is slower than the next
                self.activity, self.ready = "Ready", True
            except (CorpusError, EmbeddingError) as error:
                self.warm_error = str(error)

    def _note_activity(self, progress: Progress) -> None:
        what = "Reading" if progress.stage == "store" else "Indexing"
        count = f"{progress.done} of {progress.total}" if progress.total else str(progress.done)
        self.activity = f"{what} the articles: {count}"

    def index_sample(self, on_progress: OnProgress | None = None) -> AddReport | None:
        """Add the sample articles to a library that never held any article; `None` when there is nothing to do."""
        with self.library.write() as db:
            used = db.execute(
                "SELECT EXISTS (SELECT 1 FROM articles) OR EXISTS (SELECT 1 FROM meta WHERE key = ?)", (SAMPLE_KEY,)
            ).fetchone()[0]
            if used:
                return None
            db.execute("INSERT INTO meta VALUES (?, '1')", (SAMPLE_KEY,))
        with as_file(files("corpus") / "sample") as folder:
            return self.add(sources([folder]), on_progress=on_progress)

    def add(
        self,
        inputs: Iterable[Source | LoadFailure],
        *,
        on_progress: OnProgress | None = None,
        cancelled: threading.Event | None = None,
    ) -> AddReport:
        """Load, store and embed. Each article is one transaction: it can be found by its words at once.

        When `cancelled` is set the work stops after the article or group in hand; the next `add` goes on from there.
        """
        chunker = Chunker(self.embedder.count_tokens, self.embedder.max_tokens)
        results: list[InputResult] = []
        stored = 0
        with self._add_lock:
            for source in inputs:
                if isinstance(source, LoadFailure):
                    results.append(InputResult(source.source, "failed", (), source.reason))
                    continue
                groups: dict[AddStatus, list[str]] = {}
                for item in load(source):
                    if cancelled is not None and cancelled.is_set():
                        break
                    if isinstance(item, LoadFailure):
                        results.append(InputResult(item.source, "failed", (), item.reason))
                        continue
                    outcome = self._store(item, chunker)
                    groups.setdefault(outcome[0], []).append(outcome[1])
                    stored += 1
                    if on_progress:
                        on_progress(Progress("store", stored, None, item.title))
                results += [InputResult(source.name, status, tuple(ids)) for status, ids in groups.items()]
            self._embed(on_progress, cancelled)
        return AddReport(tuple(results), cancelled is not None and cancelled.is_set())

    def _store(self, item: ParsedArticle, chunker: Chunker) -> tuple[AddStatus, str]:
        outcome = self.library.store(build(item, chunker))
        return outcome.status, outcome.article_id

    def _embed(self, on_progress: OnProgress | None, cancelled: threading.Event | None) -> None:
        def report(done: int, total: int) -> None:
            if on_progress:
                on_progress(Progress("embed", done, total, "passages"))

        if embed_pending(self.library, self.embedder, on_progress=report, cancelled=cancelled):
            self.store.save()

    def remove(self, article_id: str) -> None:
        """Delete an article from the library and from every index."""
        self.library.remove(article_id)

    def ask(self, question: str, *, filters: Filters = Filters()) -> Answer:
        """The final answer. Raises `QuestionError` for a question that cannot be asked."""
        return self.pipeline.answer(question, filters)

    def stream(self, question: str, *, filters: Filters = Filters()) -> Iterator[Answer]:
        """Growing answers; the last is final."""
        return self.pipeline.stream(question, filters)

    def search(
        self, query: str, *, level: Level = "sentence", k: int = 10, filters: Filters = Filters()
    ) -> list[SentenceHit]:
        """The `k` best sentences, or the best sentence of each of the `k` best passages or articles."""
        _, ranked, _ = self.pipeline.rank_sentences(query, filters)
        if level == "sentence":
            return ranked[:k]
        best: dict[object, SentenceHit] = {}
        for hit in ranked:
            best.setdefault(hit.passage.id if level == "passage" else hit.passage.article_id, hit)
        return list(best.values())[:k]
