"""A page's dates in the page's own zone: the day that its readers saw, not the day in Greenwich.

Metadata often gives UTC where the page shows local time. The two together tell the zone; where only a day is
shown, that day is kept without an hour. Finds no date by itself but the one in an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from corpus.dates import find_dates
from corpus.page_tree import letters, text_of

_URL_DAY = re.compile(
    r"/(?P<y>20\d\d|19[89]\d)[/-](?P<m>\d\d?|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[/-](?P<d>\d\d?)(?=\D|$)"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_UPDATED = re.compile(r"updated|modified|aktualisiert|actualizado|mis à jour", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
MAX_LINE = 100  # characters of a line that is mostly a date
MAX_LINES = 8  # dates after the headline; those further down are of other articles and comments
WEST, EAST = timedelta(hours=-12), timedelta(hours=14)  # the zones in use (IANA tz database)


def day_in_url(url: str | None) -> datetime | None:
    """The day in an address: 19 November 2019 from `/2019/11/19/` or `/2019/nov/19/`."""
    match = _URL_DAY.search((url or "").lower())
    if match is None:
        return None
    month = _MONTHS.index(match["m"]) + 1 if match["m"] in _MONTHS else int(match["m"])
    try:
        return datetime(int(match["y"]), month, int(match["d"]))
    except ValueError:
        return None


def in_page_zone(
    tree: Any, title: str, published: datetime | None, updated: datetime | None, stated: Iterable[str], url: str | None
) -> tuple[datetime | None, datetime | None]:
    """Both moments in the zone of the page's readers, as far as the page shows it."""
    if published is None or (published.hour, published.minute, published.second) == (0, 0, 0):
        return published, updated
    lines = list(_date_lines(tree, letters(title)))
    shown = [moment for line in lines for moment, has_time in find_dates(line) if has_time]
    for value in stated:  # a meta tag in local time beside one in UTC; the latter again tells nothing
        found = find_dates(value) if len(value) < MAX_LINE else ()
        shown += [moment for moment, has_time in found if has_time and not (moment.tzinfo and _is_utc(moment))
                  and _clock(moment) != _clock(published)]  # fmt: skip
    zone = _zone(published, shown)
    for moment in (updated, *_machine_times(tree)):
        if zone is None and moment is not None and moment.tzinfo and _is_utc(published) and _is_utc(moment):
            zone = _zone(moment, shown)
    if zone == timedelta(0):  # the page shows what its metadata says
        return published, updated
    if zone is not None:
        at = _at(published, zone)
        return at, _at(updated, zone) if updated and _is_utc(updated) else updated
    if published.tzinfo is not None and not _is_utc(published):
        return published, updated
    headed = any(letters(text_of(heading)) == letters(title) for heading in tree.iter("h1"))
    days = [moment for line in lines[: headed * MAX_LINES] for moment, _ in find_dates(_UPDATED.split(line)[0])][:1]
    for day in [*days, day_in_url(url)]:
        if day is None:
            continue
        if day.date() == published.date():
            break
        west = published.hour < 10 and day.date() == (published - timedelta(days=1)).date()  # Hawaii is 10 hours behind
        east = published.hour >= 11 and day.date() == (published + timedelta(days=1)).date()  # New Zealand 13 ahead
        if west or east:
            return datetime(day.year, day.month, day.day), updated
    return published, updated


def _at(moment: datetime, zone: timedelta) -> datetime:
    return (moment.replace(tzinfo=None) + zone).replace(tzinfo=timezone(zone))


def _clock(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None, second=0, microsecond=0)


def _is_utc(moment: datetime) -> bool:
    return not moment.utcoffset()


def _zone(moment: datetime, shown: list[datetime]) -> timedelta | None:
    """How far the clock on the page is from the moment's: the first difference that is one between zones in use."""
    for other in shown:
        ahead = other.replace(tzinfo=None) - moment.replace(tzinfo=None)
        seconds = round(ahead.total_seconds() + (moment.second if other.second == 0 else 0))
        if seconds % 1800 == 0 and WEST <= timedelta(seconds=seconds) <= EAST:
            return timedelta(seconds=seconds)
    return None


def _date_lines(tree: Any, title: str) -> Iterator[str]:
    """Short lines with a year, after the headline where it is an `h1`, in the order of the page."""
    after = not any(letters(text_of(heading)) == title for heading in tree.iter("h1"))
    found = 0
    for element in tree.iter():
        if not isinstance(element.tag, str) or element.tag in ("script", "style", "title", "option"):
            continue
        after = after or (element.tag == "h1" and letters(text_of(element)) == title)
        if not after and element.tag != "time":
            continue
        for text in (element.text, *(child.tail for child in element)):
            if found >= MAX_LINES:
                return
            if text and _YEAR.search(text):
                parent = element.getparent()
                line = text_of(parent) if parent is not None and len(parent) <= 3 else ""
                line = line if 0 < len(line) <= MAX_LINE else text_of(element)
                if len(line) <= MAX_LINE and next(iter(find_dates(line)), None):
                    found += 1
                    yield line


def _machine_times(tree: Any) -> Iterator[datetime]:
    for element in tree.iter("time"):
        yield from (moment for moment, has_time in find_dates(element.get("datetime") or "") if has_time)
