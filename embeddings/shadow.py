"""The half-built index that reindexing fills beside the old one: what it must do, and its rows, wherever it is kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Protocol

from corpus.ingest import BuiltArticle
from corpus.types import Passage
from embeddings.job import Packed

Group = Sequence[tuple[int, BuiltArticle]]
"""Articles built anew, each with the number of its version."""


class Shadow(Protocol):
    """A half-built index of one model; one of another model is begun anew."""

    def built(self) -> set[tuple[str, int]]:
        """The versions that it holds."""

    def put(self, group: Group, packed: Sequence[Packed]) -> None:
        """Add these articles, with a vector and states for each of their passages in order."""

    def swap(self, spec: str) -> bool:
        """Exchange the indexes in one transaction; false when an article came in that the new one lacks."""


def passages_of(group: Group) -> list[Passage]:
    """The passages of these articles, in order."""
    return [passage for _, built in group for passage in built.passages]


def places(group: Group) -> list[tuple[str, int, int, int, str, int]]:
    """What a table keeps of each passage but its vector and states."""
    return [
        (p.article_id, version, p.sentences[0].index, p.sentences[-1].index, p.title, p.token_count)
        for version, built in group
        for p in built.passages
    ]


def sentences_json(built: BuiltArticle) -> str:
    """Where the sentences of an article lie, and what they are."""
    return json.dumps([[s.span.start, s.span.end, s.role] for s in built.sentences])
