"""From sources to the library: what is new or changed is read, split, chunked and stored, one transaction an article.

Embeds nothing: an article can be found by its words as soon as it is stored. Interrupt it at any moment, and run it
again: what was finished costs a hash.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from corpus.errors import LoadError
from corpus.ingest import Chunker, build
from corpus.inputs import Origin, Seen, forget, seen
from corpus.items import RawArticle, Unchanged
from corpus.library import Library
from corpus.loaders import load
from corpus.sources import LoadFailure, Skipped, Source
from corpus.web import Web

OutcomeStatus = Literal["added", "updated", "unchanged", "duplicate", "failed", "skipped"]
NO_WEB = "is an address, and fetching is switched off."
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one article, or of an input that gave none. `source` is the input that was given."""

    source: str
    status: OutcomeStatus
    article_id: str | None = None
    reason: str | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Adder:
    """Adds sources to one library. `columns` maps fields to column names in files of records; no `web`, no fetching."""

    library: Library
    chunker: Chunker
    columns: Mapping[str, str] = field(default_factory=dict)
    web: Web | None = None

    def add(
        self, inputs: Iterable[Source | LoadFailure | Skipped], cancelled: threading.Event | None = None
    ) -> Iterator[Outcome]:
        """One outcome an article, as it is stored. When `cancelled` is set the work stops after the article in hand."""
        stop = cancelled or threading.Event()
        for item in inputs:
            if stop.is_set():
                return
            if isinstance(item, LoadFailure):
                yield Outcome(item.source, "failed", reason=item.reason)
            elif isinstance(item, Skipped):
                yield Outcome(item.source, "skipped", reason=item.reason)
            else:
                yield from self._source(item, stop)

    def _source(self, source: Source, stop: threading.Event) -> Iterator[Outcome]:
        if source.url and self.web is None:
            yield Outcome(source.name, "failed", reason=NO_WEB)
            return
        known = seen(self.library, source.key)
        stale = set(known)
        for item in self.web.load(source) if source.url and self.web else load(source, self.columns):
            if stop.is_set():
                return
            if isinstance(item, RawArticle):
                stale.discard(item.digest)
                yield self._article(source, item, known.get(item.digest))
            elif isinstance(item, Unchanged):
                stale.clear()
                yield Outcome(item.name, "unchanged", item.article_id)
            else:
                yield from self.add([item], stop)
        if stale:
            forget(self.library, source.key, stale)

    def _article(self, source: Source, item: RawArticle, known: Seen | None) -> Outcome:
        if known:
            return Outcome(source.name, "duplicate" if known.duplicate else "unchanged", known.article_id)
        try:
            built = build(item.parse(), self.chunker)
        except LoadError as error:
            return Outcome(item.name, "failed", reason=str(error))
        except Exception as error:  # hostile input may break any parser; the others must still be read
            log.warning("%s could not be read", item.name, exc_info=True)
            return Outcome(item.name, "failed", reason=f"cannot be read ({type(error).__name__}: {error}).")
        stored = self.library.store(built, Origin(source.key, item.digest, item.page))
        return Outcome(source.name, stored.status, stored.article_id, title=built.parsed.title)
