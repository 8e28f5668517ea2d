"""The script that Streamlit runs for each visit and each action: frame, navigation, and the page chosen."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from corpus.errors import CorpusError
from qa.errors import QAError
from qa.ui import address, gate, places, state, tour
from qa.ui.adding import AddJob
from qa.ui.render import escape

ASSETS = Path(__file__).with_name("assets")


def run() -> None:
    """Draw the frame and the page."""
    st.set_page_config(page_title="Citewire", page_icon=str(ASSETS / "icon.png"), layout="centered")
    st.html(ASSETS / "style.css")
    if not gate.signed_in():
        return
    try:
        service = state.service()
    except (CorpusError, QAError) as error:
        st.html(f'<p class="cw-alert" role="alert">Citewire cannot start: {escape(error)}</p>')
        return
    pages = places.every()
    current = st.navigation(pages, position="hidden")
    with st.sidebar:
        st.html('<div class="cw-brand"><i></i>Citewire</div>')
        if st.button("New question", key="new", icon=":material/edit_square:", width="stretch", on_click=_new):
            st.switch_page(pages[0])
        with st.container(key="nav"):
            for page in pages:
                st.page_link(page, width="stretch")
        if (job := service.adding.job) and job.live:
            _adding(job)
    if current == pages[0]:
        tour.show(service)
    else:
        st.session_state["page"] = current.url_path
        if st.session_state.pop("leave_to_ask", False):
            st.switch_page(pages[0])
    current.run()


def _new() -> None:
    st.session_state["page"] = "ask"  # else the page would go back to the conversation left there
    address.show(None)


@st.fragment(run_every=1.0)
def _adding(job: AddJob) -> None:
    """The work that goes on, whatever page is shown."""
    if job.live:
        st.html(f'<p class="cw-working cw-status" role="status">Adding: {escape(job.activity)}</p>')


run()
