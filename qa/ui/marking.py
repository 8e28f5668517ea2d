"""An article cut into blocks and pieces, so that cited sentences can be marked. Cuts in Python, where offsets count
code points; a browser counts UTF-16 units."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

from corpus.types import Article, BlockKind, BlockSpan, Span


class Piece(NamedTuple):
    """A stretch of text and the numbers of the citations that cover it."""

    text: str
    numbers: tuple[int, ...]


class MarkedBlock(NamedTuple):
    """A block of an article in pieces; joined, they are the block's text."""

    kind: BlockKind
    pieces: tuple[Piece, ...]


def mark(article: Article, citations: Mapping[int, Span]) -> tuple[MarkedBlock, ...]:
    """The article's blocks, cut wherever a citation starts or ends."""
    blocks = article.blocks or (BlockSpan("paragraph", Span(0, len(article.text))),)
    return tuple(MarkedBlock(block.kind, _pieces(article.text, block.span, citations)) for block in blocks)


def _pieces(text: str, block: Span, citations: Mapping[int, Span]) -> tuple[Piece, ...]:
    edges = {edge for span in citations.values() for edge in span if block.start < edge < block.end}
    cuts = [block.start, *sorted(edges), block.end]
    return tuple(
        Piece(text[start:end], tuple(n for n, span in citations.items() if span.start <= start and end <= span.end))
        for start, end in pairwise(cuts)
    )
