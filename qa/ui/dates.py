"""Days in words, in the order that the reader's browser asks for: `3 May 2023`, or `May 3, 2023` in American English.

Files that are exported keep the one form of `qa.export`. Month names are English everywhere.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

MONTH_FIRST = frozenset({"en-US", "en-PH", "en-PR", "en-GU"})  # CLDR: the locales of English that put the month first
WidgetFormat = Literal["DD/MM/YYYY", "MM/DD/YYYY", "YYYY-MM-DD"]
_DAY_FIRST = frozenset({"en-GB", "en-AU", "en-NZ", "en-IE", "en-IN", "en-ZA"})


def _locale() -> str:
    outside = get_script_run_ctx(suppress_warning=True) is None  # where no page is drawn there is no browser to ask
    return "" if outside else st.context.locale or ""


def widget_format() -> WidgetFormat:
    """How a date field writes a day; as ISO 8601 does where the browser's language leaves it open."""
    locale = _locale()
    return "MM/DD/YYYY" if locale in MONTH_FIRST else "DD/MM/YYYY" if locale in _DAY_FIRST else "YYYY-MM-DD"


def day(moment: datetime | None) -> str:
    """`3 May 2023` or `May 3, 2023`; nothing for nothing."""
    if not moment:
        return ""
    return f"{moment:%b} {moment.day}, {moment.year}" if _locale() in MONTH_FIRST else f"{moment.day} {moment:%b %Y}"


def when(iso: str) -> str:
    """A day, month or year of ISO 8601 in words: `3 May 2023`, `May 2023`, `2023`."""
    parts = len(iso.split("-"))
    moment = datetime.fromisoformat(iso + "-01" * (3 - parts))
    return {1: iso, 2: f"{moment:%b %Y}"}.get(parts, day(moment))


def day_range(since: str | None, until: str | None) -> str:
    """Two ISO dates in words, either of which may be missing: `1–14 Dec 2023`, `Dec 1–14, 2023`, `since 1 Dec 2023`."""
    first, last = (datetime.fromisoformat(given) if given else None for given in (since, until))
    if not (first and last):
        return f"since {day(first)}" if first else f"until {day(last)}" if last else ""
    if first.date() == last.date():
        return day(first)
    american = _locale() in MONTH_FIRST
    if (first.year, first.month) == (last.year, last.month):
        if american:
            return f"{first:%b} {first.day}–{last.day}, {last.year}"
        return f"{first.day}–{day(last)}"
    if first.year != last.year:
        return f"{day(first)} – {day(last)}"
    return f"{f'{first:%b} {first.day}' if american else f'{first.day} {first:%b}'} – {day(last)}"
