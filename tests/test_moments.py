"""The moments of a sentence: as a person labeled them, and whatever is written."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.calendar_days import period, shift, third
from corpus.moments import moments
from tests.test_question_time import texts

GOLDEN = Path(__file__).parent / "golden" / "moments.jsonl"
# Sentences that are read otherwise than labeled, each with its reason.
KNOWN_MISSES: dict[str, str] = {}


def test_every_sentence_is_read_as_labeled() -> None:
    rows = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
    assert sum(len(row["moments"]) for row in rows) >= 200
    wrong = {}
    for row in rows:
        labeled = [(*gold["span"], gold["start"], gold["end"]) for gold in row["moments"]]
        assert all(row["sentence"][slice(*gold["span"])] == gold["text"] for gold in row["moments"])
        found = moments(row["sentence"], date.fromisoformat(row["published"]))
        read = [(*moment.span, moment.start.isoformat(), moment.end.isoformat()) for moment in found]
        if read != labeled:
            wrong[row["sentence"]] = read
    assert wrong.keys() == KNOWN_MISSES.keys(), wrong


@given(texts, st.none() | st.dates())
def test_whatever_is_written(sentence: str, published: date | None) -> None:
    end = 0
    for moment in moments(sentence, published):
        assert end <= moment.span.start < moment.span.end <= len(sentence)
        assert moment.start <= moment.end
        end = moment.span.end


@pytest.mark.parametrize(
    "sentence", ["He left on Wednesday.", "It fell last week, two years ago, in May and in the '90s."]
)
def test_without_a_day_of_publication_what_depends_on_it_is_left_out(sentence: str) -> None:
    assert moments(sentence, None) == ()


def test_without_a_day_of_publication_full_dates_stay() -> None:
    found = moments("Since 2011, and again on 5 May 2021 and in the 1990s.", None)
    assert [(moment.start, moment.end) for moment in found] == [
        (date(2011, 1, 1), date(2011, 12, 31)),
        (date(2021, 5, 5), date(2021, 5, 5)),
        (date(1990, 1, 1), date(1999, 12, 31)),
    ]


units = st.sampled_from(["day", "week", "month", "quarter", "year", "decade", "century"])
within = st.dates(date(200, 1, 1), date(9700, 1, 1))


@given(within, units)
def test_periods_hold_their_day_and_follow_each_other(day: date, unit: str) -> None:
    start, end = period(day, unit)
    assert start <= day <= end
    assert (period(day, unit, 1)[0] - end).days == 1
    assert period(shift(start, unit, 1), unit) == period(day, unit, 1)


@given(within, units)
def test_thirds_cover_a_period_in_order(day: date, unit: str) -> None:
    start, end = period(day, unit)
    early, mid, late = (third(start, end, unit, part) for part in ("early", "mid", "late"))
    assert early[0] == start
    assert late[1] == end
    assert all(start <= first <= last <= end for first, last in (early, mid, late))
    assert early[0] <= mid[0] <= late[0]
