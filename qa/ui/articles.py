"""The page of the library: find and read articles, add and delete them. Only the rows shown are ever read."""

from __future__ import annotations

import re

import streamlit as st

from corpus.diff import changes
from corpus.errors import ArticleNotFound
from corpus.stories import copies
from corpus.types import Article, ArticleSummary, Span
from qa.ui import confirm, intake, render, state
from qa.ui.marking import mark
from qa.ui.state import Service
from qa.ui.viewer import scroll_to_hit

PAGE_SIZE = 20


def page() -> None:
    """The article that the URL names (`?article=`), else the list."""
    service = state.service()
    st.session_state["page"] = "articles"
    confirm.dialog(
        "article",
        "It is no longer found or cited. Answers that cite it keep its quotes.",
        lambda i: _delete(service, i),
    )
    if wanted := st.query_params.get("article"):
        _reader(service, wanted)
        return
    total = service.engine.library.count_articles()
    st.html('<h1 class="cw-h1">Articles</h1>')
    intake.show(service, expanded=not total)
    _list(service, total)


# ---- the list


def _list(service: Service, total: int) -> None:
    library = service.engine.library
    text = st.text_input(
        "Search titles and publishers", key="find", value=st.query_params.get("q", ""), on_change=_search,
        icon=":material/search:", placeholder="Search titles and publishers", label_visibility="collapsed",
    ).strip()  # fmt: skip
    found = library.count_articles(text) if text else total
    pages = max(1, -(-found // PAGE_SIZE))
    number = min(max(_whole(st.query_params.get("p")) or 1, 1), pages)
    if not found:
        st.html(
            f'<p class="cw-meta">{"No article matches." if total else "The library is empty. Add articles above."}</p>'
        )
        return
    with st.container(key="articles", gap=None):
        for summary in library.summaries(text=text, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE):
            _row(summary)
    _pager(number, pages, found)


def _pager(number: int, pages: int, found: int) -> None:
    first = (number - 1) * PAGE_SIZE + 1
    shown = f"{first:,}–{min(first + PAGE_SIZE - 1, found):,} of {found:,}"
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="pager"):
        if pages > 1:
            st.button("Newer", key="newer", icon=":material/arrow_back:", disabled=number == 1,
                      on_click=_turn, args=(number - 1,))  # fmt: skip
        st.html(f'<p class="cw-meta" role="status">{shown}</p>', width="content")
        if pages > 1:
            st.button("Older", key="older", icon=":material/arrow_forward:", icon_position="right",
                      disabled=number == pages, on_click=_turn, args=(number + 1,))  # fmt: skip


def _row(summary: ArticleSummary) -> None:
    title = summary.title or "Untitled"
    with st.container(key=f"row_{summary.id}", horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(key=f"text_{summary.id}", gap=None):
            st.button(
                render.plain_label(title), key=f"read_{summary.id}", type="tertiary", on_click=_open, args=(summary.id,)
            )
            st.html(render.article_row(summary))
        st.button(
            "Delete article", key=f"drop_{summary.id}", type="tertiary", icon=":material/delete:",
            on_click=confirm.request, args=("article", summary.id, title),
        )  # fmt: skip


def _search() -> None:
    _set_query(q=st.session_state["find"].strip(), p="")


def _turn(number: int) -> None:
    _set_query(p=str(number))


def _open(article_id: str) -> None:
    _set_query(article=article_id, v="", s="")


def _set_query(**values: str) -> None:
    """Set parts of the URL's query; an empty value takes the part away."""
    for name, value in values.items():
        if value:
            st.query_params[name] = value
        else:
            st.query_params.pop(name, None)


def _delete(service: Service, article_id: str) -> None:
    try:
        service.engine.remove(article_id)
    except ArticleNotFound:
        st.toast("That article was deleted already.")
    if st.query_params.get("article") == article_id:
        _set_query(article="", v="", s="")


def _whole(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"\d{1,9}", text) else None


# ---- the reader


def _reader(service: Service, article_id: str) -> None:
    st.button(
        "All articles", key="back", icon=":material/arrow_back:", type="tertiary",
        on_click=_set_query, kwargs={"article": "", "v": "", "s": ""},
    )  # fmt: skip
    library = service.engine.library
    try:
        article = library.article(article_id, _whole(st.query_params.get("v")))
        newest = library.article(article_id).version
    except ArticleNotFound:
        st.html('<p class="cw-alert" role="alert">That article is not in the library. It may have been deleted.</p>')
        return
    title = article.title or "Untitled"
    st.html(f'<h1 class="cw-h1">{render.escape(title)}</h1><p class="cw-meta">{_details(article)}</p>')
    if article.version != newest:
        st.html(f'<p class="cw-note">This is version {article.version}, kept for answers that cite it.</p>')
        st.button(f"Read the newest, version {newest}", key="newest", on_click=_open, args=(article_id,))
    with st.container(horizontal=True, gap="small"):
        if url := render.safe_url(article.url):
            st.link_button("Read the original", url, icon=":material/open_in_new:")
        st.button(
            "Delete", key="delete", icon=":material/delete:", on_click=confirm.request,
            args=("article", article.id, title),
        )  # fmt: skip
    st.html(render.article(mark(article, _asked_span(article))))
    _history(service, article)
    _copies(service, article)
    with st.container(key="scroller_slot"):
        scroll_to_hit()


def _history(service: Service, article: Article) -> None:
    """What this version changed, for an article that was updated."""
    if article.version == 1:
        return
    library = service.engine.library
    before, now = (library.sentences(article.id, version) for version in (article.version - 1, article.version))
    with st.expander(f"What changed from version {article.version - 1}", icon=":material/difference:"):
        st.html(render.changes(changes([s.text for s in before], [s.text for s in now])))
        st.button("Read that version", key="before", on_click=_set_query,
                  kwargs={"article": article.id, "v": str(article.version - 1), "s": ""})  # fmt: skip


def _copies(service: Service, article: Article) -> None:
    """The same story as others carry it."""
    if others := copies(service.engine.library, article.id):
        st.html('<h2 class="cw-h2">The same story</h2>')
        with st.container(key="copies", gap=None):
            for other in others:
                _row(other)


def _details(article: Article) -> str:
    updated = f"updated {render.day(article.updated)}" if article.updated else None
    return render.byline(article.publisher, article.author, render.day(article.published), updated, article.section)


def _asked_span(article: Article) -> dict[int, Span]:
    """The stretch to mark, from `s=start-end` in the URL; nothing when it is not within the text."""
    match = re.fullmatch(r"(\d{1,9})-(\d{1,9})", st.query_params.get("s", ""))
    if not match:
        return {}
    span = Span(int(match[1]), int(match[2]))
    return {1: span} if span.start < span.end <= len(article.text) else {}
