"""The list of conversations beside the page: found, opened, renamed, exported, deleted."""

from __future__ import annotations

import streamlit as st

from corpus.conversations import TITLE_LENGTH, Conversation
from corpus.types import Filters
from qa import export
from qa.ui import address, confirm, render
from qa.ui.state import Service

SHOWN = 30  # conversations listed; older ones are found by the search
SEARCHABLE = 8  # conversations from which on a search is worth its place
_DIALOG = "conversation_dialog"  # session key: what is done to which conversation, kept so that no rerun loses it
_ACTIONS = {"Rename": ":material/edit: Rename", "Export": ":material/download: Export",
            "Delete": ":material/delete: Delete"}  # fmt: skip
_KEYS = (
    ("/", "Write a question"),
    ("N", "New question"),
    ("F", "Choose the articles asked"),
    ("?", "Show these keys"),
    ("Tab", "Go from citation to citation, and see each quote"),
    ("Enter", "Open the cited article"),
    ("← →", "Previous and next source"),
    ("Esc", "Close the source"),
)


def conversations(service: Service, current: str | None) -> None:
    """Draw the list, and the dialog that is open, if any."""
    total = service.conversations.count()
    if total:
        with st.sidebar:
            st.html('<h2 class="cw-side-head">Conversations</h2>')
            _list(service, current, total)
    confirm.dialog("conversation", "Its questions and answers are lost.", lambda i: _delete(service, i))
    _dialog(service)


def close_dialogs() -> None:
    """Forget which dialog is open; for use in a callback."""
    confirm.forget()
    _close()


def keys() -> bool:
    """What the keyboard can do, for those who look for it; whether single keys are to do something.

    Who dictates, or whose hand slips, must be able to turn them off (WCAG 2.1.4).
    """
    with (
        st.sidebar,
        st.popover("Keyboard", icon=":material/keyboard:", type="tertiary", key="keys"),
    ):
        rows = "".join(f"<tr><td><kbd>{key}</kbd></td><td>{does}</td></tr>" for key, does in _KEYS)
        st.html(f'<table class="cw-keys" aria-label="Keyboard shortcuts">{rows}</table>')
        return st.toggle("Single keys", value=True, key="single_keys")


def _list(service: Service, current: str | None, total: int) -> None:
    text = ""
    if total >= SEARCHABLE:
        text = st.text_input(
            "Search conversations", key="find_conversation", icon=":material/search:", type="search", live=True,
            placeholder="Search titles and questions", label_visibility="collapsed",
        ).strip()  # fmt: skip
    found = service.conversations.recent(SHOWN, text)
    if not found:
        st.html('<p class="cw-meta" role="status">No conversation matches.</p>')
        return
    with st.container(key="recent", gap=None):
        for one in found:
            _row(service, one, is_current=one.id == current)
    if not text and total > len(found):
        st.html(f'<p class="cw-meta">{total - len(found):,} older ones: search for them.</p>')


def _row(service: Service, one: Conversation, *, is_current: bool) -> None:
    with st.container(horizontal=True, gap=None, vertical_alignment="center"):
        st.button(
            render.plain_label(one.title), key=f"open_{one.id}", width="stretch", on_click=_open,
            args=(service, one.id), type="secondary" if is_current else "tertiary", wrap=False,
        )  # fmt: skip
        key = f"menu_{one.id}"
        st.menu_button(
            "Conversation menu", list(_ACTIONS), key=key, icon=":material/more_horiz:",
            type="tertiary", format_func=_ACTIONS.__getitem__, on_click=_chosen, args=(key, one),
        )  # fmt: skip


def _open(service: Service, conversation_id: str) -> None:
    """Go on where the conversation was left: with the articles that its last question was asked of."""
    turns = service.conversations.turns(conversation_id)
    address.show(conversation_id, turns[-1].filters if turns else Filters())


def _chosen(key: str, one: Conversation) -> None:
    action = st.session_state[key]
    if action == "Delete":
        confirm.request("conversation", one.id, one.title)
    elif action:
        st.session_state[_DIALOG] = (action, one.id)


def _delete(service: Service, conversation_id: str) -> None:
    if job := service.answering.job(conversation_id):
        job.cancel()
    service.conversations.delete(conversation_id)
    if st.session_state.get("conversation") == conversation_id:
        address.show(None)


# ---- dialogs


def _dialog(service: Service) -> None:
    action, conversation_id = st.session_state.get(_DIALOG, ("", ""))
    one = service.conversations.find(conversation_id) if conversation_id else None
    if one and action == "Rename":
        _rename(service, one)
    elif one and action == "Export":
        _export(service, one)


def _close() -> None:
    st.session_state.pop(_DIALOG, None)


def _rename(service: Service, one: Conversation) -> None:
    def renamed() -> None:
        _close()
        service.conversations.rename(one.id, st.session_state["new_title"])

    @st.dialog("Rename this conversation", on_dismiss=_close)
    def show() -> None:
        with st.form("rename", border=False):
            st.text_input("Title", value=one.title, key="new_title", max_chars=TITLE_LENGTH)
            if st.form_submit_button("Rename", key="confirm_rename", type="primary", on_click=renamed):
                st.rerun()

    show()


def _export(service: Service, one: Conversation) -> None:
    turns = service.conversations.turns(one.id)

    @st.dialog("Export this conversation", on_dismiss=_close)
    def show() -> None:
        st.text(one.title)
        with st.container(horizontal=True, gap="small"):
            for form in export.FORMS:
                st.download_button(
                    form.label, form.write(one, turns), export.file_name(one, form), form.mime,
                    key=f"export_{form.suffix}", on_click="ignore", icon=":material/download:",
                )  # fmt: skip

    show()
