"""ISO 8601 in and out. A naive midnight stands for "that day, hour unknown" and is written as a bare date.

>>> to_iso(datetime(2023, 3, 15))
'2023-03-15'
"""

from __future__ import annotations

from datetime import UTC, datetime


def to_iso(moment: datetime | None) -> str | None:
    """`None` stays `None`; a naive midnight becomes `YYYY-MM-DD`; anything else a full timestamp."""
    if moment is None:
        return None
    if moment.tzinfo is None and (moment.hour, moment.minute, moment.second) == (0, 0, 0):
        return moment.date().isoformat()
    return moment.isoformat(timespec="seconds")


def from_iso(text: str | None) -> datetime | None:
    """The inverse of `to_iso`. Raises `ValueError` on text that is no ISO 8601 date."""
    return None if text is None else datetime.fromisoformat(text)


def now() -> datetime:
    """The current moment, in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)
