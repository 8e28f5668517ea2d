"""The Articles page: list, read, add and delete."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import streamlit as st

from corpus.errors import ArticleNotFound
from corpus.loaders import Source
from corpus.types import Span
from qa.engine import AddReport
from qa.ui import render, state

PAGE_SIZE = 25
POLL_SECONDS = 0.4

engine = state.engine()
library = engine.library


def _forget() -> None:
    st.session_state.pop("confirm", None)


def _delete(article_id: str) -> None:
    _forget()
    try:
        engine.remove(article_id)
        st.toast("Deleted. Answers that cite it keep the quoted sentence.")
    except ArticleNotFound as error:
        st.toast(render.label(str(error)))
    st.query_params.clear()


def _show_article(article_id: str) -> None:
    st.button("All articles", icon=":material/arrow_back:", type="tertiary", on_click=st.query_params.clear)
    version = st.query_params.get("v", "")
    try:
        article = library.article(article_id, int(version) if version.isdigit() else None)
    except ArticleNotFound:
        st.html('<div class="abstain"><b>That article is not in the library.</b><p>It may have been deleted.</p></div>')
        return
    match = re.fullmatch(r"(\d+)-(\d+)", st.query_params.get("s", ""))
    st.html(render.article_html(article, Span(int(match[1]), int(match[2])) if match else None))
    with st.container(horizontal=True, gap="small"):
        if url := render.safe_url(article.url):
            st.link_button("Open original", url, icon=":material/open_in_new:")
        if st.session_state.get("confirm") == article_id:
            st.button("Delete for good", type="primary", on_click=_delete, args=(article_id,))
            st.button("Keep it", on_click=_forget)
        else:
            st.button("Delete", icon=":material/delete:", type="tertiary",
                      on_click=lambda: st.session_state.update(confirm=article_id))  # fmt: skip


def _add_files() -> None:
    files = st.session_state.get(f"files_{st.session_state.get('uploads', 0)}") or []
    if files:
        state.adds.submit(engine, [Source(file.name, data=file.getvalue()) for file in files])
        st.session_state["uploads"] = st.session_state.get("uploads", 0) + 1


def _add_text() -> None:
    text = st.session_state.get("pasted", "").strip()
    if text:
        state.adds.submit(engine, [Source("pasted text.txt", data=text.encode())])
        st.session_state["pasted"] = ""


def _show_add() -> None:
    with st.expander("Add articles", icon=":material/add:", expanded=bool(state.adds.current)):
        upload, paste = st.tabs(["Files", "Paste text"])
        with upload:
            st.file_uploader("Text, Markdown, HTML or JSONL, up to 20 MB each", type=["txt", "md", "html", "htm", "jsonl"],
                             accept_multiple_files=True, key=f"files_{st.session_state.get('uploads', 0)}")  # fmt: skip
            st.button("Add files", type="primary", on_click=_add_files)
        with paste:
            st.text_area("Title on the first line, then the text", key="pasted", height=160)
            st.button("Add text", type="primary", on_click=_add_text)
        if state.adds.current:
            _show_job()


def _stop() -> None:
    if state.adds.current:
        state.adds.current.cancelled.set()


@st.fragment(run_every=POLL_SECONDS)
def _poll_job() -> None:
    job = state.adds.current
    if job is None or not job.live:
        st.rerun()
    elif job.progress is None:
        st.progress(0.0, "Starting")
    elif job.progress.stage == "store":
        st.progress(0.0, f"Reading: {job.progress.done} articles")
    else:
        done, total = job.progress.done, job.progress.total or 1
        st.progress(min(done / total, 1.0), f"Embedding: {done} of {total} passages")
    st.button("Stop", key="stop_add", on_click=_stop)


def _show_job() -> None:
    job = state.adds.current
    if job is None:
        return
    if job.live:
        _poll_job()
    elif job.error:
        st.error(render.label(job.error))
    elif job.report:
        _show_report(job.report)


def _show_report(report: AddReport) -> None:
    totals = ", ".join(f"{count} {status}" for status, count in report.totals.items() if count) or "nothing to add"
    st.html(f'<p class="cw-note" role="status"><b>Done:</b> {render.e(totals)}</p>')
    for result in report.inputs:
        detail = f"{result.status} {result.reason or ''}".strip()
        st.html(f'<p class="cw-note">{render.e(result.source)}: {render.e(detail)}</p>')


def _show_list() -> None:
    st.html('<h1 style="font-family:var(--cw-serif);padding:0;margin:0;font-size:1.9rem">Articles</h1>')
    _show_add()
    text = st.text_input("Search titles and publishers", key="find", placeholder="Search titles and publishers",
                         label_visibility="collapsed")  # fmt: skip
    total = library.count_articles(text)
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(int(st.session_state.get("page", 1)), pages)
    rows = library.summaries(text=text, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    st.html(f'<p class="cw-note" role="status">{total} {"article" if total == 1 else "articles"}</p>')
    listed = "".join(
        f'<div class="arow"><a href="articles?{render.e(urlencode({"article": row.id}))}" target="_self">{render.e(row.title)}</a>'
        f"<span>{render.e(' · '.join(p for p in (row.publisher, row.author, render.day(row.published)) if p))}</span></div>"
        for row in rows
    )
    st.html(listed or '<p class="cw-note">No article yet, or none that matches. Add some above.</p>')
    if pages > 1:
        st.number_input(f"Page, of {pages}", 1, pages, page, key="page")


if chosen := st.query_params.get("article"):
    _show_article(chosen)
else:
    _show_list()
