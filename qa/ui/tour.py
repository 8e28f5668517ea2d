"""Three steps for the first visit, above the empty conversation. Put away once, it does not come back to this library."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from corpus.errors import CorpusError
from corpus.meta import claim, value
from qa.ui.state import Service

KEY = "tour"  # of the library's `meta`: set once the tour was finished or skipped
_STEPS = (
    ("Ask", "Type a question below, or take one of those suggested. Citewire answers from the articles alone, and says "
            "so when they don't answer it."),
    ("Check", "Each sentence of an answer ends with a number. Click it: the article opens at the very sentence it "
              "comes from."),
    ("Bring your own", "The library starts with sample articles. Add files, addresses or feeds on the Articles page; "
                       "delete the sample there when you no longer need it."),
)  # fmt: skip


def show(service: Service) -> None:
    """The step at hand, on an empty conversation."""
    session = st.session_state
    if session.get("tour_seen") or st.query_params.get("c") or value(service.engine.library, KEY):
        return
    step = session.get("tour_step", 0)
    head, text = _STEPS[step]
    dots = "".join(f"<i{' aria-current' if i == step else ''}></i>" for i in range(len(_STEPS)))
    last = step + 1 == len(_STEPS)
    with st.container(key="tour", gap="small"):
        st.html(
            f'<p class="cw-tour-head"><span class="cw-number">{step + 1}</span>{head}'
            f'<span class="cw-dots" role="img" aria-label="Step {step + 1} of {len(_STEPS)}">{dots}</span></p>'
            f"<p>{text}</p>"
        )
        with st.container(horizontal=True, gap="small"):
            if last:
                st.button("Got it", key="tour_done", type="primary", on_click=_end, args=(service,))
            else:
                st.button("Next", key="tour_next", on_click=_go, args=(step + 1,))
            if step:
                st.button("Back", key="tour_back", type="tertiary", on_click=_go, args=(step - 1,))
            if not last:
                st.button("Skip the tour", key="tour_skip", type="tertiary", on_click=_end, args=(service,))


def _go(step: int) -> None:
    st.session_state["tour_step"] = step


def _end(service: Service) -> None:
    st.session_state["tour_seen"] = True
    with suppress(CorpusError):  # a library that cannot be written: it is put away for this visit
        claim(service.engine.library, {KEY: "seen"})
