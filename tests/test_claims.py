"""Facts of a sentence: two ways to write one agree, guards tell what is wrong, and no text breaks them."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.claims import Source, claim
from qa.guards import check
from qa.quantities import Quantity, moments, quantities, resolve


def _plain(number: Quantity) -> tuple[Fraction, str | None]:
    return number.value, number.unit


@pytest.mark.parametrize(
    "forms",
    [
        ("3.5 million", "3,500,000", "three million five hundred thousand"),
        ("$3.5bn", "3.5 billion dollars", "US$3.5 billion"),
        ("12 percent", "12%", "12 per cent", "twelve percent"),
        ("five decades", "50 years", "fifty years"),
        ("the 29th", "the twenty-ninth"),
        ("400 meters", "400 metres", "four hundred meters"),
        ("minus 70 degrees Celsius", "-70°C"),
        ("half a million", "500,000", "500 thousand"),
        ("a single one of us", "one man"),
    ],
)
def test_one_number_in_several_forms(forms: tuple[str, ...]) -> None:
    assert len({tuple(map(_plain, quantities(form)))[:1] for form in forms}) == 1
    assert quantities(forms[0])


@pytest.mark.parametrize(
    "form", ["March 15, 2023", "15 March 2023", "2023-03-15", "Mar. 15, 2023", "15th of March 2023"]
)
def test_one_day_in_several_forms(form: str) -> None:
    (moment,) = moments(form)
    assert (moment.year, moment.month, moment.day) == (2023, 3, 15)
    assert not quantities(form)


def test_dates_are_understood_from_the_day_of_publication() -> None:
    text = "They met on Wednesday."
    found = resolve(moments(text)[0], date(2023, 3, 17), text)
    assert (found.year, found.month, found.day) == (2023, 3, 15)
    ahead = "They will meet on Wednesday."
    assert resolve(moments(ahead)[0], date(2023, 3, 17), ahead).year is None


def test_names_reports_and_cues() -> None:
    found = claim("Talks failed, Foreign Minister Ana Lind said on Monday, and no one may leave.")
    assert [found.name(run) for run in found.names] == ["Foreign Minister Ana Lind"]
    assert [found.words[i].text for i in found.reports[0].speaker] == ["Foreign", "Minister", "Ana", "Lind"]
    assert [(cue.cue, cue.kind) for cue in found.hedges] == [("may", "possible")]
    assert [cue.cue for cue in claim("It isn't open, and it never was.").negations] == ["isn't", "never"]
    assert claim("Officials met.").names == ()
    assert claim("Iran has left.").names == ((0,),)


SOURCE = "Spain beat England 2-0 in Oslo on Sunday, and about 40,000 people came, police said."


@pytest.mark.parametrize(
    ("draft", "fault"),
    [
        ("Police said that 40,000 people saw Spain beat England in Oslo.", None),
        ("Police said England lost 2-0 to Spain.", None),
        ("Police said England beat Spain.", "names"),
        ("Police said Spain beat England in Bergen.", "names"),
        ("Police said Spain beat England 3-0.", "numbers"),
        ("Police said Spain beat England on Monday.", "dates"),
        ("Police said Spain did not beat England.", "negation"),
        ("Police said Spain may have beaten England.", "modality"),
        ("FIFA said 40,000 people came.", "names"),
        ("Fans said about 40,000 people came.", "speaker"),
        ("Police said 40,000 percent came.", "units"),
        ("Police said “everyone came”.", "quotation"),
    ],
)
def test_guards(draft: str, fault: str | None) -> None:
    failed = [c for c in check(claim(draft), [Source(claim(SOURCE), None, claim(""))]) if not c.passed]
    assert [c.name for c in failed][:1] == ([fault] if fault else [])
    assert all(c.detail for c in failed)


def test_a_name_may_stand_for_a_pronoun_only_in_its_place() -> None:
    source = Source(claim("He kept Jeremy Hunt as minister."), claim("Rishi Sunak took office."), claim("A new start"))
    assert all(c.passed for c in check(claim("Sunak kept Jeremy Hunt as minister."), [source]))
    assert not all(c.passed for c in check(claim("He kept Rishi Sunak as minister."), [source]))


@given(st.integers(0, 10**12))
def test_digits_round_trip(number: int) -> None:
    if not 1_000 <= number <= 2_099:  # a bare year is a moment
        assert [q.value for q in quantities(f"{number:,} of them")] == [number]


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_days_round_trip(day: date) -> None:
    for form in (f"{day:%B} {day.day}, {day.year}", f"{day.day} {day:%B} {day.year}", day.isoformat()):
        (found,) = moments(f"It began on {form}.")
        assert (found.year, found.month, found.day) == (day.year, day.month, day.day)


_PIECES = st.sampled_from(
    [
        *"0123456789 .,;:-–—'’\"“”()$€%\n",
        " not ",
        " said ",
        " Ann ",
        "may ",
        "U.S. ",
        " million",
        "half a",
        " the",
        "\ud800",
        "İ",
    ]
)
_TEXTS = st.one_of(st.text(max_size=80), st.lists(_PIECES, max_size=30).map("".join))


@given(_TEXTS, _TEXTS)
def test_no_text_breaks_the_guards(draft: str, source: str) -> None:
    own = claim(draft)
    assert all(0 <= i < len(own.words) for run in own.names for i in run)
    context = Source(claim(source), claim(draft), claim(source), (own,), date(2024, 2, 29))
    assert len(check(own, [context, Source(own, None, claim(source))])) == 8


@given(_TEXTS)
def test_a_sentence_agrees_with_itself(text: str) -> None:
    own = claim(text)
    faults = {c.name for c in check(own, [Source(own, None, claim(""))]) if not c.passed}
    assert not faults & {"numbers", "units", "dates", "names"}
