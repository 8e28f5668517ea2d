"""The page of the library: find and read articles, tag, add and delete them. Only the rows shown are ever read."""

from __future__ import annotations

import re

import streamlit as st

from corpus.diff import changes
from corpus.errors import ArticleNotFound, LibraryError
from corpus.listing import Page
from corpus.listing import page as page_of
from corpus.stories import copies
from corpus.tags import tag, tag_counts, tags_of, untag
from corpus.types import Article, ArticleSummary, Span
from qa.export import safe_url
from qa.ui import address, finding, intake, render, state, undo, working
from qa.ui.dates import day
from qa.ui.entities import entities, named
from qa.ui.finding import set_query
from qa.ui.marking import mark
from qa.ui.state import Service
from qa.ui.viewer import scroll_to_hit

PAGE_SIZE = 20


def page() -> None:
    """The article that the URL names (`?article=`), else the list."""
    service = state.service()
    if wanted := st.query_params.get("article"):
        _reader(service, wanted)
        return
    st.html('<h1 class="cw-h1">Articles</h1>')
    undo.offer(service)
    empty = not service.engine.library.count_articles()
    intake.show(service, expanded=empty)
    if empty and not service.warmed.is_set():
        _awaited(service)
    elif empty:
        st.html(
            '<div class="cw-empty"><p class="cw-empty-head">No articles yet</p>'
            "<p>Add files, addresses or feeds above; then ask about them.</p></div>"
        )
    else:
        _list(service)


@st.fragment(run_every=working.POLL)
def _awaited(service: Service) -> None:
    """A new library, to which the sample is about to be added."""
    if service.warmed.is_set() or service.engine.library.count_articles():
        st.rerun()
    st.html(f'<p class="cw-working" role="status">{render.escape(service.engine.activity)}…</p>')


# ---- the list


def _list(service: Service) -> None:
    library, listing = service.engine.library, finding.wanted()
    finding.controls(library, listing)
    after, before = finding.place()
    found = page_of(library, listing, PAGE_SIZE, after=after, before=before)
    if not found.articles:
        st.html('<div class="cw-empty"><p class="cw-empty-head">No article matches.</p></div>')
        st.button("Show all articles", key="show_all", on_click=finding.clear)
        return
    with st.container(key="articles", gap=None):
        tags = tags_of(library, *(article.id for article in found.articles))
        for summary in found.articles:
            _row(service, summary, tags[summary.id])
    _pager(found)
    if listing.filters:
        label = f"Ask {'these' if found.total > 1 else 'this'} {found.total:,} article{'s' if found.total != 1 else ''}"
        st.button(label, key="ask_these", icon=":material/forum:", on_click=address.ask_of, args=(listing.filters,),
                  disabled=bool(listing.text), help="Publishers, tags and days can be asked; not a search")  # fmt: skip


def _pager(found: Page) -> None:
    shown = f"{found.position:,}–{found.position + len(found.articles) - 1:,} of {found.total:,}"
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="pager"):
        if found.before or found.after:
            st.button("Previous", key="previous", icon=":material/arrow_back:", disabled=not found.before,
                      on_click=finding.turn, kwargs={"before": found.before})  # fmt: skip
        st.html(f'<p class="cw-meta" role="status">{shown}</p>', width="content")
        if found.before or found.after:
            st.button("Next", key="next", icon=":material/arrow_forward:", icon_position="right",
                      disabled=not found.after, on_click=finding.turn, kwargs={"after": found.after})  # fmt: skip


def _row(service: Service, summary: ArticleSummary, tags: tuple[str, ...] = ()) -> None:
    title = summary.title or "Untitled"
    with st.container(key=f"row_{summary.id}", horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(key=f"text_{summary.id}", gap=None):
            st.button(
                render.plain_label(title), key=f"read_{summary.id}", type="tertiary", on_click=_open, args=(summary.id,)
            )
            st.html(render.article_row(summary) + _chips(tags))
        st.button(
            "Ask this article", key=f"ask_{summary.id}", type="tertiary", icon=":material/forum:",
            on_click=address.ask_article, args=(summary.id,),
        )  # fmt: skip
        st.button(
            "Delete article", key=f"drop_{summary.id}", type="tertiary", icon=":material/delete:",
            on_click=undo.delete, args=(service, summary.id),
        )  # fmt: skip


def _chips(tags: tuple[str, ...]) -> str:
    return "".join(f'<span class="cw-tag">{render.escape(name)}</span>' for name in tags)


def _open(article_id: str) -> None:
    set_query(article=article_id, v="", s="")


def _close() -> None:
    set_query(article="", v="", s="")


def _whole(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"\d{1,9}", text) else None


# ---- the reader


def _reader(service: Service, article_id: str) -> None:
    st.button(
        "All articles", key="back", icon=":material/arrow_back:", type="tertiary",
        on_click=_close,
    )  # fmt: skip
    undo.offer(service)
    library = service.engine.library
    try:
        article = library.article(article_id, _whole(st.query_params.get("v")))
        newest = library.article(article_id).version
    except ArticleNotFound:
        st.html('<p class="cw-alert" role="alert">That article is not in the library. It may have been deleted.</p>')
        return
    title = article.title or "Untitled"
    st.html(f'<h1 class="cw-h1" dir="auto">{render.escape(title)}</h1><p class="cw-meta">{_details(article)}</p>')
    if article.version != newest:
        st.html(f'<p class="cw-note">This is version {article.version}, kept for answers that cite it.</p>')
        st.button(f"Read the newest, version {newest}", key="newest", on_click=_open, args=(article_id,))
    with st.container(horizontal=True, gap="small"):
        st.button("Ask about this article", key="ask", icon=":material/forum:", type="primary", on_click=address.ask_article,
                  args=(article.id,))  # fmt: skip
        if url := safe_url(article.url):
            st.link_button("Read the original", url, icon=":material/open_in_new:")
        st.button(
            "Delete", key="delete", icon=":material/delete:", on_click=_delete, args=(service, article.id),
        )  # fmt: skip
    _tags(service, article)
    sentences = library.sentences(article.id, article.version)
    if found := entities(sentence.text for sentence in sentences if sentence.role == "body"):
        st.html(named(found))
    st.html(render.article(mark(article, _asked_span(article))))
    _history(service, article)
    _copies(service, article)
    with st.container(key="scroller_slot"):
        scroll_to_hit()


def _delete(service: Service, article_id: str) -> None:
    undo.delete(service, article_id)
    _close()


def _tags(service: Service, article: Article) -> None:
    """The article's tags, to be changed in place; a new one is typed."""
    library = service.engine.library
    chosen = list(tags_of(library, article.id)[article.id])
    key = f"tags_{article.id}"
    st.session_state[key] = chosen
    options = list(dict.fromkeys((*chosen, *(name for name, _ in tag_counts(library)))))
    st.multiselect(
        "Tags", options, key=key, accept_new_options=True, placeholder="Add a tag", on_change=_tagged,
        args=(service, article.id, key),
    )  # fmt: skip


def _tagged(service: Service, article_id: str, key: str) -> None:
    library, chosen = service.engine.library, st.session_state[key]
    known = tags_of(library, article_id)[article_id]
    try:
        for name in known:
            if name not in chosen:
                untag(library, article_id, name)
        for name in chosen:
            tag(library, article_id, name)
    except LibraryError as error:
        st.toast(render.plain_label(str(error)))


def _history(service: Service, article: Article) -> None:
    """What this version changed, for an article that was updated."""
    if article.version == 1:
        return
    library = service.engine.library
    before, now = (library.sentences(article.id, version) for version in (article.version - 1, article.version))
    with st.expander(f"What changed from version {article.version - 1}", icon=":material/difference:", key="history"):
        st.html(render.changes(changes([s.text for s in before], [s.text for s in now])))
        st.button("Read that version", key="before", on_click=set_query,
                  kwargs={"article": article.id, "v": str(article.version - 1), "s": ""})  # fmt: skip


def _copies(service: Service, article: Article) -> None:
    """The same story as others carry it."""
    if others := copies(service.engine.library, article.id):
        st.html('<h2 class="cw-h2">The same story</h2>')
        with st.container(key="copies", gap=None):
            for other in others:
                _row(service, other)


def _details(article: Article) -> str:
    updated = f"updated {day(article.updated)}" if article.updated else None
    return render.byline(article.publisher, article.author, day(article.published), updated, article.section)


def _asked_span(article: Article) -> dict[int, Span]:
    """The stretch to mark, from `s=start-end` in the URL; nothing when it is not within the text."""
    match = re.fullmatch(r"(\d{1,9})-(\d{1,9})", st.query_params.get("s", ""))
    if not match:
        return {}
    span = Span(int(match[1]), int(match[2]))
    return {1: span} if span.start < span.end <= len(article.text) else {}
