"""What changed between two versions of an article, sentence by sentence and then word by word. Pure.

Sentences are compared as texts. A sentence that moved is removed in one place and added in the other. Does not read the
library, and does not say whether a change matters.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from corpus.types import Span

ChangeKind = Literal["same", "added", "removed", "changed"]

PAIRED = 0.5  # of the words of both: below it two sentences are more unlike than alike, and marks would hide the text
FULL = 1024  # pairs of sentences: rewritten stretches up to 32 by 32 are compared entirely
REACH = 8  # sentences that a longer stretch may shift by; keeps the comparisons linear in its length
REPEATS = 4000  # pairs of equal words or sentences beyond the first; 200 words of prose have about 500
_TOKEN = re.compile(r"\w+(?:[.,:'’-]\w+)*|\s+|[^\w\s]")  # lossless; "1,200", "don't" and "cease-fire" are one word


@dataclass(frozen=True, slots=True)
class Change:
    """One step from the old version to the new one.

    `old` is `None` when the sentence was added, `new` when it was removed; both are equal when it is the same. Of a
    changed sentence the spans are what differs: without them both are equal.
    """

    kind: ChangeKind
    old: str | None
    new: str | None
    old_spans: tuple[Span, ...] = ()
    new_spans: tuple[Span, ...] = ()


def changes(old: Sequence[str], new: Sequence[str]) -> list[Change]:
    """The steps from one list of sentences to the other, in reading order; removals before additions.

    >>> [(c.kind, c.old, c.new) for c in changes(["It rained."], ["It rained.", "It stopped."])]
    [('same', 'It rained.', 'It rained.'), ('added', None, 'It stopped.')]
    """
    found: list[Change] = []
    matcher = SequenceMatcher(None, *_elements(old, new), autojunk=False)
    for operation, i, i_end, j, j_end in matcher.get_opcodes():
        if operation == "equal":
            found += [Change("same", text, text) for text in old[i:i_end]]
        else:
            found += _rewritten(old[i:i_end], new[j:j_end])
    return found


def _elements(old: Sequence[str], new: Sequence[str]) -> tuple[Sequence[Hashable], Sequence[Hashable]]:
    """What difflib compares: the texts, or when they repeat so often that it would be slow, each with its number.

    Numbered by how often they came before, none repeats, and difflib's work is at worst quadratic instead of cubic.
    """
    counts = Counter(new)
    repeats = sum(counts[text] - 1 for text in old if counts[text] and not text.isspace())
    return (old, new) if repeats <= REPEATS else (_numbered(old), _numbered(new))


def _numbered(texts: Sequence[str]) -> list[Hashable]:
    seen: Counter[str] = Counter()
    numbered: list[Hashable] = []
    for text in texts:
        numbered.append(text if text.isspace() else (text, seen[text]))
        seen[text] += 1
    return numbered


def compared(olds: int, news: int) -> Iterator[tuple[int, int]]:
    """Which sentences of two stretches are compared: all when short, else those near the diagonal.

    At most `17 * (olds + news)` pairs, in ascending order.
    """
    for i in range(olds):
        if olds * news <= FULL:
            yield from ((i, j) for j in range(news))
        else:
            middle = i * news // olds
            yield from ((i, j) for j in range(max(middle - REACH, 0), min(middle + REACH + 1, news)))


def _rewritten(old: Sequence[str], new: Sequence[str]) -> list[Change]:
    """A stretch in which no sentence is at its place: like ones are paired, the rest is removed or added."""
    found: list[Change] = []
    i = j = 0
    for pair_old, pair_new in [*_pairs(old, new), (len(old), len(new))]:
        found += [Change("removed", text, None) for text in old[i:pair_old]]
        found += [Change("added", None, text) for text in new[j:pair_new]]
        if pair_old < len(old):
            found.append(_changed(old[pair_old], new[pair_new]))
        i, j = pair_old + 1, pair_new + 1
    return found


def _pairs(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """The pairs in order, none crossing another, with the greatest sum of likeness."""
    bags_old, bags_new = ([Counter(_words(text)) for text in texts] for texts in (old, new))
    # best[j]: the greatest sum with pairs among the old sentences so far and the new ones before j, and its last pair.
    best: list[tuple[float, _Chain | None]] = [(0.0, None)] * (len(new) + 1)
    row = -1
    extended: dict[int, tuple[float, _Chain | None]] = {}
    for i, j in [*compared(len(old), len(new)), (len(old), 0)]:
        if i != row:
            _settle(best, extended)
            row, extended = i, {}
        if i < len(old) and (ratio := likeness(bags_old[i], bags_new[j])) >= PAIRED:
            before, chain = best[j]
            extended[j + 1] = (before + ratio, _Chain(i, j, chain))
    chain, pairs = best[-1][1], list[tuple[int, int]]()
    while chain:
        pairs.append((chain.old, chain.new))
        chain = chain.before
    return pairs[::-1]


@dataclass(frozen=True, slots=True)
class _Chain:
    old: int
    new: int
    before: _Chain | None


def _settle(best: list[tuple[float, _Chain | None]], extended: dict[int, tuple[float, _Chain | None]]) -> None:
    """Take over the better sums of one row; each reaches on to the right until a better one is met."""
    for place in sorted(extended):
        score = extended[place]
        for position in range(place, len(best)):
            if best[position][0] >= score[0]:
                break
            best[position] = score


def likeness(one: Counter[str], other: Counter[str]) -> float:
    """The share of the words of both that they have in common, in [0, 1]; the order of words is not looked at."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 1.0


def _words(text: str) -> list[str]:
    return [token for token in _TOKEN.findall(text) if not token.isspace()]


def _changed(old: str, new: str) -> Change:
    if old == new:
        return Change("same", old, new)
    left, right = _TOKEN.findall(old), _TOKEN.findall(new)
    starts = (_starts(left), _starts(right))
    blocks = _differing(left, right)
    return Change(
        "changed", old, new,
        tuple(Span(starts[0][i], starts[0][i_end]) for i, i_end, _, _ in blocks if i < i_end),
        tuple(Span(starts[1][j], starts[1][j_end]) for _, _, j, j_end in blocks if j < j_end),
    )  # fmt: skip


def _differing(left: list[str], right: list[str]) -> list[tuple[int, int, int, int]]:
    """The ranges of tokens that differ; two with nothing but white space between them are one."""
    found: list[tuple[int, int, int, int]] = []
    elements = _elements(left, right)
    matcher = SequenceMatcher(_is_space, *elements, autojunk=False)  # spaces match only beside words
    for operation, i, i_end, j, j_end in matcher.get_opcodes():
        if operation == "equal":
            continue
        if found and all(token.isspace() for token in left[found[-1][1] : i]):
            found[-1] = (found[-1][0], i_end, found[-1][2], j_end)
        else:
            found.append((i, i_end, j, j_end))
    return found


def _is_space(element: Hashable) -> bool:
    return isinstance(element, str) and element.isspace()


def _starts(tokens: list[str]) -> list[int]:
    """Where each token starts, and where the last ends."""
    starts = [0]
    for token in tokens:
        starts.append(starts[-1] + len(token))
    return starts
