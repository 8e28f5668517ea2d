"""Checks of an installation and a library, each with what to do when it fails. Changes nothing, asks no question."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

from corpus.errors import CorpusError
from corpus.library import Library
from corpus.schema import MIGRATIONS
from corpus.vectors import count_vectors, generation, pending_count
from embeddings.errors import EmbeddingError
from embeddings.index_file import MANIFEST_FILE, whole
from embeddings.model import ModelSpec, open_embedder, recorded
from embeddings.sentence_transformer import SentenceTransformerEmbedder
from qa.chat_model import ChatModel, Timeouts
from qa.errors import QAError
from qa.settings import CONFIG_FILE, PREFIX, SECRETS, Settings

T = TypeVar("T")
SPARE = 200 * 1024 * 1024  # bytes that adding some thousand articles needs, beside a copy of the library for a backup
ANSWERS = 5.0  # seconds in which a model server lists its models, if it runs at all
EXTRAS = {"server": "fastapi", "mcp": "mcp", "telemetry": "opentelemetry.sdk", "oidc": "authlib"}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str


def examine(settings: Settings) -> list[Check]:
    """Look at the installation, the settings, the model, the library file, its index, the disk and the model server."""
    checks = [Check("citewire", True, f"version {version('citewire')}"), _settings(settings), _extras()]
    wanted = ModelSpec(settings.model, settings.query_prefix, settings.passage_prefix)
    model_check = _check("model", wanted.load, lambda made: f"{made.fingerprint}, weights as published")
    library_check = _check("library", lambda: Library.open(settings.library), _describe_library)
    (model, embedder), (opened, library) = model_check, library_check
    checks += [model, opened]
    if library is not None:
        try:
            checks += _look_into(library, wanted, embedder)
        finally:
            library.close()
    return [*checks, *_language_model(settings)]


def _settings(settings: Settings) -> Check:
    """Where they come from. Unusable ones were refused before this is reached."""
    sources = [str(Path(CONFIG_FILE).resolve())] if Path(CONFIG_FILE).is_file() else []
    sources += sorted(name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in SECRETS)
    changed = [name for name in Settings.model_fields if getattr(settings, name) != Settings.model_fields[name].default]
    chosen = ", ".join(name for name in changed if name != "library") or "none"
    return Check("settings", True, f"from {', '.join(sources) or 'defaults alone'}; changed: {chosen}")


def _extras() -> Check:
    found = {name: _importable(module) for name, module in EXTRAS.items()}
    missing = [name for name, there in found.items() if not there]
    detail = f"installed: {', '.join(name for name, there in found.items() if there) or 'none'}"
    return Check("extras", True, detail + (f"; for {', '.join(missing)}: pip install -e '.[NAME]'" if missing else ""))


def _importable(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # its parent is not there
        return False


def _look_into(library: Library, wanted: ModelSpec, embedder: SentenceTransformerEmbedder | None) -> Iterator[Check]:
    yield _database(library)
    if not library.on_server:  # there a trigger keeps it, and `check` has counted
        yield _lexical(library)
    if embedder is not None and recorded(library):  # else a first add decides
        own = _check("library's model", lambda: open_embedder(library, wanted), lambda made: made.fingerprint)
        yield own[0]
        embedder = own[1]
    if embedder is not None:
        pending = pending_count(library, embedder.fingerprint)
        detail = "every passage is embedded" if not pending else f"{pending} passages wait: run `citewire add` again"
        yield Check("vectors", not pending, detail)
    if library.on_server:
        return
    if embedder is not None:
        yield _index(library, embedder.fingerprint)
    yield _permissions(library.folder)
    yield _disk(library)


def _database(library: Library) -> Check:
    state = library.check()
    if state == "ok":
        return Check("database", True, f"whole; schema {len(MIGRATIONS)}")
    if library.on_server:
        return Check("database", False, state)
    return Check("database", False, f"{state}. Import a backup into a new folder: citewire import FILE --library DIR")


def _lexical(library: Library) -> Check:
    with library.read() as db:
        (indexed,) = db.execute("SELECT count(*) FROM passages_fts_docsize").fetchone()
    passages = library.count_passages()
    if indexed == passages:
        return Check("word index", True, f"in step, {passages:,} passages")
    return Check("word index", False, f"{indexed:,} of {passages:,} passages are in it: run `citewire reindex`")


def _index(library: Library, model: str) -> Check:
    """The vector index beside the library is a cache: whatever is wrong with it, the next question builds it anew."""
    count = f"{count_vectors(library, model):,} vectors"
    if not (library.folder / MANIFEST_FILE).exists():
        return Check("vector index", True, f"none yet; the next question builds it of {count}")
    found = whole(library.folder)
    if found is None or found[0].model != model:
        return Check("vector index", True, "damaged or of another model; the next question builds it anew")
    if found[0].generation != generation(library):
        return Check("vector index", True, "behind the library; the next question catches up")
    return Check("vector index", True, f"in step, {count}")


def _permissions(folder: Path) -> Check:
    files = [folder, *(file for file in folder.iterdir() if file.is_file())]
    locked = [file.name or str(file) for file in files if not os.access(file, os.R_OK | os.W_OK)]
    if locked:
        return Check("permissions", False, f"{', '.join(locked[:3])} cannot be written: give it to this user (chown)")
    return Check("permissions", True, "the library can be read and written")


def _disk(library: Library) -> Check:
    free, used = shutil.disk_usage(library.folder).free, library.stats().disk_bytes
    sizes = f"{free / 2**30:.1f} GB free, the library takes {used / 2**30:.2f} GB"
    if free >= used + SPARE:
        return Check("disk", True, sizes)
    return Check("disk", False, f"{sizes}: too little to add and to back up. Free some, or move the library")


def _language_model(settings: Settings) -> Iterator[Check]:
    """Whether the model server answers; none is needed, and none is asked, when the articles are quoted."""
    if settings.reader != "llm":
        yield Check("language model", True, "not used; answers are quoted (setting reader)")
        return
    model = ChatModel(settings.llm_url, settings.llm_model, settings.llm_key, Timeouts.within(ANSWERS), retries=0)
    try:
        names = model.models()
    except QAError as error:
        yield Check("language model", False, f"{error} Answers are quoted meanwhile")
        return
    if settings.llm_model and settings.llm_model not in names:
        known = ", ".join(names[:5]) or "none"
        yield Check("language model", False, f"{settings.llm_url} has no {settings.llm_model!r}; it has: {known}")
        return
    yield Check("language model", True, f"{settings.llm_url} answers, {len(names)} models")


def _describe_library(library: Library) -> str:
    return f"{library.stats().articles} articles in {library.location}"


def _check(name: str, make: Callable[[], T], describe: Callable[[T], str]) -> tuple[Check, T | None]:
    try:
        made = make()
        return Check(name, True, describe(made)), made
    except (CorpusError, EmbeddingError) as error:
        return Check(name, False, str(error)), None
