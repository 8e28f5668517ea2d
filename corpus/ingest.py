"""From a parsed article to what the library stores: text, sentence spans, passages. Pure; touches no file."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from corpus.boilerplate import ends_sentence
from corpus.chunk import CountTokens, chunk
from corpus.identity import article_id, digest, fingerprint
from corpus.normalize import normalize
from corpus.split import cut, split
from corpus.types import Block, BlockSpan, ParsedArticle, Passage, Role, Sentence, Span

SEPARATOR = "\n\n"
_ROLES: dict[str, Role] = {
    "paragraph": "body", "list": "body", "caption": "caption", "quote": "quote-block",
}  # fmt: skip  # headings have no role: they are structure, never cited


@dataclass(frozen=True, slots=True)
class Chunker:
    """How passages are cut: the embedder's own token counter and the most tokens it reads.

    `count_tokens` maps texts to lengths in tokens, special tokens included. `model` is the embedder's fingerprint.
    """

    count_tokens: CountTokens
    budget: int
    model: str = ""


@dataclass(frozen=True, slots=True)
class BuiltArticle:
    """Everything the library needs to store one version of an article, but its version number."""

    id: str
    parsed: ParsedArticle
    text: str
    blocks: tuple[BlockSpan, ...]
    sentences: tuple[Sentence, ...]
    passages: tuple[Passage, ...]
    fingerprint: str
    text_hash: str
    model: str = ""


def lay_out(blocks: Sequence[Block]) -> tuple[str, tuple[BlockSpan, ...]]:
    """Join blocks with blank lines and say where each one lies."""
    spans, position = [], 0
    for block in blocks:
        spans.append(BlockSpan(block.kind, Span(position, position + len(block.text))))
        position += len(block.text) + len(SEPARATOR)
    return SEPARATOR.join(block.text for block in blocks), tuple(spans)


def _once(count_tokens: CountTokens) -> CountTokens:
    """The same counts, but each text is tokenized once."""
    known: dict[str, int] = {}

    def counts(texts: Sequence[str]) -> list[int]:
        if new := [text for text in dict.fromkeys(texts) if text not in known]:
            known.update(zip(new, count_tokens(new), strict=True))
        return [known[text] for text in texts]

    return counts


def _fit(text: str, spans: list[tuple[Span, Role]], count_tokens: CountTokens, budget: int) -> list[tuple[Span, Role]]:
    """Halve any sentence that alone is more than the embedder reads: tables, broken text, one token a sign."""
    while True:
        counts = count_tokens([span.of(text) for span, _ in spans])
        halved = [
            (piece, role)
            for (span, role), count in zip(spans, counts, strict=True)
            for piece in ([span] if count <= budget else cut(text, span, (span.end - span.start + 1) // 2))
        ]
        if len(halved) == len(spans):
            return spans
        spans = halved


def _clean(parsed: ParsedArticle) -> ParsedArticle:
    """What is said about the article, on one line each and without controls: whoever wrote the input wrote these, too.

    Blocks that a loader put together of pieces are made plain once more: two spaces may have met.
    """
    blocks = tuple(replace(block, text=text) for block in parsed.blocks if (text := normalize(block.text)))
    return replace(
        parsed, blocks=blocks, title=_line(parsed.title) or "", publisher=_line(parsed.publisher), author=_line(parsed.author),
        url=_line(parsed.url), language=_line(parsed.language) or "en", section=_line(parsed.section),
        source_file=_line(parsed.source_file),
    )  # fmt: skip


def _line(text: str | None) -> str | None:
    """One line of valid Unicode; bytes of a file name that are no UTF-8 come as lone surrogates."""
    return normalize(text.encode(errors="replace").decode()).replace("\n", " ") or None if text else None


def build(parsed: ParsedArticle, chunker: Chunker) -> BuiltArticle:
    """Lay out, split and chunk one article. `sentences[i].text == text[span]` for each; headings give none."""
    parsed = _clean(parsed)
    text, blocks = lay_out(parsed.blocks)
    identity = article_id(parsed, text)
    count_tokens = _once(chunker.count_tokens)
    spans: list[tuple[Span, Role]] = []
    headings: list[int] = []
    for block in blocks:
        role = _ROLES.get(block.kind)
        if role is None:
            headings.append(block.span.start)
            continue
        for start, end in split(block.span.of(text), parsed.language):
            if role == "caption" and not ends_sentence(text[: block.span.start + end]):
                continue  # a label such as "A soldier in Damascus" states nothing that could be cited
            spans.append((Span(block.span.start + start, block.span.start + end), role))
    spans = _fit(text, spans, count_tokens, chunker.budget)
    breaks = {bisect_left(spans, heading, key=lambda item: item[0].start) for heading in headings}
    sentences = [Sentence(identity, 0, i, span, role, span.of(text)) for i, (span, role) in enumerate(spans)]
    passages = chunk(parsed.title, sentences, count_tokens=count_tokens, budget=chunker.budget, breaks=breaks)
    return BuiltArticle(
        identity,
        parsed,
        text,
        blocks,
        tuple(sentences),
        tuple(passages),
        fingerprint(parsed, text),
        digest(text),
        chunker.model,
    )
