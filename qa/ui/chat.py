"""The page to ask on. The conversation is named in the URL (`?c=`), so a reload or a restart brings it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from corpus.conversations import StoredTurn
from qa.serialize import answer_from_json
from qa.types import Answer
from qa.ui import confirm, render, state
from qa.ui.answering import AnswerJob
from qa.ui.home import coverage, hero, suggestions
from qa.ui.state import Service
from qa.ui.viewer import group, viewer

POLL = 0.15  # seconds between looks at a growing answer: below what feels like waiting
POLL_WARM = 0.5  # seconds between looks at the loading model
VIEWABLE = 20  # answers whose sources can be opened; older ones keep their cards. Bounds what each rerun sends
MAX_QUESTION = 2_000  # characters; the engine refuses longer ones


def page() -> None:
    """Draw the conversation, the input, and follow an answer under way."""
    service = state.service()
    conversation_id = _conversation_id(service)
    job = service.answering.job(conversation_id)  # before the turns: a job found gone has its result stored
    turns = service.conversations.turns(conversation_id) if conversation_id else ()
    slot = st.container(key="viewer_slot")
    with st.sidebar:
        _recent(service, conversation_id)
    confirm.dialog("conversation", "Its questions and answers are lost.", lambda i: _delete(service, i))
    if not turns:
        _home(service)
    groups: dict[str, Mapping[str, Any]] = {}
    place = None
    for turn in turns:
        st.html(render.question(turn.question))
        with st.container(key=f"turn_{turn.id}", gap="small"):
            if job and job.turn_id == turn.id:
                place = st.container(gap=None)
                if job.answer:
                    groups[turn.id] = _group(service, job.answer)
            else:
                answer = _finished(service, turn, last=turn is turns[-1])
                if answer and turn.position >= turns[-1].position - VIEWABLE:
                    groups[turn.id] = _group(service, answer)
    _input(service, conversation_id, job)
    with slot:
        viewer(groups)
    if job and place:
        with place:
            _follow(service, job)


# ---- which conversation


def _conversation_id(service: Service) -> str | None:
    """The one in the URL; coming back from another page, the one left there."""
    session = st.session_state
    returning = session.get("page") == "articles"
    session["page"] = "ask"
    wanted: str | None = st.query_params.get("c") or (session.get("conversation") if returning else None)
    if wanted and not service.conversations.find(wanted):
        st.toast("That conversation no longer exists.")
        wanted = None
    show(wanted)
    return wanted


def show(conversation_id: str | None) -> None:
    """Go to a conversation, or to a new one."""
    st.session_state["conversation"] = conversation_id
    if conversation_id is None:
        st.query_params.pop("c", None)
    elif st.query_params.get("c") != conversation_id:
        st.query_params["c"] = conversation_id


def _recent(service: Service, current: str | None) -> None:
    conversations = service.conversations.recent()
    if not conversations:
        return
    st.html('<h2 class="cw-side-head">Recent</h2>')
    with st.container(key="recent", gap=None):
        for one in conversations:
            with st.container(horizontal=True, gap=None, vertical_alignment="center"):
                st.button(
                    render.plain_label(one.title), key=f"open_{one.id}", width="stretch", on_click=show, args=(one.id,),
                    type="secondary" if one.id == current else "tertiary", wrap=False,
                )  # fmt: skip
                st.button(
                    "Delete conversation", key=f"drop_{one.id}", icon=":material/delete:", type="tertiary",
                    on_click=confirm.request, args=("conversation", one.id, one.title),
                )  # fmt: skip


def _delete(service: Service, conversation_id: str) -> None:
    if job := service.answering.job(conversation_id):
        job.cancel()
    service.conversations.delete(conversation_id)
    if st.session_state.get("conversation") == conversation_id:
        show(None)


# ---- asking


def _ask(service: Service, conversation_id: str | None, question: str | None = None) -> None:
    """Callback of the input (which names no question) and of the suggestions."""
    text = (question if question is not None else st.session_state.get("question") or "").strip()
    if not text:
        return
    if service.answering.job(conversation_id):
        st.toast("An answer is under way. Stop it first.")
        return
    if conversation_id is None or not service.conversations.find(conversation_id):
        conversation_id = service.conversations.start(text).id
        show(conversation_id)
    turn = service.conversations.ask(conversation_id, text)
    service.answering.submit(conversation_id, turn.id, lambda: service.engine.stream(text))


def _ask_again(service: Service, turn: StoredTurn) -> None:
    if service.answering.job(turn.conversation_id):
        return
    service.conversations.ask_again(turn.id)
    service.answering.submit(turn.conversation_id, turn.id, lambda: service.engine.stream(turn.question))


def _input(service: Service, conversation_id: str | None, job: AnswerJob | None) -> None:
    with st.bottom:
        if job:
            st.button("Stop", key="stop", icon=":material/stop_circle:", on_click=job.cancel)
        elif not service.warmed.is_set() or service.engine.warm_error:
            _warming(service)
    st.chat_input(
        "Ask about the articles…", key="question", disabled=job is not None, max_chars=MAX_QUESTION,
        on_submit=_ask, args=(service, conversation_id),
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


# ---- answers


@st.fragment(run_every=POLL)
def _follow(service: Service, job: AnswerJob) -> None:
    """The growing answer. A new source needs a full run, which sends it to the viewer."""
    key = f"cited_{job.turn_id}"
    answer = job.answer
    if answer:
        _body(answer, job.turn_id)
    else:
        st.html(f'<p class="cw-working" role="status">{_waiting_for(service, job)}…</p>')
    cited = len(answer.citations) if answer else 0
    seen = st.session_state.get(key, 0)
    if not job.live or cited != seen:
        st.session_state[key] = cited if job.live else 0
        st.rerun()


def _waiting_for(service: Service, job: AnswerJob) -> str:
    if not service.warmed.is_set():
        return render.escape(service.engine.activity)
    if ahead := service.answering.ahead(job):
        return f"Waiting for {ahead} other question{'s' if ahead > 1 else ''}"
    return "Searching the articles"


def _body(answer: Answer, name: str) -> None:
    for sentence in render.sentences(answer, name):
        st.html(sentence)


def _finished(service: Service, turn: StoredTurn, *, last: bool) -> Answer | None:
    """A stored turn: its answer, or why there is none, and what can be done with it."""
    answer = None
    if turn.status == "error":
        message = (turn.answer or {}).get("error", "Something went wrong while answering.")
        st.html(f'<p class="cw-alert" role="alert">{render.escape(message)}</p>')
    elif turn.answer:
        answer = answer_from_json(turn.answer)
        _answer(service, turn, answer)
    if turn.status == "stopped":
        st.html(f'<p class="cw-note">Stopped{". The answer is incomplete" if answer else ""}.</p>')
    elif turn.status in ("running", "interrupted"):  # it runs nowhere here: the program was stopped meanwhile
        st.html('<p class="cw-alert" role="alert">The answer was interrupted. Try again.</p>')
    _actions(service, turn, answer, last=last)
    return answer


def _answer(service: Service, turn: StoredTurn, answer: Answer) -> None:
    held = render.withheld(answer)
    if answer.abstention:
        st.html(render.abstention(answer.abstention, coverage(service.engine.library)))
        if answer.abstention.nearest:
            st.html('<h2 class="cw-closest">Closest passages</h2>')
            st.html(render.cards(answer.abstention.nearest, turn.id, "Closest passages"))
    else:
        with st.container(gap=None):
            _body(answer, turn.id)
    if lines := (held or "") + (render.notes(answer, turn.id) or ""):
        st.html(lines)
    if answer.citations:
        st.html(render.cards(answer.citations, turn.id))
        st.html(render.summary_line(answer))


def _actions(service: Service, turn: StoredTurn, answer: Answer | None, *, last: bool) -> None:
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        if answer:
            key = f"rating_{turn.id}"
            st.feedback(
                "thumbs", key=key, default=turn.rating,
                on_change=lambda: service.conversations.rate(turn.id, st.session_state[key]),
            )  # fmt: skip
        if last:
            st.button(
                "Try again", key=f"again_{turn.id}", icon=":material/refresh:", type="tertiary",
                on_click=_ask_again, args=(service, turn),
            )  # fmt: skip
        if answer and answer.citations:
            st.html(f'<a class="cw-copy" role="button" href="#copy-{turn.id}">Copy as Markdown</a>', width="content")


def _group(service: Service, answer: Answer) -> dict[str, Any]:
    """The answer's sources, or the nearest passages, for the viewer."""
    cited = answer.citations or (answer.abstention.nearest if answer.abstention else ())
    return group(service.engine.library, cited, render.as_markdown(answer))


def _home(service: Service) -> None:
    st.html(hero(coverage(service.engine.library)))
    with st.container(key="suggestions"):
        for number, question in enumerate(suggestions(service.engine.library)):
            st.button(
                render.plain_label(question), key=f"suggest_{number}", width="stretch",
                on_click=_ask, args=(service, None, question),
            )  # fmt: skip
