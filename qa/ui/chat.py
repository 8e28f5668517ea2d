"""The page to ask on. The conversation and what is asked are in the URL, so a reload or a restart brings both back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from corpus.conversations import StoredTurn
from qa.ui import address, render, scope, sidebar, turns
from qa.ui.answering import AnswerJob
from qa.ui.asking import ask, choose_reader, chosen_reader
from qa.ui.home import coverage, hero, suggestions
from qa.ui.state import Service, service
from qa.ui.viewer import viewer
from qa.ui.watch import watch

POLL = 0.15  # seconds between looks at a growing answer: below what feels like waiting
POLL_QUEUED = 0.6  # seconds between looks of those who wait for others' answers: they leave the processor to these
POLL_WARM = 0.5  # seconds between looks at the loading model
SHOWN = (
    10  # turns drawn at first, and as many more at each request: each costs some 50 ms to open, here and in the browser
)


def page() -> None:
    """Draw the conversation, the input, and follow an answer under way."""
    shared = service()
    conversation_id = address.conversation(shared)
    job = shared.answering.job(conversation_id)  # before the turns: a job found gone has its result stored
    stored = shared.conversations.turns(conversation_id) if conversation_id else ()
    slot = st.container(key="viewer_slot")
    shortcuts = sidebar.keys()  # above the list: below a long one its table would open outside the window
    sidebar.conversations(shared, conversation_id)
    if not stored:
        _home(shared)
    groups: dict[str, Mapping[str, Any]] = {}
    place = None
    drawn = _recent(stored)
    answers = {turn.id: turns.stored_answer(turn) for turn in drawn}
    facts = turns.Facts.of(shared.engine.library, answers.values())
    for turn in drawn:
        running = job is not None and job.turn_id == turn.id
        answer = job.answer if job and running else answers[turn.id]
        turns.asked(shared, turn, answer, facts, editable=job is None)
        with st.container(key=f"turn_{turn.id}", gap="small"):
            if running:
                place = st.container(gap=None)
            else:
                turns.finished(shared, turn, answer, facts, last=turn is stored[-1])
        if answer:
            groups[turn.id] = turns.sources(shared, answer, facts)
    _input(shared, conversation_id, job)
    with slot:
        viewer(groups, shortcuts=shortcuts)
        if job:
            watch()
    if job and place:
        queued = shared.answering.ahead(job) > 0
        with place:
            st.fragment(_follow, run_every=POLL_QUEUED if queued else POLL)(shared, job, queued=queued)


def _recent(stored: Sequence[StoredTurn]) -> Sequence[StoredTurn]:
    """The last turns; those before them on request."""
    if len(stored) <= SHOWN:
        return stored
    key = f"turns_{stored[0].conversation_id}"
    count = st.session_state.get(key, SHOWN)
    if hidden := max(len(stored) - count, 0):

        def more() -> None:
            st.session_state[key] = count + SHOWN

        with st.container(key="earlier", horizontal_alignment="center"):
            st.button(
                f"Show earlier questions ({hidden:,})", key="show_earlier", icon=":material/expand_less:",
                type="tertiary", on_click=more,
            )  # fmt: skip
    return stored[-count:]


def _home(service: Service) -> None:
    st.html(hero(coverage(service.engine.library)))
    with st.container(key="suggestions"):
        for number, question in enumerate(suggestions(service.engine.library, address.scope())):
            st.button(
                render.plain_label(question), key=f"suggest_{number}", width="stretch",
                on_click=ask, args=(service, None, question),
            )  # fmt: skip


def _input(service: Service, conversation_id: str | None, job: AnswerJob | None) -> None:
    with st.bottom:
        if job:
            st.button("Stop", key="stop", icon=":material/stop_circle:", on_click=job.cancel)
        elif not service.warmed.is_set() or service.engine.warm_error:
            _warming(service)
        with st.container(key="asked_of", horizontal=True, horizontal_alignment="distribute", gap="small",
                          vertical_alignment="center"):  # fmt: skip
            scope.control(service)
            if len(service.engine.readers) > 1:
                _reader(service)
    st.chat_input(
        "Ask about the articles…", key="question", disabled=job is not None, max_chars=turns.MAX_QUESTION,
        on_submit=ask, args=(service, conversation_id),
    )  # fmt: skip


def _reader(service: Service) -> None:
    """Who answers the next question, where there is a choice."""
    names = service.engine.readers
    st.menu_button(
        render.reader(chosen_reader(service) or names[0]).capitalize(), names, key="reader_menu", type="tertiary",
        icon=":material/edit_note:", format_func=lambda name: render.reader(name).capitalize(),
        on_click=choose_reader, args=("reader_menu",), wrap=False,
    )  # fmt: skip


@st.fragment(run_every=POLL_WARM)
def _warming(service: Service) -> None:
    """What the engine is doing before it can answer."""
    if service.engine.warm_error:
        message = render.escape(service.engine.warm_error)
        st.html(f'<p class="cw-alert" role="alert">Questions cannot be answered: {message}</p>')
    elif service.warmed.is_set():
        st.rerun()
    else:
        activity = render.escape(service.engine.activity)
        st.html(f'<p class="cw-working cw-status" role="status">{activity}… You can ask already.</p>')


def _follow(service: Service, job: AnswerJob, *, queued: bool) -> None:
    """The growing answer. A new source needs a full run, which sends it to the viewer; so does the end of the queue."""
    key = f"cited_{job.turn_id}"
    answer = job.answer
    if answer:
        turns.body(answer, job.turn_id)
    else:
        st.html(f'<p class="cw-working" role="status">{_waiting_for(service, job)}…</p>')
    cited = len(answer.citations) if answer else 0
    seen = st.session_state.get(key, 0)
    if not job.live or cited != seen or (queued and not job.waiting):
        st.session_state[key] = cited if job.live else 0
        st.rerun()


def _waiting_for(service: Service, job: AnswerJob) -> str:
    if not service.warmed.is_set():
        return render.escape(service.engine.activity)
    if ahead := service.answering.ahead(job):
        return f"Waiting for {ahead} other question{'s' if ahead > 1 else ''}"
    return "Searching the articles"
