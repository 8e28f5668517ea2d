"""Adding articles from the page: files, addresses, feeds, or a pasted text, then what became of each."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence

import streamlit as st

from corpus.loaders import SUFFIXES
from corpus.sources import LoadFailure, Skipped, Source, sources
from qa.add_report import AddReport, Progress
from qa.ui import noted, render
from qa.ui.adding import AddJob
from qa.ui.state import Service

FILE_TYPES = sorted(suffix.removeprefix(".") for suffix in SUFFIXES)
SHOWN = 200  # results listed; the rest are counted
POLL = 0.5  # seconds between looks at the work


def show(service: Service, *, expanded: bool) -> None:
    """The form and, below it, the work under way or its result."""
    with st.expander("Add articles", icon=":material/add:", expanded=expanded, key="intake"):
        files, addresses, paste = st.tabs(["Files", "Addresses", "Paste text"])
        with files:
            _files(service)
        with addresses:
            _addresses(service)
        with paste:
            _paste(service)
    job = service.adding.job
    if job and job.live:
        _progress(service, job)
    elif job:
        _result(service, job)


def _files(service: Service) -> None:
    with st.form("upload", border=False, clear_on_submit=True):
        given = st.file_uploader(
            "Text, HTML, Markdown, PDF, Word, mail, web archives, JSONL, CSV, Parquet, or a ZIP of these",
            type=FILE_TYPES,
            accept_multiple_files=True,
        )
        if st.form_submit_button("Add to the library", type="primary") and given:
            _add(service, [Source(file.name, data=file.getvalue()) for file in given])


def _addresses(service: Service) -> None:
    with st.form("addresses", border=False, clear_on_submit=True):
        text = st.text_area(
            "Pages, feeds or sitemaps, one address a line",
            key="addresses_text",
            height=120,
            placeholder="https://news.example/feed.xml",
        )
        if st.form_submit_button("Fetch and add", type="primary") and (lines := text.split()):
            _add(service, list(sources([line if "://" in line else f"https://{line}" for line in lines])))


def _paste(service: Service) -> None:
    with st.form("paste", border=False, clear_on_submit=True):
        text = st.text_area("Text", key="pasted_text", height=180, placeholder="Paste an article")
        with st.container(horizontal=True):
            title = st.text_input("Title (optional)")
            publisher = st.text_input("Publisher (optional)")
        if st.form_submit_button("Add text", type="primary") and text.strip():
            _add(service, [pasted(text, title.strip(), publisher.strip())])


def pasted(text: str, title: str, publisher: str) -> Source:
    """A pasted text as a source: with a title or publisher a JSONL row, else a text file that speaks for itself."""
    if not (title or publisher):
        return Source("Pasted text.txt", data=text.encode())
    first = next(line for line in text.splitlines() if line.strip()).strip()
    row = {"title": title or first[:120], "text": text} | ({"publisher": publisher} if publisher else {})
    return Source("Pasted text.jsonl", data=json.dumps(row).encode())


def _add(service: Service, inputs: Sequence[Source | LoadFailure | Skipped]) -> None:
    if _submit(service, inputs):
        st.rerun()


def _again(service: Service, inputs: Sequence[Source]) -> None:
    _submit(service, inputs)


def _submit(service: Service, inputs: Sequence[Source | LoadFailure | Skipped]) -> bool:
    """Begin to add; false, and said so, while other articles are being added."""
    engine, person = service.engine, noted.who()

    def add(
        given: Sequence[Source | LoadFailure | Skipped], note: Callable[[Progress], None], cancelled: threading.Event
    ) -> AddReport:
        report = engine.add(given, on_progress=note, cancelled=cancelled)
        noted.note_added(service, person, report)
        return report

    started = service.adding.submit(inputs, add)
    if not started:
        st.toast("Other articles are being added. Wait for them to finish.")
    return started


@st.fragment(run_every=POLL)
def _progress(service: Service, job: AddJob) -> None:
    if not job.live:
        st.rerun()
    st.html(f'<p class="cw-working" role="status">{render.escape(job.activity)}</p>')
    if job.share is not None:
        st.progress(job.share)
    st.button("Stop adding", key="stop_adding", on_click=service.adding.cancel, disabled=job.cancelled.is_set())


def _result(service: Service, job: AddJob) -> None:
    if job.error or not job.report:
        st.html(
            f'<p class="cw-alert" role="alert">{render.escape(job.error or "Stopped before anything was added.")}</p>'
        )
    else:
        totals = [f"{count:,} {status}" for status, count in job.report.totals.items() if count]
        stopped = " Stopped early; what is listed is in the library." if job.report.interrupted else ""
        st.html(f'<p role="status">{render.escape(", ".join(totals) or "Nothing added")}.{stopped}</p>')
        if job.report.skipped:
            reasons = "; ".join(f"{count:,} {reason}" for reason, count in sorted(job.report.skipped.items()))
            st.html(f'<p class="cw-meta">Passed over: {render.escape(reasons)}.</p>')
        rows = job.report.inputs[:SHOWN]
        st.html(render.results([(one.status, one.source, len(one.article_ids), one.reason) for one in rows]))
        if hidden := len(job.report.inputs) - len(rows):
            st.html(f'<p class="cw-meta">and {hidden:,} more</p>')
    with st.container(horizontal=True, gap="small"):
        st.button("Done", key="dismiss", on_click=service.adding.dismiss)
        if failed := job.failed:
            label = "Try the failed one again" if len(failed) == 1 else f"Try the {len(failed):,} failed again"
            st.button(label, key="retry", icon=":material/refresh:", on_click=_again, args=(service, failed))
