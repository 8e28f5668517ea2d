"""The chat page: ask, read the cited answer, open its sources."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from corpus import conversations
from corpus.conversations import StoredTurn
from corpus.errors import ArticleNotFound
from corpus.types import Article
from qa.serialize import answer_from_json
from qa.types import Answer, Citation
from qa.ui import render, state
from qa.ui.jobs import AnswerJob
from qa.ui.viewer import viewer

POLL_SECONDS = 0.15
SHOWN_TURNS = 20  # answers whose sources travel to the viewer; earlier ones keep their cards
SUGGESTIONS = (
    "Who backs opposition groups in northwestern Syria?",
    "When did Notre-Dame reopen after the fire?",
    "How long did the Ever Given block the Suez Canal?",
)

engine = state.engine()
library = engine.library


def _conversation() -> str | None:
    key = st.query_params.get("c")
    if key and not conversations.exists(library, key):
        st.query_params.clear()
        st.toast("That conversation no longer exists.")
        return None
    return key


def _go(key: str | None) -> None:
    st.query_params.clear()
    if key:
        st.query_params["c"] = key


def _ask(question: str | None = None) -> None:
    text = (question or st.session_state.get("ask_box") or "").strip()
    if not text:
        return
    key = _conversation()
    if key is None:
        key = conversations.start(library, text)
        _go(key)
    state.answers.submit(engine, key, text)


def _again(key: str, turn: StoredTurn) -> None:
    conversations.delete_turn(library, turn.id)
    state.answers.submit(engine, key, turn.question)


def _rate(turn_id: str) -> None:
    conversations.rate_turn(library, turn_id, st.session_state[f"rate_{turn_id}"])


def _delete(key: str) -> None:
    conversations.delete(library, key)
    if st.query_params.get("c") == key:
        st.query_params.clear()


def _coverage() -> str:
    stats = library.stats()
    span = " to ".join(dict.fromkeys(d[:4] for d in (stats.earliest, stats.latest) if d))
    publishers = (
        f"{stats.publishers} {'publisher' if stats.publishers == 1 else 'publishers'}" if stats.publishers else ""
    )
    count = f"{stats.articles} {'article' if stats.articles == 1 else 'articles'}"
    return ", ".join(part for part in (count, publishers, span) if part)


def _cited(answer: Answer) -> tuple[Citation, ...]:
    return answer.abstention.nearest if answer.abstention else answer.citations


def _articles(citations: tuple[Citation, ...]) -> dict[tuple[str, int], Article]:
    found = {}
    for key in {(citation.article_id, citation.version) for citation in citations}:
        try:
            found[key] = library.article(*key)
        except ArticleNotFound:
            continue
    return found


def _show_body(answer: Answer, turn_id: str) -> None:
    if answer.abstention:
        st.html(render.abstention_html(answer.abstention, _coverage()))
    for block in render.answer_html(answer, turn_id):
        st.html(block)


def _show_answer(answer: Answer, turn_id: str) -> None:
    _show_body(answer, turn_id)
    if answer.abstention and answer.abstention.nearest:
        st.html('<p class="cw-note">Nearest in the articles</p>')
    st.html(render.sources_html(_cited(answer), turn_id) or "<span></span>")
    for note in answer.notes:
        st.html(f'<p class="cw-note">{render.e(note.text)}</p>')


def _show_turn(key: str, turn: StoredTurn, last: bool) -> None:
    status = turn.status
    if status == "running":  # no live job holds it: the server was restarted
        conversations.finish_turn(library, turn.id, "interrupted", turn.answer)
        status = "interrupted"
    if turn.answer:
        _show_answer(answer_from_json(turn.answer), turn.id)
    if status == "stopped":
        st.html('<p class="cw-note">Stopped. The answer above is incomplete.</p>')
    if status in ("error", "interrupted"):
        st.warning("The answer could not be finished. Try again.", icon=":material/error:")
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        if turn.answer:
            st.feedback("thumbs", key=f"rate_{turn.id}", default=turn.rating, on_change=_rate, args=(turn.id,))
        if last:
            st.button("Try again", key=f"again_{turn.id}", icon=":material/refresh:", type="tertiary",
                      on_click=_again, args=(key, turn))  # fmt: skip


def _show_home() -> None:
    st.html(
        '<div class="hero"><h1>Ask the news.<br>See the sentence.</h1>'
        "<p>Every sentence of an answer is linked to the exact sentence it came from.</p></div>"
    )
    with st.container(key="sugg"):
        for question in SUGGESTIONS if library.count_articles() or not engine.ready else ():
            st.button(question, key=f"s_{question}", width="stretch", on_click=_ask, args=(question,))


@st.fragment(run_every=1.0)
def _loading() -> None:
    """What the engine is doing until it is ready; then one full run takes this line away."""
    if engine.warm_error:
        st.error(render.label(engine.warm_error), icon=":material/error:")
    elif not engine.ready:
        st.html(f'<div class="status" role="status">{render.e(engine.activity)}<span class="caret"></span></div>')
    else:
        st.rerun()


with st.sidebar:
    if rows := conversations.recent(library):
        st.html('<h2 class="cw-h">Recent</h2>')
        with st.container(key="convs", gap=None):
            for row in rows:
                with st.container(horizontal=True, gap=None):
                    kind: Literal["secondary", "tertiary"] = (
                        "secondary" if row.id == st.query_params.get("c") else "tertiary"
                    )
                    st.button(render.label(row.title), key=f"c_{row.id}", type=kind, width="stretch", on_click=_go,
                              args=(row.id,), wrap=False)  # fmt: skip
                    st.button("", key=f"x_{row.id}", icon=":material/close:", type="tertiary", help="Delete",
                              on_click=_delete, args=(row.id,))  # fmt: skip

slot = st.container(key="viewer_slot")
conversation = _conversation()
job = state.answers.get(conversation) if conversation else None
live = job if job and job.live else None
history = conversations.turns(library, conversation) if conversation else []
groups = {}
for turn in history[-SHOWN_TURNS:]:
    shown = live.answer if live and live.turn_id == turn.id else answer_from_json(turn.answer) if turn.answer else None
    if shown:
        groups[turn.id] = render.viewer_group(_cited(shown), _articles(_cited(shown)))

place = None
if not history:
    _show_home()
for position, turn in enumerate(history):
    st.html(f'<div class="ububble">{render.e(turn.question)}</div>')
    with st.container(key=f"a_{turn.id}", gap="small"):
        if live and live.turn_id == turn.id:
            place = st.container(gap=None)
        elif conversation:
            _show_turn(conversation, turn, last=position == len(history) - 1)
if live:
    with st.bottom:
        st.button("Stop", key="stop", icon=":material/stop_circle:", on_click=live.cancel)
elif not engine.ready:
    _loading()
st.chat_input("Ask about the articles…", key="ask_box", disabled=live is not None, max_chars=2000, on_submit=_ask)
with slot:
    viewer(groups)


@st.fragment(run_every=POLL_SECONDS)
def _live_answer(running: AnswerJob, seen: int) -> None:
    """The answer as far as it is; one full run when its sources or its end arrive."""
    if running.answer:
        _show_body(running.answer, running.turn_id)
    else:
        doing = "Searching the articles" if engine.ready else engine.activity
        st.html(f'<div class="answer" role="status">{render.e(doing)}<span class="caret"></span></div>')
    if not running.live or (running.answer and len(running.answer.citations) != seen):
        st.rerun()


if live and place:
    with place:
        _live_answer(live, len(live.answer.citations) if live.answer else 0)
