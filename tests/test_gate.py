"""The gate: no better match may lower it, what it is fitted on, and what it refuses."""

from __future__ import annotations

from dataclasses import astuple, fields, replace

import pytest

from qa.engine import Citewire
from qa.gate import COEFFICIENTS, INPUTS, THRESHOLD, inputs, support
from qa.rerank import RANKING
from qa.types import Features

MIDDLE = Features(*(0.5 for _ in fields(Features)))


def test_every_coefficient_has_an_input() -> None:
    assert set(COEFFICIENTS) <= set(INPUTS)
    assert set(RANKING) <= {field.name for field in fields(Features)}
    assert len(inputs(MIDDLE, 4)) == len(INPUTS)


@pytest.mark.parametrize("name", [field.name for field in fields(Features) if field.name != "kind"])
def test_a_better_match_never_lowers_it(name: str) -> None:
    assert support(replace(MIDDLE, **{name: 0.9})) >= support(MIDDLE)


def test_it_is_a_probability() -> None:
    worst, best = Features(*(0.0 for _ in fields(Features))), Features(*(1.0 for _ in fields(Features)))
    assert 0 < support(worst) < 0.01
    assert 0.99 < support(best) < 1


def test_counting_something_else_lowers_it() -> None:
    counted, other = replace(MIDDLE, kind=1.0), replace(MIDDLE, kind=0.5)
    assert support(other) < support(counted)


def test_confidence_does_not_depend_on_what_else_is_there(sample: Citewire) -> None:
    _, ranked, _ = sample.pipeline.rank_sentences("How long did the Ever Given block the Suez Canal?")
    assert all(0 <= value <= 1.01 for value in astuple(ranked[0].features))
    answer = sample.ask("How long did the Ever Given block the Suez Canal?")
    assert answer.confidence >= THRESHOLD
    assert sample.ask("What is the boiling point of tungsten?").confidence < THRESHOLD
