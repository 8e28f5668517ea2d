"""Questions on their way to the engine: what the input, the suggestions and the controls of a turn do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import streamlit as st

from corpus.conversations import StoredTurn
from qa.history import history_of
from qa.readers.extractive import NAME as EXTRACTIVE
from qa.types import Answer
from qa.ui import address, sidebar
from qa.ui.state import Service
from qa.ui.suggest import suggestions

_READER = "reader"  # session key: the reader chosen above the input
AS_BEFORE = ""  # the choice in a turn's menu that changes nothing


def ask(service: Service, conversation_id: str | None, question: str | None = None) -> None:
    """Callback of the input (which names no question) and of the suggestions."""
    text = (question if question is not None else st.session_state.get("question") or "").strip()
    if not text:
        return
    if service.answering.job(conversation_id):
        st.toast("An answer is under way. Stop it first.")
        return
    sidebar.close_dialogs()  # who asks has left them, though the browser's word of it may still be on its way
    filters, reader = address.scope(), chosen_reader(service)
    if conversation_id is None or not service.conversations.find(conversation_id):
        conversation_id = service.conversations.start(text).id
        address.show(conversation_id, filters)
    _submit(service, service.conversations.ask(conversation_id, text, filters, reader))


def chosen_reader(service: Service) -> str | None:
    """The reader chosen for new questions; `None` for the settings' own."""
    chosen = st.session_state.get(_READER)
    return chosen if chosen in service.engine.readers else None


def choose_reader(key: str) -> None:
    """Callback of the menu of readers."""
    st.session_state[_READER] = st.session_state[key]


def ask_again(service: Service, turn: StoredTurn) -> None:
    """Answer a turn anew, as it was asked before."""
    if not service.answering.job(turn.conversation_id):
        service.conversations.ask_again(turn)
        _submit(service, turn)


def ask_other_reader(service: Service, turn: StoredTurn, key: str) -> None:
    """Answer a turn anew, as the choice in the widget says: as before, or with the reader named."""
    choice = st.session_state[key]
    ask_again(service, turn if choice == AS_BEFORE else replace(turn, reader=choice))


def ask_edited(service: Service, turn: StoredTurn, key: str) -> None:
    """Answer a turn anew, understood as the user wrote it into the widget; left empty, as the program understands it."""
    ask_again(service, replace(turn, standalone=str(st.session_state[key]).strip() or None))


def _submit(service: Service, turn: StoredTurn) -> None:
    turns = service.conversations.turns(turn.conversation_id)
    before = history_of(turns, turn.position)

    def stream(cancelled: threading.Event) -> Iterator[Answer]:
        return service.engine.stream(
            turn.question, filters=turn.filters, history=before, standalone=turn.standalone, reader=turn.reader,
            cancelled=cancelled,
        )  # fmt: skip

    def suggest(answer: Answer) -> Iterator[str]:
        cited = dict.fromkeys((citation.article_id, citation.version) for citation in answer.citations)
        around = [s for article in cited for s in service.engine.library.sentences(*article) if s.role == "body"]
        nearby = list(dict.fromkeys((*(hit.sentence for hit in answer.evidence), *around)))
        asked = [text for turn in before for text in (turn.question, turn.standalone_question)]
        return suggestions(answer, nearby, [*asked, answer.question, answer.standalone_question], ask=answered)

    def answered(question: str) -> Answer:
        *_, final = service.engine.stream(question, filters=turn.filters, reader=EXTRACTIVE)
        return final

    service.answering.submit(turn.conversation_id, turn.id, stream, suggest)
