"""Chunking: an article's sentences into passages of whole consecutive sentences, within the embedder's budget.

Never cuts a sentence (`corpus.ingest` sees to it that each fits alone) and never drops one. Counts in batches:
once the sentences, once the passages built of them, and again only what a tokenizer that is not additive made
too long.
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
    begin a section) and not where the shared sentences would leave no room. A passage aims at `target` tokens.
    A title that would take more than half of that is left out of every passage, any other of a passage whose one
    sentence leaves it no room. Passage ids are 0: the library gives ids.

    Raises:
        ValueError: one sentence alone is over the budget.
    """
    if not sentences:
        return []
    title_cost, empty, *costs = count_tokens([title, "", *(sentence.text for sentence in sentences)])
    costs = [cost - empty for cost in costs]
    limit = min(budget, max(target, 1))
    if title_cost * 2 > limit:
        title, title_cost = "", empty
    room, sections = limit - title_cost, set(breaks)
    groups = _balance(_groups(costs, room, overlap, sections), costs, room, overlap, sections)
    return _fit(title, sentences, groups, count_tokens, budget)


def _groups(costs: Sequence[int], room: int, overlap: int, breaks: set[int]) -> list[range]:
    """Greedy runs of sentence indices, each as full as `room` allows, each with at least one new sentence."""
    groups, start, fresh = [], 0, 0  # `fresh` is the first sentence that no group holds yet
    while fresh < len(costs):
        end = fresh + 1
        used = sum(costs[start:end])
        while end < len(costs) and used + costs[end] <= room and not (end in breaks and used * 2 > room):
            used += costs[end]
            end += 1
        groups.append(range(start, end))
        start, fresh = _shared(groups[-1], costs, room, overlap, breaks), end
    return groups


def _shared(group: range, costs: Sequence[int], room: int, overlap: int, breaks: set[int]) -> int:
    """Where the group after this one begins: up to `overlap` sentences back, where they leave the next one room."""
    end = group.stop
    if end in breaks or end == len(costs):
        return end
    start = max(end - overlap, group.start + 1)
    while start < end and (sum(costs[start : end + 1]) > room or any(i in breaks for i in range(start + 1, end))):
        start += 1
    return min(start, end)


def _balance(groups: list[range], costs: Sequence[int], room: int, overlap: int, breaks: set[int]) -> list[range]:
    """Share the sentences of the last two groups evenly if the last is less than a third full and no new section."""
    if len(groups) < 2:
        return groups
    *head, before, last = groups
    if before.stop in breaks or sum(costs[last.start : last.stop]) * 3 >= room:
        return groups
    best = groups
    gap = abs(sum(costs[before.start : before.stop]) - sum(costs[last.start : last.stop]))
    for end in range(before.stop - 1, before.start, -1):
        first = range(before.start, end)
        second = range(_shared(first, costs, room, overlap, breaks), last.stop)
        sizes = sum(costs[first.start : first.stop]), sum(costs[second.start : second.stop])
        if sizes[1] > room or abs(sizes[0] - sizes[1]) >= gap or (head and end <= head[-1].stop):
            break
        best, gap = [*head, first, second], abs(sizes[0] - sizes[1])
    return best


def _fit(
    title: str, sentences: Sequence[Sentence], groups: Sequence[range], count_tokens: CountTokens, budget: int
) -> list[Passage]:
    """Passages checked by their exact counts; one over the budget is halved, or loses its title.

    A half that a neighbor holds already, by their overlap, is dropped.
    """
    drafts = [(_passage(title, sentences, group, 0), group) for group in groups]
    checked: dict[tuple[str, range], int] = {}
    while new := [(p, g) for p, g in drafts if (p.title, g) not in checked]:
        counts = count_tokens([passage.embedding_text for passage, _ in new])
        checked.update({(p.title, g): count for (p, g), count in zip(new, counts, strict=True)})
        drafts = [
            smaller
            for passage, group in drafts
            for smaller in (
                [(passage, group)] if checked[passage.title, group] <= budget else _smaller(passage, sentences, group)
            )
        ]
    whole: list[tuple[Passage, range]] = []
    for draft in drafts:
        while whole and draft[1].start <= whole[-1][1].start:
            whole.pop()
        if not whole or draft[1].stop > whole[-1][1].stop:
            whole.append(draft)
    return [_passage(p.title, sentences, group, checked[p.title, group]) for p, group in whole]


def _smaller(passage: Passage, sentences: Sequence[Sentence], group: range) -> list[tuple[Passage, range]]:
    half = len(group) // 2
    if half:
        return [(_passage(passage.title, sentences, part, 0), part) for part in (group[:half], group[half:])]
    if passage.title:
        return [(_passage("", sentences, group, 0), group)]
    raise ValueError(f"A sentence of {len(passage.text)} characters is over the budget: cut it before chunking.")


def _passage(title: str, sentences: Sequence[Sentence], group: range, count: int) -> Passage:
    part = tuple(sentences[group.start : group.stop])
    return Passage(0, part[0].article_id, part[0].version, title, part, count)
