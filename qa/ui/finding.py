"""Which articles the list shows: search, order and filters. The address holds the choice, the widgets show it."""

from __future__ import annotations

from datetime import date

import streamlit as st

from corpus.library import Library
from corpus.listing import ORDERS, Cursor, Listing, Order, decode, encode
from corpus.tags import tag_counts
from corpus.types import Filters
from qa.ui.dates import widget_format

_NAMES = ("q", "sort", "since", "until", "publisher", "tag")
_ORDERS: dict[Order, str] = {
    "newest": "Newest first", "oldest": "Oldest first", "title": "By title", "publisher": "By publisher",
}  # fmt: skip
EARLIEST, LATEST = date(1600, 1, 1), date(2199, 12, 31)  # the first newspapers; no news is later


def set_query(**values: str | list[str]) -> None:
    """Set parts of the address's query; an empty value takes the part away."""
    for name, value in values.items():
        if value:
            st.query_params[name] = value
        else:
            st.query_params.pop(name, None)


def wanted() -> Listing:
    """What the address asks for; what it says amiss counts for nothing."""
    query = st.query_params
    filters = Filters(_day("since"), _day("until"), tuple(query.get_all("publisher")), (), tuple(query.get_all("tag")))
    order = next((order for order in ORDERS if order == query.get("sort")), ORDERS[0])
    return Listing(query.get("q", "").strip(), filters, order)


def place() -> tuple[Cursor | None, Cursor | None]:
    """After and before which article the page shown lies."""
    return decode(st.query_params.get("after", "")), decode(st.query_params.get("before", ""))


def turn(**to: Cursor | None) -> None:
    """Go to the page after or before a place; for use as a button's callback."""
    set_query(after=encode(to.get("after")), before=encode(to.get("before")))


def controls(library: Library, listing: Listing) -> None:
    """The search box, the order, and the filters."""
    state = st.session_state  # set before each widget is drawn: the address is the truth
    state["find"], state["sort"] = listing.text, listing.order
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="finder"):
        st.text_input(
            "Search articles", key="find", on_change=_changed, icon=":material/search:", width="stretch",
            placeholder="Search titles and texts", label_visibility="collapsed",
        )  # fmt: skip
        st.selectbox("Order", ORDERS, key="sort", format_func=_ORDERS.__getitem__, on_change=_changed,
                     label_visibility="collapsed", width=165)  # fmt: skip
        filters = listing.filters
        count = len(filters.publishers) + len(filters.tags) + bool(filters.since) + bool(filters.until)
        with st.popover(f"Filters ({count})" if count else "Filters", icon=":material/tune:", key="filters"):
            _filters(library, filters)


def clear() -> None:
    """Show all articles again; for use as a button's callback."""
    set_query(**dict.fromkeys((*_NAMES, "after", "before"), ""))


def _filters(library: Library, filters: Filters) -> None:
    state = st.session_state
    publishers, tags = library.publishers(), tag_counts(library)
    _choice("Publishers", "publishers", dict(publishers), filters.publishers, "All publishers")
    if tags or filters.tags:
        _choice("Tags", "tags", dict(tags), filters.tags, "Any")
    state["since"], state["until"] = (date.fromisoformat(d) if d else None for d in (filters.since, filters.until))
    with st.container(horizontal=True, gap="small"):
        for name, label in (("since", "From"), ("until", "To")):
            st.date_input(label, key=name, format=widget_format(), min_value=EARLIEST, max_value=LATEST,
                          on_change=_changed)  # fmt: skip
    st.button("Clear filters", key="clear_filters", on_click=clear, disabled=not filters, type="tertiary")


def _choice(label: str, key: str, counts: dict[str, int], chosen: tuple[str, ...], placeholder: str) -> None:
    known = {name.casefold(): name for name in counts}
    st.session_state[f"filter_{key}"] = list(dict.fromkeys(known.get(name.casefold(), name) for name in chosen))
    options = list(dict.fromkeys((*counts, *st.session_state[f"filter_{key}"])))
    st.multiselect(
        label, options, key=f"filter_{key}", placeholder=placeholder, on_change=_changed,
        format_func=lambda name: f"{name} ({counts.get(name, 0):,})",
    )  # fmt: skip


def _changed() -> None:
    state = st.session_state
    days = {name: state[name].isoformat() if state.get(name) else "" for name in ("since", "until")}
    set_query(
        q=state["find"].strip(), sort="" if state["sort"] == ORDERS[0] else state["sort"],
        publisher=state.get("filter_publishers", []), tag=state.get("filter_tags", []), after="", before="", **days,
    )  # fmt: skip


def _day(name: str) -> str | None:
    try:
        return date.fromisoformat(st.query_params.get(name, "")).isoformat()
    except ValueError:
        return None
