"""The time that a question asks about, as a chip below it that can be changed: the question is then asked anew.

What is changed is the question's own words, so that the answer is made as if the user had written the dates. Which days
an event fell on ("since the earthquake") only the answer knows; they are shown, and may be replaced.
"""

from __future__ import annotations

from datetime import date, timedelta

import streamlit as st

from corpus.conversations import StoredTurn
from qa.operations import NAME as COUNT
from qa.question_time import QuestionTime, question_time
from qa.timely import ORDERED, without_time
from qa.types import Answer
from qa.ui.asking import ask_edited
from qa.ui.dates import day_range, widget_format
from qa.ui.render import plain_label
from qa.ui.scope import EARLIEST, LATEST
from qa.ui.state import Service

READ = "Read as "  # how the answer's own note on the time begins


def asked_time(turn: StoredTurn, answer: Answer, newest: date | None) -> QuestionTime | None:
    """The time in a question as it was understood; none where it only asks for what is new, or for a count."""
    when = question_time(answer.standalone_question, turn.asked_at.date(), newest)
    return when if when and when.kind not in ORDERED and answer.reader != COUNT else None


def described(when: QuestionTime, answer: Answer) -> str:
    """The days in words; of an event, as far as the answer found them."""
    if when.anchor is None:
        return _whole(when.since, when.until) or day_range(
            *(d.isoformat() if d else None for d in (when.since, when.until))
        )
    told = next((note.text for note in answer.notes if note.kind == "time" and note.text.startswith(READ)), None)
    return told.removeprefix(READ).rstrip(".") if told else when.span.of(answer.standalone_question)


def _whole(since: date | None, until: date | None) -> str | None:
    """The month or year that the two days are the ends of: `Mar 2023`, `2023`."""
    if not (since and until) or since.year != until.year or since.day != 1:
        return None
    if (since.month, until.month, until.day) == (1, 12, 31):
        return str(since.year)
    last = since.month == until.month and (until + timedelta(days=1)).day == 1
    return f"{since:%b %Y}" if last else None


def rewritten(question: str, when: QuestionTime, since: date | None, until: date | None) -> str:
    """The question with other days, or with none.

    >>> rewritten("Who resigned in March 2023?", when, date(2023, 4, 1), None)
    'Who resigned since 1 April 2023?'
    """
    rest = without_time(question, when).rstrip(" ?")
    first, last = (f"{day.day} {day:%B %Y}" if day else "" for day in (since, until))
    if first and last:
        phrase = f" on {first}" if first == last else f" between {first} and {last}"
    else:
        phrase = f" since {first}" if first else f" until {last}" if last else ""
    return f"{rest}{phrase}?"


def chip(service: Service, turn: StoredTurn, answer: Answer, when: QuestionTime) -> None:
    """The days as a button; behind it, other days to ask about."""
    state, keys = st.session_state, [f"time_{bound}_{turn.id}" for bound in ("since", "until")]

    def asked_again(*, any_time: bool) -> None:
        since, until = (None, None) if any_time else (state.get(key) for key in keys)
        edited = f"time_edited_{turn.id}"
        state[edited] = rewritten(answer.standalone_question, when, since, until)
        ask_edited(service, turn, edited)

    label = f"Time: {described(when, answer)}"
    with st.popover(plain_label(label), icon=":material/schedule:", type="tertiary", key=f"when_{turn.id}"):
        with st.container(horizontal=True, gap="small"):
            for key, name, day in zip(keys, ("From", "To"), (when.since, when.until), strict=True):
                st.date_input(name, day, key=key, format=widget_format(), min_value=EARLIEST, max_value=LATEST)
        with st.container(horizontal=True, gap="small"):
            st.button("Ask again", key=f"time_ask_{turn.id}", type="primary", on_click=asked_again,
                      kwargs={"any_time": False})  # fmt: skip
            st.button("Any time", key=f"time_any_{turn.id}", on_click=asked_again, kwargs={"any_time": True})
