"""Evidence packed for a prompt: numbered lines within a budget of tokens, each article's facts given once.

The best lines stand at the two ends, where models read best (Liu et al. 2023, "Lost in the Middle"). Numbers are
local to one prompt; a table leads back to positions in the evidence. Never touches the network; writes no prompt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from corpus.errors import ArticleNotFound
from corpus.iso import to_iso
from corpus.types import Article
from qa.prompts import one_line
from qa.types import SentenceHit

if TYPE_CHECKING:
    import tiktoken

OFFLINE = "_offline"  # the ending of encodings whose files are installed; tiktoken would download the others
DEFAULT_ENCODING = "cl100k_base" + OFFLINE
MAX_TITLE = 200  # characters; a title is no place for a text

Articles = Callable[[str, int], Article]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Packed:
    """The lines of a prompt. Line `n` is the sentence at `positions[n - 1]` of the evidence."""

    text: str
    positions: tuple[int, ...]
    tokens: int
    left_out: int
    """Sentences of the evidence that did not fit."""

    def at(self, numbers: Iterable[int]) -> tuple[int, ...]:
        """The positions of these lines, each once; a number that no line has is passed over."""
        return tuple(dict.fromkeys(self.positions[n - 1] for n in numbers if 1 <= n <= len(self.positions)))


def pack(hits: Sequence[SentenceHit], articles: Articles, budget: int, count: Callable[[str], int]) -> Packed:
    """The best of `hits` (best first) that fit into `budget` tokens, as `count` counts them.

    `articles` gives an article by id and version; sentences of one that is gone are left out.
    """
    headings: dict[tuple[str, int], str] = {}
    chosen: dict[tuple[str, int], list[int]] = {}
    used = 0
    for position, hit in enumerate(hits):
        key = (hit.sentence.article_id, hit.sentence.version)
        if key not in headings:
            headings[key] = _heading(articles, key)
        cost = count(f"[{len(hits)}] {one_line(hit.sentence.text)}\n")
        cost += 0 if key in chosen else count(headings[key] + "\n")
        if headings[key] and used + cost <= budget:
            used += cost
            chosen.setdefault(key, []).append(position)
    lines, order = [], []
    for key, positions in _arranged(chosen):
        lines.append(headings[key])
        for position in positions:
            order.append(position)
            lines.append(f"[{len(order)}] {one_line(hits[position].sentence.text)}")
    return Packed("\n".join(lines), tuple(order), used, len(hits) - len(order))


def _arranged(chosen: dict[T, list[int]]) -> list[tuple[T, list[int]]]:
    """Articles and their sentences so that the best two stand first and last, the worst in the middle."""
    groups = list(chosen.items())
    if len(groups) == 1:
        return [(key, _at_the_ends(positions)) for key, positions in groups]
    last = {key: positions[::-1] for key, positions in groups[1::2]}  # they lead up to the end
    return [(key, last.get(key, positions)) for key, positions in _at_the_ends(groups)]


def _at_the_ends(items: list[T]) -> list[T]:
    """`[1, 2, 3, 4, 5]`, best first, becomes `[1, 3, 5, 4, 2]`."""
    return items[0::2] + items[1::2][::-1]


def _heading(articles: Articles, key: tuple[str, int]) -> str:
    """Who published what, when; empty when the article is gone."""
    try:
        article = articles(*key)
    except ArticleNotFound:
        return ""
    facts = [one_line(article.publisher or "")[:MAX_TITLE], (to_iso(article.published) or "")[:10]]
    known = ", ".join(fact for fact in facts if fact)
    return f"Article: {one_line(article.title)[:MAX_TITLE]}" + (f" ({known})" if known else "")


def token_counter(model: str) -> Callable[[str], int]:
    """Counts tokens with the model's own encoding where it is known and installed, else with `cl100k_base`'s.

    Other models' tokens are about as many; where that is too few for a model, its server says so.
    """
    encoding = _encoding(model)
    return lambda text: len(encoding.encode_ordinary(text))


@cache
def _encoding(model: str) -> tiktoken.Encoding:
    import tiktoken

    try:
        own = tiktoken.encoding_name_for_model(model) + OFFLINE
    except KeyError:
        own = DEFAULT_ENCODING
    return tiktoken.get_encoding(own if own in tiktoken.list_encoding_names() else DEFAULT_ENCODING)
