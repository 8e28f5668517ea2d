"""Sentence splitting: golden cases of news prose, and losslessness on anything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.split import MAX_CHARACTERS, split

GOLDEN = [
    ["He left at 5 p.m. Monday.", "Nobody followed."],
    ["The U.N. said aid had arrived.", "Trucks waited at the border."],
    ["Sen. J. K. Doe voted no.", "Gov. Roe signed the bill on Jan. 5."],
    ['"It is over. ', 'We won," she said.'],
    ['"Why?" Smith asked.', "Nobody answered."],
    ["The firm, Acme Inc., fell 3.5 percent.", "Its rival rose."],
    ["It happened on Sept. 11, 2001, in the U.S. capital.", "The city slept."],
    ["No. 10 declined to comment.", "So did No. 11."],
    ["Prices rose (by 4%).", "Wages did not."],
    ["LONDON (Reuters) - Shares fell on Friday.", "Oil rose."],
    ["Dr. A. B. Jones met Mr. Brown.", "They talked."],
    ["She said: “We will stay.”", "He did not."],
    ["“Stop!” he cried.", "They stopped."],
    ["Is it safe?", "Nobody knows."],
    ["The trial began at 9:30 a.m. GMT on Tuesday.", "It ended at noon."],
    ["1. Boil water.", "2. Add tea."],
]


@pytest.mark.parametrize("sentences", GOLDEN, ids=lambda s: s[0][:25])
def test_golden(sentences: list[str]) -> None:
    parts = [part.strip() for part in sentences]
    text = " ".join(parts)
    assert [span.of(text) for span in split(text)] == parts


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=400))
def test_lossless(text: str) -> None:
    position = 0
    for span in split(text):
        assert not text[position : span.start].strip()
        assert span.of(text) == span.of(text).strip() != ""
        position = span.end
    assert not text[position:].strip()


@pytest.mark.parametrize("text", ["." * 20_000, "x" * 20_000, '"' * 5_000, "a. " * 5_000, "U.S. " * 4_000])
def test_hostile_text_is_cut_not_lost(text: str) -> None:
    spans = split(text)
    assert max(span.end - span.start for span in spans) <= MAX_CHARACTERS
    assert "".join(span.of(text) for span in spans).replace(" ", "") == text.replace(" ", "")
