"""Which articles a question is asked of: always in sight above the input, and changed there.

The choice itself lives in the page's address (`qa.ui.address`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import streamlit as st

from corpus.errors import ArticleNotFound
from corpus.library import Library
from corpus.tags import tag_counts
from corpus.types import Filters
from qa.ui import address
from qa.ui.dates import day_range, widget_format
from qa.ui.render import plain_label
from qa.ui.state import Service

TITLE = 42  # characters of a title shown in the line above the input: it fits a phone
NAMED = 2  # publishers or tags named before the rest are counted
EARLIEST, LATEST = date(1600, 1, 1), date(2199, 12, 31)  # the first newspapers; no news is later


def described(library: Library, filters: Filters) -> str:
    """The limits in a few words: `DW, BBC · tagged Syria · 1–14 Dec 2023`."""
    parts = [_titles(library, filters.article_ids), _few(filters.publishers), _few(filters.tags, "tagged ")]
    parts.append(day_range(filters.since, filters.until))
    return " · ".join(part for part in parts if part)


def control(service: Service) -> None:
    """What is being asked, a way to change it, and a way back to all articles."""
    library = service.engine.library
    filters = address.scope()
    count = library.count_articles(filters=filters)
    counted = f"{count:,} article{'s' if count != 1 else ''}"
    label = f"All {counted}" if not filters else f"{described(library, filters)} · {counted}"
    with st.container(key="scope", horizontal=True, gap=None, vertical_alignment="center"):
        with st.popover(plain_label(label), icon=":material/filter_list:", type="tertiary", key="scope_menu",
                        wrap=False):  # fmt: skip
            _choices(library, filters)
        if filters:
            st.button(
                "Ask all articles", key="scope_clear", icon=":material/close:", type="tertiary",
                on_click=address.narrow, args=(Filters(),),
            )  # fmt: skip


def _choices(library: Library, filters: Filters) -> None:
    state = st.session_state  # set before each widget is drawn: the address is the truth
    _named("Publishers", library.publishers(), filters.publishers, "All publishers")
    if (tags := tag_counts(library)) or filters.tags:
        _named("Tags", tags, filters.tags, "Any")
    state["scope_since"], state["scope_until"] = (
        date.fromisoformat(day) if day else None for day in (filters.since, filters.until)
    )
    with st.container(horizontal=True, gap="small"):
        for name, label in (("scope_since", "From"), ("scope_until", "To")):
            st.date_input(label, key=name, format=widget_format(), min_value=EARLIEST, max_value=LATEST,
                          on_change=_changed)  # fmt: skip
    if filters.article_ids:
        state["scope_articles"] = list(filters.article_ids)
        st.multiselect("Articles", filters.article_ids, key="scope_articles", on_change=_changed,
                       format_func=lambda i: plain_label(_title(library, i)))  # fmt: skip


def _named(label: str, counted: Sequence[tuple[str, int]], chosen: tuple[str, ...], placeholder: str) -> None:
    """A choice among names, each with its number of articles; a name that the address spells otherwise is the same."""
    counts, key = dict(counted), f"scope_{label.lower()}"
    known = {name.casefold(): name for name in counts}
    st.session_state[key] = list(dict.fromkeys(known.get(name.casefold(), name) for name in chosen))
    options = list(dict.fromkeys((*counts, *st.session_state[key])))
    st.multiselect(label, options, key=key, placeholder=placeholder, on_change=_changed,
                   format_func=lambda name: plain_label(f"{name} ({counts.get(name, 0):,})"))  # fmt: skip


def _changed() -> None:
    state = st.session_state
    since, until = (given.isoformat() if (given := state[name]) else None for name in ("scope_since", "scope_until"))
    publishers, articles, tags = (tuple(state.get(f"scope_{name}", ())) for name in ("publishers", "articles", "tags"))
    address.narrow(Filters(since, until, publishers, articles, tags))


def _few(names: tuple[str, ...], before: str = "") -> str:
    more = len(names) - NAMED
    return (before if names else "") + ", ".join(names[:NAMED]) + (f" +{more}" if more > 0 else "")


def _titles(library: Library, ids: tuple[str, ...]) -> str:
    if len(ids) > 1:
        return f"{len(ids)} chosen articles"
    title = _title(library, ids[0]) if ids else ""
    return f"“{title if len(title) <= TITLE else title[: TITLE - 1].rstrip() + '…'}”" if title else ""


def _title(library: Library, article_id: str) -> str:
    try:
        return library.article(article_id).title or "Untitled"
    except ArticleNotFound:
        return "an article that is gone"
