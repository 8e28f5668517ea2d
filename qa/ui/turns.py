"""One turn of a conversation as it is drawn: the question and how it was understood, the answer, what can be done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import streamlit as st

from corpus.conversations import StoredTurn
from corpus.library import Library
from qa.export import answer_markdown
from qa.serialize import answer_from_json
from qa.types import Answer, Citation
from qa.ui import render, versions
from qa.ui.asked_time import READ, asked_time, chip
from qa.ui.asking import AS_BEFORE, ask, ask_again, ask_edited, ask_other_reader
from qa.ui.home import coverage
from qa.ui.scope import described
from qa.ui.state import Service
from qa.ui.viewer import group

POLL_SUGGESTIONS = 0.4  # seconds; they come while the answer is being read
MAX_QUESTION = 2_000  # characters; the engine refuses longer ones


@dataclass(frozen=True, slots=True)
class Facts:
    """What the library says of all turns drawn, read once: the day of its newest article, and newest versions by id."""

    newest_day: date | None
    versions: Mapping[str, int]

    @classmethod
    def of(cls, library: Library, answers: Iterable[Answer | None]) -> Facts:
        """The facts about these answers."""
        cited = {citation.article_id for answer in answers if answer for citation in _cited(answer)}
        return cls(library.newest_day(), versions.newest(library, cited))


def _cited(answer: Answer) -> Sequence[Citation]:
    return answer.citations or (answer.abstention.nearest if answer.abstention else ())


def asked(service: Service, turn: StoredTurn, answer: Answer | None, facts: Facts, *, editable: bool) -> None:
    """The question, and below it, where they differ, how it was understood, of which time, and of which articles."""
    st.html(render.question(turn.question))
    library = service.engine.library
    understood = answer.standalone_question if answer and answer.standalone_question != turn.question else None
    limits = described(library, turn.filters) if turn.filters else None
    when = asked_time(turn, answer, facts.newest_day) if answer else None
    if not (understood or limits or when):
        return
    with st.container(key=f"asked_{turn.id}", horizontal=True, horizontal_alignment="right", gap=None,
                      vertical_alignment="center"):  # fmt: skip
        if understood or limits:
            st.html(render.how_asked(understood, limits), width="content")
        if understood and editable:
            _edit(service, turn, understood)
        if when and answer and editable:
            chip(service, turn, answer, when)


def _edit(service: Service, turn: StoredTurn, understood: str) -> None:
    key = f"standalone_{turn.id}"
    with (
        st.popover("Edit how the question is understood", icon=":material/edit:", type="tertiary",
                   key=f"edit_{turn.id}"),
        st.form(f"form_{turn.id}", border=False),
    ):  # fmt: skip
        st.text_area("Ask it as", value=understood, key=key, max_chars=MAX_QUESTION, height=100)
        st.form_submit_button("Ask again", on_click=ask_edited, args=(service, turn, key))


def finished(service: Service, turn: StoredTurn, answer: Answer | None, facts: Facts, *, last: bool) -> None:
    """A stored turn: its answer, or why there is none, and what can be done with it."""
    if turn.status == "error":
        message = (turn.answer or {}).get("error", "Something went wrong while answering.")
        st.html(f'<p class="cw-alert" role="alert">{render.escape(message)}</p>')
    elif answer:
        _answer(service, turn, answer, facts)
    if turn.status == "stopped":
        st.html(f'<p class="cw-note">Stopped{". The answer is incomplete" if answer else ""}.</p>')
    elif turn.status in ("running", "interrupted"):  # it runs nowhere here: the program was stopped meanwhile
        st.html('<p class="cw-alert" role="alert">The answer was interrupted. Try again.</p>')
    _actions(service, turn, answer, last=last)
    if last and turn.suggestions:
        _suggestions(service, turn)
    elif last and service.answering.suggesting(turn.id):
        _await_suggestions(service, turn.id)


def stored_answer(turn: StoredTurn) -> Answer | None:
    """The answer kept with a turn, if there is one."""
    return answer_from_json(turn.answer) if turn.answer and turn.status != "error" else None


def body(answer: Answer, name: str) -> None:
    """The sentences, an element each: those on the page stay as they are when more arrive."""
    for sentence in render.sentences(answer, name):
        st.html(sentence)


def sources(service: Service, answer: Answer, facts: Facts) -> dict[str, Any]:
    """The answer's sources, or the nearest passages, for the viewer."""
    return group(service.engine.library, _cited(answer), answer_markdown(answer), facts.versions)


def _answer(service: Service, turn: StoredTurn, answer: Answer, facts: Facts) -> None:
    if answer.abstention:
        st.html(render.abstention(answer.abstention, *_covered(service, turn)))
        if answer.abstention.nearest:
            st.html('<h2 class="cw-closest">Closest passages</h2>')
            st.html(render.cards(answer.abstention.nearest, turn.id, "Closest passages"))
    else:
        with st.container(gap=None):
            body(answer, turn.id)
    replaced = versions.updated(answer.citations, facts.versions)
    told = asked_time(turn, answer, facts.newest_day) is not None  # then the chip below the question says the days
    shown = replace(answer, notes=tuple(n for n in answer.notes if not (told and n.text.startswith(READ))))
    if notes := render.notes(shown, turn.id) + versions.offer(replaced):
        st.html(notes)
    if held := render.withheld(answer):
        st.html(held)
    if answer.citations:
        st.html(render.cards(answer.citations, turn.id))
        st.html(render.summary_line(answer))


def _covered(service: Service, turn: StoredTurn) -> tuple[str, str]:
    """What the library holds, and how much of it the question was asked of."""
    library = service.engine.library
    if not turn.filters:
        return coverage(library), ""
    asked = library.count_articles(turn.filters)
    return coverage(library), f"{asked:,} article{'s' if asked != 1 else ''}"


def _actions(service: Service, turn: StoredTurn, answer: Answer | None, *, last: bool) -> None:
    with st.container(key=f"actions_{turn.id}", horizontal=True, gap="xsmall", vertical_alignment="center"):
        if answer:
            _opinion(service, turn)
        if last:
            _try_again(service, turn, answer)
        if answer and answer.citations:
            st.html(render.copy_link(turn.id), width="content")


def _try_again(service: Service, turn: StoredTurn, answer: Answer | None) -> None:
    key = f"again_{turn.id}"
    used = answer.reader if answer else turn.reader
    readers = service.engine.readers
    if len(readers) > 1:
        others = [name for name in readers if name != used]
        st.menu_button(
            "Try again", (AS_BEFORE, *others), key=key, icon=":material/refresh:", type="tertiary",
            format_func=lambda name: f"With {render.reader(name)}" if name else "As before",
            on_click=ask_other_reader, args=(service, turn, key),
        )  # fmt: skip
    else:
        st.button("Try again", key=key, icon=":material/refresh:", type="tertiary", on_click=ask_again,
                  args=(service, turn))  # fmt: skip


def _suggestions(service: Service, turn: StoredTurn) -> None:
    """What can be asked next, for the last turn alone."""
    with st.container(key="next_questions", gap="xsmall"):
        st.html('<h2 class="cw-sr">Questions to go on with</h2>')
        for number, question in enumerate(turn.suggestions):
            st.button(
                render.plain_label(question), key=f"next_{turn.id}_{number}", icon=":material/subdirectory_arrow_right:",
                on_click=ask, args=(service, turn.conversation_id, question),
            )  # fmt: skip


@st.fragment(run_every=POLL_SUGGESTIONS)
def _await_suggestions(service: Service, turn_id: str) -> None:
    if not service.answering.suggesting(turn_id):
        st.rerun()


def _opinion(service: Service, turn: StoredTurn) -> None:
    """Thumbs, and once one is given, room for words."""
    rating, comment = f"rating_{turn.id}", f"comment_{turn.id}"

    def keep() -> None:
        given = st.session_state[rating]
        said = st.session_state.get(comment, turn.comment) if given is not None else None
        service.conversations.rate(turn.id, given, (said or "").strip() or None)

    st.feedback("thumbs", key=rating, default=turn.rating, on_change=keep)
    if turn.rating is not None:
        label = "Comment ✓" if turn.comment else "Comment"
        with st.popover(label, icon=":material/chat:", type="tertiary", key=f"say_{turn.id}"):
            st.text_area(
                "What was good or wrong about it?", value=turn.comment or "", key=comment, max_chars=MAX_QUESTION,
                height=100, on_change=keep,
            )  # fmt: skip
