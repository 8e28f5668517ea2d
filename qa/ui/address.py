"""What the page's address says: the conversation (`?c=`) and the articles asked (`?since=&until=&publisher=&tag=&article=`).

The address is the truth; the session only remembers it while another page is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import streamlit as st

from corpus.types import Filters
from qa.ui.state import Service

_SCOPE = ("since", "until", "publisher", "article", "tag")


def conversation(service: Service) -> str | None:
    """The conversation to show: the one in the address; coming back from another page, the one left there."""
    session = st.session_state
    returning = session.get("page") != "ask"
    session["page"] = "ask"
    wanted: str | None = st.query_params.get("c") or (session.get("conversation") if returning else None)
    if returning and not any(name in st.query_params for name in ("c", *_SCOPE)):
        narrow(session.get("scope", Filters()))
    if wanted and not service.conversations.find(wanted):
        st.toast("That conversation no longer exists.")
        wanted = None
    _name(wanted)
    session["scope"] = scope()
    return wanted


def scope() -> Filters:
    """The articles that the address limits questions to. What is no date in it counts for nothing."""
    return filters_of(st.query_params.get_all)


def show(conversation_id: str | None, filters: Filters = Filters()) -> None:
    """Go to a conversation, or to a new one, and ask these articles in it."""
    _name(conversation_id)
    narrow(filters)


def narrow(filters: Filters) -> None:
    """Ask these articles from now on."""
    st.session_state["scope"] = filters
    for name, values in query_of(filters).items():
        if not values:
            st.query_params.pop(name, None)
        elif st.query_params.get_all(name) != values:
            st.query_params[name] = values


def ask_article(article_id: str) -> None:
    """Leave the page shown for a new conversation about one article; for use as a button's callback."""
    ask_of(Filters(article_ids=(article_id,)))


def ask_of(filters: Filters) -> None:
    """Leave the page shown for a new conversation about these articles; for use as a button's callback."""
    st.session_state.update(conversation=None, scope=filters, page="articles", leave_to_ask=True)


def filters_of(get_all: Callable[[str], Sequence[str]]) -> Filters:
    """The filters in a query, read through its `get_all(name)`."""
    since, until, publishers, articles, tags = (tuple(dict.fromkeys(get_all(name))) for name in _SCOPE)
    return Filters(_day(since), _day(until), publishers, articles, tags)


def query_of(filters: Filters) -> dict[str, list[str]]:
    """The inverse of `filters_of`; a part that is not limited has no value."""
    dates = [[day] if day else [] for day in (filters.since, filters.until)]
    return dict(zip(_SCOPE, (*dates, *map(list, (filters.publishers, filters.article_ids, filters.tags))), strict=True))


def _name(conversation_id: str | None) -> None:
    st.session_state["conversation"] = conversation_id
    if conversation_id is None:
        st.query_params.pop("c", None)
    elif st.query_params.get("c") != conversation_id:
        st.query_params["c"] = conversation_id


def _day(given: Sequence[str]) -> str | None:
    try:
        return date.fromisoformat(given[-1]).isoformat()
    except (IndexError, ValueError):
        return None
