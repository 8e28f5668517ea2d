"""Which articles a question is asked of: always in sight above the input, and changed there.

The choice itself lives in the page's address (`qa.ui.address`).
"""

from __future__ import annotations

from datetime import date

import streamlit as st

from corpus.errors import ArticleNotFound
from corpus.library import Library
from corpus.types import Filters
from qa.ui import address
from qa.ui.render import day_range, plain_label
from qa.ui.state import Service

TITLE = 42  # characters of a title shown in the line above the input: it fits a phone
NAMED = 2  # publishers named before the rest are counted
EARLIEST, LATEST = date(1600, 1, 1), date(2199, 12, 31)  # the first newspapers; no news is later


def described(library: Library, filters: Filters) -> str:
    """The limits in a few words: `DW, BBC · 1–14 Dec 2023`."""
    parts = [_titles(library, filters.article_ids), _publishers(filters.publishers)]
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
    publishers = [name for name, _ in library.publishers()]
    known = {name.casefold(): name for name in publishers}
    state["scope_publishers"] = [known.get(name.casefold(), name) for name in filters.publishers]
    state["scope_since"], state["scope_until"] = (
        date.fromisoformat(day) if day else None for day in (filters.since, filters.until)
    )
    options = list(dict.fromkeys((*publishers, *state["scope_publishers"])))
    st.multiselect("Publishers", options, key="scope_publishers", placeholder="All publishers", on_change=_changed,
                   format_func=plain_label)  # fmt: skip
    with st.container(horizontal=True, gap="small"):
        for name, label in (("scope_since", "From"), ("scope_until", "To")):
            st.date_input(label, key=name, format="YYYY-MM-DD", min_value=EARLIEST, max_value=LATEST,
                          on_change=_changed)  # fmt: skip
    if filters.article_ids:
        state["scope_articles"] = list(filters.article_ids)
        st.multiselect("Articles", filters.article_ids, key="scope_articles", on_change=_changed,
                       format_func=lambda i: plain_label(_title(library, i)))  # fmt: skip


def _changed() -> None:
    state = st.session_state
    since, until = (given.isoformat() if (given := state[name]) else None for name in ("scope_since", "scope_until"))
    address.narrow(Filters(since, until, tuple(state["scope_publishers"]), tuple(state.get("scope_articles", ()))))


def _publishers(names: tuple[str, ...]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" +{more}" if more > 0 else "")


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
