"""Chunking: no passage is ever truncated, no sentence lost; overlap, sections and balance where there is room."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.chunk import chunk
from corpus.ingest import Chunker, build
from corpus.split import split
from corpus.types import Block, ParsedArticle, Passage, Sentence, Span


def words(texts: Sequence[str]) -> list[int]:
    """A tokenizer one can count by hand: a token a word, and two special ones."""
    return [len(text.split()) + 2 for text in texts]


def article(lengths: Sequence[int]) -> list[Sentence]:
    """Sentences of so many words."""
    sentences, start = [], 0
    for index, length in enumerate(lengths):
        text = " ".join(["word"] * length)
        sentences.append(Sentence("a", 0, index, Span(start, start + len(text)), "body", text))
        start += len(text) + 1
    return sentences


def indices(passages: Sequence[Passage]) -> list[list[int]]:
    return [[sentence.index for sentence in passage.sentences] for passage in passages]


def test_neighbors_share_a_sentence() -> None:
    passages = chunk("T", article([10] * 7), count_tokens=words, budget=33)
    assert indices(passages) == [[0, 1, 2], [2, 3, 4], [4, 5, 6]]
    assert [passage.token_count for passage in passages] == [33, 33, 33]
    assert {passage.title for passage in passages} == {"T"}


def test_without_overlap_no_sentence_is_shared() -> None:
    passages = chunk("T", article([10] * 6 + [5]), count_tokens=words, budget=33, overlap=0)
    assert indices(passages) == [[0, 1, 2], [3, 4], [5, 6]]


def test_a_small_rest_is_shared_evenly() -> None:
    assert indices(chunk("", article([10] * 10 + [2]), count_tokens=words, budget=102, overlap=0)) == [
        [0, 1, 2, 3, 4], [5, 6, 7, 8, 9, 10],
    ]  # fmt: skip


def test_a_section_begins_a_passage_once_half_is_full() -> None:
    sentences = article([10] * 6)
    assert indices(chunk("", sentences, count_tokens=words, budget=42, breaks={3})) == [[0, 1, 2], [3, 4, 5]]
    assert indices(chunk("", sentences, count_tokens=words, budget=62, breaks={1})) == [[0, 1, 2, 3, 4, 5]]


def test_a_long_sentence_drops_the_title() -> None:
    passages = chunk("one two three four", article([5, 29, 5]), count_tokens=words, budget=31)
    assert [(passage.title != "", passage.token_count) for passage in passages] == [(True, 11), (False, 31), (True, 11)]


def test_a_title_of_over_half_the_target_is_left_out() -> None:
    passages = chunk(" ".join("t" * 40), article([10] * 4), count_tokens=words, budget=62)
    assert [(passage.title, len(passage.sentences)) for passage in passages] == [("", 4)]


def test_a_sentence_over_the_budget_is_refused() -> None:
    with pytest.raises(ValueError, match="cut it before chunking"):
        chunk("", article([40]), count_tokens=words, budget=30)


def test_an_article_without_sentences_has_no_passages() -> None:
    assert chunk("T", [], count_tokens=words, budget=30) == []


@example([1, 1, 1, 1, 1, 12], 13, 4, 31, set(), False)  # a half that lies within its predecessor
@example([2, 14, 1], 13, 1, 31, set(), False)  # or its successor
@given(
    st.lists(st.integers(1, 28), max_size=40),
    st.integers(0, 20),
    st.integers(0, 4),
    st.integers(1, 40),
    st.sets(st.integers(0, 40)),
    st.booleans(),
)
@settings(max_examples=500)
def test_every_sentence_is_held_in_order(
    lengths: list[int], title: int, overlap: int, target: int, breaks: set[int], additive: bool
) -> None:
    calls: list[int] = []

    def count(texts: Sequence[str]) -> list[int]:
        calls.append(len(texts))
        return [n + (n > 25 and not additive and len(calls) > 1) for n in words(texts)]

    sentences = article(lengths)
    passages = chunk(" ".join("t" * title), sentences, count_tokens=count, budget=31, overlap=overlap, target=target,
                     breaks=breaks)  # fmt: skip
    runs = indices(passages)
    assert all(run == list(range(run[0], run[-1] + 1)) for run in runs)
    assert sorted({index for run in runs for index in run}) == list(range(len(lengths)))
    assert all(b[0] > a[0] and b[-1] > a[-1] and a[-1] - b[0] < overlap for a, b in pairwise(runs))
    assert all(passage.token_count <= 31 for passage in passages)
    assert len(calls) <= (4 if additive else 8)


_TEXT = st.text(alphabet=st.sampled_from("ab é.漢字😀-\t'\"!?1,"), max_size=1_500) | st.text(max_size=300)


@settings(deadline=None, max_examples=40)
@given(title=_TEXT, paragraphs=st.lists(_TEXT, max_size=4), section=st.booleans())
def test_the_real_tokenizer_never_truncates(chunker: Chunker, title: str, paragraphs: list[str], section: bool) -> None:
    blocks = [Block("paragraph", " ".join(text.split())) for text in paragraphs]
    if section:
        blocks.insert(len(blocks) // 2, Block("heading", "Part two"))
    built = build(ParsedArticle(title=title, blocks=tuple(blocks)), chunker)
    counts = chunker.count_tokens([passage.embedding_text for passage in built.passages])
    assert [passage.token_count for passage in built.passages] == counts
    assert max(counts, default=0) <= chunker.budget
    runs = indices(built.passages)
    assert sorted({index for run in runs for index in run}) == list(range(len(built.sentences)))
    assert all(len(run) == len(set(run)) for run in runs)


@pytest.mark.parametrize("text", ["漢" * 10_000, "x" * 10_000, "😀 " * 3_000, "a." * 5_000, "1,234;" * 2_000])
def test_broken_text_is_held_whole(chunker: Chunker, text: str) -> None:
    built = build(ParsedArticle(title="Title " * 300, blocks=(Block("paragraph", text.strip()),)), chunker)
    assert "".join(sentence.text for sentence in built.sentences).replace(" ", "") == text.replace(" ", "")
    assert max(chunker.count_tokens([passage.embedding_text for passage in built.passages])) <= chunker.budget


def test_passages_are_near_the_target(chunker: Chunker) -> None:
    text = "The council of the harbor town met on Monday to discuss the new bridge. " * 60
    spans = split(text.strip())
    sentences = [Sentence("a", 0, i, span, "body", span.of(text)) for i, span in enumerate(spans)]
    passages = chunk("Town plans a bridge", sentences, count_tokens=chunker.count_tokens, budget=chunker.budget)
    assert all(90 <= passage.token_count <= 180 for passage in passages)
