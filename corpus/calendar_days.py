"""Calendar arithmetic: the days of a month, week, quarter or century, the same some units on, and its thirds.

Days are pairs, first and last, both inclusive. Weeks run from Monday; the first century ends in the year 100. What falls
outside the years 1 to 9999 raises `ValueError` or `OverflowError`, as `datetime` does.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

Days = tuple[date, date]


def months(year: int, month: int, count: int = 1) -> Days:
    """The first and the last day of so many months. `months(2023, 2) == (date(2023, 2, 1), date(2023, 2, 28))`."""
    years_on, last = divmod(month + count - 2, 12)
    end = year + years_on
    return date(year, month, 1), date(end, last + 1, monthrange(end, last + 1)[1])


def years(first: int, last: int) -> Days:
    """The first day of one year and the last of another."""
    return date(first, 1, 1), date(last, 12, 31)


def period(day: date, unit: str, ahead: int = 0) -> Days:
    """The calendar day, week, weekend, month, quarter, season's year... that holds the day, moved `ahead` units."""
    if unit == "day":
        moved = day + timedelta(days=ahead)
        return moved, moved
    if unit in ("week", "fortnight"):
        monday = day - timedelta(days=day.weekday()) + timedelta(weeks=ahead * (2 if unit == "fortnight" else 1))
        return monday, monday + timedelta(days=6)
    if unit == "weekend":
        saturday = day - timedelta(days=day.weekday()) + timedelta(weeks=ahead, days=5)
        return saturday, saturday + timedelta(days=1)
    if unit in ("month", "quarter"):
        size = 1 if unit == "month" else 3
        first = date(day.year, (day.month - 1) // size * size + 1, 1) + relativedelta(months=ahead * size)
        return months(first.year, first.month, size)
    if unit == "year":
        return years(day.year + ahead, day.year + ahead)
    if unit == "decade":
        return years(day.year // 10 * 10 + ahead * 10, day.year // 10 * 10 + ahead * 10 + 9)
    first_year = (day.year - 1) // 100 * 100 + 1 + ahead * 100
    return years(first_year, first_year + 99)


def shift(day: date, unit: str, count: int) -> date:
    """The day, `count` units later, or earlier where it is negative."""
    if unit in ("hour", "minute"):
        return day + timedelta(days=int(count / 24) if unit == "hour" else 0)
    days = {"day": 1, "night": 1, "week": 7, "weekend": 7, "fortnight": 14}.get(unit)
    if days:
        return day + timedelta(days=days * count)
    months = {"month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1200}[unit]
    return day + relativedelta(months=months * count)


def third(start: date, end: date, unit: str, part: str) -> Days:
    """The early, mid or late third in the units that the period is made of; the outer thirds are the rounded up ones."""
    if start == end:
        return start, end
    days = (end - start).days + 1
    if unit in ("decade", "century"):
        size = -(-(end.year - start.year + 1) // 3)
        early, late = date(start.year + size, 1, 1), date(end.year - size + 1, 1, 1)
    elif unit in ("year", "quarter", "season", "half"):
        months = (end.year - start.year) * 12 + end.month - start.month + 1
        size = -(-months // 3)
        early = start + relativedelta(months=size)
        late = end + timedelta(days=1) - relativedelta(months=size)
    elif unit == "month":
        early, late = start + timedelta(days=10), start + timedelta(days=20)
    else:
        size = -(-days // 3)
        early, late = start + timedelta(days=size), end - timedelta(days=size - 1)
    if part == "early":
        return start, early - timedelta(days=1)
    if part == "late":
        return late, end
    return (early, late - timedelta(days=1)) if early < late else (early, early)
