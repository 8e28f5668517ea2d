"""Publication dates as news pages write them. Full dates only: nothing relative, nothing guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from dateutil import parser

_MONTHS = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|"
    r"Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_DAYS = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\.?,?\s+"
_TIME = r"(?:,?\s*(?:at\s+|[-–|•]\s*|T)?\d{1,2}[:.]\d\d(?::\d\d)?(?:\.\d+)?\s*(?:[ap]\.?m\.?)?\s*(?:Z|GMT|UTC|[A-Z]{2,4}T|[+-]\d\d:?\d\d)?)?"
_HOUR_FIRST = r"(?:\d{1,2}[:.]\d\d(?:\s*[ap]\.?m\.?)?(?:\s+(?:GMT|UTC|[A-Z]{2,4}T))?,?\s+)?"
_FORMS = (
    rf"{_MONTHS}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+(?:19|20)\d\d",
    rf"\d{{1,2}}(?:st|nd|rd|th)?\s+{_MONTHS},?\s+(?:19|20)\d\d",
    r"(?:19|20)\d\d-\d\d-\d\d",
    r"\d{1,2}[./]\d{1,2}[./](?:19|20)\d\d",
)
_LABEL = r"(?:(?:first\s+)?(?:published|posted|updated|last\s+updated|last\s+modified|modified|date)\s*(?:on|at|:)?\s*:?\s*)?"
DATE_LINE = re.compile(
    rf"^(?P<label>{_LABEL})(?P<date>{_HOUR_FIRST}(?:{_DAYS})?(?:{'|'.join(_FORMS)}){_TIME})\s*$",
    re.IGNORECASE,
)
_DATE = re.compile(
    rf"(?<![\w/])(?P<before>{_HOUR_FIRST})(?:{_DAYS})?(?:{'|'.join(_FORMS)})(?P<after>{_TIME})(?![\d/])", re.IGNORECASE
)
_NAMES = re.compile(r"\b[A-Z]{2,5}\b(?!\.)")
_ZONES = {"GMT": 0, "UTC": 0, "BST": 3600, "CET": 3600, "CEST": 7200, "EST": -18000, "EDT": -14400,
          "CST": -21600, "CDT": -18000, "MST": -25200, "MDT": -21600, "PST": -28800, "PDT": -25200,
          "HST": -36000, "AKST": -32400, "AKDT": -28800, "JST": 32400, "KST": 32400, "Z": 0}  # fmt: skip


def parse_date(text: str, *, day_first: bool = True) -> datetime | None:
    """A full date, with its time where given; `None` when the text is no full date.

    All-number dates with dots are day first; with slashes as `day_first` says, unless only one order is possible.
    """
    cleaned = re.sub(r"(\d)(?:st|nd|rd|th)\b", r"\1", text.strip(), flags=re.IGNORECASE)
    cleaned = re.sub(r"\bSept\b", "Sep", re.sub(r"[–|•]", " ", cleaned))
    cleaned = _NAMES.sub(_known_name, cleaned)  # dateutil warns of a zone that it does not know
    try:
        iso = datetime.fromisoformat(cleaned)
    except ValueError:
        pass
    else:
        return iso if iso.year >= 1800 else None
    if not re.search(r"\b(?:1[89]|20)\d\d\b", cleaned):
        return None
    if not re.search(r"\d{1,2}", re.sub(r"\b(?:1[89]|20)\d\d\b", "", cleaned)):
        return None
    try:
        return parser.parse(cleaned, dayfirst=day_first, tzinfos=_ZONES, default=datetime(2000, 1, 1))
    except (ValueError, OverflowError):
        return None


def date_line(line: str) -> tuple[str, datetime] | None:
    """`("published" | "updated", date)` when the whole line is a date, with or without a label; else `None`."""
    match = DATE_LINE.match(line.strip())
    if match is None:
        return None
    moment = parse_date(match["date"])
    if moment is None:
        return None
    return ("updated" if re.search(r"updated|modified", match["label"], re.IGNORECASE) else "published"), moment


def find_dates(text: str) -> Iterator[tuple[datetime, bool]]:
    """The full dates in a line, in order, each with whether it has a time of day."""
    for match in _DATE.finditer(re.sub(r"(?<=\d)T(?=\d\d:)", " ", text)):
        if moment := parse_date(match[0].strip(" ,")):
            yield moment, ":" in match[0] or bool(re.search(r"\d\.\d\d\s*[ap]", match[0], re.IGNORECASE))


def _known_name(match: re.Match[str]) -> str:
    name = match[0]
    months = re.match(rf"{_MONTHS}$|{_DAYS}$", f"{name} " if len(name) == 3 else name, re.IGNORECASE)
    return name if name in _ZONES or name in ("AM", "PM") or months or re.match(_MONTHS, name, re.IGNORECASE) else ""
