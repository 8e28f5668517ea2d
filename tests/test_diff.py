"""What changed between versions: nothing lost, order kept, spans exact, comparisons bounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.diff import FULL, Change, changes, compared
from corpus.types import Span


def without(text: str, spans: tuple[Span, ...]) -> str:
    kept, position = "", 0
    for start, end in spans:
        assert position <= start < end <= len(text)
        kept, position = kept + text[position:start], end
    return kept + text[position:]


def test_a_correction() -> None:
    old = ["The dam broke on Monday.", "At least 12 people died, officials said.", "Rain is forecast."]
    new = [
        "The dam broke on Monday.",
        "At least 1,200 people died, the officials said.",
        "Help arrived.",
        "Rain is forecast.",
    ]
    found = changes(old, new)
    assert [change.kind for change in found] == ["same", "changed", "added", "same"]
    assert [span.of(old[1]) for span in found[1].old_spans] == ["12"]
    assert [span.of(new[1]) for span in found[1].new_spans] == ["1,200", "the "]


def test_neighboring_words_are_one_span() -> None:
    (change,) = changes(["He was in Paris last week, he said."], ["He was in New York last week, he said."])
    assert [span.of(change.new or "") for span in change.new_spans] == ["New York"]


def test_unlike_sentences_are_not_paired() -> None:
    assert changes(["The vote is on Friday."], ["Snow fell in Bergen overnight."]) == [
        Change("removed", "The vote is on Friday.", None),
        Change("added", None, "Snow fell in Bergen overnight."),
    ]


def test_pairs_do_not_cross() -> None:
    old = ["The first sentence is about boats here.", "Another one tells of trains instead."]
    new = ["Another one tells of trains instead now.", "The first sentence is about boats here again."]
    assert [change.kind for change in changes(old, new)].count("changed") == 1


def test_repeated_sentences() -> None:
    assert [c.kind for c in changes(["x.", "A b c.", "x.", "D e f."], ["A b c.", "x.", "D e f."])] == [
        "removed", "same", "same", "same",
    ]  # fmt: skip


SENTENCES = st.lists(
    st.lists(st.sampled_from(["a", "b", "c", "d", ",", "10", "é"]), min_size=0, max_size=6).map(" ".join), max_size=12
)


@given(old=SENTENCES, new=SENTENCES)
def test_changes_lead_from_old_to_new(old: list[str], new: list[str]) -> None:
    found = changes(old, new)
    assert [change.old for change in found if change.old is not None] == old
    assert [change.new for change in found if change.new is not None] == new
    for change in found:
        if change.kind == "changed":
            assert change.old is not None
            assert change.new is not None
            assert change.old != change.new
            assert without(change.old, change.old_spans) == without(change.new, change.new_spans)
            assert change.old_spans or change.new_spans
        else:
            assert change.old_spans + change.new_spans == ()
            assert (change.old is None, change.new is None) == (change.kind == "added", change.kind == "removed")
            assert change.kind != "same" or change.old == change.new


@given(old=SENTENCES)
def test_the_same_version(old: list[str]) -> None:
    assert [change.kind for change in changes(old, old)] == ["same"] * len(old)


@pytest.mark.parametrize(("olds", "news"), [(32, 32), (1, 1024), (33, 32), (2000, 2000), (3, 2000), (2000, 3), (0, 5)])
def test_comparisons_are_linear(olds: int, news: int) -> None:
    pairs = list(compared(olds, news))
    assert len(pairs) <= 17 * (olds + news)
    assert pairs == sorted(set(pairs))
    if olds * news <= FULL:
        assert len(pairs) == olds * news


def test_a_rewritten_article_of_2000_sentences() -> None:
    old = [f"Sentence {i} says that item{i} costs {i} euros in shop{i}." for i in range(2000)]
    new = [text.replace("costs", "will cost") for text in old]
    assert {change.kind for change in changes(old, new)} == {"changed"}
    assert len(changes(["a", "b"] * 1000, ["a", "c"] * 1000)) >= 2000  # cubic in difflib, were they not numbered
    assert len(changes(["a b " * 250], ["a c " * 250])) == 1
    assert len(changes(["So it is."] * 2000, ["So it is."] * 1999)) == 2000
