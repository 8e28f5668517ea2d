"""Which embedding model a library belongs to. Passages are cut for one model's tokenizer and embedded by it alone.

The library names its model, so that every process that opens it uses the same one; `embeddings.reindex` changes it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from corpus.library import Library
from corpus.meta import MODEL_KEY, claim, value
from embeddings.errors import ModelChanged
from embeddings.sentence_transformer import SentenceTransformerEmbedder

SPEC_KEY = "model"


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """An embedding model by name, with what it wants before questions and passages."""

    name: str
    query_prefix: str = ""
    passage_prefix: str = ""

    def load(self, device: str = "auto") -> SentenceTransformerEmbedder:
        """The embedder; its weights load on first use."""
        return SentenceTransformerEmbedder(self.name, self.query_prefix, self.passage_prefix, device)

    def to_json(self) -> str:
        """As a library keeps it."""
        return json.dumps(asdict(self), sort_keys=True)


def recorded(library: Library) -> tuple[ModelSpec, str] | None:
    """The library's model and its fingerprint; `None` for a library that never held an article."""
    spec, fingerprint = value(library, SPEC_KEY), value(library, MODEL_KEY)
    return None if spec is None or fingerprint is None else (ModelSpec(**json.loads(spec)), fingerprint)


def open_embedder(library: Library, wanted: ModelSpec, device: str = "auto") -> SentenceTransformerEmbedder:
    """The embedder of the library; `wanted` is used, and recorded, only by one that has none yet.

    Raises:
        ModelNotFound: the library's model is not on this machine.
        ModelChanged: a model of that name is here, but its weights are not those that the library was indexed with.
    """
    known = recorded(library)
    if known is None:
        embedder = wanted.load(device)
        if claim(library, {SPEC_KEY: wanted.to_json(), MODEL_KEY: embedder.fingerprint}):
            return embedder
        return open_embedder(library, wanted, device)  # another process was first
    spec, fingerprint = known
    embedder = spec.load(device)
    if fingerprint != embedder.fingerprint:
        raise ModelChanged(
            f"The library was indexed with {fingerprint!r}, and the model {spec.name!r} on this machine is "
            f"{embedder.fingerprint!r}. Index it anew: citewire reindex"
        )
    return embedder
