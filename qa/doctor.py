"""Checks of an installation and a library, each with what to do when it fails. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from corpus.errors import CorpusError
from corpus.library import Library
from corpus.vectors import pending_count
from embeddings.errors import EmbeddingError
from embeddings.sentence_transformer import SentenceTransformerEmbedder
from qa.settings import Settings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str


def examine(settings: Settings) -> list[Check]:
    """Look at the model, the library file and its index, in that order."""
    model_check = _check("model", lambda: SentenceTransformerEmbedder(settings.model), _describe_model)
    library_check = _check("library", lambda: Library.open(settings.library), _describe_library)
    (model, embedder), (opened, library) = model_check, library_check
    checks = [model, opened]
    if library is not None:
        state = library.check()
        help_ = "" if library.on_server else ". Restore a backup."
        checks.append(Check("database", state == "ok", state if state == "ok" else state + help_))
        if embedder is not None:
            pending = pending_count(library, embedder.fingerprint)
            detail = (
                "every passage is embedded" if not pending else f"{pending} passages wait: run `citewire add` again"
            )
            checks.append(Check("vectors", not pending, detail))
        library.close()
    return checks


def _describe_model(embedder: SentenceTransformerEmbedder) -> str:
    return embedder.fingerprint


def _describe_library(library: Library) -> str:
    return f"{library.stats().articles} articles in {library.location}"


def _check(name: str, make: Callable[[], T], describe: Callable[[T], str]) -> tuple[Check, T | None]:
    try:
        made = make()
        return Check(name, True, describe(made)), made
    except (CorpusError, EmbeddingError) as error:
        return Check(name, False, str(error)), None
