"""One question before something is deleted. The request is kept in the session, so that no rerun can lose it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

_KEY = "to_delete"


def request(what: str, identity: str, title: str) -> None:
    """Ask about this in the next run; for use as a button's callback."""
    st.session_state[_KEY] = (what, identity, title)


def dialog(what: str, consequence: str, delete: Callable[[str], None]) -> None:
    """Show the question if something of this kind is to be deleted; `delete` gets its id."""
    pending: tuple[str, str, str] | None = st.session_state.get(_KEY)
    if pending is None or pending[0] != what:
        return
    _, identity, title = pending

    def confirmed() -> None:
        forget()
        delete(identity)

    @st.dialog(f"Delete this {what}?", on_dismiss=forget)
    def show() -> None:
        st.text(title)
        st.text(consequence)
        with st.container(horizontal=True, gap="small"):
            if st.button("Delete", key="confirm_delete", type="primary", on_click=confirmed):
                st.rerun()
            if st.button("Cancel", key="confirm_cancel", on_click=forget):
                st.rerun()

    show()


def forget() -> None:
    """Ask no longer."""
    st.session_state.pop(_KEY, None)
