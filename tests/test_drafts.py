"""What a model writes, in whatever pieces it comes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.readers.drafts import Claim, NotJson, from_json, from_text, without_thoughts


def cut(text: str, sizes: list[int]) -> Iterator[str]:
    start = 0
    for size in sizes:
        yield text[start : start + size]
        start += size
    yield text[start:]


SIZES = st.lists(st.integers(1, 9), max_size=60)
SENTENCES = [
    "Boats leave every forty minutes.", "U.N. officials met Gov. Lee at 5 p.m. Monday in Oslo.",
    "“It is over,” she said.", "It cost $3.5 million.",
]  # fmt: skip


@given(st.lists(st.tuples(st.text(max_size=30), st.lists(st.integers(0, 50), max_size=3)), max_size=5), SIZES)
def test_json_in_any_pieces(rows: list[tuple[str, list[int]]], sizes: list[int]) -> None:
    whole = json.dumps({"sentences": [{"text": text, "sources": sources} for text, sources in rows]})
    assert list(from_json(cut(whole, sizes))) == list(from_json(iter([whole])))


@pytest.mark.parametrize("line", ["{} [1][3]\n", "{} [1, 3]\n", "- {} [1]【3】\n", "{} [1] [3] ", "{} [Source 1; 3]  "])
@given(sizes=SIZES)
def test_text_in_any_pieces(line: str, sizes: list[int]) -> None:
    whole = "".join(line.format(sentence) for sentence in SENTENCES)
    assert list(from_text(cut(whole, sizes))) == [Claim(sentence, (1, 3)) for sentence in SENTENCES]


@given(st.text(max_size=200), SIZES)
def test_nothing_is_too_odd(text: str, sizes: list[int]) -> None:
    list(from_text(cut(text, sizes)))
    with suppress(NotJson):
        list(from_json(cut(text, sizes)))


def test_a_claim_comes_with_its_last_character() -> None:
    text = '{"sentences":[{"text":"One.","sources":[1]}'
    assert list(zip(from_json(iter(text)), [1], strict=False)) == [(Claim("One.", (1,)), 1)]
    with pytest.raises(NotJson):
        list(from_json(iter(text[:-1])))


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("It rained [2].", Claim("It rained.", (2,))),
        ("It rained.[2-4]", Claim("It rained.", (2, 3, 4))),
        ("1. **It rained** [2]", Claim("It rained", (2,))),
        ("It rained [sic] in 2020.", Claim("It rained [sic] in 2020.", ())),
        ("It rained [99999999991].", Claim("It rained.", ())),
    ],
)
def test_labels(text: str, claim: Claim) -> None:
    assert list(from_text(iter([text]))) == [claim]


@pytest.mark.parametrize("text", ["The articles don't answer that.", "Sorry, the evidence does not say when.",
                                  "Unfortunately, the provided text does not mention it."])  # fmt: skip
def test_declining(text: str) -> None:
    assert Claim(text, ()).declines
    assert not Claim(text, (1,)).declines
    assert not Claim("The ministers do not mention it.", ()).declines


@given(SIZES)
def test_thoughts_are_left_out(sizes: list[int]) -> None:
    assert "".join(without_thoughts(cut("\n<think>Hm.\nSo</think>It rained.", sizes))) == "It rained."
    assert "".join(without_thoughts(cut("<think>Hm, for ever", sizes))) == ""
    assert "".join(without_thoughts(cut("<thin ice", sizes))) == "<thin ice"
