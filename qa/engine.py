"""The composition root: one object that opens a library, loads the model, adds articles and answers questions.

Thread-safe; used alike by the command line and the app. Knows no page and no argument parsing.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.metadata import version
from importlib.resources import as_file, files

from corpus.adding import Adder
from corpus.errors import CorpusError
from corpus.fetch import Fetcher
from corpus.ingest import Chunker
from corpus.iso import now
from corpus.library import Library
from corpus.meta import MODEL_KEY, claim, value
from corpus.sources import LoadFailure, Skipped, Source, sources
from corpus.types import Filters
from corpus.web import Web
from embeddings.cross_encoder import CrossEncoder, EntailmentModel
from embeddings.errors import EmbeddingError
from embeddings.faiss_store import FaissStore
from embeddings.job import Cluster, embed_pending
from embeddings.model import ModelSpec, open_embedder
from embeddings.postgres_store import PgVectorStore
from embeddings.reindex import reindex
from embeddings.sentence_transformer import SentenceTransformerEmbedder
from qa.add_report import AddReport, Book, OnProgress, Progress
from qa.chat_model import ChatModel, Timeouts
from qa.contextualize import contextualize
from qa.pipeline import Contextualize, Pipeline
from qa.readers import Reader
from qa.readers.extractive import ExtractiveReader
from qa.readers.generative import GenerativeReader
from qa.retrieve import Retriever
from qa.rewrite import ModelContextualizer
from qa.settings import Settings
from qa.types import Answer, Level, SentenceHit, Turn
from qa.verify import Verifier

SAMPLE_KEY = "sample_indexed"
Store = FaissStore | PgVectorStore  # by where the library is


@dataclass(frozen=True, slots=True)
class _Parts:
    """What hangs on the library's model: made together, and anew when the library is indexed with another."""

    fingerprint: str
    embedder: SentenceTransformerEmbedder
    store: Store
    pipeline: Pipeline


def _cluster(address: str | None, embedder: SentenceTransformerEmbedder) -> AbstractContextManager[Cluster | None]:
    """The Ray cluster at this address; without one, this process embeds."""
    if not address:
        return nullcontext()
    from embeddings.ray_job import connect  # an extra, and a second to import

    return connect(address, embedder)


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
    _parts_lock: threading.Lock = field(default_factory=threading.Lock)
    _made: _Parts | None = None
    _asked: Counter[int] | None = None  # while articles are added: how often questions found each passage

    @classmethod
    def open(cls, settings: Settings, *, create: bool = True) -> Citewire:
        """Open the library that the settings name; loads no model.

        Raises:
            LibraryError: it cannot be opened, or does not exist and `create` is false.
        """
        return cls(settings, Library.open(settings.library, create=create))

    def close(self) -> None:
        """Close the library, and end what its vector index is doing in the background."""
        if self._made:
            self._made.store.close()
        self.library.close()

    def _parts(self) -> _Parts:
        with self._parts_lock:
            if self._made is None or value(self.library, MODEL_KEY) != self._made.fingerprint:
                if self._made:
                    self._made.store.close()
                self._made = self._make_parts()
            return self._made

    def _make_parts(self) -> _Parts:
        wanted = ModelSpec(self.settings.model, self.settings.query_prefix, self.settings.passage_prefix)
        embedder = open_embedder(self.library, wanted, self.settings.device)
        kind = PgVectorStore if self.library.on_server else FaissStore
        return self._wired(embedder, kind(self.library, embedder.fingerprint))

    def _wired(self, embedder: SentenceTransformerEmbedder, store: Store) -> _Parts:
        """The line from question to answer, by the settings in force."""
        retriever = Retriever(self.library, store, self.settings.candidates, self.settings.rescored, self._note_found)
        readers, contextualizer = self._readers()
        reranker = CrossEncoder(self.settings.reranker) if self.settings.reranker else None
        nli = EntailmentModel(self.settings.nli) if self.settings.nli else None
        pipeline = Pipeline(
            self.library,
            embedder,
            retriever,
            contextualizer,
            readers,
            Verifier(embedder, self._published, nli),
            self.settings.threshold,
            reranker,
        )
        return _Parts(embedder.fingerprint, embedder, store, pipeline)

    def _readers(self) -> tuple[list[Reader], Contextualize]:
        """Who answers, in order, and what makes follow-ups whole. The extractive reader is always the last resort."""
        chosen, extractive = self.settings, ExtractiveReader(self.settings.max_sentences)
        if chosen.reader == "extractive":
            return [extractive], contextualize
        model = ChatModel(chosen.llm_url, chosen.llm_model, chosen.llm_key, Timeouts.within(chosen.llm_timeout))
        generative = GenerativeReader(model, self.library.article, chosen.llm_evidence_tokens)
        return [generative, extractive], ModelContextualizer(model, contextualize)

    def _published(self, article_id: str, version: int) -> datetime | None:
        return self.library.article(article_id, version).published

    def configure(self, settings: Settings) -> None:
        """Answer by these settings from the next question on. The library and its model stay those that are open."""
        with self._parts_lock:
            self.settings = settings
            if self._made:
                self._made = self._wired(self._made.embedder, self._made.store)

    @property
    def embedder(self) -> SentenceTransformerEmbedder:
        """The embedder of the library; its weights load on first use."""
        return self._parts().embedder

    def facts(self) -> dict[str, str]:
        """What an answer hangs on besides the question, by name: for an audit."""
        return {
            "library": f"{self.library.count_articles():,} articles, {self.library.count_passages():,} passages",
            "embedding model": self.embedder.fingerprint,
            "readers": ", ".join(reader.name for reader in self.pipeline.readers),
            "threshold": f"{self.settings.threshold:g}",
            "citewire": version("citewire"),
            "made": now().strftime("%Y-%m-%d %H:%M UTC"),
        }

    @property
    def store(self) -> Store:
        """The vector index over the library."""
        return self._parts().store

    @property
    def pipeline(self) -> Pipeline:
        """The line from question to answer."""
        return self._parts().pipeline

    @property
    def readers(self) -> tuple[str, ...]:
        """Names of the readers, the one that answers first in front; empty until the engine is warm."""
        return tuple(reader.name for reader in self._made.pipeline.readers) if self._made else ()

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
                own = replace(self.pipeline, readers=self.pipeline.readers[-1:])  # no language model is waited for
                own.answer("Who said what?")  # the first pass through the model is slower than the next
                self.activity, self.ready = "Ready", True
            except (CorpusError, EmbeddingError) as error:
                self.warm_error = str(error)

    def _note_found(self, ids: Iterable[int]) -> None:
        if (asked := self._asked) is not None:
            asked.update(ids)

    def _note_activity(self, progress: Progress) -> None:
        what = "Reading" if progress.stage == "store" else "Indexing"
        count = f"{progress.done} of {progress.total}" if progress.total else str(progress.done)
        self.activity = f"{what} the articles: {count}"

    def index_sample(self, on_progress: OnProgress | None = None) -> AddReport | None:
        """Add the sample articles to a library that never held any article; `None` when there is nothing to do."""
        if self.library.count_articles() or not claim(self.library, {SAMPLE_KEY: "1"}):
            return None
        with as_file(files("corpus") / "sample") as folder:
            return self.add(sources([folder]), on_progress=on_progress)

    def add(
        self,
        inputs: Iterable[Source | LoadFailure | Skipped],
        *,
        on_progress: OnProgress | None = None,
        cancelled: threading.Event | None = None,
        columns: Mapping[str, str] | None = None,
        allow_private: bool = False,
        web: Web | None = None,
        ray: str | None = None,
    ) -> AddReport:
        """Load, store and embed. Each article is one transaction: it can be found by its words at once.

        When `cancelled` is set the work stops after the article or group in hand; the next `add` goes on from there.
        `columns` names the columns of files of records; `allow_private` lets addresses of private networks be fetched.
        `ray` is the address of a Ray cluster that embeds.
        """
        embedder = self.embedder
        chunker = Chunker(embedder.count_tokens, embedder.max_tokens, embedder.fingerprint)
        given = list(inputs)
        with (
            self._add_lock,
            Fetcher(allow_private=allow_private) as fetcher,
            _cluster(ray, embedder) as cluster,
            self._asking(),
        ):
            adder = Adder(self.library, chunker, columns or {}, web or Web(fetcher, self.library))
            book = Book()
            for number, item in enumerate(given):
                for outcome in adder.add([item], cancelled):
                    book.enter(outcome)
                    if on_progress:
                        label = outcome.title or outcome.source
                        on_progress(Progress("store", number, len(given), label, book.articles))
                if cancelled is not None and cancelled.is_set():
                    break
            passages = self._embed(on_progress, cancelled, cluster)
        return book.report(cancelled is not None and cancelled.is_set(), passages)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Count which passages are asked about, so that they are embedded first."""
        self._asked = Counter()
        try:
            yield
        finally:
            self._asked = None

    def _wanted(self) -> list[int]:
        asked = dict(self._asked or {})  # a copy: questions are asked in other threads
        return sorted(asked, key=lambda i: (-asked[i], i))

    def _embed(
        self, on_progress: OnProgress | None, cancelled: threading.Event | None, cluster: Cluster | None = None
    ) -> int:
        def report(done: int, total: int) -> None:
            if on_progress:
                on_progress(Progress("embed", done, total, "passages"))

        parts = self._parts()
        count = embed_pending(
            self.library, parts.embedder, on_progress=report, cancelled=cancelled, cluster=cluster, wanted=self._wanted
        )
        if count:
            parts.store.save()
        return count

    def reindex(
        self,
        spec: ModelSpec | None = None,
        *,
        on_progress: OnProgress | None = None,
        cancelled: threading.Event | None = None,
        ray: str | None = None,
    ) -> bool:
        """Index the library anew, with the model of the settings by default; false when cancelled before the end.

        Questions are answered with the old index until the new one takes its place, in one transaction.
        """

        def report(done: int, total: int) -> None:
            if on_progress:
                on_progress(Progress("reindex", done, total, "articles", done))

        spec = spec or ModelSpec(self.settings.model, self.settings.query_prefix, self.settings.passage_prefix)
        embedder = spec.load(self.settings.device)
        with self._add_lock, _cluster(ray, embedder) as cluster:
            done = reindex(
                self.library, embedder, spec.to_json(), on_progress=report, cancelled=cancelled, cluster=cluster
            )
            if done:
                self.store.save()
        return done

    def remove(self, article_id: str) -> None:
        """Delete an article from the library and from every index."""
        self.library.remove(article_id)

    def ask(self, question: str, *, filters: Filters = Filters(), history: Sequence[Turn] = ()) -> Answer:
        """The final answer. `history`: the turns before, oldest first.

        Raises:
            QuestionError: the question cannot be asked.
        """
        self.embedder.load()  # before the clock starts: the times of an answer are those of a loaded model
        return self.pipeline.answer(question, filters, history)

    def stream(
        self,
        question: str,
        *,
        filters: Filters = Filters(),
        history: Sequence[Turn] = (),
        standalone: str | None = None,
        reader: str | None = None,
        cancelled: threading.Event | None = None,
    ) -> Iterator[Answer]:
        """Growing answers; the last is final. See `Pipeline.stream`."""
        self.embedder.load()  # before the clock starts: the times of an answer are those of a loaded model
        return self.pipeline.stream(
            question, filters, history, standalone=standalone, reader=reader, cancelled=cancelled
        )

    def timeline(self, topic: str, *, filters: Filters = Filters()) -> Answer | None:
        """The course of events on a topic, oldest first; `None` when no sentence is on it. See `Pipeline.timeline`."""
        return self.pipeline.timeline(topic, filters)

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
