"""Chunking: an article's sentences into passages of whole consecutive sentences, within the embedder's budget.

Never cuts a sentence (`corpus.ingest` sees to it that each fits alone) and never drops one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from corpus.types import Passage, Sentence

TARGET_TOKENS = 180  # fuller passages rank no better and cost more to encode; MiniLM was trained on 128
CountTokens = Callable[[Sequence[str]], list[int]]


def chunk(
    title: str,
    sentences: Sequence[Sentence],
    *,
    count_tokens: CountTokens,
    budget: int,
    overlap: int = 1,
    target: int = TARGET_TOKENS,
    breaks: Collection[int] = (),
) -> list[Passage]:
    """Passages whose `embedding_text` has at most `budget` tokens, special tokens included.

    Neighbors share `overlap` sentences, but not across a section heading (`breaks`: indices of sentences that
    begin a section) and not where the shared sentence would leave no room. A passage aims at `target` tokens.
    The title is left out of a passage whose sentences leave it no room. Passage ids are 0: the library gives ids.
    """
    if not sentences:
        return []
    title_cost, empty, *costs = count_tokens([title, "", *(sentence.text for sentence in sentences)])
    costs = [cost - empty for cost in costs]
    room = min(budget, max(target, 1)) - title_cost
    groups = _balance(_groups(costs, room, overlap, set(breaks)), costs, room)
    return [piece for group in groups for piece in _fit(title, [sentences[i] for i in group], count_tokens, budget)]


def _groups(costs: Sequence[int], room: int, overlap: int, breaks: set[int]) -> list[range]:
    """Greedy runs of sentence indices, each as full as `room` allows (at least one sentence)."""
    groups, start, fresh = [], 0, 0  # `fresh` is the first sentence that no group holds yet
    while fresh < len(costs):
        end, used = start, 0
        while end < len(costs) and (end <= fresh or used + costs[end] <= room):
            if end > fresh and end in breaks and used * 2 > room:
                break
            used += costs[end]
            end += 1
        groups.append(range(start, end))
        fresh = end
        start = end if end in breaks else max(end - overlap, groups[-1].start + 1)
        if end < len(costs) and sum(costs[start : end + 1]) > room:
            start = end
    return groups


def _balance(groups: list[range], costs: Sequence[int], room: int) -> list[range]:
    """A last group of less than a third of the room takes sentences from the one before, where they fit."""
    if len(groups) < 2:
        return groups
    *head, before, last = groups
    start = last.start
    while start > before.start + 1 and sum(costs[start - 1 : last.stop]) <= min(room, sum(costs[before.start : start])):
        start -= 1
    return [*head, range(before.start, max(start + 1, before.start + 1)), range(start, last.stop)] if (
        sum(costs[last.start : last.stop]) * 3 < room and start < last.start
    ) else groups  # fmt: skip


def _fit(title: str, sentences: list[Sentence], count_tokens: CountTokens, budget: int) -> list[Passage]:
    """One passage, checked by its exact count; without the title, or in halves, if that is over the budget."""
    head = sentences[0]
    for heading in dict.fromkeys((title, "")):
        passage = Passage(0, head.article_id, head.version, heading, tuple(sentences), 0)
        (count,) = count_tokens([passage.embedding_text])
        if count <= budget:
            return [Passage(0, head.article_id, head.version, heading, tuple(sentences), count)]
        if len(sentences) > 1 and heading:
            half = len(sentences) // 2
            return [p for part in (sentences[:half], sentences[half:]) for p in _fit(title, part, count_tokens, budget)]
    raise ValueError(f"A sentence of {len(head.text)} characters does not fit {budget} tokens: fit it before chunking.")
