"""The frame of every page: style, brand, navigation."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent

st.set_page_config(page_title="Citewire", page_icon=str(_HERE / "icon.png"), layout="centered")
st.html(_HERE / "style.css")
chat = st.Page(_HERE / "chat.py", title="Ask", icon=":material/forum:", default=True)
articles = st.Page(_HERE / "articles.py", title="Articles", icon=":material/article:", url_path="articles")
page = st.navigation([chat, articles], position="hidden")


def _new_question() -> None:
    st.session_state["new_question"] = True


with st.sidebar:
    st.html('<div class="brand"><i></i>Citewire</div>')
    st.button("New question", icon=":material/edit_square:", width="stretch", key="new", on_click=_new_question)
    with st.container(key="nav", gap=2):
        for target in (chat, articles):
            st.page_link(target, width="stretch")
if st.session_state.pop("new_question", False):
    st.query_params.clear()
    st.switch_page(chat)
page.run()
