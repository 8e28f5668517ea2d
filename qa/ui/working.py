"""A job on the page: what it does and how far it is, refreshed by itself until it ends."""

from __future__ import annotations

import streamlit as st

from qa.ui.jobs import Job
from qa.ui.render import escape

POLL = 0.5  # seconds between looks at the work


@st.fragment(run_every=POLL)
def progress(job: Job, *, stop: str = "Stop") -> None:
    """Draw a job that is under way; the page is drawn anew when it ends."""
    if not job.live:
        st.rerun()
    st.html(f'<p class="cw-working" role="status">{escape(job.label)}{_count(job)}</p>')
    if job.share is not None:
        st.progress(job.share)
    st.button(stop, key=f"stop_{stop}", on_click=job.stopped.set, disabled=job.stopped.is_set())


def failed(job: Job) -> None:
    """Say why a job ended without a result."""
    st.html(f'<p class="cw-alert" role="alert">{escape(job.error or "It did not end well.")}</p>')


def _count(job: Job) -> str:
    return f": {job.done:,} of {job.total:,}" if job.total else "…"
