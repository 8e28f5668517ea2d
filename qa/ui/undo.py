"""Deleting an article from the page, and the offer to bring it back.

It is gone at once: not found, not cited. The offer lasts as long as the server runs, for the articles deleted last.
"""

from __future__ import annotations

import streamlit as st

from corpus.errors import ArticleNotFound, CorpusError
from corpus.removal import remove, restore
from qa.ui import noted
from qa.ui.render import escape
from qa.ui.state import Service

KEPT = 20  # deleted articles that can be brought back; their rows, vectors and all, take some 200 kB each


def delete(service: Service, article_id: str) -> None:
    """Delete an article; for use as a button's callback."""
    try:
        service.removed.append(remove(service.engine.library, article_id))
        noted.note(service, noted.who(), "remove", [article_id])
    except ArticleNotFound:
        st.toast("That article was deleted already.")
    del service.removed[:-KEPT]


def offer(service: Service) -> None:
    """Say what was deleted last, with a way back."""
    if not service.removed:
        return
    last, more = service.removed[-1], len(service.removed) - 1
    rest = f" and {more:,} more" if more else ""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="undo"):
        st.html(f'<p role="status">Deleted “{escape(last.title or "Untitled")}”{rest}.</p>', width="stretch")
        st.button("Undo", key="undo_delete", icon=":material/undo:", on_click=_bring_back, args=(service, last.id))
        st.button("Dismiss", key="undo_dismiss", type="tertiary", icon=":material/close:", help="Delete for good",
                  on_click=service.removed.clear)  # fmt: skip


def _bring_back(service: Service, article_id: str) -> None:
    for removed in [one for one in service.removed if one.id == article_id]:
        service.removed.remove(removed)
        try:
            restore(service.engine.library, removed)
            noted.note(service, noted.who(), "restore", [article_id])
            st.toast("The article is back.")
        except CorpusError as error:
            st.toast(escape(error))
